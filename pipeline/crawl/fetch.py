"""URLs that are due -> Page or Miss, one for each, always; every site at its own pace."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, zip_longest
from types import TracebackType
from typing import Final, Self

from pipeline.crawl.errand import Errand, header_of, redirect_target, validators_of
from pipeline.crawl.parallel import Room, merged
from pipeline.crawl.parts import with_parts
from pipeline.crawl.politeness import Host, RobotsFiles, Rules, jittered, product_token, retry_after
from pipeline.crawl.site import is_own_host
from pipeline.model import Fetched, Miss, Page, Reason
from pipeline.ports import Due, Exchange, Gate, Http, HttpTrouble, Ports
from pipeline.sources import Fetch, Source
from pipeline.urls import Address, address_of

#: Responses in the making at one time, each of up to `max_bytes`: bounds memory.
IN_FLIGHT: Final = 32
#: A wait after trouble is this many times the host's delay, doubled with every further try.
BACKOFF: Final = 2.5
#: Redirects of a robots.txt that are followed (RFC 9309, 2.3.1.2).
ROBOTS_REDIRECTS: Final = 5
ROBOTS_MAX_BYTES: Final = 5 << 20

_ACCEPT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_UNWELL: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TRY_AGAIN: Final = frozenset({Reason.NETWORK, Reason.TIMEOUT})


class Fetcher:
    """Asks politely: robots, pace, retries, limits. Use it with `async with`, one per crawl task.

    `agent` is the user agent; robots.txt files are read for its product token.
    """

    def __init__(self, http: Http, ports: Ports, agent: str) -> None:
        self._http, self._ports, self._agent = http, ports, agent
        self._hosts: dict[str, Host] = {}
        self._robots = RobotsFiles(self._ask_robots, ports.ledger, ports.now)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._asked: Counter[str] = Counter()
        self.room = Room()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._http.close()

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
        fetched = await self.get(due, source, deadline=deadline)
        if isinstance(fetched, Miss) or source.fetch.max_parts == 1:
            return fetched
        ask = partial(self.get, source=source, deadline=deadline)
        return await with_parts(fetched, source, ask, self._ports.now)

    async def get(
        self, due: Due, source: Source, *, deadline: datetime | None = None, max_bytes: int = 0
    ) -> Fetched:
        """Return the outcome of one URL. A status of 200 is a Page, whatever its type.

        `max_bytes` widens the source's own limit; a sitemap may be larger than any page.
        """
        errand = Errand(
            url=due.link.url,
            source=source,
            deadline=self._loop_time(deadline),
            max_bytes=max(max_bytes, source.fetch.max_bytes),
            max_redirects=source.fetch.max_redirects,
            validators=validators_of(due),
        )
        try:
            exchange = await self._follow(errand)
        except HttpTrouble as trouble:
            return errand.miss(due.link, trouble, self._ports.now())
        return errand.outcome(due.link, exchange, self._ports.now())

    async def _follow(self, errand: Errand) -> Exchange:
        """Ask, and go where the answers lead; every hop passes the checks of its own host."""
        seen: set[str] = set()
        for _ in range(errand.max_redirects + 1):
            address = errand.advance(seen)
            rules = await self._allowed(address, errand) if errand.heeds_robots else Rules()
            exchange = await self._ask(address, errand, rules)
            target = redirect_target(exchange, address)
            if target is None:
                return exchange
            errand.url = target
        detail = f"more than {errand.max_redirects} redirects"
        raise HttpTrouble(Reason.REDIRECT_LOOP, detail)

    async def _allowed(self, address: Address, errand: Errand) -> Rules:
        token = product_token(self._headers(address, errand.source)["user-agent"])
        rules = await self._robots.rules(address.origin, errand.source, token, errand.deadline)
        if not rules.allows(address.href):
            detail = f"{address.origin}/robots.txt forbids it to {token}"
            raise HttpTrouble(Reason.ROBOTS, detail)
        return rules

    async def _ask_robots(self, url: str, source: Source, deadline: float) -> Exchange:
        errand = Errand(
            url=url,
            source=source,
            deadline=deadline,
            max_bytes=ROBOTS_MAX_BYTES,
            max_redirects=ROBOTS_REDIRECTS,
            heeds_robots=False,
        )
        return await self._follow(errand)

    async def _ask(self, address: Address, errand: Errand, rules: Rules) -> Exchange:
        """Ask one host, again if it seems unwell; the last answer is the answer."""
        fetch = errand.source.fetch
        host, delay_s = self._host(address, fetch), rules.delay_s(fetch)
        answer: Exchange | HttpTrouble | None = None
        for tries in range(fetch.retries + 1):
            answer = await self._answer(host, delay_s, address, errand)
            if not _is_unwell(answer):
                host.answered()
                break
            self._rest(host, answer, jittered(BACKOFF * delay_s * 2**tries), fetch)
            if host.given_up:
                break
        if _is_unwell(answer):
            host.failed(fetch.give_up_after)
            errand.retry_at = host.retry_at
        if isinstance(answer, HttpTrouble):
            raise answer
        assert answer is not None
        return answer

    async def _answer(
        self, host: Host, delay_s: float, address: Address, errand: Errand
    ) -> Exchange | HttpTrouble:
        async with host.turn(delay_s, errand.deadline):
            headers = {**self._headers(address, errand.source), **errand.validators}
            fetch, clock = errand.source.fetch, asyncio.get_running_loop().time
            await self.room.wait()
            async with self._in_flight:
                errand.attempts += 1
                start = clock()
                try:
                    return await self._http.get(
                        address.href,
                        headers,
                        timeout_s=fetch.timeout_s,
                        max_bytes=errand.max_bytes,
                    )
                except HttpTrouble as trouble:
                    return trouble
                finally:
                    errand.elapsed_s += clock() - start

    def _rest(
        self, host: Host, answer: Exchange | HttpTrouble, backoff_s: float, fetch: Fetch
    ) -> None:
        """Leave a host alone for as long as it asks, or as long as is decent."""
        now = self._ports.now()
        header = header_of(answer, "retry-after") if isinstance(answer, Exchange) else None
        asked_s = retry_after(header, now)
        if asked_s is None:
            host.rest(min(backoff_s, fetch.longest_wait_s), fetch.longest_wait_s)
            return
        host.retry_at = now + timedelta(seconds=asked_s)
        why = f"it asked for {asked_s:.0f} s of rest"
        self._ports.ledger.keep_gate(Gate(host.key, host.retry_at, why=why))
        host.rest(asked_s, fetch.longest_wait_s)

    def _host(self, address: Address, fetch: Fetch) -> Host:
        host = self._hosts.get(address.owner)
        if host is None:
            host = self._hosts[address.owner] = Host(address.owner)
            until = self._ports.ledger.gate(address.owner).until
            if until is not None and (left := (until - self._ports.now()).total_seconds()) > 0:
                host.retry_at = until
                host.rest(left, fetch.longest_wait_s)
        return host

    def _headers(self, address: Address, source: Source) -> dict[str, str]:
        """Return the request headers; a source's own, which may be secrets, stay on its site.

        They do not leave it for another host, nor for a plain connection to a site that has TLS.
        """
        own = {name.lower(): value for name, value in source.fetch.headers.items()}
        headers = {"user-agent": self._agent, "accept": _ACCEPT}
        is_weaker = source.home.startswith("https:") and address.scheme == "http"
        if is_own_host(source, address.host) and not is_weaker:
            return headers | own
        return headers | {"user-agent": own.get("user-agent", self._agent)}

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
    try:
        return address_of(url).owner
    except ValueError:
        return ""


def _is_unwell(answer: Exchange | HttpTrouble | None) -> bool:
    if isinstance(answer, HttpTrouble):
        return answer.reason in _TRY_AGAIN
    return answer is not None and answer.status in _UNWELL
