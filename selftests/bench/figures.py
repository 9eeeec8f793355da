# SPDX-License-Identifier: GPL-2.0-or-later
"""Medians, tables and the verdict of a benchmark."""
import json
import math
import statistics


def median(values):
    """The median of those that are there; NaN if none is."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else math.nan


def spread(values, form=".0f"):
    """Median and range as a text."""
    there = [value for value in values if value is not None]
    if not there:
        return "-"
    low, middle, high = (format(value, form) for value in
                         (min(there), median(there), max(there)))
    return middle if low == high else f"{middle} ({low}..{high})"


def table(title, columns, rows):
    """Print rows of texts below a title."""
    widths = [max(len(str(row[i])) for row in [columns] + rows)
              for i in range(len(columns))]
    print(f"\n{title}")
    for row in [columns] + rows:
        first, rest = row[0], row[1:]
        print("  " + str(first).ljust(widths[0]) + "".join(
            "  " + str(cell).rjust(width)
            for cell, width in zip(rest, widths[1:])))
    print(flush=True)


class Targets:
    """What a benchmark must show; each is printed in the end."""

    def __init__(self):
        self.results = []

    def at_most(self, name, value, limit):
        """A value that is good when it is small."""
        self._add(name, value, limit, value <= limit)

    def at_least(self, name, value, limit):
        """A value that is good when it is large."""
        self._add(name, value, limit, value >= limit)

    def _add(self, name, value, limit, good):
        # A comparison with NaN does not hold: what could not be measured is
        # a miss.
        self.results.append({"name": name, "limit": limit, "ok": bool(good),
                             "value": value if math.isfinite(value) else None})

    def print(self):
        """One line each; returns the exit status."""
        for result in self.results:
            value = result["value"]
            print(f"target {result['name']} "
                  f"{'none' if value is None else format(value, '.3f')} "
                  f"{result['limit']:g} {'ok' if result['ok'] else 'MISS'}")
        good = self.results and all(result["ok"] for result in self.results)
        return 0 if good else 1


def ratio(name, above, below):
    """The ratio of two medians; NaN, and why, if the lower is nothing."""
    above, below = median(above), median(below)
    if not below > 0:
        print(f"{name}: there is nothing to compare with "
              f"({above:g} / {below:g}); these runs prove nothing")
        return math.nan
    return above / below


def save(path, everything):
    """Write all figures for programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(everything, indent=1) + "\n")
    new.rename(path)
