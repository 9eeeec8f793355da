# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict reader of Prometheus' text format, version 0.0.4."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"^({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)$")
HEAD = re.compile(rf"^# (HELP|TYPE) ({NAME}) (.+)$")
TYPES = ("counter", "gauge")


class Wrong(Exception):
    """What is not in the format, or against its customs."""


def must(holds, line, what):
    """Complain of a line."""
    if not holds:
        raise Wrong(f"{what}: '{line}'")


def number_of(text, line):
    """A value as Go's ParseFloat takes it, finite here."""
    must(re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text), line, "no number")
    value = float(text)
    must(math.isfinite(value), line, "no finite number")
    return value


class Metrics:
    """Samples by name and labels, types and helps by name."""

    def __init__(self, text):
        self.samples, self.types, self.helps = {}, {}, {}
        self.family, self.closed = None, set()
        must(text.endswith("\n"), text[-40:], "the last line does not end")
        for line in text[:-1].split("\n"):
            (self.take_head if line.startswith("#") else self.take_sample)(line)
        for name, kind in self.types.items():
            must(any(sample == name for sample, _ in self.samples), name, "no sample")
            must(name in self.helps, name, "no HELP")
            must((kind == "counter") == name.endswith("_total"), name, "a counter, and nothing else, ends in _total")

    def open_family(self, name, line):
        """Lines of one metric follow one another."""
        if name != self.family:
            must(name not in self.closed, line, "not with the others of its name")
            self.closed.add(self.family)
            self.family = name

    def take_head(self, line):
        """A HELP or a TYPE, each once and before any sample."""
        found = HEAD.match(line)
        must(found, line, "neither HELP nor TYPE")
        kind, name, rest = found.groups()
        self.open_family(name, line)
        must(all(sample != name for sample, _ in self.samples), line, "behind a sample")
        table = self.helps if kind == "HELP" else self.types
        must(name not in table, line, "twice")
        must(kind == "HELP" or rest in TYPES, line, "a type that we do not have")
        table[name] = rest

    def take_sample(self, line):
        """NAME{LABELS} VALUE"""
        found = SAMPLE.match(line)
        must(found, line, "no sample")
        name, labels, value = found.group(1), found.group(2) or "", number_of(found.groups()[-1], line)
        must(name in self.types, line, "no TYPE before it")
        self.open_family(name, line)
        pairs = re.findall(LABEL, labels)
        must(len({key for key, _ in pairs}) == len(pairs), line, "a label twice")
        key = name, frozenset(pairs)
        must(key not in self.samples, line, "twice")
        must(value >= 0, line, "below 0")
        self.samples[key] = value

    def value(self, name, **labels):
        """One sample."""
        return self.samples[name, frozenset(labels.items())]
