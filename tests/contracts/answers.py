"""Links, and what came of them, to test a ledger with; every field can be set."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

from pipeline.model import Link, Miss, Page

NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
#: Runs that may try a URL.
ATTEMPTS = 3


def link(number=0, **fields):
    url = f"https://lantern.example/{number}"
    values = {
        "source": "lantern",
        "url": url,
        "url_key": blake2b(url.encode(), digest_size=16).hexdigest(),
        "found_at": NOW,
        "found_in": "https://lantern.example/feed",
        "title": f"Story {number}",
    }
    return Link(**(values | fields))


def page(of, at=NOW, **fields):
    values = {
        "final_url": of.url,
        "status": 200,
        "headers": (("ETag", '"v1"'), ("Last-Modified", "Sat, 21 Nov 2026 08:00:00 GMT")),
        "body": b"<html>",
        "raw_key": "raw/date=2026-11-21/x.parquet",
    }
    return Page(link=of, fetched_at=at, **(values | fields))


def miss(of, reason, at=NOW, **fields):
    return Miss(link=of, reason=reason, detail=f"it was {reason}", fetched_at=at, **fields)
