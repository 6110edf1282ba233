"""What the seeds' sites answer when they are asked for robots.txt and their listings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pipeline.errors import BroadsheetError, FixSeed, SiteChanged
from pipeline.model import Miss
from pipeline.ports import Ports
from pipeline.sources import Source
from pipeline.urls import address_of

if TYPE_CHECKING:
    from pipeline.crawl.discover import Poll
    from pipeline.crawl.fetch import Fetcher

#: Sites asked at a time; each is still asked one request after the other.
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """What one address answered: links it gave (None: not a listing), newest date among them."""

    what: str
    ok: bool
    detail: str
    links: int | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What is wrong with a seed, and what its site answered; no answers if it was not asked.

    `troubles` are listings that crawls so far have found dead, or with gaps.
    """

    source: str
    errors: Sequence[str] = ()
    answers: Sequence[SiteAnswer] = ()
    troubles: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """The exit code this calls for: 78 for a wrong seed, 65 for a site that gives no link."""
        if self.errors:
            return FixSeed.exit_code
        silent = self.answers and not any(answer.links for answer in self.answers)
        return SiteChanged.exit_code if silent else 0


def seed_errors(errors: Sequence[str]) -> list[SourceCheck]:
    """Sort what is wrong with seeds by file."""
    by_file: dict[str, list[str]] = {}
    for line in "\n".join(errors).splitlines():
        path = line.partition(": ")[0]
        by_file.setdefault(path.rpartition("/")[2].removesuffix(".yml"), []).append(line)
    return [SourceCheck(source, lines) for source, lines in by_file.items()]


async def ask_sites(
    sources: Mapping[str, Source], fetcher: Fetcher, ports: Ports, tell: Callable[[str], None]
) -> list[SourceCheck]:
    """Ask all sites for robots.txt and listings; `tell` hears how far it is."""
    gate, left = asyncio.Semaphore(_AT_ONCE), set(sources)

    async def ask(source: Source) -> SourceCheck:
        async with gate:
            answers = await _ask(source, fetcher, ports)
        left.discard(source.id)
        tell(
            f"{len(sources) - len(left)} of {len(sources)}; waiting for {', '.join(sorted(left)[:3])}"
        )
        return SourceCheck(source.id, (), answers)

    return list(await asyncio.gather(*(ask(source) for source in sources.values())))


async def _ask(source: Source, fetcher: Fetcher, ports: Ports) -> list[SiteAnswer]:
    from pipeline.crawl.discover import discover

    answers = []
    try:
        polls = discover({source.id: source}, fetcher, ports)
        answers.extend([_answer(poll) async for poll in polls])
    except BroadsheetError as error:
        answers.append(SiteAnswer("listings", ok=False, detail=str(error), links=0))
    origins = {address_of(at.url).origin for at in source.listings}
    return [*(_robots(origin, ports) for origin in sorted(origins)), *answers]


def _robots(origin: str, ports: Ports) -> SiteAnswer:
    what = f"{origin}/robots.txt"
    known = ports.ledger.robots(origin)
    if known is None:
        return SiteAnswer(what, ok=False, detail="no answer")
    _, status, body = known
    return SiteAnswer(what, ok=status < 500, detail=f"HTTP {status}, {len(body):,} bytes")  # noqa: PLR2004 - 5xx forbids all, 4xx nothing (RFC 9309)


def _answer(poll: Poll) -> SiteAnswer:
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
    return SiteAnswer(url, ok, detail, links, max(dates, default=None))
