# SPDX-License-Identifier: GPL-2.0-or-later
"""A terminal that remembers: what stands on it, and how it came there."""
import re
import unicodedata

TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|(.)", re.S)


class Screen:
    """Understands what a plain VT100 does of it; anything else is an error."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""]
        self.row = self.column = 0
        self.attribute = "0"
        self.coloured = False
        self.rest = ""

    def feed(self, data):
        """Bytes that a program has written."""
        text = self.rest + data.decode(errors="replace")
        # A sequence may come in two pieces.
        cut = re.search(r"\x1b(\[\d*)?$", text)
        self.rest = cut.group() if cut else ""
        for match in TOKEN.finditer(text[:cut.start()] if cut else text):
            number, command, character = match.groups()
            if command:
                self._sequence(number, command)
            else:
                self._character(character)

    def _sequence(self, number, command):
        top = max(0, len(self.lines) - self.rows)
        line = self.lines[self.row]
        if command == "A":
            assert int(number) <= self.row - top, f"{number} lines up from line {self.row - top}"
            self.row -= int(number)
        elif command == "K" and not number:
            self.lines[self.row] = line[:self.column]
        elif command == "J" and not number:
            self.lines[self.row] = line[:self.column]
            del self.lines[self.row + 1:]
        elif command == "m":
            self.attribute = number or "0"
            self.coloured |= self.attribute != "0"
        else:
            raise AssertionError(f"sequence {number}{command}")

    def _character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._down()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        else:
            assert unicodedata.category(character)[0] != "C", f"control character {character!r}"
            if self.column == self.columns:
                self.column = 0
                self._down()
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += 1

    def _down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def resize(self, columns, rows):
        """Lines that are there already keep their length."""
        self.columns, self.rows = columns, rows

    def text(self):
        """All lines, without empty ones at the end."""
        return "\n".join(self.lines).rstrip("\n")

    def sane(self):
        """Whether the next who writes finds the start of an empty line, without colour."""
        return (self.column == 0 and self.attribute == "0" and not self.rest
                and self.row == len(self.lines) - 1 and not self.lines[-1])
