"""One crawl of the farm by our fetcher, in this process: `python -m bench.crawler --port N …`.

Prints a line of JSON: pages, seconds of CPU (user and system, of this process alone) and of the
clock, resident memory as it goes.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from bench.farm import host_of
from pipeline.adapters.http import AiohttpHttp
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.crawl.discover import discover
from pipeline.crawl.fetch import Fetcher
from pipeline.crawl.raw import RawArchive
from pipeline.crawl.request_log import RequestLog
from pipeline.jobs import utc_now
from pipeline.model import Fetched, Link, Page, Slot
from pipeline.ports import Due, Ports
from pipeline.sources import Source
from pipeline.urls import url_key
from pipeline.walls import NO_WALLS, load_walls

AGENT: Final = "BenchBot/1.0 (+https://example.org/bot)"
LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"),)
#: What is done beside asking for pages.
WORKS: Final = ("aiohttp", "bare", "polite", "archive", "feeds")
_IN_FLIGHT: Final = 32
_PAGE_BYTES: Final = resource.getpagesize()
_SAMPLES: Final = 5


def sources(given: argparse.Namespace) -> dict[str, Source]:
    """Return a seed for each site of the farm."""
    return {f"site-{n}": _source(n, given) for n in range(given.hosts)}


def _source(number: int, given: argparse.Namespace) -> Source:
    home = f"http://{host_of(number)}:{given.port}/"
    gentle = {"delay_s": given.delay, "ports": [given.port], "tdmrep": False}
    return Source.model_validate({
        "id": f"site-{number}",
        "name": f"Site {number}",
        "home": home,
        "languages": ["en"],
        "listings": [{"url": f"{home}feed.xml", "kind": "feed"}],
        "fetch": gentle | {"max_pages": 100_000, "requests_a_day": 1_000_000},
    })


def due(seeds: dict[str, Source], each: int, folder: str) -> dict[str, list[Due]]:
    """Return the pages to ask for, so many of each site."""
    now = utc_now()
    return {
        key: [Due(link=_link(key, f"{seed.home}{folder}/{n}", now)) for n in range(each)]
        for key, seed in seeds.items()
    }


def _link(source: str, url: str, now: Any) -> Link:
    return Link(source=source, url=url, url_key=url_key(url), found_at=now, found_in="bench")


async def crawl(given: argparse.Namespace, ports: Ports) -> dict[str, Any]:
    """Do one kind of work and say what it took."""
    seeds, slot = sources(given), Slot.containing(utc_now())
    log = RequestLog(ports, slot, "0") if given.work != "bare" else None
    work = due(seeds, given.pages, given.folder)
    deadline = utc_now() + timedelta(hours=2)
    gauge = Gauge(given.hosts * given.pages)
    async with Fetcher(
        AiohttpHttp(LOOPBACK),
        ports,
        AGENT,
        requests_a_day=1_000_000,
        log=log,
        walls=NO_WALLS if given.work == "bare" else load_walls(),
    ) as fetcher:
        archive = RawArchive(ports.store, slot, "0")
        if given.work == "feeds":
            async for poll in discover(seeds, fetcher, ports):
                gauge.count(len(poll.links), 0)
        elif given.work == "archive":
            async for batch in archive.keep_fetched(gauge.over(fetcher.run(work, seeds, deadline))):
                ports.ledger.settle_fetched(batch, slot, ports.now())
        else:
            async for _ in gauge.over(fetcher.run(work, seeds, deadline)):
                pass
    return gauge.told()


async def ask_only(given: argparse.Namespace) -> dict[str, Any]:
    """Ask for the pages with aiohttp and do nothing else: what asking takes on this machine."""
    gauge = Gauge(given.hosts * given.pages)
    homes = [seed.home for seed in sources(given).values()]
    urls = [f"{home}{given.folder}/{n}" for n in range(given.pages) for home in homes]
    ahead = iter(urls)

    async def work(session: aiohttp.ClientSession) -> None:
        for url in ahead:
            async with session.get(url) as response:
                gauge.count(1, len(await response.read()))

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(work(session) for _ in range(_IN_FLIGHT)))
    return gauge.told()


class Gauge:
    """Counts pages and bytes, and looks at memory and CPU on the way."""

    def __init__(self, total: int) -> None:
        self._step = max(1, total // _SAMPLES)
        self._pages = self._bytes = self._missed = 0
        self._rss: list[tuple[int, float]] = []
        self._cpu, self._clock = cpu_seconds(), time.perf_counter()

    async def over(self, fetched: AsyncIterator[Fetched]) -> AsyncIterator[Fetched]:
        """Pass answers on, counting them."""
        async for one in fetched:
            if isinstance(one, Page):
                self.count(1, len(one.body))
            else:
                self._missed += 1
            yield one

    def count(self, pages: int, body: int) -> None:
        """Count pages, and bytes of them."""
        self._pages += pages
        self._bytes += body
        if self._pages % self._step == 0:
            self._rss.append((self._pages, resident_mb()))

    def told(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "pages": self._pages,
            "missed": self._missed,
            "bytes": self._bytes,
            "cpu_s": cpu_seconds() - self._cpu,
            "wall_s": time.perf_counter() - self._clock,
            "rss_mb": self._rss,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 1e6,
        }


_PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024


def cpu_seconds() -> float:
    """Return what this process has taken, all its threads, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_mb() -> float:
    """Return what this process holds in memory now; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * _PAGE_BYTES / 1e6 if statm.exists() else 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Crawl once and print the figures."""
    parser = argparse.ArgumentParser(prog="bench.crawler", description="One crawl of the farm.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=25, help="of each site")
    parser.add_argument("--folder", choices=("story", "brief"), default="story")
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--work", choices=WORKS, default="polite")
    given = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        ledger = SqlLedger(f"sqlite:///{folder}/ledger.db", 5)
        ports = Ports(open_store(f"{folder}/lake"), ledger, utc_now)
        plain = given.work == "aiohttp"
        figures = asyncio.run(ask_only(given) if plain else crawl(given, ports))
        ledger.close()
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
