# SPDX-License-Identifier: GPL-2.0-or-later
"""The failures that are injected, and what has to become of the guest."""
from faults import MOVES, STAYS, Fault


def _faults(phase, outcomes):
    """Faults of one phase, from 'what ... : outcome' lines."""
    return [Fault(phase, what, outcome)
            for outcome, whats in outcomes.items() for what in whats.split()]


# What fails once the source has decided to hand over must not undo that. A target that has
# not said READY yet cannot have been handed anything.
TABLE = (
    _faults("moving", {STAYS: "kill intr nospace memory xen cut both abort",
                        MOVES: "twice"})
    + _faults("suspending", {STAYS: "kill intr nospace memory xen both"})
    + _faults("told", {STAYS: "kill intr nospace memory xen cut both"})
    + _faults("given", {STAYS: "nospace", MOVES: "kill memory xen cut both stop"})
    + _faults("incoming", {STAYS: "kill nospace memory xen cut"})
    + _faults("prepared", {STAYS: "kill nospace cut", MOVES: "memory xen"})
    + _faults("owner", {MOVES: "kill nospace memory xen cut both stop loss"})
    + _faults("complete", {MOVES: "kill nospace cut"})
)
# One of each kind that takes no long wait, for every run of the tests.
QUICK = [fault for fault in TABLE if (fault.phase, fault.what) in {
    ("moving", "kill"), ("moving", "abort"), ("incoming", "nospace"), ("told", "kill"),
    ("told", "intr"), ("given", "kill"), ("given", "nospace"), ("incoming", "kill"),
    ("prepared", "kill"), ("owner", "kill"), ("owner", "both"), ("complete", "kill")}]
