#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs each fuzzer for a while and says as KTAP what it found.

What a fuzzer learns is kept under OUT/learnt and where it begins the next
time; an input that it fails with is kept under OUT/found.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RSS_MB = 768
ONE_INPUT_S = 10
# Memory that was freed is kept from being used again for a while; this much of it.
SANITIZER = "quarantine_size_mb=16:allocator_may_return_null=1"


def number(name, output):
    """A figure of libFuzzer's final statistics."""
    found = re.search(rf"^stat::{name}:\s+(\d+)", output, re.M)
    return int(found.group(1)) if found else 0


def run(out, fuzzer, malloc_mb, max_len, seconds):
    """Whether nothing was found, how many inputs were tried, and what was said."""
    learnt, found = out / "learnt" / fuzzer, out / "found"
    learnt.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    done = subprocess.run(
        [str(out / fuzzer), f"-max_total_time={seconds}", f"-max_len={max_len}",
         f"-malloc_limit_mb={malloc_mb}", f"-rss_limit_mb={RSS_MB}",
         f"-timeout={ONE_INPUT_S}", f"-artifact_prefix={found}/{fuzzer}-",
         "-print_final_stats=1", "-verbosity=1", str(learnt),
         str(HERE / "corpus" / fuzzer)],
        env=dict(os.environ, ASAN_OPTIONS=SANITIZER), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    tried = number("number_of_executed_units", done.stdout)
    return done.returncode == 0 and tried > 0, tried, done.stdout


def places(output):
    """How many places of the code were reached, at last."""
    found = re.findall(r"cov: (\d+)", output)
    return found[-1] if found else "0"


def main():
    """One KTAP line a fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="where the fuzzers are")
    parser.add_argument("--seconds", type=int, required=True, help="for each")
    parser.add_argument("fuzzers", nargs="+", metavar="NAME:MALLOC_MB:MAX_LEN")
    options = parser.parse_args()
    failed = 0
    print(f"TAP version 13\n1..{len(options.fuzzers)}")
    for index, fuzzer in enumerate(options.fuzzers, 1):
        name, malloc_mb, max_len = fuzzer.split(":")
        good, tried, output = run(options.out.resolve(), name, malloc_mb, max_len,
                                  options.seconds)
        if not good:
            failed += 1
            print("".join(f"# {line}\n" for line in output.splitlines()[-60:]), end="")
        print(f"{'ok' if good else 'not ok'} {index} {name}: {tried} inputs in "
              f"{options.seconds} s, {places(output)} places reached", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
