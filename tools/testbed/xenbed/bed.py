# SPDX-License-Identifier: GPL-2.0-or-later
"""A testbed: hosts, the segment between them, a disk that both see."""
import fcntl
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading

from . import paths, process
from .errors import BedError
from .host import Host
from .link import Link
from .machine import Machine
from .verdict import died_of_emulator
from .wait import file_tail, wait_until

SAN_BYTES = 1 << 30
STATE = "state.json"


class Testbed:
    """See the package's documentation.

    hosts is 1 or 2; memory_mb is each host's, 1024 of which are Dom0's.
    """

    def __init__(self, directory=paths.DEFAULT_BED, hosts=2, memory_mb=2560):
        self.directory = pathlib.Path(directory).resolve()
        self.memory_mb = memory_mb
        self.count = hosts
        self.hosts = []
        self.link = None
        self.sockets = None
        self._machines = []
        self._segment = None
        self._lock = None
        self._sigterm = None

    def __getattr__(self, name):
        for host in self.__dict__.get("hosts", ()):
            if host.name == name:
                return host
        raise AttributeError(name)

    def __enter__(self):
        self._catch_sigterm()
        try:
            self._take_directory()
            self._start()
        except BaseException as error:
            self._judge(error)
            self.close()
            raise
        return self

    def __exit__(self, _type, error, _traceback):
        if error is not None:
            self._judge(error)
        self.close()

    def _judge(self, error):
        """Note on an exception if the emulator is to blame for it."""
        reasons = filter(None, map(died_of_emulator, self.hosts))
        error.emulator_fault = next(reasons, None)

    def _catch_sigterm(self):
        """Make SIGTERM leave the with block as Ctrl-C does."""
        def leave(*_):
            sys.exit(128 + signal.SIGTERM)
        if threading.current_thread() is threading.main_thread():
            self._sigterm = signal.signal(signal.SIGTERM, leave)

    def _take_directory(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.directory / "lock", "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise BedError(f"a testbed runs in {self.directory} already"
                           ) from None
        state = self.directory / STATE
        if state.exists():
            # Left by an owner that was killed; its children died with it.
            shutil.rmtree(json.loads(state.read_text())["sockets"],
                          ignore_errors=True)
            state.unlink()

    def _start(self):
        # Unix sockets have short names only, and the directory may be deep.
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="xenbed-"))
        self.link = Link(self.sockets / "link.sock")
        self.hosts = [Host(i + 1, self.directory, self.sockets,
                           self.memory_mb) for i in range(self.count)]
        for host in self.hosts:
            # An earlier run's logs must not pass for this one's.
            shutil.rmtree(host.directory, ignore_errors=True)
            host.share.mkdir(parents=True)
        self._save(ready=False)
        self._start_segment()
        san = self.directory / "san.img"
        san.unlink(missing_ok=True)
        with open(san, "wb") as disk:
            disk.truncate(SAN_BYTES)
        for host in self.hosts:
            machine = Machine(host, self.sockets / f"{host.name}.sock", san,
                              self.directory)
            self._machines.append(machine)
            host.pid, host.started = machine.pid, machine.started
            host.port = machine.ssh_port()
        for host in self.hosts:
            host.wait_booted()
            self._install_agent(host)
        self._save(ready=True)

    def _start_segment(self):
        log = self.directory / "segment.log"
        self._segment = process.spawn(
            [paths.BIN / "segment", self.sockets, "hosta", "hostb"], log)

        def listening():
            if self._segment.poll() is not None:
                raise BedError("the segment does not start\n" + file_tail(log))
            try:
                return self.link.stats()
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        wait_until(listening, 10, "the segment to listen",
                   lambda: file_tail(log))

    @staticmethod
    def _install_agent(host):
        if (paths.BUILD / "tsmc-agent").exists():
            host.run("cp /build/tsmc-agent /usr/local/bin/", check=True)

    def _save(self, ready):
        state = {
            "owner": os.getpid(), "started": process.start_time(os.getpid()),
            "sockets": str(self.sockets), "memory_mb": self.memory_mb,
            "ready": ready,
            "hosts": [{"pid": h.pid, "started": h.started, "port": h.port}
                      for h in self.hosts],
        }
        new = self.directory / (STATE + ".new")
        new.write_text(json.dumps(state, indent=1))
        new.rename(self.directory / STATE)

    def close(self):
        """Tear everything down; may be called twice."""
        for host in self.hosts:
            host.disconnect()
        for machine in self._machines:
            machine.stop()
        if self._segment:
            process.stop(self._segment)
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)
        if self._lock:
            (self.directory / "san.img").unlink(missing_ok=True)
            (self.directory / STATE).unlink(missing_ok=True)
            self._lock.close()
        if self._sigterm is not None:
            signal.signal(signal.SIGTERM, self._sigterm)
        self._machines, self._segment, self._lock = [], None, None
        self._sigterm = None

    @classmethod
    def attach(cls, directory=paths.DEFAULT_BED):
        """A testbed that another process owns."""
        directory = pathlib.Path(directory).resolve()
        try:
            state = json.loads((directory / STATE).read_text())
        except FileNotFoundError:
            raise BedError(f"no testbed runs in {directory}; start one with "
                           "'testbed up'") from None
        if not process.alive(state["owner"], state["started"]):
            raise BedError(f"the testbed in {directory} has died")
        if not state["ready"]:
            raise BedError(f"the testbed in {directory} is not up yet")
        bed = cls(directory, len(state["hosts"]), state["memory_mb"])
        bed.sockets = pathlib.Path(state["sockets"])
        bed.link = Link(bed.sockets / "link.sock")
        for i, saved in enumerate(state["hosts"]):
            host = Host(i + 1, directory, bed.sockets, bed.memory_mb)
            host.pid, host.started = saved["pid"], saved["started"]
            host.port = saved["port"]
            bed.hosts.append(host)
        return bed
