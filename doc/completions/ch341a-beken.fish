# SPDX-License-Identifier: GPL-2.0-or-later

set -l commands list check write report hold enter reset serve image flashrom
set -l none "not __fish_seen_subcommand_from $commands"

complete -c ch341a-beken -f
complete -c ch341a-beken -n $none -a list -d 'Show the CH341As that are attached'
complete -c ch341a-beken -n $none -a check -d 'Look for faults from the USB port to the flash'
complete -c ch341a-beken -n $none -a write -d 'Write firmware or a backup to where it belongs'
complete -c ch341a-beken -n $none -a report -d 'Measure board and chip for a report'
complete -c ch341a-beken -n $none -a hold -d 'Drive pins for a multimeter'
complete -c ch341a-beken -n $none -a enter -d 'Put the chip into SPI mode and leave it there'
complete -c ch341a-beken -n $none -a reset -d 'Let the chip boot'
complete -c ch341a-beken -n $none -a serve -d 'Serve the programmer to flashrom on another machine'
complete -c ch341a-beken -n $none -a image -d 'Say what is in a dump or a firmware file'
complete -c ch341a-beken -n $none -a flashrom -d 'Run flashrom with this programmer'
complete -c ch341a-beken -n $none -l version -d 'Print the version'
complete -c ch341a-beken -s h -l help -d 'Print help'
complete -c ch341a-beken -n '__fish_seen_subcommand_from list check write report hold enter reset serve image' -s V -l verbose -d 'Say more'
complete -c ch341a-beken -n '__fish_seen_subcommand_from list check write enter image' -l json -d 'Print JSON'
complete -c ch341a-beken -n '__fish_seen_subcommand_from check' -l loop -d 'Repeat until all is good'
complete -c ch341a-beken -n '__fish_seen_subcommand_from check' -l loopback -d 'Test the board alone'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -x -l to -d 'Where its first byte goes'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -x -l backup -a '(__fish_complete_directories)' \
	-d 'Where the backup goes'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -l no-backup -d 'Make none'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -l clone -d 'Calibration and settings of another device as well'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -l erase-download -d 'Erase an update that is left in the flash'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -l verify-all -d 'Verify what was not written as well'
complete -c ch341a-beken -n '__fish_seen_subcommand_from write' -l dry-run -d 'Say the plan, write nothing'
complete -c ch341a-beken -n '__fish_seen_subcommand_from report' -x -l scratch -d 'Also write to this erased sector'
complete -c ch341a-beken -n '__fish_seen_subcommand_from hold' -a 'CS=1 CS=0 CEN=1 CEN=0 SCK=1 SCK=0 MOSI=1 MOSI=0'
complete -c ch341a-beken -n '__fish_seen_subcommand_from check write report hold enter reset serve' -x -s p -l param \
	-a 'device= enter= leave= attempts= cen_low_ms= window_ms= pipeline= clock= unprotect= sfdp= backup= image=' -d Parameters
complete -c ch341a-beken -n '__fish_seen_subcommand_from serve' -x -l listen -d 'Address and port'
complete -c ch341a-beken -n '__fish_seen_subcommand_from serve' -l once -d 'End after the first client'
complete -c ch341a-beken -n '__fish_seen_subcommand_from image report write flashrom' -F
complete -c ch341a-beken -n '__fish_seen_subcommand_from image' -r -F -l compare -d 'Say which partitions differ'
complete -c ch341a-beken -n '__fish_seen_subcommand_from image' -l layout -d 'Print a layout'
complete -c ch341a-beken -n '__fish_seen_subcommand_from image' -x -l chip \
	-a 'bk7231t bk7231n bk7238 bk7252 bk7252-2m' -d 'Whose partitions'
