#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tsmcctl and tsmc-wait against the loaded module, in a guest: each verb, as
# text and as JSON. Needs busybox only.
SKIP=4
LIMIT_S=30
tests=19
number=0
failed=0
request=$(date +%s)000000000

skip_all() {
	echo "1..0 # SKIP $1"
	exit $SKIP
}

echo "TAP version 13"
[ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ] || skip_all "not a Xen guest"
[ "$(id -u)" = 0 ] || skip_all "not root"
[ -e /dev/xen/xenbus ] || modprobe xenfs
[ -e /dev/xen/xenbus ] || skip_all "no /dev/xen/xenbus"
command -v tsmcctl >/dev/null || skip_all "no tsmcctl"
command -v tsmc-wait >/dev/null || skip_all "no tsmc-wait"
modprobe tsmc || skip_all "tsmc.ko does not load"
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
echo "1..$tests"

# verdict STATUS NAME: a test passed if STATUS is 0
verdict() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		failed=$((failed + 1))
		head -n 20 "$out/stdout" "$out/stderr" | sed 's/^/# /'
		echo "not ok $number $2"
	fi
}

# gives STATUS WORD...: tsmcctl, run so, ends with that status
gives() {
	wanted=$1
	shift
	tsmcctl "$@" >"$out/stdout" 2>"$out/stderr"
	status=$?
	[ $status -eq "$wanted" ] && return 0
	echo "# tsmcctl $*: status $status"
	return 1
}

# has PATTERN...: each is in the output of gives
has() {
	for pattern; do
		grep -q -e "$pattern" "$out/stdout" && continue
		echo "# not in the output: $pattern"
		return 1
	done
}

says() {
	grep -q -e "$1" "$out/stderr"
}

# json: each line of the output is one value of JSON, and nothing else is there
json() {
	[ -s "$out/stdout" ] && awk '
	{
		value = $0
		gsub(/"([^"\\]|\\["\\]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])*"/, "S", value)
		gsub(/[0-9]+|true|false/, "V", value)
		do {
			before = value
			gsub(/\[\]|\[[SV](, [SV])*\]|\{\}|\{S: [SV](, S: [SV])*\}/, "V", value)
		} while (value != before)
		if (value != "V") {
			print "# no JSON: " value
			bad = 1
		}
	}
	END { exit bad }' "$out/stdout"
}

# gives_json WORD...: the same with --json
gives_json() {
	gives 0 "$@" --json && json
}

# number_of KEY: the first number of that key in the output
number_of() {
	sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$out/stdout" | head -n 1
}

# becomes WHAT COMMAND...: wait until the command succeeds
becomes() {
	what=$1
	shift
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ $tries -gt $((LIMIT_S * 10)) ]; then
			echo "# waited $LIMIT_S s for $what"
			return 1
		fi
		sleep 0.1
	done
}

