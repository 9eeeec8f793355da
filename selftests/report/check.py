#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page that shows a migration, in a browser: what is there, and what is seen.

The migrations are invented (selftests/unit/invented_report.h), but for older_report.json, which
an agent has written that recorded neither series nor map. Prints KTAP.
"""
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

from picture import DARK, LIGHT, Page, count, look, runs

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
AGENT = TOP / "build" / "tsmc-agent"
INVENT = TOP / "build" / "selftests" / "report" / "invent"
OLDER = HERE / "older_report.json"
EVIL = "<script>alert(1)</script> & \"co\"'"
SKIPPED = 4  # kselftest's exit status
CELL_Y = 9
# Of the style sheet in agent/html_style.c, in light.
STAGES = [(0x4c, 0x86, 0xd9), (0xe8, 0x87, 0x1e), (0x1f, 0x9e, 0x7a)]
STAGES_DARK = [(0x5b, 0x9b, 0xf0), (0xf5, 0x9b, 0x3a), (0x35, 0xbf, 0x95)]
WHITE, NIGHT = (255, 255, 255), (0x12, 0x16, 0x1d)
CLASSES = {"kernel": (0xc0, 0x39, 0x2b), "anon": (0x2e, 0x86, 0xde), "pinned": (0x8e, 0x44, 0xad)}
SECTIONS = ["Time line", "Over time", "By class and stage", "The guest's memory", "All figures"]
PICTURES = ["timeline", "throughput", "faults", "left", "pages", "bytes", "map-stage", "map-class",
            "map-heat"]


class Samples:
    """Reports, the pages that show them, and what browsers make of these."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.one = self.invent("one.json", "web1")
        self.other = self.invent("other.json", EVIL, "postcopy")
        self.agent("report", self.dir / "one.json")
        self.agent("report", "-o", self.dir / "two.html", self.dir / "one.json", self.dir / "other.json")
        self.agent("report", "-o", self.dir / "older.html", OLDER)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            seen = {name: pool.submit(function, self.dir / page, *more) for name, function, page, *more in (
                ("top", look, "one.html", self.dir / "top.png", (1100, 420), LIGHT),
                ("map", self.look_at_map, "one.html"),
                ("dark", look, "two.html", self.dir / "dark.png", (1100, 420), DARK),
                ("page", Page, "one.html"), ("pages", Page, "two.html"), ("older", Page, "older.html"))}
            for name, future in seen.items():
                setattr(self, name, future.result())

    def invent(self, name, *argv):
        """A report of no migration."""
        text = subprocess.run([INVENT, *argv], capture_output=True, text=True, check=True).stdout
        (self.dir / name).write_text(text)
        return json.loads(text)

    @staticmethod
    def agent(*argv, status=0):
        """A run of the agent; what it said."""
        done = subprocess.run([AGENT, *argv], capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == status, f"{argv}: status {done.returncode}: {done.stderr}"
        return done.stdout + done.stderr

    def look_at_map(self, path):
        """The maps of one run, which are at the end of the page: a frame is moved there."""
        frame = self.dir / "frame.html"
        frame.write_text('<body style="margin:0"><iframe style="border:0;width:1100px;height:700px" '
                         f'src="{path.name}#map-class-0"></iframe>')
        return look(frame, self.dir / "map.png", (1100, 700), LIGHT)


def cells(report):
    """The cells of a report's map, one by one."""
    return [cell for repeat, *cell in report["memory_map"]["cells"] for _ in range(repeat)]


def document(samples):
    """the browser finds every section, picture and title, and nothing from outside"""
    for page, nr in ((samples.page, 1), (samples.pages, 2)):
        assert [e["text"] for e in page.find("h2")] == SECTIONS, "sections"
        pictures = page.find("svg")
        assert len(pictures) == nr * len(PICTURES), f"{len(pictures)} pictures"
        titles = {e["id"]: e["text"] for e in page.find("title") if "id" in e}
        for picture in pictures:
            assert picture["role"] == "img", "role"
            label = picture["aria-labelledby"].split()[0]
            assert titles[label].strip(), label
        assert not page.find("script") and not page.find("link") and not page.find("img")
        outside = [e for e in page.elements if e.get("src") or e.get("href") or "http" in e.get("style", "")]
        assert not outside, outside


def numbers(samples):
    """pictures have a bar for each number, and the numbers are those of the report"""
    page, report = samples.page, samples.one
    assert len(page.find("rect", "timeline-0")) == 5, "time line"
    for kind in ("pages", "bytes"):
        stages = report[kind].values()
        bars = page.find("rect", f"{kind}-0")
        assert len(bars) == sum(len(stage) for stage in stages), f"bars of {kind}"
        widths = sum(float(bar["width"]) for bar in bars)
        most = max(sum(stage.get(name, 0) for stage in stages) for stage in stages for name in stage)
        told = sum(sum(stage.values()) for stage in stages)
        assert abs(widths / (1040 - 66 - 84) * most / told - 1) < 0.002, f"widths of {kind}"
    table = page.text("classes")
    for stage in (1, 2, 3):
        for pages in report["pages"][f"stage{stage}"].values():
            assert f"{pages:,}".replace(",", " ") in table, f"{pages} pages of stage {stage}"
    assert f"{report['downtime_s']:.3f} s" in page.text("figures")
    assert f"{len(cells(report))} cells of {report['memory_map']['cell_pages']} pages" in page.text("map")


def escaped(samples):
    """a name of any kind is shown as it is"""
    names = [e["text"] for e in samples.pages.find("bdi")]
    assert EVIL in names and "web1" in names, names


def bars_in(rows, colours, least=3):
    """The first row of pixels that has runs of all these colours: (colour, length), in their order."""
    for row in rows:
        found = [(colour, length) for colour, _, length in runs(row, least) if colour in colours]
        if {colour for colour, _ in found} == set(colours):
            return found
    raise AssertionError("no bar of three stages is to be seen")


def time_line(samples):
    """three stages are seen on the time line, as long as they took"""
    report = samples.one
    found = bars_in(samples.top, STAGES)
    assert [colour for colour, _ in found] == STAGES, found
    width = sum(length for _, length in found)
    assert width > 950, f"{width} pixels wide"
    for (_, length), key in zip(found, ("readiness_s", "downtime_s", "recovery_s")):
        expected = width * report[key] / report["total_s"]
        assert abs(length - expected) <= 3, f"{key}: {length} pixels, not {expected:.1f}"


def side_by_side(samples):
    """two runs are seen side by side in one scale, dark on a dark system"""
    assert samples.dark[5][5] == NIGHT and samples.top[5][5] == WHITE, "background"
    found = bars_in(samples.dark, STAGES_DARK)
    assert [colour for colour, _ in found] == STAGES_DARK * 2, found
    first, second = (sum(length for _, length in found[i:i + 3]) for i in (0, 3))
    expected = samples.one["total_s"] / samples.other["total_s"]
    assert abs(first / second / expected - 1) < 0.02, f"{first} and {second} pixels"


def memory(samples):
    """the map of memory has as much of each colour as memory has pages of the class"""
    width = (1040 - 66) / 96
    for name, colour in CLASSES.items():
        number = sum(cell[0] == name for cell in cells(samples.one))
        expected = number * width * CELL_Y
        seen = count(samples.map, colour)
        assert number > 20 and abs(seen / expected - 1) < 0.08, f"{name}: {seen} pixels, not {expected:.0f}"


def older(samples):
    """a report of an older agent is shown, and what it lacks is said"""
    report, page = json.loads(OLDER.read_text()), samples.older
    text = page.text("curves") + page.text("classes") + page.text("map")
    for lack in ("no series over time", "no bytes by class", "no map of memory"):
        assert lack in text, lack
    drawn = {e["id"] for e in page.find("figure")}
    assert drawn == {"timeline-0", "pages-0"}, drawn
    assert f"{report['downtime_s']:.2f} s" in page.text("figures")


def refused(samples):
    """what is no report is refused with a reason, and no page is left"""
    broken, page = samples.dir / "broken.json", samples.dir / "broken.html"
    text = (samples.dir / "one.json").read_text()
    for content, reason in ((text[:700], "ends too early"), (text.replace('"anon"', "anon", 1), "line 19, character"),
                            ("{}", "'name' is missing"), ("[]", "not an object")):
        broken.write_text(content)
        said = samples.agent("report", broken, status=1)
        assert str(broken) in said and reason in said, said
        assert not page.exists()
    assert "No such file" in samples.agent("report", samples.dir / "nothing.json", status=1)
    assert "cannot write" in samples.agent("report", "-o", samples.dir / "no" / "dir", OLDER, status=1)
    for argv in ((), ("-x", OLDER), (OLDER, OLDER, OLDER)):
        assert "usage:" in samples.agent("report", *argv, status=2)


CASES = [document, numbers, escaped, time_line, side_by_side, memory, older, refused]


def run(case, samples):
    """One case; whether it holds."""
    try:
        case(samples)
    except Exception:
        print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        return False
    return True


def main():
    """All cases."""
    if not shutil.which("chromium"):
        print("TAP version 13\n1..0 # SKIP there is no chromium")
        return SKIPPED
    print(f"TAP version 13\n1..{len(CASES)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        samples = Samples(directory)
        for number, case in enumerate(CASES, 1):
            good = run(case, samples)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} {case.__doc__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
