#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The program as far as it goes without the module: exit status, and where it
# writes.
#
# usage: usage.sh TSMC-WAIT
tsmc_wait=$1
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
number=0
failed=0

# verdict STATUS NAME: a test passed if STATUS is 0
verdict() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$out/stdout" "$out/stderr"
		echo "not ok $number $2"
	fi
}

# gives STATUS WORD...: run so, it ends with that status
gives() {
	expected=$1
	shift
	"$tsmc_wait" "$@" >"$out/stdout" 2>"$out/stderr"
	[ $? -eq "$expected" ]
}

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
