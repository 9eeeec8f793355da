# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulator that is a test host.

Three bugs of QEMU 7.2's TCG shape this command line; each looks like a bug of
whatever runs in the host:
- smap, smep, monitor, rdtscp: mis-emulated under Xen (crash at boot, #GP in
  the idle loop, a wrong exit code), hence switched off;
- lazy FPU switching corrupts SIMD registers, hence spec-ctrl=eager-fpu;
- an event injected by VMRUN is delivered twice when another emulated CPU
  kicks this one, hence exactly one CPU and a large translation buffer.

The scheduler's rate limit is lowered because a guest's two virtual CPUs share
that one CPU: with Xen's default of 1 ms each interrupt that one sends to the
other costs as much, and loading ext4 in a guest takes 14 s instead of 1.
"""
import json
import os
import re
import socket

from . import paths, process
from .errors import BedError
from .wait import wait_until

XEN_CMDLINE = ("cpuidle=0 mwait-idle=0 cpufreq=none console=com1 "
               "com1=115200,8n1 dom0_mem=1024M,max:1024M dom0_max_vcpus=1 "
               "loglvl=all guest_loglvl=all spec-ctrl=eager-fpu noreboot "
               "sched_ratelimit_us=100 conring_size=1M")
CPU = "EPYC,+svm,+npt,-smap,-smep,-monitor,-rdtscp"
QMP_LIMIT_S = 20


def command_line(host, segment_socket, san):
    """QEMU's arguments for a Host."""
    images = paths.IMAGES
    kernel = (f"{images}/vmlinux console=hvc0 root=/dev/vda mitigations=off "
              f"quiet bed.host={host.name} bed.ip={host.ip}")
    return [
        "qemu-system-x86_64", "-machine", "q35", "-cpu", CPU, "-smp", "1",
        "-m", str(host.memory_mb), "-accel", "tcg,thread=multi,tb-size=512",
        "-nodefaults", "-display", "none", "-no-reboot",
        "-kernel", f"{images}/xen.elf", "-append", XEN_CMDLINE,
        "-initrd", f"{kernel},{images}/dom0-initrd.gz",
        "-chardev", f"socket,id=con,path={host.socket('console')},server=on,"
                    f"wait=off,logfile={host.console_log}",
        "-serial", "chardev:con",
        "-qmp", f"unix:{host.socket('qmp')},server=on,wait=off",
        "-drive", f"file={images}/dom0.img,if=none,id=root,format=raw,"
                  "snapshot=on",
        "-device", "virtio-blk-pci,drive=root",
        "-drive", f"file={san},if=none,id=san,format=raw,file.locking=off,"
                  "cache=unsafe",
        "-device", "virtio-blk-pci,drive=san,share-rw=on",
        "-virtfs", f"local,path={host.share},mount_tag=host,"
                   "security_model=none",
        "-virtfs", f"local,path={paths.BUILD},mount_tag=build,"
                   "security_model=none,readonly=on,multidevs=remap",
        "-netdev", "stream,id=seg,server=off,addr.type=unix,"
                   f"addr.path={segment_socket}",
        "-device", "virtio-net-pci,netdev=seg,host_mtu=60000,"
                   f"mac=52:54:00:00:00:{host.number:02x}",
        "-netdev", "user,id=ctl,restrict=on,hostfwd=tcp:127.0.0.1:0-:22",
        "-device", "virtio-net-pci,netdev=ctl,mac=52:54:00:00:01:01",
    ]


class Monitor:
    """QEMU's machine protocol."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(QMP_LIMIT_S)
        self.sock.connect(str(path))
        self.lines = self.sock.makefile("r")
        self.lines.readline()
        self.execute("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.sock.close()

    def execute(self, command, **arguments):
        """Send one command and return its answer."""
        request = {"execute": command, "arguments": arguments}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise BedError(f"QEMU refuses {command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]


def forwarded_port(qmp):
    """The loopback port that QEMU chose for the way into Dom0.

    None while QEMU does not listen yet.
    """
    try:
        monitor = Monitor(qmp)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    with monitor:
        text = monitor.execute("human-monitor-command",
                               **{"command-line": "info usernet"})
    match = re.search(r"TCP\[HOST_FORWARD\]\s+\S+\s+127\.0\.0\.1\s+(\d+)",
                      text)
    if not match:
        raise BedError(f"QEMU forwards no port to ssh:\n{text}")
    return int(match.group(1))


class Machine:
    """A running emulator, owned by this process.

    scratch is a directory for what QEMU keeps of changes to the root disk.
    """

    def __init__(self, host, segment_socket, san, scratch):
        self.host = host
        self.process = process.spawn(
            command_line(host, segment_socket, san), host.emulator_log,
            env=os.environ | {"TMPDIR": str(scratch)})
        self.pid = self.process.pid
        self.started = process.start_time(self.pid)

    def ssh_port(self):
        """Wait for the emulator to start; return the port it chose."""
        def port():
            if self.process.poll() is not None:
                raise BedError(f"{self.host.name}'s emulator does not start\n"
                               f"{self.host.emulator_tail()}")
            return forwarded_port(self.host.socket("qmp"))
        return wait_until(port, QMP_LIMIT_S,
                          f"{self.host.name}'s emulator to open its monitor",
                          self.host.emulator_tail)

    def stop(self):
        """End the emulator."""
        process.stop(self.process)
