# SPDX-License-Identifier: GPL-2.0-or-later
"""A dozen failures; `make check-faults` has all."""
from fault_table import QUICK
from faults import Faults


def _case(fault):
    def case(world):
        if not hasattr(world, "faults"):
            world.faults = Faults(world)
        world.faults.try_fault(fault)
    case.__doc__ = fault.name
    return case


def content(world):
    """the guest that all failures were tried with is content"""
    world.faults.close()


CASES = [_case(fault) for fault in QUICK] + [content]
