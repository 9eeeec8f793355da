# SPDX-License-Identifier: GPL-2.0-or-later
"""A Xen host: commands in its Dom0, files to and from it."""
import collections
import itertools
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

from . import paths, process
from .errors import BedError, CommandFailed, HostDied, TimedOut
from .wait import file_tail, wait_until

BOOT_LIMIT_S = 120
CONNECT_LIMIT_S = 60
POLL_S = 0.2

Result = collections.namedtuple("Result", "status output")


class Host:
    """One test host. Made by Testbed, not by tests."""

    def __init__(self, number, directory, sockets, memory_mb):
        self.number = number
        self.name = "host" + "ab"[number - 1]
        self.ip = f"192.0.2.{number}"
        self.memory_mb = memory_mb
        self.sockets = pathlib.Path(sockets)
        self.directory = pathlib.Path(directory) / self.name
        self.share = self.directory / "share"
        self.console_log = self.directory / "console.log"
        self.emulator_log = self.directory / "qemu.log"
        self.pid = self.started = self.port = None
        self._names = itertools.count()

    def socket(self, kind):
        """The path of one of this host's sockets."""
        return self.sockets / f"{self.name}-{kind}.sock"

    def console_tail(self):
        """The end of the console's log, for messages."""
        return file_tail(self.console_log)

    def emulator_tail(self):
        """The end of what QEMU said, for messages."""
        return file_tail(self.emulator_log)

    def alive(self):
        """Does the emulator still run?"""
        return process.alive(self.pid, self.started)

    def check_alive(self):
        """Raise HostDied if the emulator has ended."""
        if not self.alive():
            raise HostDied(self, f"{self.name}'s emulator has ended\n"
                                 f"{self.emulator_tail()}\n"
                                 f"{self.console_tail()}")

    def wait_booted(self):
        """Wait until Dom0 says that it is up, and connect to it."""
        def ready():
            self.check_alive()
            text = self.console_log.read_text(errors="replace")
            if "bed: failed" in text:
                raise BedError(f"{self.name} does not boot\n"
                               f"{self.console_tail()}")
            return f"bed: {self.name} ready" in text
        wait_until(ready, BOOT_LIMIT_S, f"{self.name} to boot",
                   self.console_tail)
        self.run("true", timeout=CONNECT_LIMIT_S, check=True)

    def ssh(self, command):
        """The ssh command line that runs a shell command in Dom0."""
        options = {
            "ControlMaster": "auto", "ControlPersist": "yes",
            "ControlPath": self.socket("ssh"), "HostKeyAlias": "testbed",
            "UserKnownHostsFile": paths.IMAGES / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null", "BatchMode": "yes",
            "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes",
            "KexAlgorithms": "curve25519-sha256", "ConnectTimeout": "30",
            "LogLevel": "ERROR",
        }
        argv = ["ssh", "-F", "/dev/null", "-T", "-i",
                str(paths.IMAGES / "id_ed25519"), "-p", str(self.port)]
        for name, value in options.items():
            argv += ["-o", f"{name}={value}"]
        return argv + ["root@127.0.0.1", "--", command]

    def disconnect(self):
        """Close the shared ssh connection, if there is one."""
        if self.socket("ssh").exists():
            subprocess.run(["ssh", "-F", "/dev/null", "-O", "exit", "-S",
                            str(self.socket("ssh")), "root@127.0.0.1"],
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=10,
                           check=False)

    def run(self, command, timeout=60, check=False, stdin=None):
        """Run a shell command in Dom0; return (status, output).

        Output is both its streams. With check, a status other than 0 raises
        CommandFailed. After timeout seconds the command is killed and
        TimedOut raised, with what it had printed.
        """
        background = self.start(command, stdin=stdin)
        try:
            result = background.wait(timeout)
        finally:
            background.forget()
        if check and result.status:
            raise CommandFailed(self.name, command, *result)
        return result

    def start(self, command, stdin=None):
        """Start a shell command in Dom0; return it as a Background."""
        self.check_alive()
        return Background(self, command, stdin)

    def _shared_name(self):
        return f"{os.getpid()}-{next(self._names)}"

    def push(self, local, remote, timeout=120):
        """Copy a file or a directory into Dom0, as cp -a does."""
        name = self._shared_name()
        subprocess.run(["cp", "-a", "-L", str(local), str(self.share / name)],
                       check=True)
        self.run(f"cp -a -T /host/{name} {shlex.quote(str(remote))} && "
                 f"rm -rf /host/{name}", timeout=timeout, check=True)

    def pull(self, remote, local, timeout=120):
        """Copy a file or a directory out of Dom0."""
        name = self._shared_name()
        self.run(f"cp -a {shlex.quote(str(remote))} /host/{name}",
                 timeout=timeout, check=True)
        shutil.move(self.share / name, local)

    def read(self, remote, timeout=30):
        """The text of a file in Dom0."""
        return self.run(f"cat {shlex.quote(str(remote))}", timeout=timeout,
                        check=True).output

    def killed(self):
        """Has somebody taken the power away on purpose?"""
        return (self.directory / "killed").exists()

    def kill(self):
        """Take the power away."""
        (self.directory / "killed").touch()
        process.kill(self.pid, self.started)
        wait_until(lambda: not self.alive(), 10,
                   f"{self.name}'s emulator to end")


class Background:
    """A command that runs in a Dom0."""

    def __init__(self, host, command, stdin=None):
        self.host = host
        self.command = command
        self.began = time.monotonic()
        handle, name = tempfile.mkstemp(dir=host.directory, prefix="run-",
                                        suffix=".log")
        self.log = pathlib.Path(name)
        # sshd makes each command the leader of a session of its own, so its
        # process id also names the group to kill.
        self.tag = f"/run/bed-{self.log.stem}"
        remote = (f"echo $$ >{self.tag}; "
                  f"exec bash -c {shlex.quote(command)}")
        with os.fdopen(handle, "wb") as out:
            self.process = subprocess.Popen(
                host.ssh(remote), stdout=out, stderr=out,
                stdin=stdin or subprocess.DEVNULL, process_group=0)

    def output(self):
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def running(self):
        """Has it not ended yet?"""
        return self.process.poll() is None

    def wait(self, timeout=60):
        """Wait for its end; return (status, output)."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                status = self.process.wait(POLL_S)
                break
            except subprocess.TimeoutExpired:
                pass
            self.host.check_alive()
            if time.monotonic() > deadline:
                self.kill()
                raise TimedOut(
                    f"{self.host.name}: waited {timeout} s for the end of "
                    f"'{self.command}'; it had printed:\n{self.output()}\n"
                    f"{self.host.console_tail()}")
        if status == 255:
            self.host.check_alive()
            if "ssh:" in self.output() or "mux_client" in self.output():
                raise BedError(f"{self.host.name} cannot be reached: "
                               f"{self.output()}")
        return Result(status, self.output())

    def kill(self):
        """End it and everything it has started."""
        if self.running() and self.host.alive():
            subprocess.run(
                self.host.ssh(f"kill -KILL -- -$(cat {self.tag})"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=30, check=False)
        process.stop(self.process)

    def forget(self):
        """Remove the record of its output."""
        if self.running():
            self.kill()
        self.log.unlink(missing_ok=True)
