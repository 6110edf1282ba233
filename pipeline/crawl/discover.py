"""Listings that are due -> polls: what each answered, the links it gave, what to remember."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pipeline.crawl import polling
from pipeline.crawl.fetch import Fetcher
from pipeline.crawl.floors import Floors
from pipeline.crawl.harvest import Harvest, Read, keys_of, links_of, reading_of
from pipeline.crawl.hubs import advertised
from pipeline.crawl.listings import MAX_BYTES, Reading
from pipeline.crawl.parallel import merged
from pipeline.crawl.pushes import NoPush, Push, read_push, set_aside, waiting
from pipeline.crawl.site import is_own
from pipeline.crawl.sitemaps import recent
from pipeline.model import Fetched, Link, Miss, Page, Reason
from pipeline.ports import Due, ListingState, Ports
from pipeline.sources import Listing, Source
from pipeline.urls import url_key

#: Levels of sitemap indexes below a listing.
MAX_LEVELS: Final = 3
_SECOND: Final = 2


@dataclass(frozen=True, slots=True)
class Poll:
    """One listing asked once: its response, its links, and its state for the ledger.

    Links and state are remembered together: validators without their links would lose them. So a
    section that goes on for several pages has its state (else None) in the poll of the last one.
    `gap` is a line that says what may have been missed since the listing was asked before. `inbox`
    is where it waited, if it was not asked for but pushed.
    """

    fetched: Fetched
    links: tuple[Link, ...]
    state: ListingState | None
    gap: str = ""
    inbox: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A listing on the way through a source: of its seed, or a sitemap that an index leads to.

    `stated` is when the index says it changed.
    """

    url: str
    listing: Listing
    found_in: str = "seed"
    level: int = 0
    stated: datetime | None = None


async def discover(
    sources: Mapping[str, Source],
    fetcher: Fetcher,
    ports: Ports,
    tell: Callable[[str], None] = lambda _: None,
) -> AsyncGenerator[Poll]:
    """Ask the listings that are due, site by site in parallel; one poll for each that was asked.

    A listing that fails is a poll whose state says why; the others go on. What hubs have pushed
    comes first; `tell` hears of what lies there and is no push.
    """
    inbox = waiting(ports.store)
    floors = Floors(sources, ports, fetcher.token)
    walks = [
        _Walk(source, fetcher, ports, floors, tell).polls(inbox.get(key, ()))
        for key, source in sources.items()
    ]
    async with aclosing(merged(walks, fetcher.room)) as polls:
        async for poll in polls:
            yield poll


