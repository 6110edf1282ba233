"""How fast the ledger is: `python -m bench.ledger [URL] [--links 50000] [--rounds 3]`.

Look-ups and upserts a second, in the batches that a crawl makes, on SQLite or the database of a
URL: `known` (which URLs of a listing are new), `remember` of links that are new and of the same
again, `settle_fetched`, `due`, and `find` of one URL after the other. A server's CPU seconds are
counted where it is PostgreSQL on this machine. Of several rounds, each on other links, the best.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import text

from pipeline.adapters.database import open_engine
from pipeline.adapters.ledger import SqlLedger
from pipeline.model import Link, Miss, Page, Reason, Slot, State
from pipeline.ports import Settlement

NOW: Final = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
SLOT: Final = Slot.containing(NOW)
#: Asked for: look-ups and upserts a second, in batches.
ASKED: Final = {"known": 10_000, "remember new": 5_000, "remember again": 5_000, "settle": 5_000}
_SINGLE: Final = 500
#: Fields of /proc/PID/stat after the name (proc(5)): parent, CPU ticks, those of ended children.
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 1, 11, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Rate:
    """How much is done a second: by the clock, and of CPU of this process, of it and the server."""

    clock: float
    client: float
    both: float

    def or_better(self, other: Rate) -> Rate:
        """Return the better of two rates, each way of counting by itself."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Rate(*(max(pair) for pair in pairs))


def links(number: int, first: int = 0) -> list[Link]:
    """Return links of one listing, as a news sitemap gives them."""
    return [_link(n) for n in range(first, first + number)]


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
        modified_at=NOW - timedelta(minutes=number % 3000 - 1),
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


def measure(url: str, number: int, rounds: int = 1) -> dict[str, Rate]:
    """Return per kind of work how many a second, on a ledger that grows by as many links a round."""
    best = _measure(url, links(number))
    for turn in range(1, rounds):
        rates = _measure(url, links(number, turn * number))
        best = {name: rate.or_better(best[name]) for name, rate in rates.items()}
    return best


def _measure(url: str, found: Sequence[Link]) -> dict[str, Rate]:
    ledger, number = SqlLedger(url, 5), len(found)
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
    with _server(url) as server:
        rates = {name: _rate(n, act, server) for name, (n, act) in work.items()}
    ledger.close()
    return rates


def _miss(link: Link) -> Miss:
    return Miss(
        link=link, reason=Reason.TIMEOUT, detail="30 s", fetched_at=NOW + timedelta(minutes=1)
    )


def _rate(number: int, act: Callable[[], object], server: Callable[[], float]) -> Rate:
    wall, cpu, theirs = time.perf_counter(), time.process_time(), server()
    act()
    passed, ours = time.perf_counter() - wall, time.process_time() - cpu
    return Rate(number / passed, number / ours, number / (ours + server() - theirs))


@contextmanager
def _server(url: str) -> Iterator[Callable[[], float]]:
    """Yield what tells the CPU seconds of a PostgreSQL on this machine; of another server, none."""
    engine = open_engine(url)
    if engine.dialect.name != "postgresql":
        yield lambda: 0.0
        return
    with engine.connect() as connection:
        worker = Path(f"/proc/{connection.scalar(text('SELECT pg_backend_pid()'))}/stat")
    parent = _stat(worker)[_PARENT] if worker.exists() else ""
    yield lambda: _cpu_below(parent)
    engine.dispose()


def _cpu_below(parent: str) -> float:
    """Return the CPU seconds of a process's children, those that have ended among them."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stat = _stat(path)
            if stat[_PARENT] == parent:
                ticks += int(stat[_USER]) + int(stat[_SYSTEM])
    with suppress(OSError):
        ended = _stat(Path(f"/proc/{parent}/stat"))
        ticks += int(ended[_ENDED_USER]) + int(ended[_ENDED_SYSTEM])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> list[str]:
    return path.read_text().rpartition(")")[2].split()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one database and print a table. A machine with other work is as slow as it is."""
    parser = argparse.ArgumentParser(prog="bench.ledger", description="How fast the ledger is.")
    parser.add_argument("url", nargs="?", help="SQLAlchemy URL; default: SQLite in a new folder")
    parser.add_argument("--links", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder)}/ledger.db"
        rates = measure(url, given.links, given.rounds)
    lines = [f"{'':<16}{'a second':>10}{'a CPU second':>14}{'with server':>13}{'asked for':>11}"]
    for name, rate in rates.items():
        asked = f"{ASKED[name]:,}" if name in ASKED else ""
        lines.append(
            f"{name:<16}{rate.clock:>10,.0f}{rate.client:>14,.0f}{rate.both:>13,.0f}{asked:>11}"
        )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
