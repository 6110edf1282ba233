"""How fast the ledger is: `python -m bench.ledger [URL] [--links 50000]`.

Look-ups and upserts a second, in the batches that a crawl makes, on SQLite or the database of a
URL: `known` (which URLs of a listing are new), `remember` of links that are new and of the same
again, `settle_fetched`, `due`, and `find` of one URL after the other. CPU seconds are this
process's; a database server has its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pipeline.adapters.ledger import SqlLedger
from pipeline.model import Link, Miss, Page, Reason, Slot, State
from pipeline.ports import Settlement

NOW: Final = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
SLOT: Final = Slot.containing(NOW)
#: Asked for: look-ups and upserts a second, in batches.
ASKED: Final = {"known": 10_000, "remember new": 5_000, "remember again": 5_000, "settle": 5_000}
_SINGLE: Final = 500


def links(number: int) -> list[Link]:
    """Return links of one listing, as a news sitemap gives them."""
    return [_link(n) for n in range(number)]


def _link(number: int) -> Link:
    url = f"https://lantern.example/2026/11/21/story-number-{number}-of-the-year"
    return Link(
        source="lantern",
        url=url,
        url_key=blake2b(url.encode(), digest_size=16).hexdigest(),
        found_at=NOW,
        found_in="https://lantern.example/news-sitemap.xml",
        found_via="news_sitemap",
        title=f"Story number {number} of the year",
        published_at=NOW - timedelta(minutes=number % 3000),
        authors=("Ana Ozola",),
    )


def _page(link: Link) -> Page:
    return Page(
        link=link,
        final_url=link.url,
        status=200,
        headers=(("ETag", '"v1"'),),
        body=b"",
        known_digest="0" * 64,
        raw_key="raw/date=2026-11-21/x.parquet",
        fetched_at=NOW + timedelta(minutes=5),
    )


def measure(url: str, number: int) -> dict[str, tuple[float, float]]:
    """Return per kind of work how many a second: of wall time, and of this process's CPU time."""
    ledger, found = SqlLedger(url, 5), links(number)
    keys = [link.url_key for link in found]
    again = [replace(link, found_at=NOW + timedelta(hours=1)) for link in found]
    answers = [_page(link) for link in found]
    misses = [_miss(link) for link in found]
    ends = [Settlement(link.url_key, "lantern", State.PUBLISHED, "ok") for link in found]
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "remember new": (number, lambda: ledger.remember(found, [], SLOT)),
        "known": (number, lambda: ledger.known("lantern", keys, NOW)),
        "remember again": (number, lambda: ledger.remember(again, [], SLOT)),
        "due": (1000, lambda: ledger.due("lantern", NOW, 1000)),
        "settle misses": (number, lambda: ledger.settle_fetched(misses, SLOT, NOW)),
        "settle": (number, lambda: ledger.settle_fetched(answers, SLOT, NOW)),
        "publish": (number, lambda: ledger.settle(ends, SLOT)),
        "touched": (number, lambda: sum(1 for _ in ledger.touched(SLOT))),
        "sightings": (number, lambda: sum(1 for _ in ledger.sightings(SLOT))),
        "find": (_SINGLE, lambda: [ledger.find(key) for key in keys[:_SINGLE]]),
    }
    rates = {name: _rate(n, act) for name, (n, act) in work.items()}
    ledger.close()
    return rates


def _miss(link: Link) -> Miss:
    return Miss(
        link=link, reason=Reason.TIMEOUT, detail="30 s", fetched_at=NOW + timedelta(minutes=1)
    )


def _rate(number: int, act: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return number / (time.perf_counter() - wall), number / (time.process_time() - cpu)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one database and print a table. A machine with other work is as slow as it is."""
    parser = argparse.ArgumentParser(prog="bench.ledger", description="How fast the ledger is.")
    parser.add_argument("url", nargs="?", help="SQLAlchemy URL; default: SQLite in a new folder")
    parser.add_argument("--links", type=int, default=50_000)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder)}/ledger.db"
        rates = measure(url, given.links)
    lines = [f"{'':<16}{'a second':>10}{'a CPU second':>14}{'asked for':>11}"]
    for name, (wall, cpu) in rates.items():
        asked = f"{ASKED[name]:,}" if name in ASKED else ""
        lines.append(f"{name:<16}{wall:>10,.0f}{cpu:>14,.0f}{asked:>11}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
