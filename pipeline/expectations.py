"""Whether what sites gave of late is what their seeds expect: asked at the end of every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from pipeline.expect import FILLED, Expect, Observed, departures, silence, strange
from pipeline.model import Slot

if TYPE_CHECKING:
    from pipeline.publish.table import Lake
    from pipeline.sources import Source

#: A run of an hour may bring three pages; those of a day say more.
_LOOKED_AT: Final = timedelta(days=1)
#: Hundreds of sites, two dozen runs a day, ten questions of each: less than one false alarm a day.
_RARE: Final = 1e-5
#: Articles whose median says something.
_LEAST: Final = 10
#: A site that has been silent for longer has dead listings, which are told of on their own.
_REMEMBERED: Final = timedelta(days=30)

Row = Mapping[str, Any]


def misfits(sources: Mapping[str, Source], slot: Slot, lake: Lake, now: datetime) -> list[str]:
    """Say in what sites depart from their seeds, by the rows of the day that ends with a slot.

    A line each; silence is no departure unless the seed says how much there is in a day.
    """
    verdicts = _verdicts(slot, lake)
    newest = _newest(slot, lake)
    lines = []
    for key, source in sorted(sources.items()):
        told = [*_departures(source, *verdicts.get(key, ([], 0)))]
        if quiet := silence(newest.get(key), source.expect.articles_a_day, now):
            told.append(quiet)
        lines += [f"{key}: {line} (`broadsheet sources check {key}`)" for line in told]
    return lines


def _departures(source: Source, articles: list[Row], rejects: int) -> Iterator[str]:
    if source.expect != Expect():
        yield from departures(source.expect, _observed(articles, rejects), None, rare=_RARE)
    yield from strange(source.languages, [row["language"] for row in articles], rare=_RARE)


def _observed(articles: list[Row], rejects: int) -> Observed:
    words = sorted(row["word_count"] for row in articles)
    return Observed(
        sampled=len(articles) + rejects,
        articles=len(articles),
        words=words[len(words) // 2] if len(words) >= _LEAST else None,
        filled={name: sum(bool(row[name]) for row in articles) for name in FILLED},
    )


def _verdicts(slot: Slot, lake: Lake) -> dict[str, tuple[list[Row], int]]:
    """Return, by source, the articles of a day's slots and the number of its rejects."""
    first = Slot(slot.start - _LOOKED_AT)
    days = _since(first.start.date()) & (pc.field("date") <= date.fromisoformat(slot.date))
    of_day = days & (pc.field("slot") > first.key) & (pc.field("slot") <= slot.key)
    found: dict[str, tuple[list[Row], int]] = {}
    columns = ["source", "word_count", "language", *FILLED]
    for row in lake.read("articles", columns, of_day).to_pylist():
        found.setdefault(row["source"], ([], 0))[0].append(row)
    for source in lake.read("rejects", ["source"], of_day)["source"].to_pylist():
        articles, rejects = found.get(source, ([], 0))
        found[source] = articles, rejects + 1
    return found


def _newest(slot: Slot, lake: Lake) -> dict[str, datetime]:
    """Return when the last article of each source was found."""
    since = _since((slot.start - _REMEMBERED).date())
    rows = lake.read("articles", ["source", "found_at"], since)
    last = rows.group_by("source").aggregate([("found_at", "max")]).to_pylist()
    return {row["source"]: row["found_at_max"].astimezone(UTC) for row in last}


def _since(day: date) -> pc.Expression:
    return pc.field("date") >= day