class _Walk:
    """A source's listings, one after the other, and what their indexes lead to."""

    def __init__(
        self,
        source: Source,
        fetcher: Fetcher,
        ports: Ports,
        floors: Floors,
        tell: Callable[[str], None],
    ) -> None:
        self._source, self._fetcher, self._ports = source, fetcher, ports
        self._floors, self._tell = floors, tell

    async def polls(self, pushes: Sequence[str] = ()) -> AsyncGenerator[Poll]:
        """Ask what is due. An index that is not, or stays the same, hides no child that is."""
        known = dict(self._ports.ledger.listings(self._source.id))
        async for poll in self._pushed(pushes, known):
            yield poll
        passed: set[str] = set()
        ahead = deque(_Place(listing.url, listing) for listing in self._source.listings)
        while ahead:
            place = ahead.popleft()
            if place.url in passed:
                continue
            passed.add(place.url)
            state = known.get(place.url) or ListingState(url=place.url, source=self._source.id)
            if self._is_due(place, state):
                async for poll in self._poll(place, state):
                    state = poll.state or state
                    yield poll
            if place.level < MAX_LEVELS:
                ahead.extend(_children(place, state))

    async def _pushed(
        self, keys: Sequence[str], known: dict[str, ListingState]
    ) -> AsyncGenerator[Poll]:
        """Read what hubs have pushed, noting in `known` what it says of its listings."""
        for key in keys:
            push = await asyncio.to_thread(self._read_push, key, known)
            if push is not None:
                if push.state:
                    known[push.state.url] = push.state
                yield Poll(push.page, push.links, push.state, inbox=push.key)

    def _read_push(self, key: str, known: Mapping[str, ListingState]) -> Push | None:
        store = self._ports.store
        try:
            return read_push(store, key, self._source, known)
        except NoPush:
            aside = set_aside(store, key)
            self._tell(f"{self._source.id}: {key} is no push: set aside as {aside}; who wrote it?")
            return None

    def _is_due(self, place: _Place, state: ListingState) -> bool:
        selection = polling.selection_of(self._source, place.listing)
        now, floor = self._ports.now(), self._floors.of(place.url, self._source)
        if place.level:
            return polling.is_child_due(
                state, place.stated, self._source, now, selection, floor=floor
            )
        return polling.is_due(state, self._source, now, selection, floor)

    async def _poll(self, place: _Place, state: ListingState) -> AsyncGenerator[Poll]:
        """Ask one listing, and the further pages of a section as long as they have new links."""
        state = polling.selecting(state, polling.selection_of(self._source, place.listing))
        trusted = polling.is_trusted(state, self._ports.now())
        fetched = await self._ask(place.url, place, state if trusted else None)
        if isinstance(fetched, Miss):
            yield Poll(fetched, (), self._missed(fetched, place, state))
            return
        if fetched.digest == state.body_sha256:
            yield Poll(fetched, (), self._unchanged(fetched, place, state))
            return
        # A large sitemap is seconds of work: beside the event loop, or it looks like a slow site.
        read = await asyncio.to_thread(self._read, fetched, place, state)
        if read.reading.problem:
            now = self._ports.now()
            yield Poll(fetched, (), polling.failed(state, self._source, now, read.reading.problem))
            return
        harvest = Harvest(read, place.listing)
        async for page in self._further(place, state, read):
            yield Poll(read.fetched, read.links, None)
            harvest.add(page)
            read = page
        after, gap = self._taken(harvest, place, state)
        yield Poll(read.fetched, read.links, after, gap)

    async def _further(
        self, place: _Place, state: ListingState, read: Read
    ) -> AsyncGenerator[Read]:
        """Ask for page after page, until one has nothing new, or says that it is one before."""
        passed, known = {read.reading.page}, set(read.news)
        last = place.listing.max_pages if place.listing.pages else 1
        for number in range(_SECOND, last + 1):
            if not read.news:
                return
            url = str(place.listing.pages).replace("{n}", str(number))
            fetched = await self._ask(url, place, None)
            if isinstance(fetched, Miss):
                yield Read(fetched)
                return
            read = await asyncio.to_thread(self._read, fetched, place, state)
            again = read.reading.page in passed
            read = replace(read, news=frozenset() if again else read.news - known)
            passed.add(read.reading.page)
            known |= read.news
            yield read

    async def _ask(self, url: str, place: _Place, state: ListingState | None) -> Fetched:
        """Ask for a page of a listing, with the validators of a state, if one is given."""
        link = Link(
            source=self._source.id,
            url=url,
            url_key=url_key(url),
            found_at=self._ports.now(),
            found_in=place.found_in,
            found_via="sitemap" if place.level else "seed",
        )
        etag, changed = (state.etag, state.last_modified) if state else (None, None)
        due = Due(link=link, etag=etag, last_modified=changed)
        return await self._fetcher.get(due, self._source, max_bytes=MAX_BYTES)

    def _read(self, page: Page, place: _Place, state: ListingState) -> Read:
        """Read what a page lists, and which links of it the source has not found before."""
        reading = reading_of(page, self._source, place.listing)
        listed = keys_of(reading)
        links = tuple(links_of(reading, listed, self._source, place.url, self._ports.now()))
        keys = {link.url_key for link in links}
        # Only what was found before it was last read to its end is old: a run may have been killed
        # between two pages. What was pushed is old, too: it is in the window.
        by = state.whole_at
        known = self._ports.ledger.known(self._source.id, keys, by) if by else frozenset()
        return Read(
            page, reading, links, frozenset(listed), frozenset(keys - known - {*state.window})
        )

    def _taken(
        self, harvest: Harvest, place: _Place, state: ListingState
    ) -> tuple[ListingState, str]:
        """Return the state after a listing was read to its end, and a line about a gap, if any."""
        now, source = self._ports.now(), self._source
        if trouble := harvest.unfinished:
            return polling.failed(state, source, now, harvest.detail, trouble), ""
        gap = harvest.is_gap(state)
        children = _followed(source, harvest.first.reading)
        news = bool(harvest.news) or children != state.children
        after = self._answered(state, place, news=news, gap=gap)
        after = replace(
            self._validated(harvest.first.body, place, state, after),
            changed_at=now,
            window=polling.sample(harvest.listed),
            widest=max(len(harvest.listed), state.widest),
            children=children,
            detail=harvest.detail,
        )
        return after, harvest.gap_line(state, after) if gap else ""

    def _missed(self, miss: Miss, place: _Place, state: ListingState) -> ListingState:
        now = self._ports.now()
        if miss.reason == Reason.NOT_MODIFIED:
            after = self._answered(state, place)
            return replace(after, stated_at=place.stated, detail=state.detail)
        return polling.failed(state, self._source, now, f"{miss.reason}: {miss.detail}", miss)

    def _unchanged(self, page: Page, place: _Place, state: ListingState) -> ListingState:
        after = self._answered(state, place)
        detail = "" if state.failures else state.detail
        return replace(self._validated(page, place, state, after), detail=detail)

    def _answered(
        self, state: ListingState, place: _Place, *, news: bool = False, gap: bool = False
    ) -> ListingState:
        floor = self._floors.of(place.url, self._source)
        now = self._ports.now()
        return polling.answered(state, self._source, now, news=news, gap=gap, floor=floor)

    def _validated(
        self, page: Page, place: _Place, before: ListingState, after: ListingState
    ) -> ListingState:
        """Return the state with the validators of an answer, if they are worth anything."""
        etag, changed = page.header("etag"), page.header("last-modified")
        lies = before.distrusted or polling.is_lie(before, page.digest, etag, changed)
        hub, topic = advertised(page)
        return replace(
            after,
            hub=hub,
            topic=topic,
            etag=None if lies else etag,
            last_modified=None if lies else changed,
            body_sha256=page.digest,
            distrusted=lies,
            whole_at=after.checked_at,
            stated_at=place.stated,
        )


def _children(place: _Place, state: ListingState) -> Iterator[_Place]:
    for url, stated in state.children:
        yield _Place(url, place.listing, place.url, place.level + 1, stated)


def _followed(source: Source, reading: Reading) -> tuple[tuple[str, datetime | None], ...]:
    """Return the sitemaps of an index that are worth asking, with the changes it states."""
    children = recent(reading.children)
    return tuple((child.url, child.modified_at) for child in children if is_own(source, child.url))
