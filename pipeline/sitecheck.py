"""Whether seeds still fit their sites: robots.txt, listings, a sample of articles, all asked anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pipeline.crawl import polling
from pipeline.errors import BroadsheetError, FixSeed, SiteChanged
from pipeline.expect import Expect, Observed, departures, observe, silence
from pipeline.model import Article, Link, Miss, Page, Reject
from pipeline.ports import Due, ListingState, Ports
from pipeline.sources import Source
from pipeline.urls import address_of

if TYPE_CHECKING:
    from pipeline.crawl.discover import Poll
    from pipeline.crawl.fetch import Fetcher
    from pipeline.scout.candidates import Measured

#: Sites asked at a time; each is still asked one request after the other.
_AT_ONCE: Final = 16
#: Longest that the sample of a site takes; what a crawl-delay puts off beyond it is left out.
_PATIENCE: Final = timedelta(minutes=10)

#: What hears how far it is: steps done, steps in all, the sites that are waited for.
Step = Callable[[int, int, str], None]
Judge = Callable[[Sequence[Page]], list[Article | Reject]]


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """What one address answered: links it gave (None: not a listing), newest date among them.

    `gap`: none of its links is among those that crawls saw last.
    """

    what: str
    ok: bool
    detail: str
    links: int | None = None
    newest: datetime | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What is wrong with a seed, and what its site answered; no answers if it was not asked.

    `troubles` are listings that crawls so far have found dead, or with gaps; `departures` say in
    what the site is not as its seed expects, and `sample` is what was looked at for that.
    """

    source: str
    errors: Sequence[str] = ()
    answers: Sequence[SiteAnswer] = ()
    troubles: Sequence[str] = ()
    departures: Sequence[str] = ()
    sample: Observed | None = None
    articles_a_day: float | None = None
    links: int = 0
    is_expected: bool = False

    @property
    def listings(self) -> list[SiteAnswer]:
        """What the listings answered."""
        return [answer for answer in self.answers if answer.links is not None]

    @property
    def newest(self) -> datetime | None:
        """The newest date of all listings."""
        return max((one.newest for one in self.listings if one.newest), default=None)

    @property
    def exit_code(self) -> int:
        """What this calls for: 78 for a wrong seed; 65 for no link, or not what was expected."""
        if self.errors:
            return FixSeed.exit_code
        silent = self.answers and not any(answer.links for answer in self.answers)
        return SiteChanged.exit_code if silent or self.departures else 0


@dataclass(frozen=True, slots=True)
class Look:
    """With what sites are looked at: pages sampled of each, how they are judged, who listens.

    `known` is what crawls remember of listings, by source and address.
    """

    pages: int
    judge: Judge
    known: Mapping[str, Mapping[str, ListingState]]
    step: Step = lambda _done, _all, _left: None


def seed_errors(errors: Sequence[str]) -> list[SourceCheck]:
    """Sort what is wrong with seeds by file."""
    by_file: dict[str, list[str]] = {}
    for line in "\n".join(errors).splitlines():
        path = line.partition(": ")[0]
        by_file.setdefault(path.rpartition("/")[2].removesuffix(".yml"), []).append(line)
    return [SourceCheck(source, lines) for source, lines in by_file.items()]


async def ask_sites(
    sources: Mapping[str, Source], fetcher: Fetcher, ports: Ports, look: Look
) -> list[SourceCheck]:
    """Ask all sites, in parallel, for robots.txt, listings and a sample of their articles."""
    gate = asyncio.Semaphore(_AT_ONCE)
    one = asyncio.Lock()
    asking = [_Asking(source, fetcher, ports, look, one) for source in sources.values()]

    def told() -> None:
        left = sorted(a.source.id for a in asking if not a.is_done)
        look.step(sum(a.done for a in asking), sum(a.all for a in asking), ", ".join(left[:3]))

    async def ask(asked: _Asking) -> SourceCheck:
        async with gate:
            check = await asked.check(told)
        asked.finish()
        told()
        return check

    told()
    return list(await asyncio.gather(*(ask(asked) for asked in asking)))


