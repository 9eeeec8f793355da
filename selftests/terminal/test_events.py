# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program is told."""
import fcntl
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import termios
import time

from pretended import LIMIT_S, TOP, Pretended, environment

AGENT = TOP / "build" / "tsmc-agent"
STEPS = ["copy", "plug", "rounds", "suspend", "switch", "give", "pages", "call", "pages", "remove"]
END_LIMIT_S = 12


class Pipe:
    """Takes events."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        self.path = f"/dev/fd/{self.write_end}"
        self.told = b""

    def until(self, number, kind):
        """All that was told until there are so many events of a kind, for which there is a limit."""
        limit = time.monotonic() + LIMIT_S
        while self.told.count(f'"event": "{kind}"'.encode()) < number or not self.told.endswith(b"\n"):
            assert select.select([self.read_end], [], [], max(0, limit - time.monotonic()))[0], self.told
            some = os.read(self.read_end, 4096)
            assert some, f"nobody tells more than {self.told}"
            self.told += some
        return [json.loads(line) for line in self.told.splitlines()]

    def finish(self):
        """All that was told."""
        os.close(self.write_end)
        events = self.until(1, "end")
        os.close(self.read_end)
        return events

    def held(self):
        """Bytes that nobody has read."""
        size = bytearray(4)
        fcntl.ioctl(self.read_end, termios.FIONREAD, size)
        return int.from_bytes(size, sys.byteorder)


def of_kind(events, kind):
    """Those of one kind."""
    return [event for event in events if event["event"] == kind]


def course():
    """each step, faults, progress and the end are told, in order"""
    pipe = Pipe()
    with Pretended(pipe.path, errors=subprocess.DEVNULL, pass_fds=[pipe.write_end]) as agent:
        for step in STEPS:
            agent.do(f"stage {1 + STEPS.index(step) // 3}", f"step {step}")
        agent.do("left 9000", "sent 3000", "fault", "left 6000")
        pipe.until(4, "progress")
        agent.do("end 3")
        events = pipe.finish()
    assert [event["step"] for event in of_kind(events, "step")] == ["reach", *STEPS], events
    assert [event["stage"] for event in of_kind(events, "step")][:4] == [1, 1, 1, 1], events
    assert events[-1]["event"] == "end" and events[-1]["result"] == "incomplete" and events[-1]["status"] == 3
    assert sum(event["new"] for event in of_kind(events, "faults")) == 1, events
    progress = of_kind(events, "progress")
    last = progress[-1]
    assert last["left"] == 6000 and last["total"] == 9000 and last["classes"] == {"anon": 3000}, last
    assert last["bytes"] == 3000 * 4096 and last["step"] == "remove" and last["faults"] == 1, last
    # Once each second, on a busy machine later.
    assert len(progress) <= last["t_s"] + 1.5, [event["t_s"] for event in progress]


def agent_killed():
    """the end is told of an agent that is killed, too"""
    pipe = Pipe()
    with Pretended(pipe.path, errors=subprocess.DEVNULL, pass_fds=[pipe.write_end]) as agent:
        agent.copies()
        agent.kill()
        events = pipe.finish()
    assert events[-1]["event"] == "end" and events[-1]["result"] == "killed" and events[-1]["status"] is None, events
    assert [event["step"] for event in of_kind(events, "step")] == ["reach", "copy"], events


def nobody_reads():
    """a program that reads nothing, or is gone, holds up nobody for long"""
    for gone in (False, True):
        pipe = Pipe()
        fcntl.fcntl(pipe.write_end, fcntl.F_SETPIPE_SZ, 4096)
        with Pretended(pipe.path, errors=subprocess.DEVNULL, pass_fds=[pipe.write_end]) as agent:
            agent.copies()
            pipe.until(2, "step")
            if gone:
                os.close(pipe.read_end)
            limit = time.monotonic() + LIMIT_S
            while not gone and pipe.held() < 3900:
                agent.do(*[f"step {step}" for step in STEPS])
                assert time.monotonic() < limit, f"it has {pipe.held()} bytes only"
            agent.do(*[f"step {step}" for step in STEPS])
            began = time.monotonic()
            agent.do("end 0")
            assert time.monotonic() - began < END_LIMIT_S
        os.close(pipe.write_end)
        if not gone:
            os.close(pipe.read_end)


def the_agent():
    """tsmc-agent writes to a file, and refuses one that it cannot write to"""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "events"
        path.write_text("of another migration\n" * 100)
        done = subprocess.run([AGENT, "migrate", "--events", path, "no-such-guest", "nowhere"], text=True,
                              capture_output=True, timeout=LIMIT_S, env=environment(), check=False)
        assert done.returncode == 1, done
        events = [json.loads(line) for line in path.read_text().splitlines()]
        assert [event["step"] for event in of_kind(events, "step")] == ["reach"], events
        assert events[-1]["result"] == "stayed" and events[-1]["status"] == 1, events
        refused = subprocess.run([AGENT, "migrate", "--events", f"{directory}/no/file", "no-such-guest", "nowhere"],
                                 text=True, capture_output=True, timeout=LIMIT_S, check=False)
        assert refused.returncode == 1 and "cannot write events to" in refused.stderr, refused


CASES = [course, agent_killed, nobody_reads, the_agent]
