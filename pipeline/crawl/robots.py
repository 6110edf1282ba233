"""robots.txt: whether a URL may be asked for, how often, and which copy of it says so (RFC 9309)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from protego import Protego

from pipeline.crawl.politeness import Pace, Rule
from pipeline.model import Reason
from pipeline.ports import Exchange, HttpTrouble, Ports
from pipeline.sources import Fetch, Source

#: RFC 9309: 2.4 at most a day old, 2.3.1.4 an older copy serves for 30 days while it cannot be
#: asked for, 2.5 at least 500 KiB are read.
ROBOTS_FRESH: Final = timedelta(hours=24)
ROBOTS_USABLE: Final = timedelta(days=30)
ROBOTS_BYTES: Final = 500 << 10
#: How long a host is left alone whose robots.txt could not be read.
ROBOTS_AGAIN: Final = timedelta(minutes=10)

_TOKEN = re.compile(r"(?:^Mozilla/\S+ \(compatible; *)?([A-Za-z_-]+)")
_TOO_MANY_REQUESTS, _BAD_REQUEST, _SERVER_ERROR = 429, 400, 500
_UNREACHABLE: Final = frozenset({
    *(Reason.NETWORK, Reason.TIMEOUT, Reason.TOO_LARGE, Reason.UNDECODABLE),
})


@lru_cache(maxsize=256)
def product_token(agent: str) -> str:
    """Return the name robots.txt files call us by: `newsbot` of `newsbot/1.0 (+https://…)`."""
    match = _TOKEN.match(agent)
    return match[1] if match else agent.split("/", maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to one product token. Without a file everything is allowed."""

    token: str = ""
    parsed: Protego | None = None
    body: bytes = b""
    digest: str | None = None

    def allows(self, href: str) -> bool:
        """Whether a URL may be asked for."""
        return self.parsed is None or self.parsed.can_fetch(href, self.token)

    @property
    def crawl_delay_s(self) -> float:
        """The pause between requests that it asks for; 0 if it asks for none."""
        return max(0.0, (self.parsed.crawl_delay(self.token) if self.parsed else None) or 0.0)

    def pace(self, fetch: Fetch) -> Pace:
        """Return the pause between requests: the longer of ours and theirs, theirs within reason."""
        asked = self.crawl_delay_s
        if asked > max(fetch.delay_s, fetch.longest_wait_s):
            return Pace(max(fetch.delay_s, fetch.longest_wait_s), Rule.CRAWL_DELAY_CUT)
        if asked > fetch.delay_s:
            return Pace(asked, Rule.CRAWL_DELAY)
        return Pace(fetch.delay_s)


@lru_cache(maxsize=4096)
def read_rules(status: int, body: bytes, token: str) -> Rules:
    """Return what an answer to /robots.txt means: only a success carries rules."""
    if not _is_success(status):
        return Rules(token)
    # Byte order marks are common, and would hide the first line from the parser.
    text = body[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
    return Rules(token, Protego.parse(text), body, hashlib.sha256(body).hexdigest())


@dataclass(frozen=True, slots=True)
class Copy:
    """The robots.txt that a decision rests on: when it was had, its answer.

    `tried_at` is when it was last asked for; an older copy serves while it cannot be had.
    """

    at: datetime
    status: int = 0
    body: bytes = b""
    trouble: HttpTrouble | None = None
    tried_at: datetime | None = None


AskFile = Callable[[str, Source, float], Awaitable[Exchange]]


class RobotsFiles:
    """robots.txt by origin: in memory for the run, in the ledger between runs, in the lake for good.

    `ask` follows redirects and waits for turns, without a look at robots rules.
    """

    def __init__(self, ask: AskFile, ports: Ports) -> None:
        self._ask, self._ports = ask, ports
        self._held: dict[str, Copy] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def held(self, origin: str, token: str) -> tuple[Rules, datetime] | None:
        """Return what `rules` would, if it is at hand."""
        held = self._held.get(origin)
        if held is None or held.trouble or not self._is_fresh(held):
            return None
        return read_rules(held.status, held.body, token), held.at

    async def rules(
        self, origin: str, source: Source, token: str, deadline: float
    ) -> tuple[Rules, datetime]:
        """Return what an origin asks of us, and when it said so.

        Raises HttpTrouble: HOST_GIVEN_UP if its rules cannot be known now, for then nothing may be
        asked; or why its address cannot be asked at all.
        """
        async with self._locks[origin]:
            held = self._held.get(origin)
            if held is None or not self._is_fresh(held):
                held = self._held[origin] = await self._renewed(origin, source, deadline)
        if held.trouble:
            raise held.trouble
        return read_rules(held.status, held.body, token), held.at

    def _is_fresh(self, held: Copy) -> bool:
        now = self._ports.now()
        if held.tried_at:
            return now - held.tried_at < ROBOTS_AGAIN
        return now - held.at < ROBOTS_FRESH

    async def _renewed(self, origin: str, source: Source, deadline: float) -> Copy:
        stored = self._ports.ledger.robots(origin)
        if stored and self._ports.now() - stored[0] < ROBOTS_FRESH:
            return Copy(*stored)
        url = f"{origin}/robots.txt"
        try:
            answer = await self._ask(url, source, deadline)
        except HttpTrouble as trouble:
            if trouble.reason == Reason.REDIRECT_LOOP:
                return Copy(self._ports.now(), _BAD_REQUEST)  # unavailable, RFC 9309 2.3.1.2
            if trouble.reason not in _UNREACHABLE:
                raise
            return self._unreachable(origin, stored, f"{trouble.reason}: {trouble.detail}")
        if _is_unwell(answer.status):
            return self._unreachable(origin, stored, f"it answered {answer.status}")
        body = answer.body[:ROBOTS_BYTES] if _is_success(answer.status) else b""
        copy = Copy(self._ports.now(), answer.status, body)
        self._ports.ledger.keep_robots(origin, copy.at, copy.status, copy.body)
        if body:
            await asyncio.to_thread(self._archive, body)
        return copy

    def _archive(self, body: bytes) -> None:
        """Keep a copy under its digest: years later it must still show what a decision rests on."""
        self._ports.store.create(copy_key(hashlib.sha256(body).hexdigest()), body, "text/plain")

    def _unreachable(
        self, origin: str, stored: tuple[datetime, int, bytes] | None, why: str
    ) -> Copy:
        now = self._ports.now()
        if stored and now - stored[0] < ROBOTS_USABLE:
            return Copy(*stored, tried_at=now)
        detail = f"{origin}/robots.txt cannot be read ({why}), so nothing may be asked"
        trouble = HttpTrouble(Reason.HOST_GIVEN_UP, detail, retry_at=now + ROBOTS_AGAIN)
        return Copy(now, trouble=trouble, tried_at=now)


def copy_key(digest: str) -> str:
    """Return where in the lake a copy of a robots.txt lies."""
    return f"robots/{digest}.txt"


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's own classes


def _is_unwell(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR
