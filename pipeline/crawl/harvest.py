"""What a listing gave: links of its pages that are wanted, and what is new or missing of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.crawl import polling
from pipeline.crawl.listings import Reading, read_listing
from pipeline.crawl.site import is_wanted
from pipeline.model import Fetched, Link, Miss, Page, Reason, is_passing
from pipeline.ports import ListingState
from pipeline.sources import Listing, ListingKind, Source
from pipeline.urls import url_key


@dataclass(frozen=True, slots=True)
class Read:
    """One page of a listing. `listed` and `news` are URL keys: of all entries, of new links."""

    fetched: Fetched
    reading: Reading = field(default_factory=Reading)
    links: tuple[Link, ...] = ()
    listed: frozenset[str] = frozenset()
    news: frozenset[str] = frozenset()

    @property
    def body(self) -> Page:
        """The response, which had a body."""
        assert isinstance(self.fetched, Page)
        return self.fetched


class Harvest:
    """What a listing gave in one poll, all its pages together."""

    def __init__(self, first: Read, listing: Listing) -> None:
        self.first, self._listing = first, listing
        self.listed: set[str] = set()
        self.news: set[str] = set()
        self._pages, self._entries, self._links = 0, 0, 0
        self._dates: list[datetime] = []
        self.add(first)

    def add(self, page: Read) -> None:
        """Count a page in."""
        self._last = page
        self._pages += 1
        self._entries += len(page.reading.entries)
        self._links += len(page.links)
        self.listed |= page.listed
        self.news |= page.news
        self._dates += [link.published_at for link in page.links if link.published_at]

    @property
    def unfinished(self) -> Miss | None:
        """Why a further page was not read that may be there another time; None if none is."""
        miss = self._last.fetched
        passing = isinstance(miss, Miss) and is_passing(miss.reason, miss.status)
        return miss if isinstance(miss, Miss) and passing else None

    @property
    def detail(self) -> str:
        """A line about what was left out, or where it ended early; empty if there is nothing."""
        parts = []
        if left_out := self._entries - self._links:
            parts.append(f"{left_out} of {self._entries} links left out")
        miss = self._last.fetched
        if isinstance(miss, Miss) and miss.reason != Reason.GONE:
            parts.append(f"page {self._pages}: {miss.reason}: {miss.detail}")
        return "; ".join(parts)

    def is_gap(self, state: ListingState) -> bool:
        """Whether articles may have come and gone since the listing was read before."""
        if not self._listing.pages:
            return polling.is_gap(state, self.listed)
        exhausted = self._pages == self._listing.max_pages and bool(self._last.news)
        return exhausted and bool(state.window) and self.listed.isdisjoint(state.window)

    def gap_line(self, before: ListingState, after: ListingState) -> str:
        """Say which two windows have nothing in common."""
        oldest = f", the oldest of {_time(min(self._dates))}" if self._dates else ""
        return (
            f"gap: none of the {len(self.listed)} links of {_time(after.checked_at)}{oldest} is "
            f"among the {len(before.window)} of {_time(before.whole_at)}; what was listed between "
            f"is missed. It is asked every {(after.interval_s or 0) // 60} minutes from now on"
        )


def reading_of(page: Page, source: Source, listing: Listing) -> Reading:
    """Read a page of a listing, as its seed says."""
    reading = read_listing(
        page.body,
        page.header("content-type"),
        page.final_url,
        ZoneInfo(source.timezone),
        re.compile(listing.article) if listing.article else None,
    )
    empty = not (reading.problem or reading.entries)
    if listing.kind is ListingKind.SECTION and empty:
        return replace(reading, problem="none of its links matches the `article` of the seed")
    return reading


def keys_of(reading: Reading) -> list[str]:
    """Return the URL key of each entry: the dearest part of a poll, so made once."""
    return [url_key(entry.url) for entry in reading.entries]


def links_of(
    reading: Reading, keys: Sequence[str], source: Source, found_in: str, now: datetime
) -> Iterator[Link]:
    """Yield what may be articles of the source, each URL once. `keys` are those of the entries."""
    seen: set[str] = set()
    for entry, key in zip(reading.entries, keys, strict=True):
        if key not in seen and is_wanted(source, entry.url, key):
            seen.add(key)
            yield Link(
                source=source.id,
                url=entry.url,
                url_key=key,
                found_at=now,
                found_in=found_in,
                found_via=reading.via,
                title=entry.title,
                published_at=entry.published_at,
                modified_at=entry.modified_at,
                authors=entry.authors,
                words=entry.words,
            )


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "an earlier run"
