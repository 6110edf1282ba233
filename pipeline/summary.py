"""What a run, or all runs, came to: the closing table of `broadsheet report`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.model import State
from pipeline.ports import Standing

#: What a newcomer might ask first; printed with its answer.
FIRST_QUERY = """\
SELECT source, language, count(*) AS articles, count(duplicate_of) AS duplicates,
       CAST(avg(word_count) AS INTEGER) AS words, CAST(min(published_at) AS DATE) AS oldest,
       CAST(max(published_at) AS DATE) AS newest
FROM articles GROUP BY ALL ORDER BY ALL"""


_MARKED = """
SELECT source, mark, count(*) AS articles FROM (
  SELECT source, unnest([
    CASE WHEN form <> 'article' THEN form END,
    CASE WHEN preview THEN 'preview' WHEN paywalled THEN 'paywalled' END,
    CASE WHEN corrected THEN 'corrected' END,
    CASE WHEN parts > 1 THEN 'several pages' END
  ]) AS mark
  FROM articles WHERE duplicate_of IS NULL AND coalesce(slot = CAST(? AS VARCHAR), true)
) WHERE mark IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


@dataclass(slots=True)
class Books:
    """The books of a source: discovered = articles + duplicates + rejected + failed + pending + removed."""

    source: str
    discovered: int = 0
    fetched: int = 0
    articles: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    removed: int = 0

    def add(self, state: State, reason: str, n: int = 1) -> None:
        """Count URLs that stand so."""
        self.discovered += n
        self.fetched += n * (state not in {State.PENDING, State.FAILED, State.REMOVED})
        match state:
            case State.PUBLISHED:
                self.articles += n
            case State.DUPLICATE:
                self.duplicates += n
            case State.REJECTED:
                self.rejected[reason] += n
            case State.FAILED:
                self.failed[reason] += n
            case State.REMOVED:
                self.removed += n
            case _:
                self.pending += n


@dataclass(frozen=True, slots=True)
class Summary:
    """What `report` shows. `tables` says per table where its Parquet lies and how much it is.

    `marked` counts, by source, the articles that are more or less than a plain whole one.
    `changed` says which sites are no longer as they were: layouts, fill rates. `listings` says which
    are dead, or have had gaps.
    """

    slot: str | None
    books: Sequence[Books]
    tables: Sequence[Mapping[str, Any]]
    cuts: Sequence[Mapping[str, Any]]
    query: str
    answer: Sequence[Mapping[str, Any]]
    marked: Sequence[Mapping[str, Any]] = ()
    changed: Sequence[str] = ()
    listings: Sequence[str] = ()


def books_of_counts(counts: Mapping[str, Mapping[tuple[str, str], int]]) -> list[Books]:
    """Keep the books of all sources from the ledger's counts by (state, reason)."""
    books = []
    for source, by_state in sorted(counts.items()):
        book = Books(source)
        for (state, reason), n in by_state.items():
            book.add(State(state), reason, n)
        books.append(book)
    return books


def books_of_standings(standings: Iterable[Standing]) -> list[Books]:
    """Keep the books of the URLs that one run touched, as they stand now."""
    books: dict[str, Books] = {}
    for standing in standings:
        source = standing.link.source
        books.setdefault(source, Books(source)).add(standing.state, standing.reason)
    return [books[source] for source in sorted(books)]


def cuts_query(slot: str | None) -> tuple[str, list[str]]:
    """Return the SQL and its parameters that count what was cut, by category."""
    where = " WHERE slot = ?" if slot else ""
    sql = (
        "SELECT cut.category AS category, count(*) AS cuts, "  # noqa: S608 - constants only
        "CAST(sum(length(cut.text)) AS BIGINT) AS characters "
        f"FROM (SELECT unnest(cuts) AS cut FROM articles{where}) GROUP BY ALL ORDER BY cuts DESC, category"
    )
    return sql, [slot] if slot else []


def marked_query(slot: str | None) -> tuple[str, list[str | None]]:
    """Return the SQL and its parameters that count live blogs, galleries, previews and their like."""
    return _MARKED, [slot]
