#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The program as far as it goes without the module: exit status, and where it
# writes.
#
# usage: usage.sh TSMC-WAIT
program=$1
. "$(dirname "$0")/../verdict.sh"

rejects() {
	gives 2 "$@" && [ ! -s "$out/stdout" ] && grep -q '^usage: ' "$out/stderr"
}

echo "TAP version 13"
echo "1..5"
{ gives 0 --help && grep -q '^usage: ' "$out/stdout" && [ ! -s "$out/stderr" ]; }
verdict $? "--help is what was asked for"
{ rejects && rejects nonsense && rejects "" && rejects resumed complete &&
	rejects resumed --nonsense; }
verdict $? "anything but one event is usage"
{ rejects resumed --timeout && rejects resumed --timeout 0 &&
	rejects resumed --timeout -1 && rejects resumed --timeout 1s &&
	rejects resumed --timeout "" && rejects resumed --timeout 2147484 &&
	rejects resumed --timeout 99999999999999999999; }
verdict $? "so are timeouts that are none"
for words in resumed "--timeout 5 complete"; do
	if [ -e /sys/module/tsmc ]; then
		number=$((number + 1))
		echo "ok $number $words # SKIP the module is loaded here"
	else
		# shellcheck disable=SC2086 # words
		gives 1 $words && [ ! -s "$out/stdout" ] &&
			grep -q 'modprobe tsmc' "$out/stderr"
		verdict $? "$words says that the module is missing, and what to do"
	fi
done
[ $failed -eq 0 ]
