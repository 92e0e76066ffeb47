/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* vasprintf() */
#include "output_files.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "unused_path.h"

struct output_file {
	const char *path;   /* as the user has typed it */
	bool existed;	    /* and held something */
	char *target;	    /* the old file, links resolved */
	char *part;	    /* the new one beside it; NULL: flashrom writes into the old one */
	struct stat before; /* of the one that flashrom writes to */
};

struct output_files {
	const struct frontend *frontend;
	int n, n_changes;
	struct output_file files[1 + FLASHROM_ARGS_INCLUDES];
	struct flashrom_args_change changes[1 + FLASHROM_ARGS_INCLUDES];
};

static void forget_part(struct output_file *file)
{
	free(file->part);
	file->part = NULL;
}

/* ---- before flashrom runs ---- */

static bool has_access_list(const char *path)
{
#ifdef __linux__
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
#else
	(void)path;
	return false;
#endif
}

/* For another file as large as the old one. */
static bool has_room(const char *path, off_t size)
{
	struct statvfs disk;

	return statvfs(path, &disk) || (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)size;
}

/* Why the old file must stay the same file; NULL: it need not. */
static const char *reason_to_keep(const struct output_file *file)
{
	const struct stat *old = &file->before;

	/* flashrom will say so itself. */
	if (access(file->target, W_OK))
		return "it cannot be written";
	if (old->st_nlink > 1)
		return "it has other names, too (hard links)";
	if (has_access_list(file->target))
		return "it has an access list";
	if (!has_room(file->target, old->st_size))
		return "the disk has no room for another file of its size";
	return NULL;
}

/* Only the time of its last change tells whether flashrom has opened it: a file
 * may be empty, and it may be written with what it held. So that is a time which
 * no change can have. */
static int prepare_part(int fd, const struct stat *old, struct stat *part)
{
	const struct timespec long_ago[2] = { { 0 }, { 0 } };

	if (fstat(fd, part))
		return -1;
	if ((part->st_uid != old->st_uid || part->st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return -1;
	if (fchmod(fd, old->st_mode & 07777) || futimens(fd, long_ago))
		return -1;
	return fstat(fd, part);
}

static const char *make_part(struct output_file *file)
{
	struct stat part;
	int fd = unused_path_create_part(file->target, &file->part), error;

	if (fd < 0)
		return strerror(errno);
	error = prepare_part(fd, &file->before, &part) ? errno : 0;
	close(fd);
	if (!error) {
		file->before = part;
		return NULL;
	}
	unlink(file->part);
	forget_part(file);
	return strerror(error);
}

/* A second -i with the same file: flashrom writes both into the same one. */
static bool share_part(const struct output_files *files, struct output_file *file)
{
	for (const struct output_file *other = files->files; other < file; other++) {
		if (!other->part || strcmp(other->target, file->target))
			continue;
		file->part = strdup(other->part);
		file->before = other->before;
		return true;
	}
	return false;
}

static void protect(struct output_files *files, struct output_file *file)
{
	const char *reason = "out of memory";

	file->target = realpath(file->path, NULL);
	if (file->target && !share_part(files, file))
		reason = reason_to_keep(file);
	if (file->target && !file->part && !reason)
		reason = make_part(file);
	if (!file->part)
		frontend_message(
			files->frontend, MESSAGE_DEBUG,
			"%s is not protected: flashrom writes into it, so a read that fails may cost its "
			"content. Reason: %s.",
			file->path, reason);
}

static void add(struct output_files *files, const char *path, int index)
{
	struct output_file *file = &files->files[files->n];
	bool exists;

	if (!path || !*path || !strcmp(path, "-"))
		return;
	exists = !stat(path, &file->before);
	/* Devices and pipes have nothing to lose. */
	if (exists && !S_ISREG(file->before.st_mode))
		return;
	files->n++;
	file->path = path;
	file->existed = exists && file->before.st_size > 0;
	if (file->existed)
		protect(files, file);
	if (file->part)
		files->changes[files->n_changes++] = (struct flashrom_args_change){ index, path, file->part };
}

struct output_files *output_files_new(const struct flashrom_args *args, const struct frontend *frontend)
{
	struct output_files *files;

	if (args->operation != 'r' && args->operation != 'x')
		return NULL;
	files = calloc(1, sizeof(*files));
	if (!files)
		return NULL;
	files->frontend = frontend;
	add(files, args->file, args->file_index);
	for (int i = 0; i < args->n_includes; i++)
		add(files, args->includes[i].file, args->includes[i].index);
	return files;
}

const struct flashrom_args_change *output_files_changes(const struct output_files *files, int *n)
{
	*n = files ? files->n_changes : 0;
	return files ? files->changes : NULL;
}

const char *output_files_written(const struct output_files *files, const char *path)
{
	for (int i = 0; files && i < files->n; i++)
		if (files->files[i].path == path && files->files[i].part)
			return files->files[i].part;
	return path;
}

/* ---- after it ---- */

static bool is_written(const struct output_file *file)
{
	struct stat now;

	return !stat(file->part ? file->part : file->path, &now) &&
	       (now.st_size != file->before.st_size ||
		memcmp(&now.st_mtim, &file->before.st_mtim, sizeof(now.st_mtim)) != 0);
}

static int replace_old(const struct output_files *files, struct output_file *file)
{
	int error = 0;

	if (rename(file->part, file->target)) {
		error = -1;
		frontend_message(files->frontend, MESSAGE_ERROR,
				 "%s cannot be replaced: %s. What was read is in %s.", file->path,
				 strerror(errno), file->part);
	}
	forget_part(file);
	return error;
}

int output_files_finish(struct output_files *files, bool good, bool read_nothing)
{
	int result = 0;

	for (int i = 0; files && i < files->n; i++) {
		struct output_file *file = &files->files[i];

		if (!is_written(file))
			continue;
		if (good)
			result |= file->part ? replace_old(files, file) : 0;
		else if (file->part)
			frontend_message(files->frontend, MESSAGE_INFO, "%s still has its old content.",
					 file->path);
		else if (read_nothing && file->existed)
			frontend_message(files->frontend, MESSAGE_WARNING,
					 "%s has lost its old content, and holds nothing from the flash.",
					 file->path);
		else if (read_nothing)
			frontend_message(files->frontend, MESSAGE_WARNING, "%s holds nothing from the flash.",
					 file->path);
	}
	return result;
}

void output_files_free(struct output_files *files)
{
	for (int i = 0; files && i < files->n; i++) {
		struct output_file *file = &files->files[i];

		if (file->part)
			unlink(file->part);
		forget_part(file);
		free(file->target);
	}
	free(files);
}
