#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tsmc-xl-migrate: what it makes of the arguments of "xl migrate". KTAP out.

tsmc-agent, xl and ssh are programs that only note how they were called.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = TOP / "tools" / "xl-migrate" / "tsmc-xl-migrate"
LIMIT_S = 20

# Notes its arguments, one a line, as "NAME: ARGUMENT"; ends as the file NAME.status says.
NOTER = """\
#!/bin/sh
here=${0%/*}; name=${0##*/}
for word in "$@"; do printf '%s: %s\\n' "$name" "$word" >>"$here/calls"; done
echo "$name was here"
[ "$name $1" != "xl domname" ] || cat "$here/names" 2>/dev/null
[ ! -e "$here/$name.waits" ] || exec "$here/waits"
[ ! -e "$here/$name.status" ] || exit "$(cat "$here/$name.status")"
"""
# Ends with 77 when it is asked to end, and says when it can be asked.
WAITS = """\
#!/bin/bash
trap 'exit 77' TERM
: >"${0%/*}/waiting"
while :; do sleep 0.05; done
"""


class Called:
    """How a call ended, and what it has called."""

    def __init__(self, status, out, err, calls):
        self.status, self.out, self.err, self.calls = status, out, err, calls

    def of(self, name):
        """The arguments that a program got."""
        return [word for who, word in self.calls if who == name]


