"""Listings -> pages to look at, spread over listings and time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pipeline.model import Article, Miss, Page, Reject
from pipeline.scout.candidates import Measured

_NO_DATE: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """A page that was looked at: its address as listed, where, what came, what a run would keep."""

    url: str
    found_in: str
    verdict: Article | Reject | Miss
    page: Page | None = None


def spread(listings: Sequence[Measured], most: int) -> list[tuple[str, str]]:
    """Return up to `most` pages, (address, listing), each once: the listings take turns.

    Of each listing in an order that has its newest and oldest first, then what lies between.
    """
    queues = [_halving(one) for one in listings]
    chosen: dict[str, tuple[str, str]] = {}
    while queues and len(chosen) < most:
        for queue in list(queues):
            key, url, place = next(queue, ("", "", ""))
            if not key:
                queues.remove(queue)
            elif len(chosen) < most:
                chosen.setdefault(key, (url, place))
    return list(chosen.values())


def _halving(listing: Measured) -> Iterator[tuple[str, str, str]]:
    dates = listing.dates
    keys = sorted(listing.entries, key=lambda key: dates.get(key, _NO_DATE), reverse=True)
    for n in _order(len(keys)):
        yield keys[n], listing.entries[keys[n]].url, listing.url


def _order(n: int) -> Iterator[int]:
    """Yield 0 … n-1: first, last, middle, then the middles of what is left."""
    yield from dict.fromkeys(_ends(n))
    ahead = [(0, n - 1)]
    while ahead:
        low, high = ahead.pop(0)
        middle = (low + high) // 2
        if low < middle < high:
            yield middle
            ahead += [(low, middle), (middle, high)]


def _ends(n: int) -> tuple[int, ...]:
    return (0, n - 1) if n else ()
