#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes HTML of the Markdown files and manual pages of this tree, and a tree of manual pages.

usage: pages.py OUT

OUT/html/index.html is the README. Markdown goes through cmark-gfm, manual pages through mandoc. Headings get
the identifiers that links name, and links between sources become links between pages.
"""
import html
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
nav { border-bottom: 1px solid; padding-bottom: .5rem; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid; }
code, pre { font-family: monospace; font-size: .9em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid; padding: .2rem .5rem; text-align: left; vertical-align: top; }
.head td, .foot td, .Nm td { border: 0; padding-left: 0; }
.permalink { color: inherit; text-decoration: none; }
"""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<nav><a href="{up}index.html">Start</a> <a href="{up}Documentation/README.html">Documentation</a></nav>
{body}
</body>
</html>
"""
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.S)
TARGET = re.compile(r'(?<= href=")([^"]*)(?=")')


def slug(text, taken):
    """The identifier of a heading, as code hosts make it; taken counts those of its page."""
    words = html.unescape(re.sub(r"<[^>]*>", "", text)).strip().lower()
    name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
    taken[name] = taken.get(name, -1) + 1
    return f"{name}-{taken[name]}" if taken[name] else name


def tracked(*endings):
    """Files of the tree that end so."""
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"], text=True,
                            stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return sorted({name for name in listed if name.endswith(endings) and (TOP / name).exists()})


def markdown_pages():
    """Markdown files of the tree."""
    return tracked(".md")


def manual_pages():
    """Its manual pages."""
    return [name for name in tracked(".8") if name.startswith("Documentation/")]


def page_of(name):
    """Where the HTML of a source is."""
    return "index.html" if name == "README.md" else re.sub(r"\.md$", ".html", re.sub(r"\.8$", ".8.html", name))


def body_of(name):
    """A Markdown file as HTML, without the rewriting of links."""
    done = subprocess.run(["cmark-gfm", "-e", "table", TOP / name], text=True, stdout=subprocess.PIPE, check=True)
    taken = {}
    return HEADING.sub(lambda match: f'<h{match[1]} id="{slug(match[2], taken)}">{match[2]}</h{match[1]}>', done.stdout)


class Site:
    """The pages, and the files that they link to."""

    def __init__(self, out):
        self.out = pathlib.Path(out) / "html"
        self.sources = set(markdown_pages()) | set(manual_pages())
        self.copied = set()

    def link(self, source, target):
        """What a link of a source becomes."""
        if re.match(r"[a-z]+:|#", target):
            return target
        path, mark, anchor = target.partition("#")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if name not in self.sources:
            self.copied.add(name)
        else:
            name = page_of(name)
        here = posixpath.dirname(page_of(source))
        return posixpath.relpath(name, here or ".") + mark + anchor

    def write(self, name, title, body):
        """One page."""
        page = page_of(name)
        path = self.out / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(title=html.escape(title), style=STYLE, up="../" * page.count("/"), body=body))

    def markdown(self, name):
        """The page of a Markdown file."""
        body = body_of(name)
        title = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.S)
        body = TARGET.sub(lambda match: self.link(name, match[1]), body)
        self.write(name, html.unescape(re.sub("<[^>]*>", "", title[1])) if title else name, body)

    def manual(self, name):
        """The page of a manual page, whose references to others become links if there is one."""
        done = subprocess.run(["mandoc", "-T", "html", "-O", "fragment,man=%N.%S.html", TOP / name], text=True,
                              stdout=subprocess.PIPE, check=True)
        own = {posixpath.basename(page_of(other)) for other in manual_pages()}
        body = re.sub(r'<a class="Xr" href="([^"]*)"[^>]*>(.*?)</a>',
                      lambda match: match[0] if match[1] in own else match[2], done.stdout)
        self.write(name, posixpath.basename(name).replace(".8", "(8)"), body)

    def copy(self):
        """Files that are linked to as they are."""
        for name in sorted(self.copied):
            path = self.out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if (TOP / name).is_file():
                shutil.copyfile(TOP / name, path)


def main(out):
    """All of it."""
    shutil.rmtree(out, ignore_errors=True)
    site = Site(out)
    for name in markdown_pages():
        site.markdown(name)
    for name in manual_pages():
        site.manual(name)
        manual = pathlib.Path(out) / "man" / "man8" / posixpath.basename(name)
        manual.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TOP / name, manual)
    site.copy()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
