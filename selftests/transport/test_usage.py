# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, and what the manual page says of it."""
import re
import subprocess

from agents import AGENT, LIMIT_S, TOP, Program

MANUAL = TOP / "Documentation" / "tsmc-agent.8"
# Started by other verbs only, without options.
NO_OPTIONS = {"receive"}


def usage(_hosts):
    """options that do not go together are refused"""
    for argv in (("listen", "--insecure", "--tls"), ("listen", "--insecure", "--tls-dir", "/x"),
                 ("listen", "--port", "0"), ("listen", "--port", "70000"), ("listen", "more"),
                 ("connect",), ("connect", "host:0"), ("connect", "[::1"),
                 ("migrate", "--tls", "--insecure", "guest", "host"),
                 ("migrate", "--tls", "-s", "ssh", "guest", "host"),
                 ("migrate", "--insecure", "-s", "", "guest", "host"),
                 ("migrate", "--insecure", "--tls-dir", "/x", "guest", "host"),
                 ("migrate", "--tls-dir", "/x", "guest", "host")):
        with Program(*argv, stdin=subprocess.DEVNULL) as program:
            assert program.ended() == 2, f"{argv}: {program.said()}"


def printed(*argv):
    """What a call for help prints."""
    return subprocess.run([AGENT, *argv, "--help"], capture_output=True, text=True,
                          timeout=LIMIT_S, check=True).stdout


def manual(_hosts):
    """the manual page has the verbs and options that --help has, and no others"""
    text = MANUAL.read_text()
    sections = {part.split()[0]: part for part in
                text.split(".Sh VERBS")[1].split("\n.Sh ")[0].split("\n.Ss ")[1:]}
    verbs = set(re.findall(r"^  (\w+) ", printed(), re.M))
    assert verbs == set(sections), f"verbs: {verbs ^ set(sections)}"
    for verb in verbs - NO_OPTIONS:
        helped = set(re.findall(r"^ +(--?[a-z][a-z-]*)", printed(verb), re.M))
        documented = {"-" + flag for flag in
                      re.findall(r"^\.It Fl (-?[a-z][a-z-]*)", sections[verb], re.M)}
        assert helped == documented - {"--help"}, f"{verb}: {helped ^ documented}"


CASES = [usage, manual]
