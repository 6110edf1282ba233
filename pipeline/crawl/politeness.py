"""Whose turn it is at a host, how long to wait, and when to leave it alone."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from pipeline.model import Reason
from pipeline.ports import Gate, HttpTrouble

#: Longest Retry-After that is believed: 88 h has been seen, from a site that was back in minutes.
LONGEST_REST_S: Final = 86_400.0
#: Waits are drawn between one and one and a half times what was asked: never less.
JITTER: Final = 0.5
#: How long a host is left alone when too many URLs have failed in a row; twice as long each time
#: that its first URL afterwards fails too, up to a day.
BREAK_S: Final = 900.0
_MOST_DOUBLINGS: Final = 7

_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


class Rule(StrEnum):
    """Why a request had to wait, or a host was left alone."""

    SEED = "seed"
    CRAWL_DELAY = "crawl-delay"
    CRAWL_DELAY_CUT = "crawl-delay-cut"
    RETRY_AFTER = "retry-after"
    BACKOFF = "backoff"
    BREAKER = "breaker"
    LAST_RUN = "last-run"


@dataclass(frozen=True, slots=True)
class Pace:
    """The least pause between two requests to a host, and who asked for it."""

    delay_s: float
    rule: Rule = Rule.SEED


@dataclass(slots=True)
class Turn:
    """A turn to make one request: the rule that decided when, its pause, the wait it came to."""

    rule: Rule
    delay_s: float
    waited_s: float


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, in either form; None if it asks nothing."""
    value = (value or "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
    else:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(seconds, LONGEST_REST_S) if seconds > 0 else None


def jittered(seconds: float) -> float:
    """Return a wait of at least so many seconds."""
    return seconds * (1 + JITTER * random.random())  # noqa: S311 - spreads load, guards nothing


def break_s(failures: int, give_up_after: int) -> float:
    """Return how long a host is left alone after so many failures in a row; 0: not yet."""
    if failures < give_up_after:
        return 0.0
    doubled = 1 << min(failures - give_up_after, _MOST_DOUBLINGS)
    return min(LONGEST_REST_S, BREAK_S * doubled)


class Host:
    """One registrable domain: one request at a time, and a pause after each.

    The pause counts from the end of a request, so that the site never sees a shorter one. The gate
    is what runs before have left: a rest that is not over, failures in a row.
    """

    def __init__(self, gate: Gate, now: datetime, give_up_after: int, longest_s: float) -> None:
        self.key, self.failures = gate.host, gate.failures
        self.given_up, self.retry_at = "", gate.until
        #: Whether the first URL will show if the host is well again; it gets one try.
        self.on_trial = gate.failures >= give_up_after
        self._turn = asyncio.Lock()
        self._ended = self._rests = float("-inf")
        self._pause_s, self._rest_rule = 0.0, Rule.RETRY_AFTER
        left = (gate.until - now).total_seconds() if gate.until else 0.0
        if left > 0:
            self.rest(left, longest_s, Rule(gate.why))
        else:
            self.retry_at = None

    @asynccontextmanager
    async def turn(self, pace: Pace, deadline: float) -> AsyncIterator[Turn]:
        """Wait for the turn to make one request. `deadline` is in the event loop's time.

        Raises HttpTrouble (HOST_GIVEN_UP, DEADLINE) instead of a wait that is too long.
        """
        clock = asyncio.get_running_loop().time
        asked = clock()
        async with self._turn:
            pause = jittered(pace.delay_s)
            # A rest asked for while we wait makes the wait longer, so it is looked at again.
            while (starts := self._starts(pause, clock(), deadline)) > clock():  # noqa: ASYNC110 - waits for a time, not for an event
                await asyncio.sleep(starts - clock())
            try:
                yield self._granted(pace, pause, clock() - asked)
            finally:
                self._ended, self._pause_s = clock(), pace.delay_s

    def rest(self, seconds: float, longest_s: float, rule: Rule) -> None:
        """Ask nothing for so long; longer than `longest_s` ends the host's part of this run."""
        if seconds > longest_s:
            self.given_up = f"{rule}: {seconds:.0f} s of rest, {longest_s:g} are waited out"
        until = asyncio.get_running_loop().time() + seconds
        if until > self._rests:
            self._rests, self._rest_rule = until, rule

    def failed(self, give_up_after: int, now: datetime) -> Gate:
        """Count a URL that failed for the host's sake; too many in a row end its run."""
        self.failures += 1
        self.on_trial = False
        seconds = break_s(self.failures, give_up_after)
        if seconds:
            self.given_up = self.given_up or f"{self.failures} failures in a row"
            self.retry_at = max(self.retry_at or now, now + timedelta(seconds=seconds))
        return Gate(self.key, self.retry_at, self.failures, self._why(seconds))

    def answered(self) -> bool:
        """Note that the host is well; return whether that is news."""
        news = self.failures > 0
        self.failures, self.on_trial, self.retry_at = 0, False, None
        return news

    def left_s(self) -> float:
        """Return how long from now the host must still be left alone."""
        until = max(self._ended + self._pause_s, self._rests)
        return until - asyncio.get_running_loop().time()

    def _why(self, seconds: float) -> str:
        return Rule.BREAKER if seconds else self._rest_rule

    def _starts(self, pause: float, now: float, deadline: float) -> float:
        """Return when the next request may start."""
        if self.given_up:
            detail = f"{self.key} is left alone: {self.given_up}"
            raise HttpTrouble(Reason.HOST_GIVEN_UP, detail, retry_at=self.retry_at)
        starts = max(self._rests, self._ended + pause)
        if max(now, starts) >= deadline:
            raise HttpTrouble(Reason.DEADLINE, "the run's time is up; due again in the next")
        return starts

    def _granted(self, pace: Pace, pause: float, waited_s: float) -> Turn:
        if self._rests > self._ended + pause:
            return Turn(self._rest_rule, max(pause, self._rests - self._ended), waited_s)
        return Turn(pace.rule, pause, waited_s)
