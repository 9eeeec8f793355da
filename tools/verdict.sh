# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of a program as far as it goes without the module. They set $program.
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
	"$program" "$@" >"$out/stdout" 2>"$out/stderr"
	[ $? -eq "$expected" ]
}
