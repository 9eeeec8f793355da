#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Style of the tree: checkpatch, sparse, headers that stand alone, KTAP out."""
import concurrent.futures
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
BUILD = TOP / "build"
CHECKPATCH = BUILD / "linux-source" / "scripts" / "checkpatch.pl"
UAPI = "module/uapi/linux"
LINES_MAX = 500

# What user space has not: the kernel's macros for attributes, its types and
# ways to wait; a name in a message need not be that of the function around it.
USER_IGNORES = ("PREFER_KERNEL_TYPES,CONST_STRUCT,CAMELCASE,SPLIT_STRING,VOLATILE,"
                "EMBEDDED_FUNCTION_NAME,PREFER_DEFINED_ATTRIBUTE_MACRO,"
                "MACRO_WITH_FLOW_CONTROL,COMPLEX_MACRO,SSCANF_TO_KSTRTO")


def sources(*endings):
    """Tracked files with these endings."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"],
                            cwd=TOP, stdout=subprocess.PIPE, text=True, check=True)
    return [f for f in listed.stdout.splitlines()
            if f.endswith(endings) and (TOP / f).exists()]


def run(*argv):
    """Status and output of a command."""
    done = subprocess.run(argv, cwd=TOP, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def checkpatch(files, *options):
    """What checkpatch has to say of files."""
    status, output = run("perl", str(CHECKPATCH), "--no-tree", "--terse",
                         "--no-summary", "--quiet", "--max-line-length=120",
                         *options, "-f", *files)
    return not status and not output.strip(), output


def checkpatch_module():
    """checkpatch has nothing to say of the module"""
    return checkpatch([f for f in sources(".c", ".h") if f.startswith("module/")])


def checkpatch_user():
    """checkpatch has nothing to say of agent, glue, tools and tests"""
    return checkpatch([f for f in sources(".c", ".h")
                       if not f.startswith("module/")], "--ignore", USER_IGNORES)


def sparse():
    """sparse has nothing to say of the module"""
    status, output = run("make", "module", "C=2", "CF=-Wsparse-error")
    bad = [l for l in output.splitlines()
           if ("warning:" in l or "error:" in l) and "module/" in l]
    return not status and not bad, output


def headers():
    """the uapi headers compile alone, in C and in C++"""
    said = ""
    good = True
    for header in sorted((TOP / UAPI).glob("*.h")):
        for compiler, language in (("gcc", "c"), ("g++", "c++")):
            status, output = run(compiler, "-fsyntax-only", "-Wall", "-Wextra",
                                 "-Werror", "-x", language, str(header))
            good = good and not status
            said += output
    return good, said


def short_files():
    """no file has a second purpose: none is past 500 lines"""
    long = [f for f in sources(".c", ".h", ".py", ".sh")
            if len((TOP / f).read_text().splitlines()) > LINES_MAX]
    return not long, "\n".join(long)


def main():
    """Every check as one KTAP line."""
    checks = [checkpatch_module, checkpatch_user, sparse, headers, short_files]
    failed = 0
    print(f"TAP version 13\n1..{len(checks)}")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda check: check(), checks))
    for number, (check, (good, output)) in enumerate(zip(checks, results), 1):
        if not good:
            failed += 1
            print("".join(f"# {line}\n" for line in output.splitlines()[:60]), end="")
        print(f"{'ok' if good else 'not ok'} {number} {check.__doc__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
