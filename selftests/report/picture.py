# SPDX-License-Identifier: GPL-2.0-or-later
"""What a browser makes of a page: its text, its elements, its pixels."""
import html.parser
import itertools
import struct
import subprocess
import tempfile
import zlib

LIMIT_S = 60
BROWSER = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
           "--disable-background-networking", "--no-first-run"]
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"


def browse(*argv):
    """One run of the browser, with a profile of its own; its output."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run([*BROWSER, f"--user-data-dir={profile}", *argv], timeout=LIMIT_S,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return done.stdout


class Page(html.parser.HTMLParser):
    """The document that the browser has, as elements with their attributes and text."""

    VOID = {"meta", "br", "link"}

    def __init__(self, path):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(browse("--dump-dom", f"file://{path}").decode())

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "in": tuple(self.open), "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def find(self, tag, inside=None, style=None):
        """Elements of this tag, in the one with this id, with this class."""
        return [e for e in self.elements if e["tag"] == tag
                and (inside is None or any(o.get("id") == inside for o in e["in"]))
                and (style is None or style in e.get("class", "").split())]

    def text(self, inside):
        """All text in the element with this id, with single spaces."""
        found, = (e for e in self.elements if e.get("id") == inside)
        return " ".join(found["text"].split())


def unfilter(kind, line, before, step):
    """One row of a PNG as it was before it was filtered."""
    if kind == 1:
        for channel in range(step):
            line[channel::step] = bytes(value & 255 for value in
                                        itertools.accumulate(line[channel::step]))
    elif kind == 2:
        line[:] = bytes((a + b) & 255 for a, b in zip(line, before))
    elif kind in (3, 4):
        for x, up in enumerate(before):
            left, corner = (line[x - step], before[x - step]) if x >= step else (0, 0)
            if kind == 3:
                guess = (left + up) // 2
            else:
                a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                guess = left if a <= b and a <= c else up if b <= c else corner
            line[x] = (line[x] + guess) & 255


def read_png(path):
    """Rows of (red, green, blue)."""
    data = path.read_bytes()
    at, packed, rows = 8, b"", []
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack_from(">IIBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    assert depth == 8 and colours in (2, 6), "not a PNG as the browser makes them"
    step = 3 if colours == 2 else 4
    raw, before = zlib.decompress(packed), bytes(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        line = bytearray(raw[start + 1:start + 1 + width * step])
        unfilter(raw[start], line, before, step)
        rows.append(list(zip(line[0::step], line[1::step], line[2::step])))
        before = line
    return rows


def look(path, png, size, *flags):
    """What is seen of a page: rows of pixels."""
    browse(*flags, f"--window-size={size[0]},{size[1]}", f"--screenshot={png}",
           f"file://{path}")
    rows = read_png(png)
    assert (len(rows[0]), len(rows)) == size, f"{len(rows[0])}x{len(rows)} pixels, not {size}"
    return rows


def runs(row, least):
    """Pixels of one colour in a row: (colour, where it begins, how many), such as are that long."""
    at = 0
    for colour, group in itertools.groupby(row):
        length = sum(1 for _ in group)
        if length >= least:
            yield colour, at, length
        at += length


def count(rows, colour):
    """How many pixels have the colour."""
    return sum(row.count(colour) for row in rows)
