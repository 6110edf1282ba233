"""One errand, done politely: its hops, its tries, and a line in the log for each request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from pipeline.crawl.budget import Budgets
from pipeline.crawl.errand import Errand, header_of, redirect_target
from pipeline.crawl.opt_outs import Reservation, heeded, said_by_robots, said_of_page
from pipeline.crawl.parallel import Room
from pipeline.crawl.politeness import Host, Pace, Rule, Turn, jittered, retry_after
from pipeline.crawl.request_log import RequestLog
from pipeline.crawl.robots import RobotsFiles, Rules, product_token
from pipeline.crawl.site import is_own_host
from pipeline.crawl.tdm import TdmFiles
from pipeline.errors import BroadsheetError
from pipeline.model import Purpose, Reason, Request, Terms
from pipeline.ports import Exchange, Gate, Http, HttpTrouble, Ports
from pipeline.sources import Fetch, Source
from pipeline.urls import Address, host_of, registrable_domain
from pipeline.walls import NO_WALLS, Walls

#: Responses in the making at one time, each of up to `max_bytes`: bounds memory.
IN_FLIGHT: Final = 32
#: A wait after trouble is this many times the host's delay, doubled with every further try.
BACKOFF: Final = 2.5
#: Redirects of a robots.txt that are followed (RFC 9309, 2.3.1.2).
RULES_REDIRECTS: Final = 5
RULES_MAX_BYTES: Final = 5 << 20

_ACCEPT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_UNWELL: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TRY_AGAIN: Final = frozenset({Reason.NETWORK, Reason.TIMEOUT})
_PAGES: Final = frozenset({"page", "part"})
_ASKED_FOR: Final = _PAGES | {"listing"}
#: robots.txt has no rules for itself; nor for a hub's door, which the site has named to programs.
_NO_PAGE_FOR_ROBOTS: Final = frozenset({"robots", "hub"})
_GOOD: Final = frozenset({200, 203})
#: What kept a request from being made, on the host's account.
_REFRAINED: Final = frozenset({
    *(Reason.ROBOTS, Reason.OPTED_OUT, Reason.BUDGET, Reason.HOST_GIVEN_UP),
})
_LED_ASTRAY: Final = frozenset({Reason.BAD_SCHEME, Reason.BAD_URL, Reason.BLOCKED_ADDRESS})

Answer = Exchange | HttpTrouble


class Asker:
    """Asks hosts for what errands want, each host at its own pace. One per crawl task."""

    def __init__(
        self,
        http: Http,
        ports: Ports,
        agent: str,
        *,
        purpose: Purpose,
        requests_a_day: int,
        log: RequestLog | None,
        walls: Walls = NO_WALLS,
    ) -> None:
        self._http, self._ports, self._agent, self._walls = http, ports, agent, walls
        self._purpose, self._requests_a_day, self._log = purpose, requests_a_day, log
        self._hosts: dict[str, Host] = {}
        self._heads: dict[tuple[str, str, str], dict[str, str]] = {}
        self._budgets = Budgets(ports.ledger, ports.now, purpose)
        self._robots = RobotsFiles(partial(self._ask_rules, "robots"), ports)
        self._tdm = TdmFiles(partial(self._ask_rules, "tdmrep"), ports)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self.room = Room()
        #: What an operator should read: crawl-delays that are longer than is waited.
        self.notes: dict[str, str] = {}

    async def follow(self, errand: Errand) -> Exchange:
        """Ask, and go where the answers lead; every hop passes the checks of its own host.

        Raises HttpTrouble.
        """
        seen: set[str] = set()
        for _ in range(errand.max_redirects + 1):
            address = errand.advance(seen)
            rules, file = await self._permit(address, errand)
            exchange = await self._ask(address, errand, rules)
            target = redirect_target(exchange, address, is_form=errand.form is not None)
            if target is None:
                if errand.kind in _PAGES and exchange.status in _GOOD:
                    _read_terms(errand, exchange, rules, file)
                return exchange
            errand.url = target
        detail = f"more than {errand.max_redirects} redirects"
        raise HttpTrouble(Reason.REDIRECT_LOOP, detail)

    def token(self, source: Source) -> str:
        """Return the name that robots.txt files call us by when we ask for a source."""
        own = {name.lower(): value for name, value in source.fetch.headers.items()}
        return product_token(own.get("user-agent", self._agent))

    def refrained(self, errand: Errand, trouble: HttpTrouble) -> None:
        """Log a request that was not made, if it was for the host's sake."""
        if trouble.reason in _REFRAINED and trouble.status is None:
            host = registrable_domain(host_of(errand.url))
            self._note(errand, host, self._ports.now(), sent=False, said=trouble)

    async def close(self, *, quietly: bool) -> None:
        """Write what must outlive the task. `quietly`: another trouble is the one to tell."""
        try:
            self._budgets.close()
            for gate in self._unfinished_pauses():
                self._ports.ledger.keep_gate(gate)
            if self._log:
                await self._log.close()
        except BroadsheetError:
            if not quietly:
                raise
        finally:
            await self._http.close()

    def _unfinished_pauses(self) -> list[Gate]:
        """Return the pauses that the next run must keep, should it come at once."""
        now = self._ports.now()
        return [
            Gate(key, now + timedelta(seconds=left), host.failures, Rule.LAST_RUN)
            for key, host in self._hosts.items()
            if host.retry_at is None and (left := host.left_s()) > 0
        ]

    async def _permit(self, address: Address, errand: Errand) -> tuple[Rules, Reservation]:
        """Return the rules by which an address may be asked. Raises HttpTrouble if it may not."""
        if errand.kind in _NO_PAGE_FOR_ROBOTS:
            return Rules(), Reservation()
        source, deadline = errand.source, errand.deadline
        origin, token = address.origin, product_token(self._headers(address, source)["user-agent"])
        rules, at = self._robots.held(origin, token) or await self._robots.rules(
            origin, source, token, deadline
        )
        errand.terms = Terms(at, rules.digest)
        if not rules.allows(address.href):
            detail = f"{origin}/robots.txt forbids it to {token}"
            raise HttpTrouble(Reason.ROBOTS, detail)
        if errand.kind not in _PAGES:
            return rules, Reservation()
        file = await self._tdm.reservation(address, source, deadline)
        said = (*said_by_robots(rules), *(["tdm@tdmrep.json"] if file.reserved else []))
        if word := heeded(said, source.fetch.heed):
            raise _opted_out(word)
        return rules, file

    async def _ask_rules(self, kind: str, url: str, source: Source, deadline: float) -> Exchange:
        errand = Errand(
            url=url,
            source=source,
            kind=kind,
            deadline=deadline,
            max_bytes=RULES_MAX_BYTES,
            max_redirects=RULES_REDIRECTS,
            max_tries=source.fetch.retries + 1 if kind == "robots" else 1,
        )
        try:
            return await self.follow(errand)
        except HttpTrouble as trouble:
            self.refrained(errand, trouble)
            if errand.hop > 0 and trouble.reason in _LED_ASTRAY:
                detail = f"a redirect leads to {errand.url}: {trouble.detail}"
                raise HttpTrouble(Reason.NETWORK, detail) from None
            raise

    async def _ask(self, address: Address, errand: Errand, rules: Rules) -> Exchange:
        """Ask one host, again if it seems unwell; the last answer is the answer.

        A firewall's question is the host's trouble, too; but asking again at once would be no answer.
        """
        fetch = errand.source.fetch
        host, pace = self._host(address, fetch), rules.pace(fetch)
        if pace.rule == Rule.CRAWL_DELAY_CUT:
            self.notes[address.origin] = f"its crawl-delay is cut to {pace.delay_s:g} s"
        answer: Answer | None = None
        unwell = False
        for number in range(1, 2 if host.on_trial else errand.max_tries + 1):
            answer, log = await self._answer(host, pace, address, errand)
            rest, question = None, self._question(answer, errand)
            if unwell := bool(question) or _is_unwell(answer):
                backoff_s = jittered(BACKOFF * pace.delay_s * 2 ** (number - 1))
                rest = self._rest(host, answer, backoff_s, fetch)
            answer = question or answer
            log(attempt=number, rest=rest, said=answer)
            if question or not unwell or host.given_up:
                break
        if unwell:
            self._ports.ledger.keep_gate(host.failed(fetch.give_up_after, self._ports.now()))
            errand.retry_at = host.retry_at
        elif host.answered():
            self._ports.ledger.keep_gate(Gate(host.key))
        if isinstance(answer, HttpTrouble):
            raise answer
        assert answer is not None
        return answer

    async def _answer(
        self, host: Host, pace: Pace, address: Address, errand: Errand
    ) -> tuple[Answer, partial[None]]:
        """Make one request; return its answer, and how to log it."""
        fetch, clock = errand.source.fetch, asyncio.get_running_loop().time
        domain = registrable_domain(address.host)
        self._budgets.take(domain, fetch.requests_a_day or self._requests_a_day)
        try:
            async with host.turn(pace, errand.deadline) as turn:
                headers: Mapping[str, str] = self._headers(address, errand.source)
                if errand.validators:
                    headers = {**headers, **errand.validators}
                await self.room.wait()
                async with self._in_flight:
                    errand.attempts += 1
                    at, start = self._ports.now(), clock()
                    answer: Answer
                    try:
                        answer = await self._send(address.href, headers, errand)
                    except HttpTrouble as trouble:
                        # A traceback holds its frames, and this one would hold it: memory that
                        # only the collector of cycles frees, some day.
                        answer = trouble.with_traceback(None)
                    elapsed_s = clock() - start
                    errand.elapsed_s += elapsed_s
        except HttpTrouble:
            self._budgets.put_back(domain)
            raise
        log = partial(self._note, errand, domain, at, said=answer, turn=turn, elapsed_s=elapsed_s)
        return answer, log

    async def _send(self, url: str, headers: Mapping[str, str], errand: Errand) -> Exchange:
        limits: Any = {"timeout_s": errand.source.fetch.timeout_s, "max_bytes": errand.max_bytes}
        if errand.form is None:
            return await self._http.get(url, headers, **limits)
        return await self._http.post(url, headers, errand.form, **limits)

    def _question(self, answer: Answer, errand: Errand) -> HttpTrouble | None:
        """Return what an answer is if it is a firewall's question in place of a page or a list."""
        if isinstance(answer, HttpTrouble) or errand.kind not in _ASKED_FOR:
            return None
        wall = self._walls.challenge(answer.status, answer.headers, answer.body)
        return HttpTrouble(Reason.BOT_CHALLENGE, f"signs: {wall}", answer.status) if wall else None

    def _rest(
        self, host: Host, answer: Answer | None, backoff_s: float, fetch: Fetch
    ) -> tuple[float, Rule]:
        """Leave a host alone for as long as it asks, or as long as is decent."""
        now = self._ports.now()
        header = header_of(answer, "retry-after") if isinstance(answer, Exchange) else None
        asked_s = retry_after(header, now)
        if asked_s is None:
            seconds = min(backoff_s, fetch.longest_wait_s)
            host.rest(seconds, fetch.longest_wait_s, Rule.BACKOFF)
            return seconds, Rule.BACKOFF
        host.retry_at = now + timedelta(seconds=asked_s)
        gate = Gate(host.key, host.retry_at, host.failures, Rule.RETRY_AFTER)
        self._ports.ledger.keep_gate(gate)
        host.rest(asked_s, fetch.longest_wait_s, Rule.RETRY_AFTER)
        return asked_s, Rule.RETRY_AFTER

    def _host(self, address: Address, fetch: Fetch) -> Host:
        host = self._hosts.get(address.owner)
        if host is None:
            gate = self._ports.ledger.gate(address.owner)
            host = self._hosts[address.owner] = Host(
                gate, self._ports.now(), fetch.give_up_after, fetch.longest_wait_s
            )
        return host

    def _headers(self, address: Address, source: Source) -> dict[str, str]:
        """Return the request headers; a source's own, which may be secrets, stay on its site.

        They do not leave it for another host, nor for a plain connection to a site that has TLS.
        """
        key = (source.id, address.scheme, address.host)
        headers = self._heads.get(key)
        if headers is None:
            headers = self._heads[key] = self._new_headers(address, source)
        return headers

    def _new_headers(self, address: Address, source: Source) -> dict[str, str]:
        own = {name.lower(): value for name, value in source.fetch.headers.items()}
        headers = {"user-agent": self._agent, "accept": _ACCEPT}
        is_weaker = source.home.startswith("https:") and address.scheme == "http"
        if is_own_host(source, address.host) and not is_weaker:
            return headers | own
        return headers | {"user-agent": own.get("user-agent", self._agent)}

    def _note(
        self,
        errand: Errand,
        host: str,
        at: datetime,
        *,
        said: Answer,
        sent: bool = True,
        turn: Turn | None = None,
        elapsed_s: float | None = None,
        attempt: int = 1,
        rest: tuple[float, Rule] | None = None,
    ) -> None:
        if self._log is None:
            return
        exchange = said if isinstance(said, Exchange) else None
        trouble = said if isinstance(said, HttpTrouble) else None
        self._log.note(
            Request(
                host=host,
                source=errand.source.id,
                purpose=str(self._purpose),
                kind=errand.kind,
                url=errand.url,
                sent=sent,
                at=at,
                hop=max(errand.hop, 0),
                attempt=attempt,
                status=said.status,
                reason=str(trouble.reason if trouble else Reason.OK),
                detail=trouble.detail if trouble else "",
                bytes=len(exchange.body) if exchange else None,
                elapsed_s=elapsed_s,
                rule=str(turn.rule) if turn else None,
                delay_s=turn.delay_s if turn else None,
                waited_s=turn.waited_s if turn else None,
                rest_s=rest[0] if rest else None,
                rest_rule=str(rest[1]) if rest else None,
                robots_at=errand.terms.robots_at,
                robots_digest=errand.terms.robots_digest,
                slot=self._log.slot,
            )
        )


def _read_terms(errand: Errand, exchange: Exchange, rules: Rules, file: Reservation) -> None:
    """Note what a page says of its use. Raises HttpTrouble (OPTED_OUT) if the seed heeds it."""
    said = said_of_page(exchange.headers, exchange.body, rules, file)
    before = errand.terms
    errand.terms = Terms(before.robots_at, before.robots_digest, said.opt_outs, said.tdm_policy)
    if word := heeded(said.opt_outs, errand.source.fetch.heed):
        raise _opted_out(word, exchange.status)


def _opted_out(word: str, status: int | None = None) -> HttpTrouble:
    return HttpTrouble(Reason.OPTED_OUT, f"{word}, which the seed heeds", status)


def _is_unwell(answer: Answer | None) -> bool:
    if isinstance(answer, HttpTrouble):
        return answer.reason in _TRY_AGAIN
    return answer is not None and answer.status in _UNWELL
