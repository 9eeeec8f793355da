# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator sees."""
import contextlib
import os
import signal
import tempfile
import termios

from pretended import Pretended, Terminal

WARNING = "error: a warning of some length, with 100 % of its words"
ONE = ["stage 1 of 3  full memory copy", "33 %", "pages left 6000 of 9000", "anon 3000"]
# A view is drawn four times a second.
FRAMES_S = 1.2


@contextlib.contextmanager
def migration(columns=80, rows=24, *argv, **changes):
    """A terminal and a migration on it."""
    terminal = Terminal(columns, rows)
    try:
        with Pretended(*argv, terminal=terminal, **changes) as agent:
            yield terminal, agent
    finally:
        terminal.close()


def views(terminal):
    """How many stand there, old ones included."""
    return terminal.screen.text().count("stage ")


def in_place():
    """one view is drawn again and again in place"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE, "web1 to hostb")
        agent.do("sent 3000", "left 3000")
        terminal.await_text("66 %", "anon 6000")
        assert views(terminal) == 1, terminal.screen.text()
        agent.do("stage 3", "left 200", "step pages", "fault", "fault", "left 50")
        terminal.await_text("stage 3 of 3  dirty pages copy", "faults 2", "pages left 50 of 200", "75 %")
        # After a while there are rates.
        agent.do("left 40")
        terminal.await_text("link ", "0:0")
        assert views(terminal) == 1 and "full memory" not in terminal.screen.text(), terminal.screen.text()


def messages():
    """messages of anybody stand above the view, whole and in order"""
    with migration() as (terminal, agent):
        agent.do(f"say {WARNING} 1")
        terminal.await_text(f"{WARNING} 1")
        assert not views(terminal)
        agent.copies()
        terminal.await_text(*ONE)
        agent.do(f"say {WARNING} 2", f"child echo {WARNING} 3 >&2",
                 "child printf 'in pie' >&2; printf 'ces\\n\\033[2Jharmless\\n' >&2", f"say {'wide ' * 30}")
        terminal.await_text("wide wide")
        lines = terminal.screen.text().split("\n")
        expected = [f"{WARNING} 1", f"{WARNING} 2", f"{WARNING} 3", "in pieces", "?[2Jharmless", ("wide " * 30)[:80],
                    ("wide " * 30)[80:]]
        assert [line.rstrip() for line in lines[:7]] == [line.rstrip() for line in expected], lines
        terminal.await_that(lambda text: text.split("\n")[7:8] and text.split("\n")[7].startswith("stage 1"),
                            "the view below them")
        assert views(terminal) == 1, terminal.screen.text()


def ends():
    """at the end the view is gone, and the terminal as it was"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        agent.do("say last words", "end 0", "say and after")
        terminal.await_text("and after")
        assert terminal.screen.text() == "last words\nand after", terminal.screen.text()
        assert terminal.screen.sane() and terminal.unchanged()
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        agent.do("end 1")
        terminal.await_that(lambda text: not text, "an empty screen")
        assert terminal.screen.sane() and terminal.unchanged()


def killed():
    """an agent that is killed leaves its last words, and a terminal that can be used"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        agent.do("say last words")
        agent.kill()
        terminal.await_closed()
        # Others may write by then: nothing is taken away.
        assert "last words" in terminal.screen.text() and views(terminal) == 1, terminal.screen.text()
        assert terminal.screen.sane(), (terminal.screen.row, terminal.screen.column, terminal.screen.lines)


def onlooker_killed():
    """when it is the onlooker that is killed, the migration goes on, and its end is told"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        os.kill(agent.onlooker, signal.SIGKILL)
        agent.do("say nobody hears this", "left 100", "end 0", "say and after")
        terminal.await_text("and after")
        assert terminal.screen.sane() and terminal.unchanged()


def widths():
    """no view is wider than its terminal, also while that changes"""
    for columns in (20, 40, 200):
        with migration(columns) as (terminal, agent):
            agent.copies()
            terminal.await_text("stage 1 of 3", "anon 3000")
            widest = max(len(line) for line in terminal.screen.lines)
            assert widest < columns and len(terminal.screen.lines) <= 6, terminal.screen.text()
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        for columns in (30, 120, 12, 80):
            terminal.resize(columns)
            terminal.await_that(lambda text, columns=columns: max(map(len, text.split("\n"))) < columns,
                                f"a view of {columns} columns")
        terminal.await_text(*ONE)
        assert views(terminal) == 1, terminal.screen.text()
    with migration(80, 4) as (terminal, agent):
        agent.copies()
        terminal.await_text("33 %")
        terminal.settle(FRAMES_S)
        assert views(terminal) == 1 and len(terminal.screen.lines) == 4, terminal.screen.text()


