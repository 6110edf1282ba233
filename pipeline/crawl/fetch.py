"""URLs that are due -> Page or Miss, one for each, always; every site at its own pace."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import chain, zip_longest
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from pipeline.crawl.parallel import Room, merged
from pipeline.crawl.politeness import Host, RobotsFiles, Rules, jittered, product_token, retry_after
from pipeline.crawl.site import is_own_host
from pipeline.model import Fetched, Miss, Page, Reason
from pipeline.ports import Due, Exchange, Http, HttpTrouble, Ports
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
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PAGES: Final = frozenset({200, 203})
_UNWELL: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TRY_AGAIN: Final = frozenset({Reason.NETWORK, Reason.TIMEOUT})
_REASONS: Final = {304: Reason.NOT_MODIFIED, 404: Reason.GONE, 410: Reason.GONE}
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}
_KEPT_IN_LOCATION: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(slots=True)
class _Errand:
    """One URL on its way: where it is now, what it may cost, what it has cost."""

    url: str
    source: Source
    deadline: float
    max_bytes: int
    max_redirects: int
    heeds_robots: bool = True
    validators: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    elapsed_s: float = 0.0
    retry_at: datetime | None = None


class Fetcher:
    """Asks politely: robots, pace, retries, limits. Use it with `async with`, one per crawl task.

    `agent` is the user agent; robots.txt files are read for its product token.
    """

    def __init__(self, http: Http, ports: Ports, agent: str) -> None:
        self._http, self._ports, self._agent = http, ports, agent
        self._hosts: dict[str, Host] = {}
        self._robots = RobotsFiles(self._ask_robots, ports.ledger, ports.now)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
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

        `due` is by source id. What the deadline cuts off is a Miss too, and stays due.
        """
        lines = [self._line(jobs, deadline) for jobs in _by_owner(due, sources)]
        async with aclosing(merged(lines, self.room)) as outcomes:
            async for fetched in outcomes:
                yield fetched

    async def _line(
        self, jobs: Iterable[tuple[Due, Source]], deadline: datetime
    ) -> AsyncGenerator[Fetched]:
        for due, source in jobs:
            yield await self.get(due, source, deadline=deadline)

    async def get(
        self, due: Due, source: Source, *, deadline: datetime | None = None, max_bytes: int = 0
    ) -> Fetched:
        """Return the outcome of one URL. A status of 200 is a Page, whatever its type.

        `max_bytes` widens the source's own limit; a sitemap may be larger than any page.
        """
        errand = _Errand(
            url=due.link.url,
            source=source,
            deadline=self._loop_time(deadline),
            max_bytes=max(max_bytes, source.fetch.max_bytes),
            max_redirects=source.fetch.max_redirects,
            validators=_validators(due),
        )
        try:
            exchange = await self._follow(errand)
        except HttpTrouble as trouble:
            return self._miss(due, errand, trouble)
        return self._outcome(due, errand, exchange)

    async def _follow(self, errand: _Errand) -> Exchange:
        """Ask, and go where the answers lead; every hop passes the checks of its own host."""
        seen: set[str] = set()
        for _ in range(errand.max_redirects + 1):
            address = _checked(errand, seen)
            rules = await self._allowed(address, errand) if errand.heeds_robots else Rules()
            exchange = await self._ask(address, errand, rules)
            target = _redirect(exchange, address)
            if target is None:
                return exchange
            errand.url = target
        detail = f"more than {errand.max_redirects} redirects"
        raise HttpTrouble(Reason.REDIRECT_LOOP, detail)

    async def _allowed(self, address: Address, errand: _Errand) -> Rules:
        token = product_token(self._headers(address, errand.source)["user-agent"])
        rules = await self._robots.rules(address.origin, errand.source, token, errand.deadline)
        if not rules.allows(address.href):
            detail = f"{address.origin}/robots.txt forbids it to {token}"
            raise HttpTrouble(Reason.ROBOTS, detail)
        return rules

    async def _ask_robots(self, url: str, source: Source, deadline: float) -> Exchange:
        errand = _Errand(
            url=url,
            source=source,
            deadline=deadline,
            max_bytes=ROBOTS_MAX_BYTES,
            max_redirects=ROBOTS_REDIRECTS,
            heeds_robots=False,
        )
        return await self._follow(errand)

    async def _ask(self, address: Address, errand: _Errand, rules: Rules) -> Exchange:
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
        self, host: Host, delay_s: float, address: Address, errand: _Errand
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
        header = _header(answer, "retry-after") if isinstance(answer, Exchange) else None
        asked_s = retry_after(header, now)
        if asked_s is None:
            host.rest(min(backoff_s, fetch.longest_wait_s), fetch.longest_wait_s)
            return
        host.retry_at = now + timedelta(seconds=asked_s)
        self._ports.ledger.rest(host.key, host.retry_at)
        host.rest(asked_s, fetch.longest_wait_s)

    def _host(self, address: Address, fetch: Fetch) -> Host:
        host = self._hosts.get(address.owner)
        if host is None:
            host = self._hosts[address.owner] = Host(address.owner)
            until = self._ports.ledger.resting(address.owner)
            if until is not None and (left := (until - self._ports.now()).total_seconds()) > 0:
                host.retry_at = until
                host.rest(left, fetch.longest_wait_s)
        return host

    def _headers(self, address: Address, source: Source) -> dict[str, str]:
        """Return the request headers; a source's own, which may be secrets, stay on its site."""
        own = {name.lower(): value for name, value in source.fetch.headers.items()}
        headers = {"user-agent": self._agent, "accept": _ACCEPT}
        if is_own_host(source, address.host):
            return headers | own
        return headers | {"user-agent": own.get("user-agent", self._agent)}

    def _loop_time(self, deadline: datetime | None) -> float:
        if deadline is None:
            return float("inf")
        left = (deadline - self._ports.now()).total_seconds()
        return asyncio.get_running_loop().time() + left

    def _outcome(self, due: Due, errand: _Errand, exchange: Exchange) -> Fetched:
        if exchange.status not in _PAGES:
            reason = _REASONS.get(exchange.status, Reason.HTTP_ERROR)
            if reason == Reason.NOT_MODIFIED and not errand.validators:
                reason = Reason.HTTP_ERROR
            detail = f"{exchange.status} {_PHRASES.get(exchange.status, '')}".strip()
            trouble = HttpTrouble(reason, detail, exchange.status)
            return self._miss(due, errand, trouble, _storable(exchange.headers))
        return Page(
            link=due.link,
            final_url=errand.url,
            status=exchange.status,
            headers=_storable(exchange.headers),
            body=exchange.body,
            fetched_at=self._ports.now(),
            attempts=errand.attempts,
            elapsed_s=errand.elapsed_s,
        )

    def _miss(
        self,
        due: Due,
        errand: _Errand,
        trouble: HttpTrouble,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Miss:
        return Miss(
            link=due.link,
            reason=trouble.reason,
            detail=trouble.detail,
            fetched_at=self._ports.now(),
            status=trouble.status,
            final_url=errand.url if errand.attempts else None,
            headers=headers,
            attempts=errand.attempts,
            elapsed_s=errand.elapsed_s,
            retry_at=trouble.retry_at or errand.retry_at,
        )


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


def _owner(url: str) -> str:
    try:
        return address_of(url).owner
    except ValueError:
        return ""


def _checked(errand: _Errand, seen: set[str]) -> Address:
    """Return where the errand goes next. Raises HttpTrouble if it must not."""
    try:
        address = address_of(errand.url)
    except ValueError:
        raise HttpTrouble(Reason.BAD_URL, "not an address that can be asked") from None
    if address.scheme not in {"http", "https"}:
        raise HttpTrouble(Reason.BAD_SCHEME, f"{address.scheme}: is neither http nor https")
    if address.port not in errand.source.fetch.ports:
        detail = f"port {address.port} is not among the source's `fetch.ports`"
        raise HttpTrouble(Reason.BLOCKED_ADDRESS, detail)
    if address.href in seen:
        raise HttpTrouble(Reason.REDIRECT_LOOP, f"redirected to {address.href} once more")
    seen.add(address.href)
    errand.url = address.href
    return address


def _redirect(exchange: Exchange, address: Address) -> str | None:
    location = _header(exchange, "location") if exchange.status in _REDIRECTS else None
    if not location:
        return None
    # Bytes that are no ASCII come as surrogates or UTF-8; both are sent on as they were.
    ascii_only = quote(location.encode("utf-8", "surrogateescape"), safe=_KEPT_IN_LOCATION)
    try:
        return address_of(ascii_only, base=address.href).href
    except ValueError:
        detail = "redirected to what is no address"
        raise HttpTrouble(Reason.BAD_URL, detail, exchange.status) from None


def _is_unwell(answer: Exchange | HttpTrouble | None) -> bool:
    if isinstance(answer, HttpTrouble):
        return answer.reason in _TRY_AGAIN
    return answer is not None and answer.status in _UNWELL


def _header(exchange: Exchange, name: str) -> str | None:
    return next((value for key, value in exchange.headers if key.lower() == name), None)


def _storable(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers that any database takes: bytes that are no UTF-8 are read as Latin-1."""
    return tuple(
        (name, value.encode("utf-8", "surrogateescape").decode("latin-1"))
        if any("\udc80" <= character <= "\udcff" for character in value)
        else (name, value)
        for name, value in headers
    )


def _validators(due: Due) -> dict[str, str]:
    """Return conditional headers, validators verbatim: weak and suffixed ones are the site's own."""
    pairs = {"if-none-match": due.etag, "if-modified-since": due.last_modified}
    return {name: value for name, value in pairs.items() if value}
