#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation: links, manual pages, messages and command lines that it names. KTAP out."""
import html
import pathlib
import posixpath
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "tools" / "doc"))

import commands  # noqa: E402
import messages  # noqa: E402
import pages  # noqa: E402

HREF = re.compile(r'\bhref="([^"]*)"')
IDENTIFIER = re.compile(r'\bid="([^"]*)"')
SPAN = re.compile(r"(`+)(.+?)\1")
# Sections that name messages, and where these come from.
GUIDES = {("Documentation/guide-operator.md", "Troubleshooting by message"): ("agent", "xen-glue"),
          ("Documentation/guide-guest-owner.md", "Messages of the module"): ("module",)}
DEVELOPERS = "Documentation/guide-developer.md"
PROGRAM = "tools/xl-migrate/tsmc-xl-migrate"
# What mandoc says of every page that is not installed, and of an order that is ours.
ACCEPTED = ("outdated mandoc.db", "sections out of conventional order: Sh FILES")


def links(bodies):
    """each link in a Markdown file leads to a file, and to a heading if it names one"""
    found = []
    for name, body in bodies.items():
        for target in map(html.unescape, HREF.findall(body)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not (TOP / there).exists():
                found.append(f"{name}: there is no {there}")
            elif anchor and anchor not in IDENTIFIER.findall(bodies.get(there, "")):
                found.append(f"{name}: {there} has no heading #{anchor}")
    return found


def site(_bodies):
    """so does each link in the HTML that is made, and no page is without one that leads to it"""
    found, reached = [], {"index.html"}
    with tempfile.TemporaryDirectory() as out:
        pages.main(out)
        top = pathlib.Path(out) / "html"
        texts = {str(path.relative_to(top)): path.read_text() for path in top.rglob("*.html")}
        for name, text in texts.items():
            for target in map(html.unescape, HREF.findall(text)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                there = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
                reached.add(there)
                if not (top / there).exists():
                    found.append(f"{name}: leads to {there}, which was not made")
                elif anchor and anchor not in IDENTIFIER.findall(texts.get(there, "")):
                    found.append(f"{name}: leads to {there}#{anchor}, which is not there")
    return found + [f"nothing leads to {name}" for name in sorted(set(texts) - reached)]


def said(*argv):
    """What a command prints, on either output."""
    return subprocess.run(argv, cwd=TOP, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False).stdout


def manuals(_bodies):
    """mandoc and groff have no warning for any manual page"""
    found = []
    for name in pages.manual_pages():
        found += said("mandoc", "-T", "lint", "-W", "warning", name).splitlines()
        found += said("groff", "-ww", "-z", "-T", "utf8", "-K", "utf8", "-mdoc", name).splitlines()
    return [line for line in found if not any(text in line for text in ACCEPTED)]


def commands_in(name):
    """Every command that a manual page has is known by another: its SEE ALSO."""
    return re.findall(r"^\.Xr (tsmc[\w-]*) 8", (TOP / name).read_text(), re.M)


def references(_bodies):
    """manual pages of ours that others name are there, and the table of commands has all"""
    names = {posixpath.basename(name)[:-2] for name in pages.manual_pages()}
    found = [f"{name}: there is no {other}(8)" for name in pages.manual_pages()
             for other in commands_in(name) if other not in names]
    table = (TOP / "Documentation/README.md").read_text()
    return found + [f"Documentation/README.md does not name {name}(8)" for name in sorted(names)
                    if f"({name}.8)" not in table]


def section(name, heading):
    """The text below a heading, up to the next that is not below it."""
    text = (TOP / name).read_text()
    begin = re.search(rf"^(#+) {re.escape(heading)}$", text, re.M)
    end = re.search(rf"^#{{1,{len(begin[1])}}} ", text[begin.end():], re.M)
    return text[begin.end():begin.end() + end.start() if end else None]


def named(name, heading):
    """Messages in the tables of a section: code in columns that are headed so."""
    column = None
    for line in section(name, heading).splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            column = None
        elif column is None:
            column = next((at for at, cell in enumerate(cells) if cell in ("message", "messages")), -1)
        elif column >= 0:
            yield from (match[2].strip() for match in SPAN.finditer(cells[column]))


def told(_bodies):
    """each message that a guide explains is in the sources"""
    found = []
    for (name, heading), directories in GUIDES.items():
        known = messages.of_c(*directories) | messages.of_python(PROGRAM)
        explained = list(named(name, heading))
        if not explained:
            found.append(f"{name}: no message is named under '{heading}'")
        found += [f"{name}: no source says: {message}" for message in explained if message not in known]
    return found


def parsed(bodies):
    """each command line in code is one that the programs take"""
    found = [f"{name}: no command line is found" for name in bodies if "/guide-" in name
             and not any(is_shell for is_shell, _ in commands.blocks(bodies[name]))]
    for name, body in bodies.items():
        for is_shell, text in commands.blocks(body):
            found += [f"{name}: {why}" for why in (commands.wrong_in_shell(text) if is_shell else [])]
            found += wrong_calls(name, text)
        for text in commands.spans(body):
            found += wrong_calls(name, text)
    return found


def sources(bodies):
    """each file and function that the developers' guide names is in the tree"""
    files = pages.tracked("")
    text = "".join((TOP / name).read_text() for name in files if name.endswith((".c", ".h", ".py")))
    found = []
    for span in commands.spans(bodies[DEVELOPERS]):
        if re.fullmatch(r"[\w/-]+\.[ch]|[\w/-]+\.py", span) and "NAME" not in span:
            if not any(f"/{name}".endswith(f"/{span}") for name in files):
                found.append(f"there is no {span}")
        elif re.fullmatch(r"\w+\(\)", span) and not re.search(rf"\b{span[:-2]}\(", text):
            found.append(f"there is no {span}")
    return found


def wrong_calls(name, text):
    """Complaints about the calls in a piece of code."""
    return [f"{name}: {program} {' '.join(words)}: {why}" for program, words in commands.calls(text)
            if (why := commands.wrong_call(program, words))]


def unexplained():
    """Messages of the agent that the guide does not explain."""
    (name, heading), directories = next(iter(GUIDES.items()))
    explained = set(named(name, heading))
    return {message: source for message, source in messages.told(*directories).items()
            if message not in explained}


def main():
    """Every check as one KTAP line."""
    checks = [links, site, manuals, references, told, parsed, sources]
    bodies = {name: pages.body_of(name) for name in pages.markdown_pages()}
    failed = 0
    print(f"TAP version 13\n1..{len(checks)}")
    for number, check in enumerate(checks, 1):
        found = check(bodies)
        failed += bool(found)
        print("".join(f"# {line}\n" for line in found), end="")
        print(f"{'not ok' if found else 'ok'} {number} {check.__doc__}")
    for message, source in sorted(unexplained().items(), key=lambda item: item[1]):
        print(f"# {source}: the operators' guide does not explain: {message}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