# ask WORDS: write them to the node from which the module takes requests
ask() {
	node=data/tsmc/request
	# type XS_WRITE, number 1, no transaction, length: 32 bits each
	size=$(printf '\\0%03o' $((${#node} + 1 + ${#1})))
	printf '\013\0\0\0\001\0\0\0\0\0\0\0%b\0\0\0%s\0%s' "$size" "$node" "$1" >/dev/xen/xenbus
}

state_is() {
	tsmcctl status --json | grep -q "\"state\": \"$1\""
}

prepare() {
	request=$((request + 1))
	ask "prepare $request"
	becomes "the state prepared" state_is prepared
}

finish() {
	ask finish
	becomes "the state idle" state_is idle
}

# The group of the controller, 16, is what both programs join last.
listens() {
	awk -v pid="$1" '$3 % 4194304 == pid && $4 ~ /[89a-f]...$/ { found = 1 }
		END { exit !found }' /proc/net/netlink
}

lines_are() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

test_status() {
	gives 0 status && has '^state  *idle' '^samples  *[0-9]' '^table  *[0-9]' || return 1
	gives_json status && has '"state": "idle"' '"nr_pfns": [1-9]' '"advice_ranges": [0-9]'
}

test_classes() {
	gives 0 classes && has '^kernel  *[1-9]' '^anon  *[1-9]' || return 1
	gives_json classes && has '"kernel": {"pages": [1-9]'
}

test_processes() {
	gives 0 processes && has "^ *$$ tsmcctl.sh .* [1-9][0-9]*$" '^ *1 init' || return 1
	gives_json processes && has "{\"pid\": $$, \"comm\": \"tsmcctl.sh\", \"pages\": [1-9]"
}

# The name of a process is any bytes, which only itself can choose.
test_names() {
	mkfifo "$out/end"
	sh -c 'printf "a\"\\\\\n\033\377" >/proc/$$/comm; read -r _ <"$0"' "$out/end" &
	named=$!
	becomes "its name" grep -q '^a"' /proc/$named/comm
	gives 0 processes && has 'a"\\\\x0a\\x1b\\xff' && gives_json processes &&
		has '"comm": "a\\"\\\\\\u000a\\u001b\\ufffd"'
	status=$?
	kill $named
	return $status
}

test_mappings() {
	gives 0 mappings $$ && has '^[0-9a-f]*-[0-9a-f]*  *r-xp .* busybox$' || return 1
	gives_json mappings $$ && has '"name": "busybox"' '"execute": true' || return 1
	gives 1 mappings 4194303 && says 'there is no such process'
}

hot_pages() {
	tsmcctl hot --min 1 --limit 0 | grep -q ' anon$'
}

# Pages become hot while a migration is near.
test_hottest() {
	prepare && becomes "hot pages" hot_pages && gives 0 hot --min 1 --limit 0 &&
		awk 'NR > 2 && $3 > last { bad = 1 } { last = $3 } END { exit bad }' "$out/stdout"
	status=$?
	finish
	return $status
}

test_hot() {
	gives 0 hot && has 'PFN.*HEAT' || return 1
	gives 0 hot --min 0 --limit 3 && lines_are "$out/stdout" 4 &&
		has 'more runs with [1-9].*--limit 0' || return 1
	gives_json hot --min 0 --limit 3 && has '"left_out": {"runs": [1-9]' || return 1
	gives 0 hot --min 0 --class kernel --limit 0 && has ' kernel$' &&
		! sed 1d "$out/stdout" | grep -qv ' kernel$'
}

# watch_ends SIGNAL WORD...: two frames, then the signal ends it well
watch_ends() {
	signal=$1
	lines=$2
	shift 2
	tsmcctl hot --watch 1 "$@" >"$out/stdout" 2>"$out/stderr" &
	watch=$!
	becomes "two frames" lines_are "$out/stdout" "$lines"
	kill -"$signal" $watch
	wait $watch
}

test_watch() {
	watch_ends INT 40 --min 3 --limit 2 && has '^tsmc: idle' ' HEAT  *PAGES' '^ *15 ' '^ *3 ' 'NAME'
}

test_watch_json() {
	watch_ends TERM 2 --json && json && has '"heat": \[0, ' '"processes": \[{'
}

# A terminal of telnetd; what it shows says that it is drawn in place.
test_terminal() {
	cat >"$out/shown" <<-EOF
	#!/bin/sh
	tsmcctl hot --watch 100 2>"$out/stderr"
	echo "status \$?"
	EOF
	chmod +x "$out/shown"
	telnetd -F -b 127.0.0.1:2323 -l "$out/shown" &
	telnetd=$!
	mkfifo "$out/keys"
	# 2323 in hexadecimal; 0A: it listens
	becomes "telnetd" grep -q ':0913 .* 0A ' /proc/net/tcp
	nc 127.0.0.1 2323 <"$out/keys" >"$out/stdout" &
	client=$!
	exec 3>"$out/keys"
	becomes "a frame" grep -q "$(printf '\033\\[J')" "$out/stdout" && printf ' ' >&3 &&
		becomes "the next frame" lines_are "$out/stdout" 34 && printf q >&3 &&
		becomes "its end" grep -q 'status 0' "$out/stdout"
	status=$?
	exec 3>&-
	kill $client $telnetd 2>/dev/null
	wait $client $telnetd 2>/dev/null
	[ $status -eq 0 ] && has "$(printf '\033\\[H')tsmc: " "$(printf '\033\\[?25h')"
}

test_settings() {
	gives_json set || return 1
	interval=$(number_of interval_ms)
	budget=$(number_of budget_permille)
	gives 0 set interval-ms 333 budget-permille 77 && gives 0 set &&
		has '^interval-ms 333$' '^budget-permille 77$' '^background-ms 0$' || return 1
	gives_json set interval-ms "$interval" budget-permille "$budget" &&
		has "\"interval_ms\": $interval, .*\"budget_permille\": $budget}"
}

test_bad_settings() {
	tsmcctl set >"$out/before"
	gives 1 set budget-permille 20 interval-ms 19 && says 'interval-ms: .*(20 to 60000)' &&
		gives 1 set background-ms 5 && says 'background-ms: .*3600000' &&
		gives 0 set && cmp "$out/before" "$out/stdout"
}

advised() {
	gives_json status && [ "$(number_of advice_ranges)" -eq "$1" ]
}

test_hints() {
	gives_json status || return 1
	before=$(number_of advice_ranges)
	sleep 1000 &
	sleeper=$!
	becomes "the program" grep -q sleep /proc/$sleeper/cmdline
	start=0x$(tsmcctl mappings $sleeper | sed -n '2s/-.*//p')
	gives 0 hint --pid $sleeper "$start" 4096 hot && advised $((before + 1)) &&
		gives_json hint --pid $sleeper "$start" 0x1000 cold &&
		has "{\"pid\": $sleeper, .*\"length\": 4096, \"advice\": \"cold\"}" &&
		advised $((before + 1)) && gives 0 hint --pid $sleeper "$start" 4096 none &&
		advised "$before"
	status=$?
	kill $sleeper
	return $status
}

test_bad_hints() {
	gives 1 hint --pid $$ 1 4096 hot && says 'start: ' && gives 1 hint --pid $$ 0 0 cold &&
		says 'length: ' && gives 1 hint --pid 4194303 0 4096 cold && says 'pid: '
}

test_events() {
	tsmcctl monitor >"$out/text" 2>"$out/stderr" &
	text=$!
	tsmcctl monitor --json >"$out/stdout" 2>>"$out/stderr" &
	objects=$!
	tsmc-wait complete --timeout $LIMIT_S >"$out/waited" 2>>"$out/stderr" &
	waiting=$!
	for listener in $text $objects $waiting; do
		becomes "process $listener to listen" listens "$listener"
	done
	prepare && finish && becomes "two events" lines_are "$out/text" 2 &&
		becomes "two objects" lines_are "$out/stdout" 2
	status=$?
	wait $waiting || status=1
	kill -INT $text && wait $text || status=1
	kill -TERM $objects && wait $objects || status=1
	grep -q "^announced request $request epoch [0-9]*$" "$out/text" &&
		grep -q "^complete request $request epoch [0-9]*$" "$out/waited" &&
		json && has "{\"event\": \"announced\", \"request\": $request, \"epoch\": [0-9]*}" &&
		[ $status -eq 0 ]
}

test_timeout() {
	tsmc-wait resumed --timeout 1 >"$out/stdout" 2>"$out/stderr"
	[ $? -eq 3 ] && [ ! -s "$out/stdout" ] && says "'resumed' in 1 s"
}

# Root of a namespace of its own is nobody outside.
test_privilege() {
	for words in hot processes "mappings $$" "set interval-ms 100" "hint --pid $$ 0 4096 hot"; do
		# shellcheck disable=SC2086 # words
		unshare -U tsmcctl $words >"$out/stdout" 2>"$out/stderr"
		[ $? -eq 1 ] && says CAP_SYS_ADMIN || return 1
	done
	for words in status classes set; do
		unshare -U tsmcctl $words >"$out/stdout" 2>"$out/stderr" || return 1
	done
}

test_full() {
	for words in status "hot --min 0 --json" "hot --watch"; do
		# shellcheck disable=SC2086 # words
		tsmcctl $words >/dev/full 2>"$out/stderr"
		[ $? -eq 1 ] && says 'No space left' || return 1
	done
}

test_unload() {
	tsmcctl monitor >"$out/stdout" 2>"$out/stderr" &
	monitor=$!
	tsmc-wait resumed >>"$out/stdout" 2>"$out/waited" &
	waiting=$!
	becomes "the monitor to listen" listens $monitor
	becomes "tsmc-wait to listen" listens $waiting
	rmmod tsmc || return 1
	wait $monitor
	first=$?
	wait $waiting
	second=$?
	modprobe tsmc
	[ "$first $second" = "1 1" ] && says 'was unloaded' && grep -q 'was unloaded' "$out/waited"
}

finish
test_status
verdict $? "status"
test_classes
verdict $? "classes"
test_processes
verdict $? "processes"
test_names
verdict $? "names of processes are any bytes"
test_mappings
verdict $? "mappings of a process, and of one that is not there"
test_hot
verdict $? "the hottest pages, of a class, not more than asked for"
test_hottest
verdict $? "the hottest pages come first"
test_watch
verdict $? "the live view is plain frames without a terminal"
test_watch_json
verdict $? "frames are JSON, one line each"
test_terminal
verdict $? "on a terminal it is drawn in place, and q ends it"
test_settings
verdict $? "settings are shown and changed"
test_bad_settings
verdict $? "wrong ones change nothing, and it says what is allowed"
test_hints
verdict $? "hints for another process are counted, and forgotten"
test_bad_hints
verdict $? "of wrong hints it says what is wrong"
test_events
verdict $? "events are shown, and end tsmc-wait"
test_timeout
verdict $? "tsmc-wait gives up in time"
test_privilege
verdict $? "what is others' needs root, the rest does not"
test_full
verdict $? "a full disk is a failure"
test_unload
verdict $? "listeners hear that the module is unloaded"
echo "# Totals: pass:$((number - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
[ $failed -eq 0 ]
