"""Listings that are due -> polls: what each answered, the links it gave, what to remember."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.crawl.fetch import Fetcher
from pipeline.crawl.listings import MAX_BYTES, Reading, read_listing
from pipeline.crawl.parallel import merged
from pipeline.crawl.site import is_own_host
from pipeline.crawl.sitemaps import recent
from pipeline.model import Fetched, Link, Miss, Page, Reason
from pipeline.ports import Due, ListingState, Ports
from pipeline.sources import Source
from pipeline.urls import address_of, url_key

#: Levels of sitemap indexes below a listing.
MAX_LEVELS: Final = 3
#: A listing is due a little before its time, or an hourly run that starts a second early skips it.
_SLACK: Final = 0.9
#: A listing that fails is asked less and less often, but never given up: feeds come back.
_MOST_PATIENCE: Final = 12


@dataclass(frozen=True, slots=True)
class Poll:
    """One listing asked once: its response, its links, and its state for the ledger.

    Links and state are remembered together: validators without their links would lose them.
    """

    fetched: Fetched
    links: tuple[Link, ...]
    state: ListingState


async def discover(
    sources: Mapping[str, Source], fetcher: Fetcher, ports: Ports
) -> AsyncGenerator[Poll]:
    """Ask the listings that are due, site by site in parallel; one poll for each that was asked.

    A listing that fails is a poll whose state says why; the others go on.
    """
    walks = [_walk(source, fetcher, ports) for source in sources.values()]
    async with aclosing(merged(walks, fetcher.room)) as polls:
        async for poll in polls:
            yield poll


async def _walk(source: Source, fetcher: Fetcher, ports: Ports) -> AsyncGenerator[Poll]:
    """Ask a source's listings and what their indexes lead to."""
    known = ports.ledger.listings(source.id)
    asked: set[str] = set()
    ahead = [(listing.url, "seed", 0) for listing in source.listings]
    while ahead:
        url, found_in, level = ahead.pop(0)
        state = known.get(url) or ListingState(url=url, source=source.id)
        if url in asked or (level == 0 and not _is_due(state, source, ports.now())):
            continue
        asked.add(url)
        poll, children = await _poll(source, state, found_in, fetcher, ports)
        yield poll
        if level < MAX_LEVELS:
            ahead += [(child, url, level + 1) for child in children]


def _is_due(state: ListingState, source: Source, now: datetime) -> bool:
    if state.checked_at is None:
        return True
    patience = 1 + min(state.failures, _MOST_PATIENCE)
    wait = timedelta(minutes=source.every_minutes * patience * _SLACK)
    return now - state.checked_at >= wait


async def _poll(
    source: Source, state: ListingState, found_in: str, fetcher: Fetcher, ports: Ports
) -> tuple[Poll, list[str]]:
    """Ask one listing; return its poll and the children it names, if it is an index."""
    now = ports.now()
    link = Link(
        source=source.id,
        url=state.url,
        url_key=url_key(state.url),
        found_at=now,
        found_in=found_in,
        found_via="seed" if found_in == "seed" else "sitemap",
    )
    # The first poll of a day asks for the whole: there are servers that answer 304 for ever.
    trusted = state.checked_at is not None and state.checked_at.date() == now.date()
    due = Due(
        link=link,
        etag=state.etag if trusted else None,
        last_modified=state.last_modified if trusted else None,
    )
    fetched = await fetcher.get(due, source, max_bytes=MAX_BYTES)
    if isinstance(fetched, Miss):
        return _missed(fetched, state, ports.now()), []
    if fetched.digest == state.body_sha256:
        return Poll(fetched, (), _answered(fetched, state, ports.now())), []
    # A large sitemap is seconds of work: beside the event loop, or it would look like a slow site.
    return await asyncio.to_thread(_read, fetched, state, source, ports.now())


def _missed(miss: Miss, state: ListingState, now: datetime) -> Poll:
    if miss.reason == Reason.NOT_MODIFIED:
        return Poll(miss, (), replace(state, checked_at=now, failures=0, detail=""))
    return Poll(miss, (), _failed(state, f"{miss.reason}: {miss.detail}", now))


def _failed(state: ListingState, detail: str, now: datetime) -> ListingState:
    return replace(state, checked_at=now, failures=state.failures + 1, detail=detail)


def _answered(page: Page, state: ListingState, now: datetime) -> ListingState:
    is_new = page.digest != state.body_sha256
    return replace(
        state,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        body_sha256=page.digest,
        checked_at=now,
        changed_at=now if is_new else state.changed_at,
        failures=0,
        detail="",
    )


def _read(page: Page, state: ListingState, source: Source, now: datetime) -> tuple[Poll, list[str]]:
    content_type, zone = page.header("content-type"), ZoneInfo(source.timezone)
    reading = read_listing(page.body, content_type, page.final_url, zone)
    if reading.problem:
        return Poll(page, (), _failed(state, reading.problem, now)), []
    links = tuple(_links(reading, source, state.url, now))
    after = _answered(page, state, now)
    if left_out := len(reading.entries) - len(links):
        after = replace(after, detail=f"{left_out} of {len(reading.entries)} links left out")
    if reading.children:
        # Nothing is remembered of an index but that it answered: it may stay as it is while its
        # children change, so it is read in full every time.
        after = replace(after, etag=None, last_modified=None, body_sha256=None)
    children = [child.url for child in recent(reading.children) if _is_own(source, child.url)]
    return Poll(page, links, after), children


def _links(reading: Reading, source: Source, found_in: str, now: datetime) -> Iterable[Link]:
    """Yield what may be articles of the source, each URL once."""
    seen: set[str] = set()
    for entry in reading.entries:
        key = url_key(entry.url)
        if key not in seen and is_wanted(source, entry.url):
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


def is_wanted(source: Source, url: str) -> bool:
    """Whether a listed URL may be an article of the source: its site, `include` and `exclude`."""
    if not _is_own(source, url) or url_key(url) == _home_key(source.home):
        return False
    if source.include and not any(re.search(pattern, url) for pattern in source.include):
        return False
    return not any(re.search(pattern, url) for pattern in source.exclude)


@lru_cache(maxsize=1024)
def _home_key(home: str) -> str:
    return url_key(home)


def _is_own(source: Source, url: str) -> bool:
    try:
        address = address_of(url)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and is_own_host(source, address.host)
