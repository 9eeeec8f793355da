# SPDX-License-Identifier: GPL-2.0-or-later
"""One failure at one moment of a migration, and what must have become of the guest."""
import dataclasses
import shlex

from mover import debris
from workloads import Workload, must_grow
from xenbed.wait import wait_until

PRELOAD = "/build/selftests/migration/at_phase.so"
PORT = 8012
# As ssh's and our own connections: what is silent or unanswered for 10 s is lost.
LIVELY = "nodelay,keepalive,keepidle=4,keepintvl=2,keepcnt=3,setsockopt-int=6:18:10000"
RECEIVE = "/root/receive-at"
RECEIVER = f"""#!/bin/sh
if mv /tmp/at /tmp/at.used 2>/dev/null; then
	export TSMC_AT="$(cat /tmp/at.used)" LD_PRELOAD={PRELOAD}
fi
exec tsmc-agent -v receive
"""
LOAD = "memory --size 24 --hot 12 --threads 2 --rate 1000 --scan 4"
# Stage three lasts some seconds, so that there is a middle of it.
SLOW = "--push-interval 50 --push-batch 32"
SOURCE = ("moving", "suspending", "told", "given")
TARGET = ("incoming", "prepared", "owner", "complete")
STAYS, MOVES = "stays", "moves"
REACH_LIMIT_S = 180
END_LIMIT_S = 240
SETTLE_LIMIT_S = 120
# The source gives a target 120 s to be built.
NOTICE_LIMIT_S = 150


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens when a side has written down a phase.

    what: as at_phase.c has it, or with the agent stopped at a breakpoint
    - cut: the link is cut, and mended once the source has ended or calls again
    - loss: from here on every third frame is lost
    - stop: the agent of the other side stands still for 20 s
    - both: agent and guardian are killed; at the source somebody calls `tsmc-agent recover`
    - abort: `tsmc-agent abort` at the source
    - twice: a second migration of the same guest is asked for
    """
    phase: str
    what: str
    outcome: str
    options: str = ""

    @property
    def name(self):
        """As a line of the table has it."""
        side = "source" if self.phase in SOURCE else "target"
        return f"{side} in '{self.phase}', {self.what}: the guest {self.outcome}"


def listen(host):
    """Take guests in, with what /tmp/at says happening to the next agent."""
    host.run(f"printf %s {shlex.quote(RECEIVER)} >{RECEIVE} && chmod +x {RECEIVE}", check=True)
    return host.start(f"exec socat -b 262144 TCP-LISTEN:{PORT},bind={host.ip},reuseaddr,fork,"
                      f"{LIVELY} EXEC:{RECEIVE}")


def command_to(target, guest, options=""):
    """The command that migrates, over a link that notices its end."""
    pipe = shlex.quote(f"socat -b 262144 - TCP:{target.ip}:{PORT},{LIVELY},connect-timeout=5")
    return f"tsmc-agent -v migrate -s '' {SLOW} {options} {guest.name} {pipe}"


def prepare_at(at, source, target, command):
    """Have it happen at the source, or at the target; the command for the source."""
    if at.split()[0] in SOURCE:
        return f"TSMC_AT={shlex.quote(at)} LD_PRELOAD={PRELOAD} {command}"
    target.run(f"echo {shlex.quote(at)} >/tmp/at", check=True)
    return command


def await_break(here, phase, moving):
    """The agent stands at the breakpoint."""
    wait_until(lambda: here.run(f"test -e /tmp/at.{phase}.here").status == 0 or not moving.running(),
               REACH_LIMIT_S, f"the agent at {here.name} to reach the phase", moving.output)


def go_on(here, phase):
    """The agent leaves the breakpoint."""
    here.run(f"touch /tmp/at.{phase}.go", check=True)


class Faults:
    """A guest that everything is tried on."""

    def __init__(self, world, memory_mb=128):
        self.world = world
        self.guest = world.guest(world.a, "hardy", memory_mb=memory_mb)
        self.load = Workload(self.guest, "memory", LOAD)
        self.listeners = [listen(host) for host in (world.a, world.b)]

    def close(self):
        """The guest and the listeners go."""
        self.load.finish()
        self.world.destroy(self.guest)
        for listener in self.listeners:
            listener.forget()

    def said(self):
        """What the receiving agents have said."""
        return "\n".join(listener.output()[-1500:] for listener in self.listeners)

    def try_fault(self, fault):
        """Inject it, and check that all is well afterwards."""
        world, source = self.world, self.guest.host
        target = world.other(source)
        native = fault.what in ("kill", "intr", "nospace", "memory", "xen")
        at = f"{fault.phase} {fault.what if native else 'break'}"
        here = source if fault.phase in SOURCE else target
        for host in (source, target):
            host.run("rm -f /tmp/at /tmp/at.*", check=True)
        command = command_to(target, self.guest, fault.options)
        moving = source.start(prepare_at(at, source, target, command))
        try:
            if not native:
                await_break(here, fault.phase, moving)
                getattr(self, fault.what)(fault.phase, here, source, target, moving)
            moving.wait(END_LIMIT_S)
            self.settle(fault, source, target)
        except Exception as error:
            raise AssertionError(f"{error}\nthe source said:\n{moving.output()}\n"
                                 f"the receivers said:\n{self.said()}") from error
        finally:
            world.bed.link.mend()
            moving.forget()

    def cut(self, phase, here, _source, _target, moving):
        """The link is cut until the source notices."""
        self.world.bed.link.cut()
        go_on(here, phase)
        wait_until(lambda: not moving.running() or "called again" in moving.output(),
                   NOTICE_LIMIT_S, "the source to notice", moving.output)
        self.world.bed.link.mend()

    def loss(self, phase, here, source, target, moving):
        """Every third frame is lost from here on."""
        for host in (source, target):
            host.run("tc qdisc add dev eth0 root netem loss 30%", check=True)
        try:
            go_on(here, phase)
            moving.wait(END_LIMIT_S)
        finally:
            for host in (source, target):
                host.run("tc qdisc del dev eth0 root", check=True)

    def both(self, phase, here, source, _target, moving):
        """Agent and guardian are killed; an operator recovers."""
        here.run(f"pkill -KILL -x tsmc-agent; rm -f /tmp/at.{phase}.here", check=True)
        if here is source:
            moving.wait(END_LIMIT_S)
            source.run(f"tsmc-agent recover {self.guest.name}", timeout=END_LIMIT_S)

    def stop(self, phase, here, source, target, _moving):
        """The other side stands still for 20 s, which is longer than silence may last."""
        there = target if here is source else source
        there.run("pkill -STOP -x tsmc-agent", check=True)
        go_on(here, phase)
        there.run("sleep 20; pkill -CONT -x tsmc-agent", timeout=60, check=True)

    def abort(self, phase, here, source, _target, _moving):
        """Somebody else asks for an end."""
        stopping = source.start(f"tsmc-agent abort {self.guest.name}")
        go_on(here, phase)
        stopping.wait(END_LIMIT_S)
        stopping.forget()

    def twice(self, phase, here, source, target, _moving):
        """A second migration at the same time."""
        status, output = source.run(command_to(target, self.guest), timeout=END_LIMIT_S)
        assert status == 1 and ("busy" in output or "suspended" in output or
                                "no domain" in output), output
        go_on(here, phase)

    def settle(self, fault, source, target):
        """One owner, the right one; nothing is left; the memory is right."""
        owner = source if fault.outcome == STAYS else target
        self.guest.host = owner
        world = self.world

        def left():
            return [f"{host.name}: {what}" for host in (source, target)
                    for what in debris(host, [self.guest] if host is owner else [])]
        wait_until(lambda: not left(), SETTLE_LIMIT_S, f"only the guest at {owner.name} to be left",
                   lambda: str(left()))
        names = owner.run("xl list", check=True).output
        assert self.guest.name in names, f"no guest at {owner.name}: {names}"
        must_grow(self.load)
        world.check_guest(self.guest)
