"""Whose turn it is, how long to wait, and what robots.txt allows (RFC 9309)."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from protego import Protego

from pipeline.model import Reason
from pipeline.ports import Clock, Exchange, HttpTrouble, Ledger
from pipeline.sources import Fetch, Source

#: RFC 9309: 2.4 at most a day old, 2.3.1.4 an older copy serves for 30 days while it cannot be
#: asked for, 2.5 at least 500 KiB are read.
ROBOTS_FRESH: Final = timedelta(hours=24)
ROBOTS_USABLE: Final = timedelta(days=30)
ROBOTS_BYTES: Final = 500 << 10
#: How long a host is left alone whose robots.txt could not be read.
ROBOTS_AGAIN: Final = timedelta(minutes=10)
#: Longest Retry-After that is believed: 88 h has been seen, from a site that was back in minutes.
LONGEST_REST_S: Final = 86_400.0
#: Waits are drawn between one and one and a half times what was asked: never less.
JITTER: Final = 0.5

_TOKEN = re.compile(r"(?:^Mozilla/\S+ \(compatible; *)?([A-Za-z_-]+)")
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_UNREACHABLE: Final = frozenset({
    Reason.NETWORK,
    Reason.TIMEOUT,
    Reason.TOO_LARGE,
    Reason.UNDECODABLE,
})
_TOO_MANY_REQUESTS, _BAD_REQUEST, _SERVER_ERROR = 429, 400, 500


def product_token(agent: str) -> str:
    """Return the name robots.txt files call us by: `newsbot` of `newsbot/1.0 (+https://…)`."""
    match = _TOKEN.match(agent)
    return match[1] if match else agent.split("/", maxsplit=1)[0]


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


class Host:
    """One registrable domain and port: one request at a time, and a pause after each.

    The pause counts from the end of a request, so that the site never sees a shorter one.
    """

    def __init__(self, key: str) -> None:
        self.key, self.given_up = key, ""
        self.retry_at: datetime | None = None
        self._failures, self._turn = 0, asyncio.Lock()
        self._ended = self._rests = float("-inf")

    @asynccontextmanager
    async def turn(self, delay_s: float, deadline: float) -> AsyncIterator[None]:
        """Wait for the turn to make one request. `deadline` is in the event loop's time.

        Raises HttpTrouble (HOST_GIVEN_UP, DEADLINE) instead of a wait that is too long.
        """
        clock = asyncio.get_running_loop().time
        async with self._turn:
            pause = jittered(delay_s)
            # A rest asked for while we wait makes the wait longer, so it is looked at again.
            while (starts := self._starts(pause, clock(), deadline)) > clock():  # noqa: ASYNC110 - waits for a time, not for an event
                await asyncio.sleep(starts - clock())
            try:
                yield
            finally:
                self._ended = clock()

    def rest(self, seconds: float, longest_s: float) -> None:
        """Ask nothing for so long; longer than `longest_s` ends the host's part of this run."""
        if seconds > longest_s:
            self.given_up = f"it asked for {seconds:.0f} s of rest, {longest_s:g} are waited out"
        self._rests = max(self._rests, asyncio.get_running_loop().time() + seconds)

    def failed(self, give_up_after: int) -> None:
        """Count a URL that failed for the host's sake; too many in a row end its run."""
        self._failures += 1
        if self._failures >= give_up_after and not self.given_up:
            self.given_up = f"{self._failures} failures in a row"

    def answered(self) -> None:
        """Note that the host is well."""
        self._failures, self.retry_at = 0, None

    def _starts(self, pause: float, now: float, deadline: float) -> float:
        """Return when the next request may start."""
        if self.given_up:
            detail = f"{self.key} is left alone: {self.given_up}"
            raise HttpTrouble(Reason.HOST_GIVEN_UP, detail, retry_at=self.retry_at)
        starts = max(self._rests, self._ended + pause)
        if max(now, starts) >= deadline:
            raise HttpTrouble(Reason.DEADLINE, "the run's time is up; due again in the next")
        return starts


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to one product token. Without a file everything is allowed."""

    token: str = ""
    parsed: Protego | None = None

    def allows(self, href: str) -> bool:
        """Whether a URL may be asked for."""
        return self.parsed is None or self.parsed.can_fetch(href, self.token)

    def delay_s(self, fetch: Fetch) -> float:
        """Return the pause between requests: the longer of ours and theirs, theirs within reason."""
        asked = self.parsed.crawl_delay(self.token) if self.parsed else None
        return max(fetch.delay_s, min(asked or 0.0, fetch.longest_wait_s))


@lru_cache(maxsize=4096)
def read_rules(status: int, body: bytes, token: str) -> Rules:
    """Return what an answer to /robots.txt means: only a success carries rules."""
    if not _is_success(status):
        return Rules()
    # Byte order marks are common, and would hide the first line from the parser.
    return Rules(token, Protego.parse(body[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace")))


@dataclass(frozen=True, slots=True)
class _Held:
    at: datetime
    status: int = 0
    body: bytes = b""
    trouble: HttpTrouble | None = None


AskRobots = Callable[[str, Source, float], Awaitable[Exchange]]


class RobotsFiles:
    """robots.txt by origin: in memory for the run, in the ledger between runs.

    `ask` follows redirects and waits for turns, without a look at robots rules.
    """

    def __init__(self, ask: AskRobots, ledger: Ledger, now: Clock) -> None:
        self._ask, self._ledger, self._now = ask, ledger, now
        self._held: dict[str, _Held] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def rules(self, origin: str, source: Source, token: str, deadline: float) -> Rules:
        """Return what an origin asks of us.

        Raises HttpTrouble: HOST_GIVEN_UP if its rules cannot be known now, for then nothing may be
        asked; or why its address cannot be asked at all.
        """
        async with self._locks[origin]:
            held = self._held.get(origin)
            if held is None or not self._is_fresh(held):
                held = self._held[origin] = await self._renewed(origin, source, deadline)
        if held.trouble:
            raise held.trouble
        return read_rules(held.status, held.body, token)

    def _is_fresh(self, held: _Held) -> bool:
        return self._now() - held.at < (ROBOTS_AGAIN if held.trouble else ROBOTS_FRESH)

    async def _renewed(self, origin: str, source: Source, deadline: float) -> _Held:
        stored = self._ledger.robots(origin)
        if stored and self._now() - stored[0] < ROBOTS_FRESH:
            return _Held(*stored)
        try:
            answer = await self._ask(f"{origin}/robots.txt", source, deadline)
        except HttpTrouble as trouble:
            if trouble.reason == Reason.REDIRECT_LOOP:
                return _Held(self._now(), _BAD_REQUEST)  # unavailable, RFC 9309 2.3.1.2
            if trouble.reason not in _UNREACHABLE:
                raise
            return self._unreachable(origin, stored, trouble.detail)
        if _is_unwell(answer.status):
            return self._unreachable(origin, stored, f"it answered {answer.status}")
        body = answer.body[:ROBOTS_BYTES] if _is_success(answer.status) else b""
        self._ledger.keep_robots(origin, self._now(), answer.status, body)
        return _Held(self._now(), answer.status, body)

    def _unreachable(
        self, origin: str, stored: tuple[datetime, int, bytes] | None, why: str
    ) -> _Held:
        now = self._now()
        if stored and now - stored[0] < ROBOTS_USABLE:
            return _Held(now, *stored[1:])
        detail = f"{origin}/robots.txt cannot be read ({why}), so nothing may be asked"
        return _Held(now, trouble=HttpTrouble(Reason.HOST_GIVEN_UP, detail))


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's own classes


def _is_unwell(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR
