"""How much of what a site published was found, by which route: `broadsheet report coverage`.

Read from the lake alone: sightings (which listing named which URL), articles (which URLs are one
story, and its day), rejects (what is no article), and polls (gaps between two of a listing).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from pipeline.estimate import Estimate, estimate
from pipeline.model import Reason

if TYPE_CHECKING:
    from pipeline.query import Tables

#: What a listing is, and the route it belongs to. Sitemaps of both kinds are made of one list, and
#: of two such routes capture-recapture learns nothing; sections share a site's topics among them.
ROUTES: Final = {
    "feed": "feed",
    "news_sitemap": "sitemap",
    "sitemap": "sitemap",
    "section": "section",
}
#: What DuckDB may hold of a lake; more goes to a temporary folder.
MEMORY_MB: Final = 512

_NO_ARTICLES: Final = (
    *(Reason.NOT_HTML, Reason.NOT_ARTICLE, Reason.HOME_PAGE, Reason.LISTING_PAGE),
    *(Reason.SOFT_404, Reason.PART),
)
_KINDS: Final = tuple(ROUTES)
_IN = ", ".join(f"'{kind}'" for kind in _KINDS)
_BITS = " ".join(f"WHEN '{kind}' THEN {1 << n}" for n, kind in enumerate(_KINDS))
_REFUSED = ", ".join(f"'{reason}'" for reason in _NO_ARTICLES)

# A story is an article, or a URL that has none yet; an exact copy on the same site is the same
# story, whichever of its addresses a listing names. No aggregate holds a list, which DuckDB could
# not put on disk.
_SQL: Final = f"""
WITH zones AS (SELECT unnest(?::VARCHAR[]) AS source, unnest(?::VARCHAR[]) AS zone),
held AS (
    SELECT source, url_key, arg_max(coalesce(duplicate_of, article_id), slot) AS story,
           arg_max(published_day, slot) AS day, max(slot) AS slot
    FROM articles WHERE date >= ? AND (? OR source IN (SELECT source FROM zones)) GROUP BY ALL
),
refused AS (
    SELECT source, url_key, max(slot) AS slot FROM rejects
    WHERE date >= ? AND reason IN ({_REFUSED}) GROUP BY ALL
),
named AS (
    SELECT s.source, coalesce(held.story, s.url_key) AS story, s.listing,
           min(CASE s.via {_BITS} END) AS bit, min(held.day) AS extracted,
           min(timezone(coalesce(zone, 'UTC'), s.published_at)::DATE) AS claimed,
           min(timezone(coalesce(zone, 'UTC'), s.found_at)::DATE) AS found
    FROM sightings s LEFT JOIN held USING (source, url_key)
    LEFT JOIN refused r ON r.source = s.source AND r.url_key = s.url_key
    LEFT JOIN zones ON zones.source = s.source
    WHERE s.date >= ? AND s.via IN ({_IN}) AND (? OR zones.source IS NOT NULL)
      AND (r.slot IS NULL OR held.slot > r.slot)
    GROUP BY s.source, coalesce(held.story, s.url_key), s.listing
),
placed AS (
    SELECT source, listing, bit, bit_or(bit) OVER of_story AS kinds,
           count(*) OVER of_story AS listings, row_number() OVER of_story AS number,
           min(extracted) OVER of_story AS extracted, min(claimed) OVER of_story AS claimed,
           min(found) OVER of_story AS found
    FROM named WINDOW of_story AS (PARTITION BY source, story)
)
SELECT source, coalesce(extracted, claimed, found) AS day, kinds, listing, bit,
       count(*) AS n, count(*) FILTER (listings = 1) AS alone,
       count(*) FILTER (number = 1) AS stories,
       count(*) FILTER (number = 1 AND extracted IS NULL AND claimed IS NULL) AS undated
FROM placed WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY source, day, listing, kinds
"""  # noqa: S608 - our own constants
_FIRSTS: Final = "SELECT source, min(found_at) AS first FROM sightings GROUP BY source"
_GAPS: Final = """
SELECT source, url, detail, "at" FROM polls
WHERE gap AND date >= ? ORDER BY source, "at"
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are asked for, both included, and the sources; none means all."""

    since: date
    until: date
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """Stories that a listing or a kind of listing found, and those that nothing else found."""

    found: int
    alone: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A listing that was asked too late: when that was seen, and what polling said of it."""

    listing: str
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageDay:
    """What was found of one source's day, and what may have been missed.

    The day is that of publication where the publisher is: as the article's page says, else as a
    listing claims; `undated` stories, of which neither does, count for the day they were found.
    `together` has how many stories each set of kinds found, and no other did: `feed+section`.
    `missed` is the estimate less what was found. `partial` says why a day is not whole: `open`, it
    is not over; `before`, the source was not crawled yet, and listings reach back some way only.
    """

    source: str
    day: date
    found: int
    undated: int
    kinds: Mapping[str, Share]
    listings: Mapping[str, Share]
    together: Mapping[str, int]
    estimate: float | None
    low: int | None
    high: int | None
    method: str
    caveats: Sequence[str]
    missed: float | None
    coverage: float | None
    partial: str
    gaps: Sequence[Gap]


@dataclass(slots=True)
class _Sums:
    """The rows of one source and day, added up."""

    listings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_kinds: Counter[frozenset[str]] = field(default_factory=Counter)
    undated: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        kinds = frozenset(kind for n, kind in enumerate(_KINDS) if row["kinds"] >> n & 1)
        self.by_kinds[kinds] += row["stories"]
        self.undated += row["undated"]
        share = self.listings[row["listing"]]
        share[0] += row["n"]
        share[1] += row["alone"]


def coverage(
    tables: Tables, span: Span, zones: Mapping[str, str], today: date
) -> list[CoverageDay]:
    """Read the lake, and estimate what it lacks, for each source and day that has anything.

    `zones` are the sources' time zones. Days from `today` on are not over. Raises what `Tables.ask`
    raises.
    """
    sums: dict[tuple[str, date], _Sums] = defaultdict(_Sums)
    for row in tables.ask(_SQL, _parameters(span, zones), megabytes=MEMORY_MB).rows():
        sums[row["source"], row["day"]].add(row)
    earliest = span.since - timedelta(days=1)  # of UTC
    for row in tables.ask(_GAPS, (earliest,), megabytes=MEMORY_MB).rows():
        day = row["at"].astimezone(ZoneInfo(zones.get(row["source"], "UTC"))).date()
        if span.since <= day <= span.until and row["source"] in (span.sources or [row["source"]]):
            sums[row["source"], day].gaps.append(Gap(row["url"], row["at"], row["detail"]))
    firsts = tables.ask(_FIRSTS, megabytes=MEMORY_MB).rows()
    first = {row["source"]: row["first"].astimezone(UTC).date() for row in firsts}
    return [
        _day(source, day, sums[source, day], _partial(day, first.get(source, day), today))
        for source, day in sorted(sums)
    ]


def _parameters(span: Span, zones: Mapping[str, str]) -> list[Any]:
    # A day of the publisher begins up to 14 hours before that of UTC, and so may what was found.
    first = span.since - timedelta(days=1)
    known = {source: zones.get(source, "UTC") for source in span.sources or zones}
    everything = not span.sources
    names = [list(known), list(known.values())]
    return [*names, first, everything, first, first, everything, span.since, span.until]


def _day(source: str, day: date, sums: _Sums, partial: str) -> CoverageDay:
    known = estimated(sums.by_kinds)
    missed = None if known.total is None else known.total - known.found
    return CoverageDay(
        source=source,
        day=day,
        found=known.found,
        undated=sums.undated,
        kinds=dict(_shares(sums.by_kinds)),
        listings={url: Share(n, alone) for url, (n, alone) in sums.listings.items()},
        together={_name(kinds): n for kinds, n in sorted(sums.by_kinds.items(), key=_first)},
        estimate=known.total,
        low=known.low,
        high=known.high,
        method=known.method,
        caveats=[str(caveat) for caveat in known.caveats],
        missed=missed,
        coverage=None if not known.total else known.found / known.total,
        partial=partial,
        gaps=sums.gaps,
    )


def estimated(by_kinds: Mapping[frozenset[str], int]) -> Estimate:
    """Estimate a day from how many stories each set of kinds of listings found."""
    by_route: Counter[frozenset[str]] = Counter()
    for kinds, n in by_kinds.items():
        by_route[frozenset(ROUTES[kind] for kind in kinds)] += n
    return estimate(by_route)


def _shares(by_kinds: Mapping[frozenset[str], int]) -> Iterable[tuple[str, Share]]:
    for kind in _KINDS:
        if found := sum(n for kinds, n in by_kinds.items() if kind in kinds):
            yield kind, Share(found, by_kinds.get(frozenset({kind}), 0))


def _first(item: tuple[frozenset[str], int]) -> str:
    return _name(item[0])


def _name(kinds: Iterable[str]) -> str:
    return "+".join(sorted(kinds))


def _partial(day: date, first: date, today: date) -> str:
    if day >= today:
        return "open"
    return "before" if day < first else ""


def short(days: Iterable[CoverageDay], least: float) -> list[CoverageDay]:
    """Return the whole days of which less than a share (0 to 1) was found, so far as is known."""
    return [
        day for day in days if not day.partial and day.coverage is not None and day.coverage < least
    ]