class _Asking:
    """One site being asked, and how far that is."""

    def __init__(
        self, source: Source, fetcher: Fetcher, ports: Ports, look: Look, one: asyncio.Lock
    ) -> None:
        self.source, self._fetcher, self._ports, self._look = source, fetcher, ports, look
        self._one = one  # the workers judge for one site at a time
        self.all, self.done, self.is_done = len(source.listings) + look.pages, 0, False

    def finish(self) -> None:
        """Count as done what there was nothing to ask for."""
        self.done, self.is_done = self.all, True

    async def check(self, told: Callable[[], None]) -> SourceCheck:
        """Ask; trouble of the deployment, not of the site, is an answer as well."""
        from pipeline.crawl.discover import discover

        answers, polls = [], []
        try:
            async for poll in discover({self.source.id: self.source}, self._fetcher, self._ports):
                polls.append(poll)
                answers.append(self._answer(poll))
                self._count(told)
            verdicts = await self._judged([page async for page in self._sample(polls, told)])
        except BroadsheetError as error:
            answers.append(SiteAnswer("listings", ok=False, detail=str(error), links=0))
            verdicts = []
        origins = {address_of(at.url).origin for at in self.source.listings}
        robots = [_robots(origin, self._ports) for origin in sorted(origins)]
        return self._compared([*robots, *answers], polls, verdicts)

    def _count(self, told: Callable[[], None]) -> None:
        self.done = min(self.done + 1, self.all)
        told()

    async def _sample(self, polls: Sequence[Poll], told: Callable[[], None]) -> AsyncIterator[Page]:
        from pipeline.scout.sample import spread

        links = {link.url: link for poll in polls for link in poll.links}
        deadline = self._ports.now() + _PATIENCE
        for url, _ in spread(_measured(self.source, polls), self._look.pages):
            fetched = await self._fetcher.article(
                Due(link=links[url]), self.source, deadline=deadline
            )
            self._count(told)
            if isinstance(fetched, Page):
                yield fetched

    async def _judged(self, pages: Sequence[Page]) -> list[Article | Reject]:
        if not pages:
            return []
        async with self._one:
            return await asyncio.to_thread(self._look.judge, pages)

    def _answer(self, poll: Poll) -> SiteAnswer:
        known = self._look.known.get(self.source.id, {}).get(poll.fetched.link.url)
        window = poll.state.window if poll.state else ()
        gap = bool(known and window and known.window and polling.is_gap(known, window))
        return _answer(poll, gap=gap)

    def _compared(
        self,
        answers: Sequence[SiteAnswer],
        polls: Sequence[Poll],
        verdicts: Sequence[Article | Reject],
    ) -> SourceCheck:
        from pipeline.scout.candidates import articles_a_day

        expect, sample = self.source.expect, observe(verdicts)
        rate = articles_a_day(_measured(self.source, polls))
        departs = departures(expect, sample, rate)
        newest = max((one.newest for one in answers if one.newest), default=None)
        if line := silence(newest, expect.articles_a_day, self._ports.now()):
            departs.append(line)
        return SourceCheck(
            self.source.id,
            answers=answers,
            departures=departs,
            sample=sample if self._look.pages else None,
            articles_a_day=rate,
            links=len({link.url_key for poll in polls for link in poll.links}),
            is_expected=expect != Expect(),
        )


def _measured(source: Source, polls: Sequence[Poll]) -> list[Measured]:
    from pipeline.crawl.entries import Entry
    from pipeline.scout.candidates import measure
    from pipeline.scout.clues import Candidate

    def entry(link: Link) -> Entry:
        return Entry(url=link.url, published_at=link.published_at, modified_at=link.modified_at)

    return [
        measure(
            Candidate(url, "seed"), url, poll.links[0].found_via, map(entry, poll.links), source
        )
        for poll in polls
        if poll.links and (url := poll.fetched.link.url)
    ]


def _robots(origin: str, ports: Ports) -> SiteAnswer:
    what = f"{origin}/robots.txt"
    known = ports.ledger.robots(origin)
    if known is None:
        return SiteAnswer(what, ok=False, detail="no answer")
    _, status, body = known
    return SiteAnswer(what, ok=status < 500, detail=f"HTTP {status}, {len(body):,} bytes")  # noqa: PLR2004 - 5xx forbids all, 4xx nothing (RFC 9309)


def _answer(poll: Poll, *, gap: bool) -> SiteAnswer:
    links, state = len(poll.links), poll.state
    dates = [date for link in poll.links for date in (link.modified_at, link.published_at) if date]
    if isinstance(poll.fetched, Miss):
        detail = f"{poll.fetched.reason}: {poll.fetched.detail}"
    else:
        detail = (state.detail if state else "") or f"HTTP {poll.fetched.status}"
    ok = state is None or not state.failures
    if ok and not links:
        detail += ", names no article itself"  # a sitemap index, or a feed that is empty
    url = poll.fetched.link.url
    if gap:
        detail += "; a gap: none of its links is among those of the last crawl"
    return SiteAnswer(url, ok, detail, links, max(dates, default=None), gap)
