# SPDX-License-Identifier: GPL-2.0-or-later
"""Telling a run that died of the emulator from one that died of us.

Nothing that a toolstack or a guest may do makes an unmodified Xen report what
is listed here: each is the processor breaking its promise to the hypervisor,
or the hypervisor itself falling over.
"""
import sys

HYPERVISOR_SIGNATURES = (
    ("invalid VMCB state", "VMRUN refuses a state that Xen has checked"),
    ("Unexpected vmexit: reason", "an exit that Xen did not ask for"),
    ("Unexpected nested vmexit", "an exit of a nested guest; there is none"),
    ("Bad instruction length", "an exit with an impossible instruction"),
    ("SVM hits AMD erratum", "a machine check that no one raised"),
    ("Panic on CPU", "the hypervisor panicked"),
    ("DOUBLE FAULT", "the hypervisor took a double fault"),
)
EMULATOR_SIGNATURES = ("qemu: fatal:", "Assertion `", "tcg fatal error",
                       "ERROR:../")


def _lines(path):
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def died_of_emulator(host):
    """Why this host's fate is the emulator's fault, or None if it is not."""
    for line in _lines(host.emulator_log):
        if any(mark in line for mark in EMULATOR_SIGNATURES):
            return f"{host.name}: QEMU says '{line.strip()}'"
    for line in _lines(host.console_log):
        for mark, meaning in HYPERVISOR_SIGNATURES:
            if "(XEN)" in line and mark in line:
                return f"{host.name}: {meaning}: '{line.strip()}'"
    if host.pid and not host.alive() and not host.killed():
        return f"{host.name}: QEMU ended by itself"
    return None


def retry_once(attempt, what):
    """Run attempt(); run it once more if it died of the emulator.

    Testbed marks an exception that leaves its 'with' block with the reason
    when a host shows a signature. Any other failure is raised as it is, and so
    is that of the second attempt.
    """
    try:
        return attempt()
    except Exception as error:
        reason = getattr(error, "emulator_fault", None)
        if not reason:
            raise
        banner = "*" * 72
        print(f"\n{banner}\n{what} DIED OF THE EMULATOR, not of the code "
              f"under test:\n{reason}\nIt is tried again, once.\n{banner}\n",
              file=sys.stderr, flush=True)
    return attempt()
