"""The feeds and sitemaps of a site, each asked for and really read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from pipeline.crawl.entries import Entry
from pipeline.crawl.listings import Reading, read_listing
from pipeline.crawl.site import is_own
from pipeline.crawl.sitemaps import Child, recent
from pipeline.model import Miss, Page
from pipeline.scout.asking import Asking
from pipeline.scout.candidates import Measured, is_of_articles, measure
from pipeline.scout.clues import Candidate
from pipeline.scout.zones import stated_in

#: Addresses that are asked in search of listings, and sitemaps of one index that are read.
MOST_LISTINGS: Final = 18
MOST_CHILDREN: Final = 3
_MOST_DIRECT: Final = 5
#: Guesses whose failure tells nothing.
_GUESSES: Final = frozenset({"known path", "link on a page"})


class ListingSearch:
    """What was found so far. A document that answers at two addresses counts once."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._documents: set[str] = set()
        self._tried: set[str] = set()
        self.found: list[Measured] = []
        #: Dates with offsets, as the listings wrote them.
        self.stated: list[tuple[datetime, str]] = []

    async def look(self, candidates: Iterable[Candidate]) -> None:
        """Ask for candidates: news sitemaps first, as long as there are requests for it."""
        for candidate in sorted(candidates, key=lambda one: "news" not in one.url.lower()):
            if len(self._tried) < MOST_LISTINGS and candidate.url not in self._tried:
                self._tried.add(candidate.url)
                self.found += await self._verified(candidate)

    def has(self, *kinds: str) -> bool:
        """Whether a listing of these kinds was found that lists something of the site."""
        return any(one.entries and not one.problem and one.via in kinds for one in self.found)

    async def take(self, page: Page, candidate: Candidate) -> Measured | None:
        """Read a page that came anyway as a listing; None if it is none."""
        if _read(page).problem:
            return None
        before = len(self.found)
        await self.look([candidate])  # asked for already: it is not asked again
        return self.found[before] if len(self.found) > before else None

    async def _verified(self, candidate: Candidate) -> list[Measured]:
        fetched = await self._asking.listing(candidate.url)
        is_guess = candidate.how in _GUESSES
        if fetched is None:
            return []
        if isinstance(fetched, Miss):
            problem = f"{fetched.reason}: {fetched.detail}"
            return [] if is_guess else [Measured(candidate, candidate.url, problem=problem)]
        if fetched.digest in self._documents:
            return []
        self._documents.add(fetched.digest)
        reading = self._read(fetched)
        if reading.problem:
            one = Measured(candidate, candidate.url, problem=reading.problem)
            return [] if is_guess else [one]
        if reading.children and not reading.entries:
            return await self._index(candidate, reading.children)
        source = self._asking.source
        return [measure(candidate, candidate.url, reading.via, reading.entries, source)]

    async def _index(self, candidate: Candidate, children: Sequence[Child]) -> list[Measured]:
        own = [child for child in children if is_own(self._asking.source, child.url)]
        wanted = [child for child in own if is_of_articles(child.url)]
        if not wanted:
            return [Measured(candidate, candidate.url, "index", problem="it leads to no articles")]
        if len(wanted) < len(own) and len(wanted) <= _MOST_DIRECT and not any(map(_rolls, wanted)):
            # Its other sitemaps would be asked with it: those of articles are listed by themselves.
            found = []
            for child in wanted:
                how = f"sitemap index {candidate.url}"
                found += await self._verified(Candidate(child.url, how))
            return found
        entries: list[Entry] = []
        for child in recent(wanted)[:MOST_CHILDREN]:
            entries += await self._entries(child)
        return [measure(candidate, candidate.url, "index", entries, self._asking.source)]

    async def _entries(self, child: Child, level: int = 1) -> list[Entry]:
        fetched = await self._asking.listing(child.url)
        if fetched is None or isinstance(fetched, Miss):
            return []
        self._documents.add(fetched.digest)
        reading = self._read(fetched)
        found = list(reading.entries)
        if reading.children and level == 1:
            for grandchild in recent(reading.children)[:1]:
                found += await self._entries(grandchild, level + 1)
        return found

    def _read(self, page: Page) -> Reading:
        self.stated += stated_in(page.body)
        return _read(page)


def _read(page: Page) -> Reading:
    """Read a listing; of a plain sitemap with one date for all links the date says nothing."""
    reading = read_listing(page.body, page.header("content-type"), page.final_url, UTC)
    dates = {entry.modified_at for entry in reading.entries}
    if reading.via == "sitemap" and len(reading.entries) > 1 and len(dates) == 1:
        undated = tuple(replace(entry, modified_at=None) for entry in reading.entries)
        return replace(reading, entries=undated)
    return reading


def _rolls(child: Child) -> bool:
    """Whether a sitemap's name has a number: the next ones will have others."""
    return bool(re.search(r"\d", urlsplit(child.url).path + urlsplit(child.url).query))
