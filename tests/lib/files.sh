# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# To be sourced.

# Whether git can tell what belongs to the tree in the current folder. It cannot
# if it is not installed, or if the tree is another user's.
git_knows_the_tree() {
	[ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1
}

# Prints the names of the files of the tree in the current folder, with a NUL
# behind each: those that git knows or that are new; without git, all but build
# folders.
files_of_the_tree() {
	local file

	if git_knows_the_tree; then
		git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
			[ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\0' "$file"
		done
	else
		find . -path './build*' -prune -o -path ./.git -prune -o -name __pycache__ -prune -o \
			\( -type f -o -type l \) -printf '%P\0'
	fi
}
