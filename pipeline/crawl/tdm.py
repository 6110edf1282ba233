"""/.well-known/tdmrep.json by origin: asked for once a day, like robots.txt, but binding nobody."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime

from pipeline.crawl.opt_outs import Reservation, read_tdmrep
from pipeline.crawl.robots import ROBOTS_BYTES, ROBOTS_FRESH, AskFile
from pipeline.ports import HttpTrouble, Ports
from pipeline.sources import Source
from pipeline.urls import Address

_OK, _SERVER_ERROR = 200, 500


class TdmFiles:
    """Reservations of text and data mining. A file that cannot be had says nothing."""

    def __init__(self, ask: AskFile, ports: Ports) -> None:
        self._ask, self._ports = ask, ports
        self._held: dict[str, tuple[datetime, bytes]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def reservation(self, address: Address, source: Source, deadline: float) -> Reservation:
        """Return what an origin's file says of a URL; nothing, if the seed does not want it read."""
        if not source.fetch.tdmrep:
            return Reservation()
        url = f"{address.origin}/.well-known/tdmrep.json"
        async with self._locks[url]:
            held = self._held.get(url)
            if held is None or self._ports.now() - held[0] >= ROBOTS_FRESH:
                held = self._held[url] = await self._renewed(url, source, deadline)
        return read_tdmrep(held[1], address.href) if held[1] else Reservation()

    async def _renewed(self, url: str, source: Source, deadline: float) -> tuple[datetime, bytes]:
        now = self._ports.now()
        stored = self._ports.ledger.robots(url)
        if stored and now - stored[0] < ROBOTS_FRESH:
            return stored[0], stored[2]
        try:
            answer = await self._ask(url, source, deadline)
        except HttpTrouble:
            return now, b""
        body = answer.body[:ROBOTS_BYTES] if answer.status == _OK else b""
        if answer.status < _SERVER_ERROR:
            self._ports.ledger.keep_robots(url, now, answer.status, body)
        return now, body
