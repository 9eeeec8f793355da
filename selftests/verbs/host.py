# SPDX-License-Identifier: GPL-2.0-or-later
"""A host as the verbs see it that need no Xen: /run and /var/lib of the test's own."""
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
AGENT = TOP / "build" / "tsmc-agent"
RECORDS = pathlib.Path("/run/tsmc")
LOCKS = pathlib.Path("/run/tsmc.lock")
INSIDE = "--in-a-mount-namespace"
SKIPPED = 4  # kselftest's exit status
LIMIT_S = 20
PHASES = ("moving", "suspending", "told", "given", "withdrawn",
          "incoming", "prepared", "owner", "waiting", "complete")
SOURCE_PHASES = PHASES[:5]


def enter():
    """Go on in a mount namespace, where nothing can be done to the host."""
    if INSIDE not in sys.argv:
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv, INSIDE])
    for place in ("/run", "/var/lib"):
        if subprocess.run(["mount", "-t", "tmpfs", "none", place], check=False).returncode:
            sys.exit(SKIPPED)


def agent(*words, user=None, stdout=subprocess.PIPE):
    """Status, standard output and standard error of the agent; as root, or as somebody else."""
    # The tree may be where only root comes.
    program = AGENT if user is None else shutil.copy(AGENT, "/var/lib/")
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, text=True, user=user, stdout=stdout,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def told(*words):
    """What the agent says on standard output, having nothing to complain of."""
    status, said, complaint = agent(*words)
    assert status == 0 and not complaint, f"{words}: status {status}, it says '{complaint}'"
    return said


def write_record(number, phase, name, *, domid=0, pid=0, host="hostb"):
    """A record as agent/journal.c writes it, of the session with that number."""
    side = "source" if phase in SOURCE_PHASES else "target"
    session = f"{number:032x}"
    RECORDS.mkdir(mode=0o700, exist_ok=True)
    (RECORDS / f"{session}.{side}").write_text(
        f"tsmc-journal 1\nsession {session}\nphase {phase}\ndomid {domid}\npid {pid}\nname {name}\n"
        f"host {host if side == 'source' else ''}\ncarrier command\nvia ssh\n")


def forget():
    """No record is left."""
    for record in RECORDS.glob("*"):
        record.unlink()


class Busy:
    """A process of the agent's name that has the claim on a domain while the block runs."""

    def __init__(self, domid):
        self.domid = domid

    def __enter__(self):
        program = pathlib.Path("/run/tsmc-agent")
        program.unlink(missing_ok=True)
        program.symlink_to("/bin/sleep")
        self.process = subprocess.Popen([program, "600"])
        self.claim = os.open(LOCKS, os.O_RDWR | os.O_CREAT, 0o600)
        # struct flock: type, whence, start, length, process number
        fcntl.fcntl(self.claim, fcntl.F_OFD_SETLK,
                    struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, self.domid, 1, 0))
        return self.process.pid

    def __exit__(self, *_):
        os.close(self.claim)
        self.process.kill()
        self.process.wait()
