# SPDX-License-Identifier: GPL-2.0-or-later
"""A PVH guest for tests: its configuration, and commands inside it."""
import shlex

from . import paths
from .errors import CommandFailed
from .host import Result

BOOT_LIMIT_S = 120
FULL_BOOT_LIMIT_S = 300
CONNECT_LIMIT_S = 30
SAN_DEVICE = "/dev/vdb"
# On Dom0's own disk: xl maps both, page by page, which is slow through 9p.
# What is in /root is copied there when a guest is created.
DEBIAN = "/boot/vmlinux", "/root/guest.gz"
DEBUG = "/root/vmlinux-debug", "/root/guest-debug.gz"
FULL = "/boot/vmlinux", "/root/debian-guest-initrd.gz"
EXEC = paths.DOM0_BUILD / "testbed-bin" / "guest_exec"


class Guest:
    """A guest that boots the testbed's image.

    disk gives it the disk that both hosts see, as /dev/xvda. module says if
    tsmc.ko is loaded at boot. debug boots what "make debug-kernel" made, and
    not Debian's kernel. full boots what "make debian-guest" made, from the disk
    that both hosts see and that must hold it. extra is added to the kernel's command line, config to
    xl's configuration. Names and the last number of ip must differ between
    guests of one testbed.
    """

    def __init__(self, name="guest", memory_mb=256, vcpus=2,
                 ip="192.0.2.50", disk=False, module=True, debug=False, full=False,
                 extra="", config=""):
        self.name = name
        self.memory_mb = memory_mb
        self.vcpus = vcpus
        self.ip = ip
        self.full = full
        self.disk = disk or full
        self.module = module
        self.kernel, self.ramdisk = DEBUG if debug else FULL if full else DEBIAN
        self.extra = extra
        self.config = config
        self.host = None

    def xl_config(self):
        """The text of xl's configuration."""
        number = int(self.ip.rpartition(".")[2])
        cmdline = ("console=hvc0 quiet mitigations=off "
                   f"guest.name={self.name} "
                   f"guest.ip={self.ip}/24 "
                   f"guest.module={'yes' if self.module else 'no'} "
                   f"{'root=/dev/xvda rw ' if self.full else ''}"
                   f"{self.extra}").strip()
        lines = [
            f'name = "{self.name}"',
            'type = "pvh"',
            f'kernel = "{self.kernel}"',
            f'ramdisk = "{self.ramdisk}"',
            f'extra = "{cmdline}"',
            f"memory = {self.memory_mb}",
            f"vcpus = {self.vcpus}",
            'tsc_mode = "native"',
            'on_crash = "preserve"',
            f'vif = ["bridge=xenbr0,mac=00:16:3e:00:00:{number:02x}"]',
        ]
        if self.disk:
            lines.append(f'disk = ["phy:{SAN_DEVICE},xvda,w"]')
        return "\n".join(lines + [self.config, ""])

    def create(self, host, timeout=180):
        """Start it on a host and wait until it answers."""
        self.host = host
        path = f"/root/{self.name}.cfg"
        images = " ".join(file.removeprefix("/root/")
                          for file in (self.kernel, self.ramdisk)
                          if file.startswith("/root/"))
        host.run(f"cd {paths.DOM0_BUILD}/images && cp -u {images} /root/ && "
                 f"printf %s {shlex.quote(self.xl_config())} >{path} && "
                 f"xl create -q {path}", timeout=timeout, check=True)
        self.wait_up(FULL_BOOT_LIMIT_S if self.full else BOOT_LIMIT_S)

    def wait_up(self, timeout=BOOT_LIMIT_S):
        """Wait until it answers on its network."""
        status, output = self.run("true", timeout=timeout + 10,
                                  connect=timeout)
        if status:
            raise CommandFailed(self.name, "true", status,
                                f"{output}\n{self.console_tail()}")

    def exec_command(self, command, connect=CONNECT_LIMIT_S):
        """The Dom0 command that runs a shell command inside the guest."""
        return f"{EXEC} run {connect} {self.ip} {shlex.quote(command)}"

    def run(self, command, timeout=60, check=False, via=None,
            connect=CONNECT_LIMIT_S):
        """Run a shell command inside; return (status, output).

        It goes through the Dom0 of via, by default of the host that the guest
        was started on or that self.host has been set to. It goes on when the
        guest migrates. Status 124: no answer; 125: the connection broke.
        """
        result = (via or self.host).run(self.exec_command(command, connect),
                                        timeout)
        if check and result.status:
            raise CommandFailed(self.name, command, *result)
        return Result(*result)

    def start(self, command, via=None):
        """Start a shell command inside; return it as a Background."""
        return (via or self.host).start(self.exec_command(command))

    def console(self, host=None):
        """All that it has printed on its console while on a host."""
        path = f"/var/log/xen/console/guest-{self.name}.log"
        return (host or self.host).run(f"cat {path}").output

    def console_tail(self, host=None, lines=25):
        """The end of its console, for messages."""
        tail = self.console(host).splitlines()[-lines:]
        return (f"the end of {self.name}'s console:\n"
                + "\n".join("  " + line for line in tail))

    def domid(self, host=None):
        """Its domain number on a host, or None if it is not there."""
        result = (host or self.host).run(f"xl domid {self.name}")
        return int(result.output) if result.status == 0 else None
