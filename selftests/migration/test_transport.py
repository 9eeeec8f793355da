# SPDX-License-Identifier: GPL-2.0-or-later
"""Migrations without ssh: with TLS, and without when that is asked for."""
import sys
import tempfile
import time

from mover import TOP, Mover, debris
from workloads import MEMORY, Workload, must_grow
from xenbed.wait import wait_until

sys.path.insert(0, str(TOP / "selftests" / "transport"))

from certificates import Authority  # noqa: E402

PORT = 8012  # the default one is the mover's
SLOW_LINK = 3_000_000  # bytes/s: leaves time to cut it in stage one
# What is silent for 10 s is gone; the rest is the emulator's.
NOTICED_S = 20


class Direct(Mover):
    """`tsmc-agent listen` on both hosts, and `migrate` that goes there."""

    def __init__(self, bed, how):
        self.bed, self.how = bed, how
        self.listeners = []

    def __enter__(self):
        for host in self.bed.hosts:
            listener = host.start(f"exec tsmc-agent -v listen {self.how} --port {PORT}")
            self.listeners.append(listener)
            wait_until(lambda it=listener: "listening at" in it.output(), 30,
                       f"{host.name} to listen", listener.output)
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.host.run(f"kill -TERM $(cat {listener.tag})")
            listener.wait(30)
            listener.forget()

    def command(self, guest, target, options=""):
        return f"tsmc-agent migrate {self.how} {options} {guest.name} {target.name}:{PORT}"


class Subject:
    """A guest that proves its memory, and hosts that have certificates."""

    def __init__(self, world):
        self.guest = world.guest(world.a, "direct", memory_mb=192)
        self.load = Workload(self.guest, "memory", MEMORY)
        with tempfile.TemporaryDirectory() as directory:
            ours = Authority(directory, "ours")
            for host in world.bed.hosts:
                made = ours.host(host.name, f"DNS:{host.name}")
                host.run("mkdir -p /etc/tsmc", check=True)
                for file in ("ca.pem", "cert.pem", "key.pem"):
                    host.push(made / file, f"/etc/tsmc/{file}")
        made_at = time.time()
        for host in world.bed.hosts:
            wait_until(lambda it=host: int(it.run("date +%s", check=True).output) >= made_at, 30,
                       f"{host.name}'s clock to reach the certificates' first second")


def subject(world):
    """The guest of all cases."""
    if not hasattr(world, "direct"):
        world.direct = Subject(world)
    return world.direct


def wait_clean(world):
    """Wait until both hosts have nothing left but guests."""
    for host in world.bed.hosts:
        here = [guest for guest in world.guests if guest.host is host]
        wait_until(lambda h=host, g=here: not debris(h, g), 30, f"{host.name} to be clean",
                   lambda h=host, g=here: str(debris(h, g)))


def moves(world, how):
    """A migration that goes well."""
    guest = subject(world).guest
    source, target = guest.host, world.other(guest.host)
    with Direct(world.bed, how) as mover:
        report = mover.move(guest, source, target)
        said = mover.received(target)
    print(f"# {how}: total {report['total_s']:.1f} s, downtime {report['downtime_s']:.3f} s, holes "
          f"{report['missing_pages']}, faults {report['faults']}", flush=True)
    assert report["missing_pages"] > 0, "nothing was left for stage three"
    assert f"{source.ip}:" in said, f"the target does not say who came: {said}"
    must_grow(subject(world).load)
    wait_clean(world)
    world.check_debris()


def with_tls(world):
    """a guest moves with TLS, with certificates in /etc/tsmc"""
    moves(world, "--tls")


def without_tls(world):
    """a guest moves over plain TCP when both hosts were told so"""
    moves(world, "--insecure")


def one_sided(world):
    """plain TCP gets nowhere where TLS is expected, and the guest runs on"""
    guest = subject(world).guest
    with Direct(world.bed, "--tls"):
        result = guest.host.run(f"tsmc-agent migrate --insecure {guest.name} "
                                f"{world.other(guest.host).name}:{PORT}")
    assert result.status == 1, result.output
    assert "without TLS" in result.output, result.output
    must_grow(subject(world).load)
    wait_clean(world)


def cut(world, how):
    """A link that is cut in stage one is noticed by both hosts, before it is mended."""
    guest = subject(world).guest
    source, target = guest.host, world.other(guest.host)
    world.bed.link.rate(SLOW_LINK)
    with Direct(world.bed, how) as mover:
        running = source.start(mover.command(guest, target))
        try:
            wait_until(lambda: "stage one" in running.output(), 60, "stage one to begin",
                       running.output)
            world.bed.link.cut()
            began = time.monotonic()
            result = running.wait(60)
            here = time.monotonic() - began
            wait_until(lambda: guest.name + "--incoming" not in target.run("xl list").output, 60,
                       f"{target.name} to remove what was built", lambda: mover.received(target))
            there = time.monotonic() - began
        finally:
            world.bed.link.mend()
            world.bed.link.rate(0)
            running.forget()
    print(f"# {how}: cut link noticed at the source after {here:.1f} s, at the target after "
          f"{there:.1f} s", flush=True)
    assert result.status == 1, result.output
    assert here < NOTICED_S and there < NOTICED_S, result.output
    must_grow(subject(world).load)
    wait_clean(world)


def cut_tls(world):
    """a cut link is noticed by both hosts in stage one; the guest runs on"""
    cut(world, "--tls")


def cut_plain(world):
    """a cut link is noticed without TLS, too"""
    cut(world, "--insecure")


def content(world):
    """the guest's own checks end well, and its kernel is content"""
    subject(world).load.finish()
    world.destroy(subject(world).guest)


CASES = [with_tls, without_tls, one_sided, cut_tls, content]
LONG = [cut_plain, content]
