"""URLs that are due -> Page or Miss, one for each, always; every site at its own pace."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, zip_longest
from types import TracebackType
from typing import Final, Self

from pipeline.crawl.ask import Asker
from pipeline.crawl.errand import Errand, validators_of
from pipeline.crawl.parallel import merged
from pipeline.crawl.parts import with_parts
from pipeline.crawl.request_log import RequestLog
from pipeline.model import Fetched, Miss, Page, Purpose, Reason
from pipeline.ports import Due, Http, HttpTrouble, Ports
from pipeline.sources import Source
from pipeline.urls import address_of
from pipeline.walls import NO_WALLS, Walls

#: Requests to a host in a day, where nobody says otherwise.
REQUESTS_A_DAY: Final = 10_000


class Fetcher:
    """Asks politely: robots, pace, retries, limits. Use it with `async with`, one per crawl task.

    `agent` is the user agent; robots.txt files are read for its product token. By `walls` answers
    are known that are a firewall's question.
    """

    def __init__(
        self,
        http: Http,
        ports: Ports,
        agent: str,
        *,
        purpose: Purpose = Purpose.DAILY,
        requests_a_day: int = REQUESTS_A_DAY,
        log: RequestLog | None = None,
        walls: Walls = NO_WALLS,
    ) -> None:
        self._ports, self._log = ports, log
        self._asker = Asker(
            http,
            ports,
            agent,
            purpose=purpose,
            requests_a_day=requests_a_day,
            log=log,
            walls=walls,
        )
        self._asked: Counter[str] = Counter()
        self.room = self._asker.room

    async def __aenter__(self) -> Self:
        if self._log:
            self._log.recover()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        await self._asker.close(quietly=error is not None)

    def token(self, source: Source) -> str:
        """Return the name that robots.txt files call us by when we ask for a source."""
        return self._asker.token(source)

    @property
    def notes(self) -> list[str]:
        """What an operator should read of the hosts that were asked, a line each."""
        return [f"{origin}: {line}" for origin, line in sorted(self._asker.notes.items())]

    async def run(
        self, due: Mapping[str, Sequence[Due]], sources: Mapping[str, Source], deadline: datetime
    ) -> AsyncGenerator[Fetched]:
        """Yield one outcome for every URL that is due, as they come; hosts are worked in parallel.

        `due` is by source id. What the deadline cuts off is a Miss too, and stays due; so is what
        finds `fetch.max_pages` used up by the later pages of other articles.
        """
        lines = [self._line(jobs, deadline) for jobs in _by_owner(due, sources)]
        async with aclosing(merged(lines, self.room)) as outcomes:
            async for fetched in outcomes:
                yield fetched

    async def _line(
        self, jobs: Iterable[tuple[Due, Source]], deadline: datetime
    ) -> AsyncGenerator[Fetched]:
        for due, source in jobs:
            if self._asked[source.id] < source.fetch.max_pages:
                fetched = await self.article(due, source, deadline=deadline)
            else:
                fetched = _crowded_out(due, self._ports.now())
            parts = fetched.parts if isinstance(fetched, Page) else ()
            self._asked[source.id] += 1 + len(parts)
            yield fetched

    async def article(
        self, due: Due, source: Source, *, deadline: datetime | None = None
    ) -> Fetched:
        """Return the outcome of one URL; a Page brings the later pages of its article with it."""
        fetched = await self.get(due, source, deadline=deadline, kind="page")
        if isinstance(fetched, Miss) or source.fetch.max_parts == 1:
            return fetched
        ask = partial(self.get, source=source, deadline=deadline, kind="part")
        return await with_parts(fetched, source, ask, self._ports.now)

    async def get(
        self,
        due: Due,
        source: Source,
        *,
        deadline: datetime | None = None,
        max_bytes: int = 0,
        kind: str = "listing",
    ) -> Fetched:
        """Return the outcome of one URL. A status of 200 is a Page, whatever its type.

        `max_bytes` widens the source's own limit; a sitemap may be larger than any page. `kind` is
        listing, page or part: of a page it is looked at whether the site opts out of its use.
        """
        errand = Errand(
            url=due.link.url,
            source=source,
            kind=kind,
            deadline=self._loop_time(deadline),
            max_bytes=max(max_bytes, source.fetch.max_bytes),
            max_redirects=source.fetch.max_redirects,
            max_tries=source.fetch.retries + 1,
            validators=validators_of(due),
        )
        try:
            exchange = await self._asker.follow(errand)
        except HttpTrouble as trouble:
            self._asker.refrained(errand, trouble)
            return errand.miss(due.link, trouble, self._ports.now())
        return errand.outcome(due.link, exchange, self._ports.now())

    def _loop_time(self, deadline: datetime | None) -> float:
        if deadline is None:
            return float("inf")
        left = (deadline - self._ports.now()).total_seconds()
        return asyncio.get_running_loop().time() + left


def _by_owner(
    due: Mapping[str, Sequence[Due]], sources: Mapping[str, Source]
) -> Iterator[Iterator[tuple[Due, Source]]]:
    """Yield the work of each host; sources that share one take turns."""
    hosts: dict[str, dict[str, list[tuple[Due, Source]]]] = defaultdict(lambda: defaultdict(list))
    for key, dues in due.items():
        for one in dues:
            hosts[_owner(one.link.url)][key].append((one, sources[key]))
    for queues in hosts.values():
        turns = chain.from_iterable(zip_longest(*queues.values()))
        yield (job for job in turns if job is not None)


def _crowded_out(due: Due, now: datetime) -> Miss:
    detail = "later pages of other articles have used up fetch.max_pages"
    return Miss(link=due.link, reason=Reason.DEADLINE, detail=detail, fetched_at=now, attempts=0)


def _owner(url: str) -> str:
    """Return who is asked for a URL, which what stands before its path is enough to tell."""
    return _owner_of_start("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=4096)
def _owner_of_start(url: str) -> str:
    try:
        return address_of(url).owner
    except ValueError:
        return ""
