# SPDX-License-Identifier: GPL-2.0-or-later
"""What bad input gets: one sensible message, and a guest that runs on."""
import shlex

from mover import AGENT_PORT, debris
from xenbed.wait import wait_until

VERSION_2_HELLO = (r"printf '\1\0\0\0\40\0\0\0TSMCMGRI\2\0\1\0\0\0\0\0"
                   r"0123456789abcdef'; cat >/dev/null")


def subject(world):
    """A small guest on host a that no case must harm."""
    if not hasattr(world, "small"):
        world.small = world.guest(world.a, "small", memory_mb=128)
    return world.small


def refused(world, domain, host, *words, timeout=120):
    """tsmc-agent migrate fails, says these words, and leaves no debris."""
    guest = subject(world)
    result = world.a.run(f"tsmc-agent migrate -s '' {domain} {shlex.quote(host)}",
                         timeout=timeout)
    assert result.status == 1, f"status {result.status}: {result.output}"
    for word in words:
        assert word in result.output, f"no '{word}' in: {result.output}"
    guest.run("true", check=True)
    others = [g for g in world.guests if g.host is world.b]
    wait_until(lambda: not debris(world.b, others), 40, "hostb to be clean",
               lambda: str(debris(world.b, others)))
    world.check_debris()


def to_b(world, before="", after=""):
    """The command that reaches host b, through filters of the shell."""
    return (f"{before}socat -b 262144 - TCP:{world.b.ip}:{AGENT_PORT},nodelay"
            f"{after}")


def no_domain(world):
    """a domain that does not exist"""
    refused(world, "nobody", to_b(world), 'no domain "nobody"')


def pv_guest(world):
    """a PV guest, and why it cannot"""
    world.a.run("printf '%s\\n' 'name=\"old\"' 'type=\"pv\"' 'memory=128' "
                "'kernel=\"/build/images/vmlinuz\"' >/root/old.cfg && "
                "xl create -q -p /root/old.cfg", timeout=120, check=True)
    try:
        result = world.a.run(f"tsmc-agent migrate -s '' old {shlex.quote(to_b(world))}")
        assert result.status == 1, result.output
        assert "shadow paging" in result.output and "pvh" in result.output, result.output
    finally:
        world.a.run("xl destroy old", check=True)
    world.check_debris()


def unreachable(world):
    """a host that cannot be reached"""
    refused(world, "small", "socat - TCP:192.0.2.99:1,connect-timeout=5",
            "cannot reach a tsmc-agent")


def no_memory(world):
    """not enough memory at the target"""
    free = int(world.b.run("xl info free_memory", check=True).output)
    hog = free - 100
    world.b.run(f"printf '%s\\n' 'name=\"hog\"' 'type=\"pvh\"' 'memory={hog}' "
                "'kernel=\"/build/images/vmlinuz\"' >/root/hog.cfg && "
                "xl create -q -p /root/hog.cfg", timeout=180, check=True)
    try:
        result = world.a.run(f"tsmc-agent migrate -s '' small {shlex.quote(to_b(world))}")
        assert result.status == 1, result.output
        assert "not enough memory" in result.output, result.output
        subject(world).run("true", check=True)
    finally:
        world.b.run("xl destroy hog", check=True, timeout=120)
    world.check_debris()


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
    refused(world, "small", to_b(world, before="head -c 5000000 | "),
            "error: ", timeout=180)


def corrupt(world):
    """a stream that is garbled in the middle of stage one"""
    refused(world, "small",
            to_b(world, before="(head -c 5000001; printf garbage; cat) | "),
            "error: ", timeout=180)


def taken_name(world):
    """a guest of the same name at the target"""
    world.b.run("printf '%s\\n' 'name=\"small\"' 'type=\"pvh\"' 'memory=32' "
                "'kernel=\"/build/images/vmlinuz\"' >/root/same.cfg && "
                "xl create -q -p /root/same.cfg", timeout=120, check=True)
    try:
        result = world.a.run(f"tsmc-agent migrate -s '' small {shlex.quote(to_b(world))}")
        assert result.status == 1, result.output
        assert "there is another guest of that name" in result.output, result.output
        subject(world).run("true", check=True)
    finally:
        world.b.run("xl destroy small", check=True, timeout=120)
    world.check_debris()


def content(world):
    """the guest that all this was tried with is content"""
    world.destroy(subject(world))


CASES = [no_domain, pv_guest, unreachable, no_memory, other_version, truncated,
         corrupt, taken_name, content]
