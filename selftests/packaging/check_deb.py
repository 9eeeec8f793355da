#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages in a directory: lintian, and a life in a chroot. KTAP out.

usage: check_deb.py DIRECTORY
"""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from chroot import Chroot, Failed, checked, make_base

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "selftests" / "transport"))

from certificates import Authority  # noqa: E402

NAMES = ("tsmc-agent", "tsmc-tools", "tsmc-dkms")
BASE = ("systemd", "dkms", "xen-utils-4.17", "iproute2", "man-db")
INSTALL = "apt-get -q -y --no-install-recommends install"
UNITS = "tsmc-listen.socket tsmc-listen.service tsmc-guest.service"


class Packages:
    """What make deb built, and the chroot that it is tried in."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.debs = {name: next(self.directory.glob(f"{name}_*.deb")) for name in NAMES}
        self.chroot = self.before = None

    def prepare(self, chroot):
        """Install all that the packages need, so that what is seen later is theirs."""
        self.chroot = chroot
        shutil.copytree(self.directory, chroot.root / "packages",
                        ignore=lambda _, names: [n for n in names if not n.endswith(".deb")])
        depends = ", ".join(checked(["dpkg-deb", "-f", deb, "Depends"]).strip() for deb in self.debs.values())
        chroot.run(f"apt-get -q update && apt-get -q -y --no-install-recommends satisfy '{depends}'")
        self.before = chroot.snapshot()

    def install(self, name):
        """As an operator would."""
        return self.chroot.run(f"{INSTALL} /packages/{self.debs[name].name}")

    def purge(self, *names):
        """Remove them, then what a removal leaves; nothing may be left then."""
        names = " ".join(names)
        self.chroot.run(f"apt-get -q -y remove {names}")
        removed = self.chroot.snapshot()
        self.chroot.run(f"dpkg --purge {names}")
        after = self.chroot.snapshot()
        changed = sorted(path for path in self.before.keys() | after.keys()
                         if self.before.get(path) != after.get(path))
        assert not changed, f"{names}: left or changed: {changed}"
        return set(removed) - set(after)


