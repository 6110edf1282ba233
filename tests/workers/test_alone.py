"""One page for a person who waits: within a worker's limits, in a process that is there at once."""

from __future__ import annotations

import os
import re
import signal

import pytest

from pipeline.errors import FixSeed
from pipeline.model import Reason
from pipeline.workers import Limits
from pipeline.workers.alone import answers_of
from pipeline.workers.ends import reason_of

LIMITS = Limits(workers=1, page_seconds=0.5, page_bytes=60_000_000)


def spin():
    re.match(r"(a+)+b", "a" * 60)


def hoard():
    return len([bytearray(10_000_000) for _ in range(200)])


def crash():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    msg = "a mistake of ours"
    raise RuntimeError(msg)


def seedless():
    msg = "lantern.yml: extract.boilerplate: wrong"
    raise FixSeed(msg)


def test_answers_come_from_another_process():
    assert answers_of([os.getpid, lambda: "calm"], LIMITS)[0] != [os.getpid(), "calm"]
    assert answers_of([os.getpid], Limits(workers=0)) == ([os.getpid()], 0)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (spin, Reason.TOO_SLOW),
        (hoard, Reason.TOO_LARGE),
        (crash, Reason.EXTRACTOR_FAILED),
        (fail, Reason.EXTRACTOR_FAILED),
    ],
)
def test_what_a_step_costs_too_much_for_has_a_reason(step, reason):
    answers, how = answers_of([lambda: "before", step, lambda: "after"], LIMITS)
    assert answers == ["before"]
    assert reason_of(how, LIMITS)[0] == reason


def test_an_operators_trouble_is_raised_here():
    with pytest.raises(FixSeed, match="wrong"):
        answers_of([seedless], LIMITS)
    with pytest.raises(FixSeed, match="wrong"):
        answers_of([lambda: 1, seedless], LIMITS)
