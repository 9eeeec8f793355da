# SPDX-License-Identifier: GPL-2.0-or-later
"""What a migration's command says, each line with its time and Dom0's CPU time."""
import collections
import re

# A Dom0's bash: no process for a line, so that nothing is measured but the
# command. The kernel counts ticks of 10 ms.
STAMP = ("while IFS= read -r line; do "
         "read -r _ user nice system _ _ irq softirq _ </proc/stat; "
         'echo "$EPOCHREALTIME $((user + nice + system + irq + softirq)) $line"; '
         "done")
TICKS_PER_S = 100
BEGAN, ENDED = "the command begins", "the command is over"

Line = collections.namedtuple("Line", "at cpu_s text")


def stamped(command):
    """The shell command whose output stamped_lines() reads."""
    return (f"set -o pipefail; (echo '{BEGAN}'; {command}; status=$?; "
            f"echo '{ENDED}'; exit $status) 2>&1 | {STAMP}")


def stamped_lines(output):
    """The lines of a stamped command; what has no stamp is left out."""
    return [Line(float(at), int(ticks) / TICKS_PER_S, text) for at, ticks, text in
            re.findall(r"^(\d+\.\d+) (\d+) (.*)$", output, re.M)]


def said(lines, text):
    """The first line that holds a text."""
    for line in lines:
        if text in line.text:
            return line
    raise ValueError(f"nobody said '{text}': {[line.text for line in lines]}")


def passes(lines):
    """(last line, entries) of each pass of xl over the memory."""
    steps = [(line, re.search(r"Frames iteration \d+: (\d+)/(\d+)", line.text))
             for line in lines]
    return [(line, int(step.group(2))) for line, step in steps
            if step and step.group(1) == step.group(2)]


def xl_figures(output, memory_pages):
    """The paper's five figures of an xl migrate, and the cost of its first pass.

    The first pass goes over all numbers below the highest one, but sends
    content for those only that have a page: memory_pages. From the last page
    of the last pass before the suspend the guest is asked to suspend.
    """
    lines = stamped_lines(output)
    began, ended = said(lines, BEGAN).at, said(lines, ENDED).at
    suspended = said(lines, "Domain now suspended").at
    running = said(lines, "Target reports successful startup").at
    all_passes = passes(lines)
    # It does not show the step 0 % of its first pass, but says this just before.
    first = said(lines, "Saving domain")
    suspend = max(end.at for end, _ in all_passes if end.at <= suspended)
    return {"total_s": ended - began, "readiness_s": suspend - began,
            "downtime_s": running - suspend, "recovery_s": ended - running,
            "rounds": len(all_passes) - 1,
            "pages": memory_pages + sum(entries for _, entries in all_passes[1:]),
            "stage_one_pages": memory_pages,
            "stage_one_cpu_s": all_passes[0][0].cpu_s - first.cpu_s}


def our_figures(output, report):
    """The same of tsmc-agent, which reports them itself."""
    lines = stamped_lines(output)
    first = said(lines, "stage one")
    last = said(lines, "stage two")
    return {"total_s": said(lines, ENDED).at - said(lines, BEGAN).at,
            "readiness_s": report["readiness_s"],
            "downtime_s": report["downtime_s"],
            "recovery_s": report["recovery_s"],
            "rounds": report["rounds"],
            "pages": report["pages_transferred"],
            "faults": report["faults"],
            "stage_one_pages": sum(report["pages"]["stage1"].values()),
            "stage_one_cpu_s": last.cpu_s - first.cpu_s,
            "report": report}
