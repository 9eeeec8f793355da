# SPDX-License-Identifier: GPL-2.0-or-later
"""What bad input gets: one sensible message, and a guest that runs on."""
import contextlib
import shlex

from mover import AGENT_PORT, debris
from xenbed.wait import wait_until

VERSION_2_HELLO = (r"printf '\1\0\0\0\40\0\0\0TSMCMGRI\2\0\1\0\0\0\0\0"
                   r"abcdefghijklmnop'; cat >/dev/null")


def subject(world):
    """A small guest on host a that no case must harm."""
    if not hasattr(world, "small"):
        world.small = world.guest(world.a, "small", memory_mb=128)
    return world.small


@contextlib.contextmanager
def idle_guest(host, name, kind, memory_mb):
    """A paused guest that is only there."""
    config = (f'name="{name}"\ntype="{kind}"\nmemory={memory_mb}\n'
              'kernel="/build/images/vmlinuz"\n')
    host.run(f"printf %s {shlex.quote(config)} >/root/idle.cfg && "
             "xl create -q -p /root/idle.cfg", timeout=180, check=True)
    here = host.run(f"xl domid {name}", check=True).output.strip()
    try:
        yield
    finally:
        host.run(f"xl destroy {here}", timeout=120, check=True)


def refused(world, domain, host, *words, timeout=120):
    """tsmc-agent migrate fails, says these words, and leaves no debris."""
    guest = subject(world)
    before = {h: debris(h, []) for h in (world.a, world.b)}
    result = world.a.run(f"tsmc-agent migrate -s '' {domain} {shlex.quote(host)}",
                         timeout=timeout)
    assert result.status == 1, f"status {result.status}: {result.output}"
    for word in words:
        assert word in result.output, f"no '{word}' in: {result.output}"
    guest.run("true", check=True)
    wait_until(lambda: all(same(debris(h, []), before[h]) for h in before), 40,
               "both hosts to be as before",
               lambda: str({h.name: (before[h], debris(h, [])) for h in before}))


def same(now, before):
    """The same domains and processes, but for the time they have used."""
    return [what.split()[:3] for what in now] == [what.split()[:3] for what in before]


def to_b(world, before="", after=""):
    """The command that reaches host b, through filters of the shell."""
    return (f"{before}socat -b 262144 - TCP:{world.b.ip}:{AGENT_PORT},nodelay"
            f"{after}")


def no_domain(world):
    """a domain that does not exist"""
    refused(world, "nobody", to_b(world), 'no domain "nobody"')


def bad_option(world):
    """an option with a value that it does not take"""
    for option, value, takes in (("mode", "fast", "tsmc"), ("order", "size", "address"),
                                 ("compress", "lzma", "off, fast or adaptive")):
        result = world.a.run(f"tsmc-agent migrate --{option} {value} small hostb")
        assert result.status == 2, f"status {result.status}: {result.output}"
        said = result.output.splitlines()[0]
        assert value in said and takes in said, said


def pv_guest(world):
    """a PV guest, and why it cannot"""
    with idle_guest(world.a, "old", "pv", 128):
        refused(world, "old", to_b(world), "shadow paging", "pvh")


def unreachable(world):
    """a host that cannot be reached"""
    refused(world, "small", "socat - TCP:192.0.2.99:1,connect-timeout=5",
            "cannot reach a tsmc-agent")


def no_memory(world):
    """not enough memory at the target"""
    free = int(world.b.run("xl info free_memory", check=True).output)
    with idle_guest(world.b, "hog", "pvh", free - 100):
        refused(world, "small", to_b(world), "not enough memory")


def other_version(world):
    """an agent of another version"""
    world.b.run(f"printf %s {shlex.quote(VERSION_2_HELLO)} >/root/hello", check=True)
    listener = world.b.start("exec socat TCP-LISTEN:8009,reuseaddr,fork EXEC:'bash /root/hello'")
    try:
        refused(world, "small",
                f"socat - TCP:{world.b.ip}:8009,retry=50,interval=0.1",
                "speaks version 2", "install the same")
    finally:
        listener.kill()


def truncated(world):
    """a stream that ends in the middle of stage one"""
    refused(world, "small", to_b(world, before="stdbuf -o0 head -c 5000000 | "),
            "stage one", "error: ", timeout=180)


def corrupt(world):
    """a stream that is garbled in the middle of stage one"""
    refused(world, "small",
            to_b(world, before="(stdbuf -o0 head -c 5000001; printf garbage; cat) | "),
            "stage one", "error: ", timeout=180)


def taken_name(world):
    """a guest of the same name at the target"""
    with idle_guest(world.b, "small", "pvh", 128):
        refused(world, "small", to_b(world),
                "there is another guest of that name")


def content(world):
    """the guest that all this was tried with is content"""
    world.destroy(subject(world))


CASES = [no_domain, bad_option, pv_guest, unreachable, no_memory, other_version, truncated,
         corrupt, taken_name, content]