class Desk:
    """A search path with programs that note."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory)
        for name in ("tsmc-agent", "xl", "ssh", "waits"):
            (self.path / name).write_text(WAITS if name == "waits" else NOTER)
            (self.path / name).chmod(0o755)
        self.first = self.path / "first"
        self.first.mkdir()
        (self.first / "xl").symlink_to(PROGRAM)
        self.environment = {"PATH": f"{self.first}:{self.path}:/usr/bin:/bin"}

    def note(self, name, text):
        """A file that a program looks at."""
        (self.path / name).write_text(text)

    def calls(self):
        """What was called since the last time."""
        notes = self.path / "calls"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [tuple(line.split(": ", 1)) for line in lines]

    def start(self, *words, program=PROGRAM):
        """The program, running."""
        return subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment)

    def call(self, *words, **how):
        """The program, run to its end."""
        process = self.start(*words, **how)
        out, err = process.communicate(timeout=LIMIT_S)
        return Called(process.returncode, out, err, self.calls())

    def as_xl(self, *words):
        """The same by the name xl."""
        return self.call(*words, program=self.first / "xl")


def migrates(called, *words):
    """The agent, and nobody before it, was asked to migrate so."""
    assert called.of("tsmc-agent")[:len(words)] == list(words), f"{called.calls}, and said: {called.err}"


def plain(desk):
    """a domain and a host: migrate by ssh, then somebody waits there for its end"""
    called = desk.call("web1", "hostb")
    migrates(called, "migrate", "-s", "ssh", "--", "web1", "hostb")
    assert called.of("ssh") == ["hostb", "tsmc-agent", "monitor", "'web1'"], called.calls
    assert [who for who, _ in called.calls].index("ssh") == 6, "the monitor was not started last"
    assert called.status == 0 and not called.out, f"status {called.status}, printed '{called.out}'"


def options(desk):
    """options of xl migrate, anywhere and shortened, mean what they mean there"""
    migrates(desk.call("-s", "ssh -p 22", "web1", "hostb"), "migrate", "-s", "ssh -p 22", "--", "web1", "hostb")
    migrates(desk.call("web1", "hostb", "--debug"), "-v", "migrate", "-s", "ssh", "--", "web1", "hostb")
    migrates(desk.call("--deb", "web1", "hostb"), "-v", "migrate")
    migrates(desk.call("--live", "web1", "hostb"), "migrate", "-s", "ssh", "--", "web1", "hostb")
    assert desk.call("-s", "ssh -p 22", "web1", "hostb").of("ssh")[:3] == ["-p", "22", "hostb"]


def unmonitored(desk):
    """with -e or -F, or after a failure, nobody waits at the other host"""
    for words in (["-e"], ["-F"]):
        called = desk.call(*words, "web1", "hostb")
        assert called.status == 0 and called.of("tsmc-agent") and not called.of("ssh"), called.calls
    for status in (1, 3):
        desk.note("tsmc-agent.status", str(status))
        called = desk.call("web1", "hostb")
        assert called.status == status and not called.of("ssh"), f"{called.status}: {called.calls}"


def refused(desk):
    """what cannot be done as xl does it is refused with a word on what to do, and nothing is called"""
    cases = [(["-C", "web1.cfg", "web1", "hostb"], "use xl's own migrate"), (["-p", "web1", "hostb"], "xl pause"),
             (["-D", "web1", "hostb"], "use its name"), (["-x", "web1", "hostb"], "-x"),
             (["web1"], "a domain and a host"), (["web1", "hostb", "hostc"], "a domain and a host"),
             (["-s", "", "web1", "ssh hostb xl migrate-receive"], "tsmc-agent receive")]
    for words, said in cases:
        called = desk.call(*words)
        assert called.status == 2 and said in called.err and "usage:" in called.err, f"{words}: {called.err}"
        assert not called.calls and not called.out, called.calls


def command(desk):
    """with an empty -s the host is the command, and it is told that nobody waits"""
    called = desk.call("-s", "", "web1", "socat - TCP:hostb:8002")
    migrates(called, "migrate", "-s", "", "--", "web1", "socat - TCP:hostb:8002")
    assert called.status == 0 and "tsmc-agent monitor web1" in called.err and not called.of("ssh"), called.err
    assert "monitor" not in desk.call("-e", "-s", "", "web1", "socat - TCP:hostb:8002").err


def number(desk):
    """a domain number is the same guest by its name at the other host"""
    desk.note("names", "web 1's\n")
    # Of what the program xl says, only the name is to be had.
    (desk.path / "xl").write_text(NOTER.replace('echo "$name was here"\n', ""))
    called = desk.call("7", "hostb")
    migrates(called, "migrate", "-s", "ssh", "--", "7", "hostb")
    quoted = called.of("ssh")[3]
    there = subprocess.run(["sh", "-c", f"printf %s {quoted}"], stdout=subprocess.PIPE, text=True, check=True)
    assert there.stdout == "web 1's", f"the other shell gets {quoted}"
    desk.note("names", "")
    called = desk.call("7", "hostb")
    assert called.status == 1 and "no name" in called.err and not called.of("tsmc-agent"), called.err


def lost_monitor(desk):
    """a migration has succeeded also when the other host starts no monitor, and that is told"""
    desk.note("ssh.status", "255")
    called = desk.call("web1", "hostb")
    assert called.status == 0 and 'run "tsmc-agent monitor web1" there' in called.err, called.err


def absent(desk):
    """without tsmc-agent nothing happens, and that is told"""
    (desk.path / "tsmc-agent").unlink()
    called = desk.call("web1", "hostb")
    assert called.status == 1 and "cannot run tsmc-agent" in called.err and not called.calls, called.err


def named_xl(desk):
    """by the name xl it takes migrate, and leaves all else to the next xl"""
    migrates(desk.as_xl("migrate", "web1", "hostb"), "migrate", "-s", "ssh", "--", "web1", "hostb")
    migrates(desk.as_xl("-v", "-tT", "migrate", "web1", "hostb"), "-v", "migrate")
    for words in (["list", "-l"], ["migrate-receive"], ["-N", "migrate", "a", "b"], [], ["-v", "info"]):
        desk.note("xl.status", "5")
        called = desk.as_xl(*words)
        assert called.of("xl") == words and called.status == 5, f"{words}: {called.calls}, {called.status}"
        assert "xl was here" in called.out and not called.of("tsmc-agent")


def told_to_end(desk):
    """SIGTERM reaches the agent, which decides"""
    desk.note("tsmc-agent.waits", "")
    process = desk.start("web1", "hostb")
    limit = time.monotonic() + LIMIT_S
    while not (desk.path / "waiting").exists():
        assert time.monotonic() < limit, "the agent was not started"
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == 77, f"it ended with {process.returncode}"
    assert not [who for who, _ in desk.calls() if who == "ssh"]


def texts(desk):
    """help and manual page name the same options"""
    called = desk.call("--help")
    assert called.status == 0 and not called.err and not called.calls, called.err
    told = set(re.findall(r"(?<![\w-])--?[A-Za-z]+\b", called.out.partition("\n\n")[2].partition("Exit")[0]))
    page = (TOP / "Documentation/tsmc-xl-migrate.8").read_text().partition(".Ss Called by")[0]
    shown = set()
    for line in re.findall(r"^\.It (Fl .*)$", page, re.M):
        shown |= {f"-{word}" for word in re.findall(r"(?:Fl|,) (-?\w+)", line)}
    assert told == shown, f"help has {sorted(told - shown)} alone, the page {sorted(shown - told)}"


CASES = [plain, options, unmonitored, refused, command, number, lost_monitor, absent, named_xl, told_to_end, texts]


def main():
    """Every case as one KTAP line."""
    failed = 0
    print(f"TAP version 13\n1..{len(CASES)}")
    for count, case in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as directory:
            try:
                case(Desk(directory))
                verdict = "ok"
            except (AssertionError, subprocess.SubprocessError) as error:
                verdict = "not ok"
                failed += 1
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="")
        print(f"{verdict} {count} {case.__doc__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
