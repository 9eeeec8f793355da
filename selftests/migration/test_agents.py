# SPDX-License-Identifier: GPL-2.0-or-later
"""What agents take of their hosts: memory, and privileges."""
import re
import shlex
import struct

from faults import END_LIMIT_S, PORT, await_break, go_on, listen, prepare_at
from mover import debris
from workloads import Workload, must_grow
from xenbed.wait import wait_until

# Of both sizes; the larger has so much more memory of which all may be missing.
SIZES_MB = {128: 24, 256: 64}
# What the memory of two runs differs in besides that.
NOISE_KIB = 2048
# dac_override, dac_read_search, ipc_lock.
CAPABILITIES = 1 << 1 | 1 << 2 | 1 << 14
# sys_boot, sys_time, syslog, perfmon.
RENOUNCED = 1 << 22 | 1 << 25 | 1 << 34 | 1 << 38
UNLIMITED = 1 << 64
# Types of records.
HELLO, CONFIG, PLATFORM = 1, 2, 3


class Agents:
    """Agents of a migration that stands still where the target has written down a phase."""

    def __init__(self, world, guest, phase, options=""):
        self.source, self.target = guest.host, world.other(guest.host)
        self.guest, self.phase, self.options = guest, phase, options
        self.listener = self.moving = self.said = None

    def __enter__(self):
        self.target.run("rm -f /tmp/at /tmp/at.*", check=True)
        self.listener = listen(self.target)
        pipe = f"socat -b 262144 - TCP:{self.target.ip}:{PORT},nodelay,retry=50,interval=0.1"
        command = f"tsmc-agent -v migrate -s '' {self.options} {self.guest.name} {shlex.quote(pipe)}"
        self.moving = self.source.start(
            prepare_at(f"{self.phase} break", self.source, self.target, command))
        await_break(self.target, self.phase, self.moving)
        assert self.moving.running(), f"{self.moving.output()}\n{self.listener.output()}"
        return self

    def __exit__(self, kind, *_):
        go_on(self.target, self.phase)
        status, output = self.moving.wait(END_LIMIT_S)
        self.said = f"{output}\nthe receiver said:\n{self.listener.output()}"
        self.moving.forget()
        self.listener.forget()
        if not kind:
            assert status == 0, self.said
            self.guest.host = self.target

    def limit_kib(self, host):
        """The highest bound that the agent at a host has told."""
        said = (self.moving if host is self.source else self.listener).output()
        told = re.findall(r"memory of this process is limited to (\d+) KiB", said)
        assert told, f"{host.name}'s agent has told no bound: {said}"
        return max(map(int, told))


def processes(host):
    """What /proc/PID/status says of each process of the agents on a host, in numbers."""
    text = host.run("for pid in $(pgrep -x tsmc-agent); do echo Process: $pid; "
                    "cat /proc/$pid/status /proc/$pid/limits; done", check=True).output
    found = []
    for one in text.split("Process:")[1:]:
        fields = dict(re.findall(r"^(\w+):\s+(\S+)", one, re.M))
        soft = re.search(r"^Max data size\s+(\S+)", one, re.M).group(1)
        fields["limit"] = UNLIMITED if soft == "unlimited" else int(soft)
        # What is a zombie has none: libxl's restore, until it is asked how it ended.
        if "VmHWM" in fields:
            found.append(fields)
    assert found, f"no agent on {host.name}"
    return found


def peak_kib(host):
    """Most memory of its own that the agent has had, without its program and libraries, in KiB."""
    return max(int(p["VmHWM"]) - int(p["RssFile"]) - int(p["RssShmem"]) for p in processes(host))


def sized(world, size):
    """A guest of a size with its memory in use, and what uses it."""
    guest = world.guest(world.a, f"sized{size}", memory_mb=size)
    return guest, Workload(guest, f"memory-{guest.name}", f"memory --size {SIZES_MB[size]} "
                           "--hot 12 --threads 2 --rate 500 --scan 4")


def end(world, guest, load):
    """It has been right all the time."""
    must_grow(load)
    load.finish()
    world.destroy(guest)


def peaks_and_bounds(world, guest):
    """Of source and target, when pages are packed and as many missing as there can be."""
    with Agents(world, guest, "complete", "--mode postcopy --compress fast") as agents:
        hosts = agents.source, agents.target
        peaks = [peak_kib(host) for host in hosts]
        bounds = [agents.limit_kib(host) for host in hosts]
        # All that a hand-over is not to fail for is behind them.
        assert all(p["limit"] == UNLIMITED for host in hosts for p in processes(host))
    print(f"# guest of {guest.memory_mb} MB: source {peaks[0]} KiB of {bounds[0]}, target "
          f"{peaks[1]} KiB of {bounds[1]}", flush=True)
    assert all(peak <= bound for peak, bound in zip(peaks, bounds)), (peaks, bounds)
    return peaks, bounds


def memory(world):
    """agents' memory stays below the bound that they tell, with guests of two sizes"""
    found = []
    for size in sorted(SIZES_MB):
        guest, load = sized(world, size)
        found.append(peaks_and_bounds(world, guest))
        end(world, guest, load)
    less, more = found
    for peak, above, bound, higher in zip(less[0], more[0], less[1], more[1]):
        assert above - peak <= higher - bound + NOISE_KIB, (less, more)
    world.check_debris()


def record(kind, payload):
    """One of a source's."""
    return struct.pack("<HHI", kind, 0, len(payload)) + payload


def greedy(world):
    """a configuration that would take a lot of memory to read is refused for that"""
    # A set of processors has a bit for each below the last.
    json = b'{"c_info":{"type":"pvh"},"b_info":{"avail_vcpus":[2000000000]}}'
    said = (record(HELLO, b"TSMCMGRI" + struct.pack("<HHI", 1, 1, 7) + bytes(range(16)))
            + record(CONFIG, struct.pack("<IIII", 0, 0, 1, len(json)) + b"g" + json)
            + record(PLATFORM, b"none"))
    text = "".join(f"\\{byte:03o}" for byte in said)
    result = world.b.run(f"printf '{text}' >/tmp/greedy; tsmc-agent -v receive </tmp/greedy | cat -v",
                         timeout=END_LIMIT_S)
    assert "memory allocation failure" in result.output, result
    # libxl has ended the process, and its guardian cleans up.
    guests = [guest for guest in world.guests if guest.host is world.b]
    wait_until(lambda: not debris(world.b, guests), END_LIMIT_S, "nothing to be left of it",
               lambda: str(debris(world.b, guests)))


def privileges(world):
    """agents have dropped what they need not, and before the hand-over they have a limit"""
    guest, load = sized(world, min(SIZES_MB))
    with Agents(world, guest, "prepared") as agents:
        found = {host: processes(host) for host in (agents.source, agents.target)}
        told = agents.limit_kib(agents.source)
    for process in [p for host in found.values() for p in host]:
        for kind in ("CapEff", "CapPrm", "CapInh"):
            assert not int(process[kind], 16) & ~CAPABILITIES, process
        assert not int(process["CapBnd"], 16) & RENOUNCED, process
        assert process["Seccomp"] == "2" and process["NoNewPrivs"] == "0", process
    limits = [p["limit"] >> 10 for p in found[agents.source]]
    assert told in limits, f"told {told} KiB, but the limits of its processes are {limits} KiB"
    assert all(p["limit"] == UNLIMITED for p in found[agents.target]), found[agents.target]
    for unwanted in ("privileges: cannot", "handles are not restricted", "is not limited"):
        assert unwanted not in agents.said, agents.said
    end(world, guest, load)
    world.check_debris()


CASES = [greedy, privileges]
LONG = [memory]
