#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The program itself, as far as it goes without the module: exit status, and
# where it writes.
#
# usage: usage.sh TSMCCTL
program=$1
. "$(dirname "$0")/../../verdict.sh"

helps() {
	gives 0 "$1" --help && grep -q "^usage: tsmcctl $1" "$out/stdout" &&
		[ ! -s "$out/stderr" ]
}

rejects() {
	gives 2 "$1" --nonsense && [ ! -s "$out/stdout" ] &&
		grep -q "^tsmcctl $1: .*--nonsense" "$out/stderr" &&
		grep -q "^usage: tsmcctl $1" "$out/stderr"
}

misses() {
	gives 1 "$@" && [ ! -s "$out/stdout" ] &&
		grep -q "^tsmcctl $1: .*modprobe tsmc" "$out/stderr"
}

echo "TAP version 13"
echo "1..28"
{ gives 0 --help && grep -q '^usage: ' "$out/stdout" && [ ! -s "$out/stderr" ]; }
verdict $? "--help is what was asked for"
{ gives 2 && gives 2 nonsense && gives 2 --json && [ ! -s "$out/stdout" ] &&
	grep -q '^usage: ' "$out/stderr"; }
verdict $? "without a verb that it has it shows its usage and ends with 2"
{ gives 2 set interval-ms && gives 2 hint 0 4096 warm && gives 2 mappings x; }
verdict $? "wrong words are usage, too"
for verb in status hot classes processes mappings set hint monitor; do
	helps $verb
	verdict $? "$verb --help is what was asked for"
	rejects $verb
	verdict $? "$verb with an option that it has not is usage"
done
for words in status hot "hot --watch" classes processes "mappings 1" set \
	"hint 0 4096 hot" monitor; do
	if [ -e /sys/module/tsmc ]; then
		number=$((number + 1))
		echo "ok $number $words # SKIP the module is loaded here"
	else
		# shellcheck disable=SC2086 # words
		misses $words
		verdict $? "$words says that the module is missing, and what to do"
	fi
done
[ $failed -eq 0 ]
