# SPDX-License-Identifier: GPL-2.0-or-later
"""What a migration looks like from outside the guest."""
import collections
import re

from xenbed.observer import Observer
from xenbed.wait import wait_until


Sight = collections.namedtuple("Sight", "gap_s answers")


class Outside:
    """Watches a guest's UDP echo while the block runs.

    The clocks inside a guest stand still while it is suspended, so only
    somebody outside can measure for how long it was away.
    """

    def __init__(self, bed, guest):
        self.bed = bed
        self.guest = guest
        self.observer = None
        self.sight = None

    def __enter__(self):
        self.observer = Observer(self.bed, self.guest)
        return self

    def __exit__(self, kind, error, trace):
        # The last gap ends with an answer, so one must have come.
        self.guest.run("true", check=kind is None)
        seen = self.observer.stop()
        self.sight = Sight(seen["longest_gap_ns"] / 1e9, seen["answers"])


def reconnection_s(target, said):
    """From the unpause to the network interface's new connection, seconds.

    said is what the receiving agent has printed, with -v.
    """
    unpaused = re.findall(r"was unpaused at ([\d.]+) s", said)
    assert unpaused, f"the target did not say when it unpaused the guest: {said}"

    def ready():
        log = target.run("dmesg", check=True).output
        return re.findall(r"\[ *([\d.]+)\] vif vif-\d+-\d+ .*Guest Rx ready", log)
    wait_until(ready, 30, "the backend to say that the guest's interface is back",
               lambda: target.run("dmesg | tail").output)
    return float(ready()[-1]) - float(unpaused[-1])
