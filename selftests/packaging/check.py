#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What packages have of texts: --help, manual pages and completion agree; licences. KTAP out."""
import fnmatch
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from options import PROGRAMS, TOP, Page, ask, completed, helped

HEADER = re.compile(r"SPDX-License-Identifier: (.*?)(?: \*/)?$", re.M)
# What completion offers behind these words the command must take.
VALUES = [("tsmc-agent", "migrate", "--mode"), ("tsmc-agent", "migrate", "--order"),
          ("tsmc-agent", "migrate", "--compress"), ("tsmcctl", "hot", "--class")]


def differing(what, **said):
    """Complaints: what some say and some do not."""
    everything = set().union(*said.values())
    return [f"{what}: {word} is not in {where}" for word in sorted(everything)
            for where, words in sorted(said.items()) if word not in words]


def options_of(command, page, verb, told):
    """Complaints about one verb, or about the command itself when there is none."""
    words = [verb, "-"] if verb else ["-"]
    explained = page.general() | page.items(verb) if verb else page.general()
    where = f"{command} {verb or ''}".strip()
    found = differing(where, help=told, synopsis=page.shown(verb), completion=completed(command, *words))
    found += [f"{where}: {word} is not explained in the page" for word in sorted(told - explained)]
    if verb:
        found += [f"{where}: {word} is explained in the page, but not in help"
                  for word in sorted(page.items(verb) - told)]
    return found


def options():
    """each option is in --help, manual page and completion"""
    found = []
    for command in PROGRAMS:
        page = Page(command)
        told, names = helped(command)
        found += options_of(command, page, None, told)
        for verb in sorted(names if page.verbs else []):
            if verb in page.verbs:
                found += options_of(command, page, verb, helped(command, verb)[0])
    return found


def verbs():
    """so is each verb, and each event of tsmc-wait"""
    found = []
    for command in PROGRAMS:
        offered = {word for word in completed(command, "") if not word.startswith("-")}
        found += differing(command, help=helped(command)[1], page=Page(command).names(), completion=offered)
    return found


def values():
    """each value that completion offers is taken, and another is not"""
    found = []
    for command, verb, option in VALUES:
        offered = completed(command, verb, option, "")
        refused = {word for word in offered | {"nonsense"} if ask(command, verb, option, word, "--help")[0]}
        if not offered or refused != {"nonsense"}:
            found.append(f"{command} {verb} {option}: of {sorted(offered)} and nonsense it refuses {sorted(refused)}")
    return found


def names():
    """the name of a guest is completed as it is, and nothing in it is run"""
    with tempfile.TemporaryDirectory() as directory:
        ran = pathlib.Path(directory) / "ran"
        name = f"web$(echo>{ran})1"
        stub = pathlib.Path(directory) / "xl"
        stub.write_text(f"#!/bin/sh\nprintf '%s 1 128 1 r 1.0\\n' Name Domain-0 db '{name}--incoming'\n")
        stub.chmod(0o755)
        offered = completed("tsmc-agent", "migrate", "", path=directory)
        found = ["a command in a name was run"] if ran.exists() else []
    if {shlex.split(word)[0] for word in offered} != {name, "db"}:
        found.append(f"offered: {sorted(offered)}")
    return found


def tracked():
    """Files of the tree, with their licence if they say it."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, text=True,
                            stdout=subprocess.PIPE, check=True).stdout.splitlines()
    for name in listed:
        if (TOP / name).exists():
            said = HEADER.search((TOP / name).read_text(errors="replace")[:400])
            yield name, said and said.group(1)


def licences():
    """debian/copyright says of each file what its header says"""
    text = (TOP / "tools/debian/copyright").read_text()
    stanzas = re.findall(r"^Files: (.*?)^Copyright: .*?^License: (.*?)$", text, re.M | re.S)
    found = []
    for name, header in tracked():
        said = [licence for patterns, licence in stanzas
                if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns.split())][-1]
        # Other spellings of the same.
        header = {"GPL-2.0": "GPL-2.0-only"}.get(header, header)
        if header and header.startswith("(("):
            header = header[1:-1]
        if header and header != said:
            found.append(f"{name}: {header} in the file, {said} in debian/copyright")
    return found


def main():
    """Every check as one KTAP line."""
    checks = [options, verbs, values, names, licences]
    failed = 0
    print(f"TAP version 13\n1..{len(checks)}")
    for number, check in enumerate(checks, 1):
        found = check()
        failed += bool(found)
        print("".join(f"# {line}\n" for line in found), end="")
        print(f"{'not ok' if found else 'ok'} {number} {check.__doc__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
