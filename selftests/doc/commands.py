# SPDX-License-Identifier: GPL-2.0-or-later
"""Command lines in the documentation: whether the programs know what is written there."""
import functools
import html
import pathlib
import re
import shlex
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "selftests" / "packaging"))

from options import PROGRAMS, ask, helped  # noqa: E402

XL_MIGRATE = TOP / "tools" / "xl-migrate" / "tsmc-xl-migrate"
BLOCK = re.compile(r"<pre><code([^>]*)>(.*?)</code></pre>", re.S)
SPAN = re.compile(r"<code>([^<]*)</code>")
PLACEHOLDER = re.compile(r"^[A-Z]+$|\.\.\.|…")
# Verbs that read all their options before they show their help.
TRIED = {"tsmc-agent": {"migrate", "estimate", "listen"},
         "tsmcctl": {"hot", "hint", "set", "mappings", "processes", "status", "classes", "monitor"}}
# What may stand before the name of a program. Elsewhere it is in a sentence.
BEFORE = re.compile(r"(?:(?:while|until|if|do|then|exec|sudo|\w+=\S*) )*(?:ssh \S+ )?")
LIMIT_S = 20


def blocks(body):
    """Code blocks of a page: whether it is said to be a shell's, and the text."""
    return [("language-sh" in attributes, html.unescape(text)) for attributes, text in BLOCK.findall(body)]


def spans(body):
    """Pieces of code in the text."""
    return [html.unescape(text) for text in SPAN.findall(BLOCK.sub("", body))]


def words_of(line):
    """Simple commands of a line, as lists of words; none if it is no command."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&`")
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:
        return []
    found = [[]]
    for token in tokens:
        if set(token) <= set("();<>|&`"):
            found.append([])
        else:
            found[-1].append(token)
    return [words for words in found if words]


def calls(text):
    """Calls of our programs in a text, each as program and arguments."""
    for line in text.replace("\\\n", " ").splitlines():
        for words in words_of(line):
            at = len(BEFORE.match(" ".join(words)).group().split())
            if words[at:] and (words[at] in PROGRAMS or words[at] == XL_MIGRATE.name):
                yield words[at], words[at + 1:]


@functools.lru_cache(maxsize=None)
def helped_verb(program, verb):
    """As helped(), asked once."""
    return helped(program, verb)


def without_verb(arguments):
    """Complaint about a call of tsmc-xl-migrate."""
    text = subprocess.run([XL_MIGRATE, "--help"], text=True, stdout=subprocess.PIPE, timeout=LIMIT_S, check=True).stdout
    options = {word for word in arguments if word.startswith("-")}
    wrong = {option for option in options if not re.search(rf"(?<![\w-]){re.escape(option)}\b", text)}
    return f"there is no {' '.join(sorted(wrong))}" if wrong else ""


def wrong_call(program, arguments):
    """What is wrong with a call; nothing if nothing is."""
    if program == XL_MIGRATE.name:
        return without_verb(arguments)
    options, verbs = helped_verb(program, None)
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        if rest[0] not in options:
            return f"there is no {rest[0]}"
        rest.pop(0)
    if not rest or PLACEHOLDER.search(rest[0]) or rest[0] == "VERB":
        return ""
    verb = rest.pop(0)
    if verb not in verbs:
        return f"there is no '{verb}'"
    told = options if program == "tsmc-wait" else helped_verb(program, verb)[0]
    for word in rest:
        option = word.partition("=")[0]
        if re.match(r"--?[a-z]", option) and option not in told:
            return f"'{verb}' has no {option}"
    unknown = [key for key in rest[::2] if f"  {key} " not in ask(program, verb, "--help")[1]] if verb == "set" else []
    if unknown:
        return f"there is no setting {unknown[0]}"
    if verb in TRIED.get(program, ()) and not any(PLACEHOLDER.search(word) for word in rest):
        return tried(program, [verb, *rest])
    return ""


def tried(program, words):
    """What the program says of words, with --help behind them."""
    done = subprocess.run([PROGRAMS[program], *words, "--help"], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=LIMIT_S, check=False)
    return f"status {done.returncode}: {done.stderr.splitlines()[:1]}" if done.returncode else ""


def targets(directory):
    """Targets of a Makefile."""
    path = TOP / directory / "Makefile"
    if not path.exists():
        return set()
    return {name for line in re.findall(r"^([\w. -]+):(?!=)", path.read_text(), re.M) for name in line.split()} | \
        set(re.search(r"^\.PHONY:((?:.*\\\n)*.*)", path.read_text(), re.M)[1].replace("\\\n", " ").split())


def wrong_make(words):
    """What is wrong with a call of make in this tree."""
    directory, wanted = ".", []
    rest = iter(words)
    for word in rest:
        if word == "-C":
            directory = next(rest)
        elif not word.startswith("-") and "=" not in word:
            wanted.append(word)
    known = targets(directory)
    missing = [word for word in wanted if word not in known]
    return f"{directory} has no target {' '.join(missing)}" if missing or not known else ""


def wrong_in_shell(text):
    """Complaints about a block that is said to be a shell's."""
    checked = subprocess.run(["bash", "-n"], input=text, text=True, stderr=subprocess.PIPE, check=False)
    found = [checked.stderr.strip()] if checked.returncode else []
    for line in text.splitlines():
        for words in words_of(line):
            if words[0] == "make":
                found.append(wrong_make(words[1:]))
            elif words[0] == "python3" and not (TOP / words[1]).is_file():
                found.append(f"there is no {words[1]}")
    return [why for why in found if why]
