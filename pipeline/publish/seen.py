"""Where URLs were found: the ledger's sightings as rows of the lake, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from pipeline.errors import BrokenContract
from pipeline.model import Link
from pipeline.ports import Sighting
from pipeline.publish.rows import check_nulls
from schemas.sighting import SIGHTING


def sighting_rows(sightings: Iterable[Sighting]) -> pa.Table:
    """Return `schemas.sighting.SIGHTING` rows. Raises BrokenContract for what does not fit."""
    rows = [
        {
            "source": seen.link.source,
            "url": seen.link.url,
            "url_key": seen.link.url_key,
            "listing": seen.link.found_in,
            "via": seen.link.found_via,
            "found_at": seen.link.found_at,
            "title": seen.link.title,
            "published_at": seen.link.published_at,
            "modified_at": seen.link.modified_at,
            "authors": list(seen.link.authors),
            "words": seen.link.words,
            "slot": seen.found_slot,
        }
        for seen in sightings
    ]
    try:
        table = pa.Table.from_pylist(rows, schema=SIGHTING)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeError) as error:
        msg = f"The sightings do not fit their schema: {error}"
        raise BrokenContract(msg) from error
    check_nulls(table, SIGHTING)
    return table


def links_of(rows: pa.Table) -> Iterator[Link]:
    """Yield what each place listed, oldest first."""
    ordered = rows.sort_by([("found_at", "ascending"), ("listing", "ascending")])
    for row in ordered.to_pylist():
        yield Link(
            source=row["source"],
            url=row["url"],
            url_key=row["url_key"],
            found_at=row["found_at"],
            found_in=row["listing"],
            found_via=row["via"],
            title=row["title"],
            published_at=row["published_at"],
            modified_at=row["modified_at"],
            authors=tuple(row["authors"]),
            words=row["words"],
        )
