# SPDX-License-Identifier: GPL-2.0-or-later
"""A small Debian 12 in a directory: commands in it, and what they leave."""
import hashlib
import pathlib
import shutil
import stat
import subprocess

# Nothing that runs in there can touch this machine's kernel.
ENTER = ('mount -t proc proc "$0/proc" && exec setpriv --bounding-set '
         '-sys_module,-sys_boot,-sys_time,-sys_rawio chroot "$0" "$@"')
# What every package's coming and going changes, and what is nobody's.
ANYBODYS = ("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "proc", "sys", "tmp", "run/systemd",
            "packages")
LIMIT_S = 900


class Failed(AssertionError):
    """A command ended as it should not."""


def checked(argv, **options):
    """The output of a command that must succeed."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False, **options)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def make_base(archive, include):
    """Make a tar of a minimal Debian with some packages, from where this machine's apt gets its own."""
    sources = checked(["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                       "Created-By: Packages", "Origin: Debian"])
    listed = archive.with_suffix(".list")
    listed.write_text("".join(f"{line}\n" for line in sorted(set(sources.splitlines()))))
    proxy = archive.with_suffix(".conf")
    proxy.write_text("".join(line for line in checked(["apt-config", "dump", "Acquire"]).splitlines(True)
                             if "::proxy" in line.lower()))
    part = archive.with_suffix(".part")
    checked(["mmdebstrap", "--mode=root", "--format=tar", "--variant=minbase",
             f"--include={','.join(include)}", f"--aptopt={proxy}", "bookworm", part, listed])
    part.rename(archive)


class Chroot:
    """A directory with what is in a tar; removed when it is left."""

    def __init__(self, root, archive):
        self.root = pathlib.Path(root)
        self.archive = archive

    def __enter__(self):
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        checked(["tar", "-C", self.root, "-xf", self.archive])
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def command(self, script, network=True):
        """The command line that runs a shell script in there, as root of a machine of its own."""
        return ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child",
                *([] if network else ["--net"]), "sh", "-c", ENTER, self.root,
                "env", "-i", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "bash", "-c", script]

    def run(self, script, network=True):
        """Its output; it must succeed."""
        return checked(self.command(script, network))

    def files(self, pattern):
        """Paths in there that match."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern))

    def snapshot(self):
        """All paths with what they are, but for those that are anybody's."""
        seen = {}
        for path in self.root.rglob("*"):
            name = str(path.relative_to(self.root))
            if not f"{name}/".startswith(tuple(f"{other}/" for other in ANYBODYS)):
                seen[name] = self.look(path)
        return seen

    @staticmethod
    def look(path):
        """Kind, owner, rights, and the content of what is configuration."""
        info = path.lstat()
        known = [info.st_mode, info.st_uid, info.st_gid]
        if stat.S_ISLNK(info.st_mode):
            known.append(path.readlink())
        elif stat.S_ISREG(info.st_mode) and "etc" in path.parts:
            known.append(hashlib.sha256(path.read_bytes()).hexdigest())
        return known
