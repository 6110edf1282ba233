"""What crawling costs, against a farm of 200 sites on loopback: `make bench-crawl`.

The fetcher (bare, polite, with the raw archive) beside aiohttp alone and Scrapy on the same pages,
memory over many URLs, feeds, the ledger, the largest sitemap. Each crawl is a process of its own, and
so is the farm: CPU is user and system time of the crawler alone. Machines differ by far more than
crawlers do from one day to the next, so read the ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench import ledger
from bench.farm import farm
from bench.show import progress, say, table

Figures = dict[str, Any]

#: Pages of each site in the smaller of two crawls: what the larger adds is what a page costs, and
#: the rest what a site does (robots.txt, connection, budget).
FEW: Final = 5
#: Pause of the polite crawls: long enough to be waited for, short enough for a benchmark.
DELAY: Final = "0.02"
SPIDER: Final = Path(__file__).with_name("scrapy_spider.py")
#: Asked for: a page in CPU time with everything on, the archive apart.
ASKED_MS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Crawler:
    """A crawler to measure: what runs it, and with which options."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a crawler takes: milliseconds of CPU a page and a site, megabytes at its peak."""

    name: str
    page_ms: float
    site_ms: float
    peak_mb: float
    missed: int


def crawlers(scrapy_python: Path | None) -> Iterator[Crawler]:
    """Yield what is compared; Scrapy where it is installed."""
    ours = (sys.executable, "-m", "bench.crawler")
    yield Crawler("aiohttp alone", (*ours, "--work", "aiohttp"))
    yield Crawler("ours, no pause, no log", (*ours, "--work", "bare", "--delay", "0"))
    yield Crawler("ours, polite", (*ours, "--work", "polite", "--delay", DELAY))
    yield Crawler("ours, polite, raw archive", (*ours, "--work", "archive", "--delay", DELAY))
    if scrapy_python and scrapy_python.exists():
        spider = (str(scrapy_python), str(SPIDER))
        yield Crawler("Scrapy, no pause, no robots", (*spider, "--off"))
        yield Crawler("Scrapy, polite", (*spider, "--delay", DELAY))


def measured(command: Sequence[str], port: int, **options: object) -> Figures:
    """Run one crawl in a process of its own; return what it printed."""
    more = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(  # noqa: S603 - our own commands
        [*command, "--port", str(port), *more],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def cost(crawler: Crawler, port: int, hosts: int, pages: int) -> Cost:
    """Measure a crawler twice, on few and on more pages of each site."""
    few = measured(crawler.command, port, hosts=hosts, pages=FEW)
    more = measured(crawler.command, port, hosts=hosts, pages=pages)
    page_s = (more["cpu_s"] - few["cpu_s"]) / (more["pages"] - few["pages"])
    site_s = few["cpu_s"] / hosts - FEW * page_s
    missed = few["missed"] + more["missed"]
    return Cost(crawler.name, page_s * 1e3, site_s * 1e3, more["peak_mb"], missed)


def show_costs(costs: Sequence[Cost]) -> None:
    """Print what a page costs each crawler, and in how many times aiohttp's."""
    least = costs[0].page_ms
    polite = next(one.page_ms for one in costs if one.name == "ours, polite")
    rows = [
        [
            one.name,
            f"{one.page_ms:.2f}",
            f"{1000 / one.page_ms:,.0f}",
            f"{one.page_ms / least:.1f}",
            f"{one.page_ms / polite:.1f}",
            f"{one.site_ms:.1f}",
            f"{one.peak_mb:.0f}",
            f"{one.missed:,}" if one.missed else "",
        ]
        for one in costs
    ]
    columns = ("crawler", "ms CPU a page", "pages a CPU second", "x aiohttp", "x ours, polite")
    table("CPU of the crawler", (*columns, "ms CPU a site", "peak MB", "missed"), rows)
    say(f"Asked for: at most {ASKED_MS:g} ms a page with everything on, the archive apart.")


def show_memory(figures: Figures) -> None:
    """Print what is resident as the pages go by."""
    rows = [[f"{pages:,}", f"{mb:.0f}"] for pages, mb in figures["rss_mb"]]
    table("Memory over many URLs (briefs of 2 kB, polite, raw archive)", ("pages", "MB"), rows)


def show_ledgers(rates: Mapping[str, Mapping[str, ledger.Rate]]) -> None:
    """Print how much a second each ledger looks up and writes, by the clock."""
    rows = [
        [
            work,
            *(f"{by_work[work].clock:,.0f}" for by_work in rates.values()),
            f"{ledger.ASKED[work]:,}" if work in ledger.ASKED else "",
        ]
        for work in next(iter(rates.values()))
    ]
    table("Ledger, a second", ("", *rates, "asked for"), rows)


def _ledgers(postgres: str, links: int) -> dict[str, dict[str, ledger.Rate]]:
    with TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        rates = {"SQLite": ledger.measure(f"sqlite:///{folder}/ledger.db", links)}
    if postgres:
        rates["PostgreSQL"] = ledger.measure(postgres, links)
    return rates


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all of it and print tables."""
    given = _arguments(arguments)
    told: Figures = {}
    with farm(given.hosts) as port:
        ahead = list(crawlers(given.scrapy_python))
        costs = []
        with progress("crawlers", len(ahead)) as done:
            for number, crawler in enumerate(ahead, 1):
                costs.append(cost(crawler, port, given.hosts, given.pages))
                done(number)
        show_costs(costs)
        ours = (sys.executable, "-m", "bench.crawler")
        feeds = measured((*ours, "--work", "feeds"), port, hosts=given.hosts)
        say(f"\nFeeds: {feeds['cpu_s'] / given.hosts * 1e3:.1f} ms of CPU each, of 30 entries.")
        if given.urls:
            small = (*ours, "--work", "archive", "--delay", "0", "--folder", "brief")
            each = max(FEW, given.urls // given.hosts)
            told["memory"] = measured(small, port, hosts=given.hosts, pages=each)
            show_memory(told["memory"])
    rates = _ledgers(given.postgres, given.links)
    show_ledgers(rates)
    told["ledger"] = {of: {k: asdict(v) for k, v in work.items()} for of, work in rates.items()}
    sitemap = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "bench.sitemap", "--urls", str(given.links)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told["sitemap"] = sitemap.stdout.strip()
    say(f"\nNews sitemap: {told['sitemap']}. Asked for: 3 s, 200 MB.")
    told |= {"costs": [_plain(one) for one in costs], "feeds": feeds}
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _plain(one: Cost) -> Figures:
    return {name: getattr(one, name) for name in one.__slots__}


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.crawl", description="What crawling costs.")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=30, help="of each site")
    parser.add_argument("--urls", type=int, default=100_000, help="to watch memory over; 0: none")
    parser.add_argument("--links", type=int, default=50_000, help="for ledger and sitemap")
    parser.add_argument("--postgres", default="", metavar="URL", help="of a database to measure")
    parser.add_argument("--scrapy-python", type=Path, metavar="PATH")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
