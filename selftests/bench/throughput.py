# SPDX-License-Identifier: GPL-2.0-or-later
"""Throughput over time, and when it is back after a migration."""

BEFORE_S = 5
WINDOW_S = 0.5
# What had been held back comes in one burst, which is no speed yet.
WINDOWS = 4
BACK = 0.9


def samples_in(text):
    """(seconds, bytes so far) of each line that tcpstream --samples wrote."""
    rows = [line.split() for line in text.splitlines()]
    return [(float(row[0]), int(row[1])) for row in rows if len(row) == 2]


def between(samples, start, end):
    """Bytes per second from the first to the last sample of a span."""
    inside = [sample for sample in samples if start <= sample[0] <= end]
    if len(inside) < 2 or inside[-1][0] == inside[0][0]:
        raise ValueError(f"no samples between {start} and {end}")
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])


def silence(samples):
    """The longest time without a new byte, as (start, end)."""
    longest, last = (0, 0), samples[0]
    for sample in samples:
        if sample[1] == last[1] and sample is not samples[-1]:
            continue
        if sample[0] - last[0] > longest[1] - longest[0]:
            longest = last[0], sample[0]
        last = sample
    return longest


def back_s(samples, began):
    """Seconds from the last byte before the longest silence until WINDOWS
    windows begin in each of which the throughput is at 90 % of what it was
    before the migration began; None if they never do."""
    wanted = BACK * between(samples, began - BEFORE_S, began)
    stopped = silence([sample for sample in samples if sample[0] >= began])[0]
    for start, _ in samples:
        if start < stopped:
            continue
        if samples[-1][0] - start < WINDOWS * WINDOW_S:
            return None
        # A sample more, lest a window end just before one.
        if all(between(samples, at, at + WINDOW_S + 0.05) >= wanted for at in
               (start + number * WINDOW_S for number in range(WINDOWS))):
            return start - stopped
    return None


def curve(samples, began):
    """(seconds since the migration began, bytes per second) of each interval."""
    return [(later[0] - began, (later[1] - earlier[1]) / (later[0] - earlier[0]))
            for earlier, later in zip(samples, samples[1:]) if later[0] > earlier[0]]
