# SPDX-License-Identifier: GPL-2.0-or-later
"""The messages that sources can print, with an ellipsis for all that is filled in."""
import ast
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
GAP = "…"
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
CHARACTER = re.compile(r"'(?:\\.|[^\\'])'")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# Literals and macros that follow one another are one string.
STRING = re.compile(rf"{LITERAL}(?:\s+(?:{LITERAL}|[A-Z]\w*))*|{LITERAL}")
PIECE = re.compile(rf"{LITERAL}|[A-Z]\w*")
DEFINED = re.compile(rf"^#define\s+([A-Z]\w*)\s+({LITERAL})\s*$", re.M)
CONVERSION = re.compile(r"%[-#0+ ]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j)?[a-zA-Z]")
ESCAPES = {r"\"": '"', r"\n": "\n", r"\t": "\t", r"\\": "\\"}
# Calls that show a message, and calls that have others show one.
TOLD = re.compile(r"TSMC_LOG_(?:ERROR|WARN)\b|\btsmc_xen_error\(|\bsend_error\(|\brefuse\(|\bstderr\b|\bsnprintf\((?:why|text)\b")
SHORTEST = 12


def sources(*directories):
    """C sources and headers below directories, with their text."""
    for directory in directories:
        for path in sorted((TOP / directory).rglob("*.[ch]")):
            yield path, CHARACTER.sub("0", COMMENT.sub(" ", path.read_text()))


def macros(texts):
    """Strings that have names."""
    return {name: value[1:-1] for text in texts for name, value in DEFINED.findall(text)}


def shown(literals, named):
    """What a C string looks like when it is printed."""
    text = "".join(piece[1:-1] if piece.startswith('"') else
                   "u" if piece.startswith("PRI") else named.get(piece, GAP)
                   for piece in PIECE.findall(literals))
    for escape, character in ESCAPES.items():
        text = text.replace(escape, character)
    return re.sub(f"{GAP}+", GAP, CONVERSION.sub(GAP, text)).replace("%%", "%").strip()


def own_name(text):
    """Without the name of the program before it."""
    return re.sub(r"^tsmc-agent \w+: ", "", text)


def of_c(*directories):
    """Every string of C sources."""
    texts = dict(sources(*directories))
    named = macros(texts.values())
    return {own_name(shown(match.group(), named)) for text in texts.values()
            for match in STRING.finditer(text)}


def of_python(path):
    """Every string of a Python program."""
    found = set()
    for node in ast.walk(ast.parse((TOP / path).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.add("".join(part.value if isinstance(part, ast.Constant) else GAP for part in node.values))
    return found


def told(*directories):
    """Messages that tell of trouble, as far as they stand in the call that shows them, and their files."""
    texts = dict(sources(*directories))
    named = macros(texts.values())
    found = {}
    for path, text in texts.items():
        for call in TOLD.finditer(text):
            for string in STRING.finditer(text, call.end(), text.find(");", call.end())):
                message = own_name(shown(string.group(), named))
                if len(message.replace(GAP, "")) >= SHORTEST:
                    found.setdefault(message, path.name)
    return found
