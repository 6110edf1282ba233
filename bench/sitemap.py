"""What the largest news sitemap costs: `python -m bench.sitemap [--urls 50000]`.

A sitemap with the news extension is read, its links are chosen and keyed, as a poll does. Asked
for: at most 3 s of CPU and 200 MB for 50,000 URLs. Then a ledger, SQLite, is told of them.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Final

from pipeline.adapters.ledger import SqlLedger
from pipeline.crawl.harvest import keys_of, links_of, reading_of
from pipeline.model import Link, Page, Slot
from pipeline.sources import Source
from pipeline.urls import url_key

NOW: Final = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
HOME: Final = "https://lantern.example/"
_KB: Final = 1024 if sys.platform != "darwin" else 1


def news_sitemap(number: int) -> bytes:
    """Return a news sitemap: 460 bytes a URL, as real ones have."""
    rows = "".join(_row(n) for n in range(number))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset '
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        f"{rows}</urlset>"
    ).encode()


def _row(n: int) -> str:
    return (
        f"<url><loc>{HOME}2026/11/21/story-number-{n}-of-the-harbour?utm_source=map&amp;id={n}</loc>"
        "<lastmod>2026-11-21T08:30:00+02:00</lastmod><news:news><news:publication>"
        "<news:name>The Lantern</news:name><news:language>en</news:language></news:publication>"
        "<news:publication_date>2026-11-21T08:30:00+02:00</news:publication_date>"
        f"<news:title>Story number {n} &amp; what became of the harbour</news:title>"
        "</news:news></url>\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print seconds of CPU and the process's peak."""
    parser = argparse.ArgumentParser(prog="bench.sitemap", description="What a sitemap costs.")
    parser.add_argument("--urls", type=int, default=50_000)
    number = parser.parse_args(arguments).urls
    source = Source.model_validate({
        "id": "lantern",
        "name": "The Lantern",
        "home": HOME,
        "languages": ["en"],
        "listings": [{"url": f"{HOME}map.xml"}],
    })
    url = f"{HOME}map.xml"
    link = Link(source="lantern", url=url, url_key=url_key(url), found_at=NOW, found_in="seed")
    body = news_sitemap(number)
    page = Page(link=link, final_url=url, status=200, headers=(), body=body, fetched_at=NOW)
    before = time.process_time()
    reading = reading_of(page, source, source.listings[0])
    links = list(links_of(reading, keys_of(reading), source, url, NOW))
    spent = time.process_time() - before
    read = f"{len(links):,} links of {len(body) / 1e6:.0f} MB: {_cost(spent)}"
    with TemporaryDirectory() as folder:
        ledger = SqlLedger(f"sqlite:///{folder}/ledger.db", 5)
        ledger.counts()
        before = time.process_time()
        ledger.remember(links, [], Slot.containing(NOW))
        noted = _cost(time.process_time() - before)
        ledger.close()
    sys.stdout.write(f"{read}; a ledger is told of them: {noted}\n")


def _cost(seconds: float) -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KB / 1e6
    return f"{seconds:.2f} s CPU, {peak:.0f} MB peak"


if __name__ == "__main__":
    main()
