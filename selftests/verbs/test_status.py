# SPDX-License-Identifier: GPL-2.0-or-later
"""What "tsmc-agent status" tells of records that a test has written."""
import json

from host import Busy, PHASES, RECORDS, SOURCE_PHASES, agent, forget, told, write_record


def migrations(*words):
    """What it tells programs, by the guest's name."""
    return {one["name"]: one for one in json.loads(told("status", "--json", *words))["migrations"]}


def none():
    """without a record status says so, and ends with 0"""
    assert told("status") == "no migration is on or interrupted here\n"
    assert told("status", "web1") == "no migration of web1 is on or interrupted here\n"
    assert not migrations() and not migrations("web1")


def each_phase():
    """a record of each phase is shown, whether its agent lives or not"""
    with Busy(7) as pid:
        for number, phase in enumerate(PHASES):
            write_record(number, phase, f"on-{phase}", domid=7, pid=pid)
            write_record(number + 100, phase, f"off-{phase}", domid=9, pid=pid)
        found = migrations()
        text = told("status")
    assert len(found) == 2 * len(PHASES), found
    for phase in PHASES:
        on, off = found[f"on-{phase}"], found[f"off-{phase}"]
        assert on["phase"] == off["phase"] == phase
        assert on["side"] == ("source" if phase in SOURCE_PHASES else "target")
        assert on["agent"] == pid and not on["interrupted"] and on["command"] is None, on
        assert off["agent"] is None and off["interrupted"] == (phase != "complete"), off
        assert phase == "complete" or off["command"].endswith(f" off-{phase}"), off
        assert f"on-{phase} " in text and f"off-{phase} " in text, text
    assert text.count("INTERRUPTED") == len(PHASES) - 1, text
    forget()


def one_guest():
    """with a guest's name its migrations are shown, and no other"""
    write_record(1, "given", "web1", domid=3)
    write_record(2, "waiting", "web10", domid=4)
    assert list(migrations("web1")) == ["web1"]
    text = told("status", "web1")
    assert "tsmc-agent recover web1\n" in text and "web10" not in text, text
    assert set(migrations()) == {"web1", "web10"}
    forget()


def agent_ended():
    """an agent that has ended is not taken for one that lives, even if its number is"""
    with Busy(3) as pid:
        write_record(1, "moving", "web1", domid=3, pid=pid)
        assert migrations()["web1"]["agent"] == pid
        write_record(1, "moving", "web1", domid=3, pid=1)
        assert migrations()["web1"]["agent"] is None
    write_record(1, "moving", "web1", domid=3, pid=pid)
    assert migrations()["web1"]["interrupted"]
    forget()


def not_for_others():
    """who may not read the records is told so"""
    write_record(1, "moving", "web1", domid=3)
    RECORDS.chmod(0o700)
    status, said, complaint = agent("status", user=65534)
    assert status == 1 and not said and "as root" in complaint, (status, said, complaint)
    forget()


def usage():
    """what it does not know is bad usage"""
    for words in (["--jsn"], ["a", "b"]):
        status, said, complaint = agent("status", *words)
        assert status == 2 and not said and "usage" in complaint, (words, status, said)


CASES = [none, each_phase, one_guest, agent_ended, not_for_others, usage]