def lintian(packages):
    """lintian has neither errors nor warnings"""
    done = subprocess.run(["lintian", "--fail-on", "error,warning",
                           *packages.directory.glob("*.changes")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert not done.returncode, done.stdout


def owned(packages):
    """each file is of one package, and each package has its manual pages and completion"""
    owners = {}
    for name, deb in packages.debs.items():
        for line in checked(["dpkg-deb", "-c", deb]).splitlines():
            path = line.split()[5]
            if not path.endswith("/"):
                owners.setdefault(path, []).append(name)
    twice = {path: names for path, names in owners.items() if len(names) > 1}
    assert not twice, f"in several packages: {twice}"
    for program in ("tsmc-agent", "tsmcctl", "tsmc-wait"):
        expected = {f"./usr/sbin/{program}", f"./usr/share/man/man8/{program}.8.gz",
                    f"./usr/share/bash-completion/completions/{program}"}
        assert expected <= owners.keys(), f"missing: {expected - owners.keys()}"
        assert len({owners[path][0] for path in expected}) == 1, f"{program} is in two packages"


def agent(packages):
    """tsmc-agent is installed, used and purged; nothing is left"""
    packages.install("tsmc-agent")
    said = packages.chroot.run("tsmc-xl-migrate --help && tsmc-agent --help && mkdir /run/tsmc /var/lib/tsmc && "
                              "touch /run/tsmc.lock /run/tsmc.monitors /var/lib/tsmc/counters")
    assert "migrate" in said, said
    assert not packages.chroot.files("etc/systemd/system/*/tsmc*"), "a unit was enabled unasked"
    packages.chroot.run("systemctl enable tsmc-listen.socket")
    assert packages.chroot.files("etc/systemd/system/sockets.target.wants/tsmc-listen.*")
    packages.purge("tsmc-agent")


def tools(packages):
    """tsmc-tools is installed, used and purged; settings outlive a removal, nothing a purge"""
    packages.install("tsmc-tools")
    for program in ("tsmcctl", "tsmc-wait"):
        said = packages.chroot.run(f"{program} --help")
        assert said.startswith(f"usage: {program}"), said
    enabled = packages.chroot.files("etc/systemd/system/multi-user.target.wants/tsmc-guest.*")
    assert enabled, "the module would not be loaded at boot"
    kept = packages.purge("tsmc-tools")
    assert "etc/default/tsmc-guest" in kept, f"a removal leaves {kept}"


def units(packages):
    """systemd finds nothing wrong with the units, nor with examples"""
    packages.install("tsmc-agent")
    packages.install("tsmc-tools")
    packages.chroot.run("cp /usr/share/doc/tsmc-tools/examples/tsmc-log.service "
                        "/usr/share/doc/tsmc-agent/examples/tsmc-metrics.* /tmp && "
                        f"systemd-analyze verify {UNITS} /tmp/tsmc-log.service /tmp/tsmc-metrics.timer")
    packages.purge("tsmc-agent", "tsmc-tools")


def listener(packages):
    """what the socket unit starts lets in who has a certificate, and nobody else"""
    packages.install("tsmc-agent")
    root = packages.chroot.root
    unit = (root / "lib/systemd/system/tsmc-listen.service").read_text()
    port = re.search(r"^ListenStream=(\d+)$", (root / "lib/systemd/system/tsmc-listen.socket").read_text(),
                     re.M).group(1)
    start = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1)
    with tempfile.TemporaryDirectory() as directory:
        for name, place in (("ours", "etc/tsmc"), ("theirs", "tmp/theirs")):
            made = Authority(directory, name).host(f"{name}-host", "DNS:localhost")
            shutil.copytree(made, root / place)
    script = (f"ip link set lo up && systemd-socket-activate -l {port} $(command -v {start.split()[0]}) "
              f"{' '.join(start.split()[1:])} 2>/tmp/said & "
              "until grep -q Listening /tmp/said 2>/dev/null; do sleep 0.1; done; "
              f"tsmc-agent connect localhost:{port} </dev/null && "
              f"! tsmc-agent connect --tls-dir /tmp/theirs localhost:{port} </dev/null")
    packages.chroot.run(f"timeout 60 bash -c {shlex.quote(script)}", network=False)
    shutil.rmtree(root / "etc/tsmc")
    packages.purge("tsmc-agent")


def kernels(chroot):
    """Kernels of Debian 12 whose headers can be had, the oldest first."""
    names = chroot.run("apt-cache pkgnames linux-headers-6.1.").split()
    found = [name.removeprefix("linux-headers-") for name in names
             if re.fullmatch(r"linux-headers-6\.1\.0-\d+-amd64", name)]
    return sorted(found, key=lambda name: int(name.split("-")[1]))


def built(chroot):
    """Kernels that have the module."""
    return [path.split("/")[2] for path in chroot.files("lib/modules/*/updates/dkms/tsmc.ko*")]


def module(packages):
    """DKMS builds the module, again for a kernel that comes later; nothing outlives a purge"""
    chroot = packages.chroot
    old, new = kernels(chroot)[-2:]
    chroot.run(f"{INSTALL} linux-headers-{old} && depmod {old}")
    packages.before = chroot.snapshot()
    packages.install("tsmc-dkms")
    assert built(chroot) == [old], f"{built(chroot)} have the module, not {old}"
    chroot.run(f"{INSTALL} linux-headers-{new}")
    assert built(chroot) == [old, new], f"{built(chroot)} have the module, not {old} and {new}"
    said = chroot.run(f"modinfo -k {new} -F vermagic tsmc && modinfo -k {new} -F license tsmc")
    assert said.startswith(new) and "GPL" in said, said
    # One that is not supported, as far as hooks see: its package must not fail for that.
    other = f"6.12.0-{new.partition('-')[2]}"
    chroot.run(f"mkdir /lib/modules/{other} && ln -s /lib/modules/{new}/build /lib/modules/{other}/build && "
               f"for when in header_postinst.d postinst.d; do "
               f"run-parts --exit-on-error --arg={other} /etc/kernel/$when || exit 1; done")
    assert built(chroot) == [old, new], f"{built(chroot)} have the module"
    chroot.run("apt-get -q -y remove tsmc-dkms")
    assert not built(chroot), f"{built(chroot)} still have the module"
    chroot.run(f"apt-get -q -y --autoremove purge linux-headers-{new}")
    for version in (new, other):
        shutil.rmtree(chroot.root / "lib/modules" / version, ignore_errors=True)
    packages.purge("tsmc-dkms")


CASES = [lintian, owned, agent, tools, units, listener, module]


def main(directory):
    """Every case as one KTAP line."""
    packages = Packages(directory)
    work = TOP / "build" / "check-deb"
    work.mkdir(parents=True, exist_ok=True)
    archive = work / "base.tar"
    if not archive.exists():
        make_base(archive, BASE)
    failed = 0
    with Chroot(work / "root", archive) as chroot:
        packages.prepare(chroot)
        print(f"TAP version 13\n1..{len(CASES)}", flush=True)
        for number, case in enumerate(CASES, 1):
            began = time.monotonic()
            try:
                case(packages)
                verdict = "ok"
            except (AssertionError, Failed) as error:
                verdict = "not ok"
                failed += 1
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="")
            print(f"{verdict} {number} {case.__doc__} ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
