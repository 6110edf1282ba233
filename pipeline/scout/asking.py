"""A bounded number of polite requests to one site, each address once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipeline.crawl.fetch import Fetcher
from pipeline.crawl.listings import MAX_BYTES
from pipeline.crawl.robots import read_rules
from pipeline.model import Fetched, Link
from pipeline.ports import Due, Ports
from pipeline.sources import Source
from pipeline.urls import address_of, url_key

#: What a look at a site may cost it, robots.txt and tdmrep.json beside.
MOST_REQUESTS: Final = 60
#: A pause that whoever waits should know of.
_FELT_S: Final = 5.0


@dataclass(slots=True)
class Asking:
    """Asks through the polite fetcher; `tell` hears what is being asked."""

    fetcher: Fetcher
    ports: Ports
    source: Source
    deadline: datetime
    tell: Callable[[str], None] = lambda _: None
    most: int = MOST_REQUESTS
    asked: int = 0
    _answers: dict[str, Fetched] = field(default_factory=dict)

    async def listing(self, url: str) -> Fetched | None:
        """Ask for what may be a listing; None if no more may be asked."""
        return await self._get(url, "listing")

    async def page(self, url: str) -> Fetched | None:
        """Ask for a page, and whether the site opts out of its use; None if no more may be asked."""
        return await self._get(url, "page")

    async def _get(self, url: str, kind: str) -> Fetched | None:
        if url in self._answers:
            return self._answers[url]
        if self.asked >= self.most:
            return None
        self.asked += 1
        self.tell(f"{self.asked} of at most {self.most}{self._pause(url)}: {url}")
        due = Due(link=link_to(url, self.source, self.ports.now()))
        limit = MAX_BYTES if kind == "listing" or not self._answers else 0
        answer = await self.fetcher.get(
            due, self.source, deadline=self.deadline, max_bytes=limit, kind=kind
        )
        self._answers[url] = answer
        return answer

    def _pause(self, url: str) -> str:
        """Say how long the site wants to be left alone in between, if that is felt."""
        stored = self.ports.ledger.robots(address_of(url).origin)
        token = self.fetcher.token(self.source)
        asked_s = read_rules(stored[1], stored[2], token).crawl_delay_s if stored else 0.0
        if asked_s < _FELT_S:
            return ""
        return f", {min(asked_s, self.source.fetch.longest_wait_s):g} s apart as robots.txt asks"


def link_to(url: str, source: Source, now: datetime) -> Link:
    """Return the link to an address that is looked at, not crawled."""
    key = url_key(url)
    return Link(
        source=source.id, url=url, url_key=key, found_at=now, found_in="new", found_via="seed"
    )