def colours():
    """there are colours on a terminal, unless NO_COLOR is set to anything"""
    for changes, coloured in (({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False),
                              ({"NO_COLOR": "0"}, False)):
        with migration(**changes) as (terminal, agent):
            agent.copies()
            terminal.await_text(*ONE)
            assert terminal.screen.coloured == coloured, f"{changes}: {terminal.screen.coloured}"


def plain_lines():
    """without a terminal, on a dumb one, and with -q there are messages and nothing else"""
    for argv, changes in (((), {"TERM": "dumb"}), ((), {"TERM": ""}), (("-q",), {})):
        with migration(80, 24, *argv, **changes) as (terminal, agent):
            agent.copies()
            agent.do(f"say {WARNING}", "end 0", "say and after")
            terminal.settle(FRAMES_S)
            assert terminal.screen.text() == f"{WARNING}\nand after", terminal.screen.text()
            assert not agent.onlooker, "there is an onlooker"
    with tempfile.TemporaryFile() as errors, Pretended(errors=errors) as agent:
        agent.copies()
        agent.do(f"say {WARNING}", "end 0")
        errors.seek(0)
        assert errors.read() == WARNING.encode() + b"\n"


def passwords():
    """while the other host is reached, or called again, nothing is drawn"""
    with migration() as (terminal, agent):
        agent.do("left 9000", "child printf 'password: ' >&2")
        terminal.await_text("password:")
        terminal.settle(FRAMES_S)
        assert terminal.screen.text() == "password: ", terminal.screen.text()
        agent.copies()
        terminal.await_text(*ONE)
        agent.do("step call", "child printf 'password again: ' >&2")
        terminal.await_text("password again:")
        terminal.settle(FRAMES_S)
        assert terminal.screen.text() == "password: \npassword again: ", terminal.screen.text()
        agent.do("step pages")
        terminal.await_text("link")
        assert views(terminal) == 1, terminal.screen.text()


def interrupts():
    """Ctrl-C says what it does, and that it does nothing after the hand-over"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        terminal.type(b"\x03")
        terminal.await_text("stopping: web1 stays here")
        terminal.type(b"\x03")
        terminal.settle(FRAMES_S)
        assert terminal.screen.text().count("stays here") == 1 and views(terminal) == 1, terminal.screen.text()
    with migration() as (terminal, agent):
        agent.copies()
        agent.do("step give", "stage 3", "step pages")
        terminal.await_text("stage 3 of 3")
        terminal.type(b"\x03")
        terminal.await_text("cannot be stopped any more: web1 was handed over")
        assert "stays here" not in terminal.screen.text()
        agent.do("end 0")
    with migration(TERM="dumb") as (terminal, agent):
        agent.copies()
        terminal.type(b"\x03")
        terminal.await_text("stopping: web1 stays here")


def halted():
    """a terminal that takes nothing holds up nobody"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        # As Ctrl-S does, but at once.
        termios.tcflow(terminal.slave, termios.TCOOFF)
        for number in range(20):
            agent.do(f"say message {number}", f"left {5000 - number}")
        terminal.settle(FRAMES_S)
        assert "message" not in terminal.screen.text(), terminal.screen.text()
        termios.tcflow(terminal.slave, termios.TCOON)
        terminal.await_text("message 19", "pages left 4981 of 9000")
        assert views(terminal) == 1, terminal.screen.text()


def background():
    """in the background nothing is drawn, and what others write meanwhile stays"""
    with migration() as (terminal, agent):
        agent.copies()
        terminal.await_text(*ONE)
        agent.do("background")
        terminal.settle(FRAMES_S)
        agent.do("left 3000", "child echo a shell >/dev/tty")
        terminal.await_text("a shell")
        terminal.settle(FRAMES_S)
        assert "left 3000" not in terminal.screen.text(), terminal.screen.text()
        agent.do("foreground")
        terminal.await_text("pages left 3000 of 9000")
        lines = terminal.screen.text().split("\n")
        assert "a shell" in lines and lines.index("a shell") == 5, lines


CASES = [in_place, messages, ends, killed, onlooker_killed, widths, colours, plain_lines, passwords, interrupts,
         halted, background]
