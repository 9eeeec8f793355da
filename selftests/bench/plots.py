# SPDX-License-Identifier: GPL-2.0-or-later
"""Plots of a benchmark's figures, as SVG, by gnuplot."""
import subprocess

from figures import median

LIMIT_S = 60
PANELS = [("total migration time, s", "total_s"), ("pages transferred", "pages"),
          ("downtime seen outside, s", "gap_s")]
STYLE = ("set grid; set key above; set style data linespoints; "
         "set yrange [0:*]; set tics nomirror; set border 3")


def block(name, rows):
    """Data that a script plots by a name."""
    return "\n".join([f"${name} << EOD", *(" ".join(f"{value:.6g}" for value in row)
                                           for row in rows), "EOD"])


def by_size_script(path, title, runs):
    """One panel for each figure, one curve for each system, memory along."""
    systems = list(dict.fromkeys(run["system"] for run in runs))
    sizes = sorted({run["size"] for run in runs})
    blocks, panels = [], []
    for number, (label, key) in enumerate(PANELS):
        curves = []
        for index, system in enumerate(systems):
            rows = []
            for size in sizes:
                found = [run[key] for run in runs
                         if (run["system"], run["size"]) == (system, size)]
                if found:
                    rows.append((size, median(found), min(found), max(found)))
            blocks.append(block(f"d{number}_{index}", rows))
            curves.append(f"$d{number}_{index} using 1:2:3:4 with yerrorlines "
                          f"title '{system}'")
        panels.append(f"set ylabel '{label}'\nplot " + ", ".join(curves))
    return "\n".join([
        f"set terminal svg size 1200,420 background 'white'\nset output '{path}'",
        STYLE, *blocks, "set xlabel \"guest's memory, MB\"\nset logscale x 2",
        # A single size would leave the axis without a length.
        f"set xrange [{sizes[0] / 1.2}:{sizes[-1] * 1.2}]",
        f"set xtics ({', '.join(map(str, sizes))})",
        f"set multiplot layout 1,{len(PANELS)} title '{title}'", *panels,
        "unset multiplot\n"])


def over_time_script(path, title, curves):
    """One panel for each system, one above the other, on one scale of time."""
    systems = list(curves)
    end = max(row[0] for rows in curves.values() for row in rows)
    blocks = [block(f"d{index}", [(at, speed / 1e6) for at, speed in curves[system]])
              for index, system in enumerate(systems)]
    panels = [f"plot $d{index} using 1:2 with lines title '{system}'"
              for index, system in enumerate(systems)]
    return "\n".join([
        f"set terminal svg size 900,{220 * len(systems)} background 'white'\n"
        f"set output '{path}'", STYLE, *blocks,
        f"set xrange [-5:{end:.0f}]\nset xlabel 'seconds since the migration began'",
        "set ylabel 'MB/s'",
        f"set multiplot layout {len(systems)},1 title '{title}'", *panels,
        "unset multiplot\n"])


def draw(path, script):
    """Have gnuplot draw it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gnuplot"], input=script, text=True, check=True, timeout=LIMIT_S)


def by_size(path, title, runs):
    """Figures 4 and 5 of the paper."""
    draw(path, by_size_script(path, title, runs))


def over_time(path, title, curves):
    """Its Figure 6."""
    draw(path, over_time_script(path, title, curves))
