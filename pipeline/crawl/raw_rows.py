"""Page or Miss <-> a row of the raw archive, and rows <-> the bytes of a Parquet object."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BrokenContract
from pipeline.model import Fetched, Link, Miss, Page, Reason, Slot, Terms
from schemas.raw import RAW

ROW_GROUP: Final = 64
#: All columns but the bodies: what recovery and accounting read.
NARROW: Final = [name for name in RAW.names if name != "body"]
_FEW_VALUES: Final = ["source", "kind", "reason", "found_in", "found_via", "slot"]


def rows_of(item: Fetched, kind: str, slot: Slot) -> list[dict[str, Any]]:
    """Return the row of a response, and the rows of the parts that follow it, in order."""
    first = row_of(item, kind, slot)
    parts = item.parts if isinstance(item, Page) else ()
    return [first] + [
        row_of(part, "part", slot) | {"part_of": item.link.url_key, "part": number}
        for number, part in enumerate(parts, start=2)
    ]


def row_of(item: Fetched, kind: str, slot: Slot) -> dict[str, Any]:
    """Return the row of a response, or of a request that gave none. `kind`: listing or page."""
    link, page = item.link, item if isinstance(item, Page) else None
    miss = item if isinstance(item, Miss) else None
    return {
        "source": link.source,
        "kind": kind,
        "url": link.url,
        "url_key": link.url_key,
        "reason": str(miss.reason if miss else Reason.OK),
        "detail": miss.detail if miss else _parts_detail(page),
        "status": item.status,
        "url_final": item.final_url,
        "headers": None if item.status is None else _header_lines(item.headers),
        "body": page.body if page else None,
        "digest": page.digest if page else None,
        "fetched_at": item.fetched_at,
        "attempts": item.attempts,
        "elapsed_s": item.elapsed_s,
        "retry_at": miss.retry_at if miss else None,
        "found_at": link.found_at,
        "found_in": link.found_in,
        "found_via": link.found_via,
        "link_title": link.title,
        "link_published_at": link.published_at,
        "link_modified_at": link.modified_at,
        "link_authors": list(link.authors) or None,
        "link_words": link.words,
        "part_of": None,
        "part": None,
        **_terms_row(item.terms),
        "slot": slot.key,
    }


def _parts_detail(page: Page | None) -> str:
    if page is None or not page.parts:
        return ""
    number = 1 + len(page.parts)
    missing = page.missing
    return (
        f"page {number} is missing: {missing.reason}: {missing.detail}"
        if missing
        else f"{number} pages"
    )


def item_of(
    row: Mapping[str, Any], raw_key: str, parts: Sequence[Mapping[str, Any]] = ()
) -> Fetched:
    """Return what a row, and those of its parts, were made of.

    A page whose body was not read keeps its digest.
    """
    link = Link(
        source=row["source"],
        url=row["url"],
        url_key=row["url_key"],
        found_at=row["found_at"],
        found_in=row["found_in"],
        found_via=row["found_via"],
        title=row["link_title"],
        published_at=row["link_published_at"],
        modified_at=row["link_modified_at"],
        authors=tuple(row.get("link_authors") or ()),
        words=row.get("link_words"),
    )
    shared: dict[str, Any] = {
        "link": link,
        "final_url": row["url_final"],
        "status": row["status"],
        "headers": _headers(row["headers"] or b""),
        "fetched_at": row["fetched_at"],
        "attempts": row["attempts"],
        "elapsed_s": row["elapsed_s"],
        "raw_key": raw_key,
        "terms": _terms(row),
    }
    if row["reason"] == Reason.OK:
        return Page(
            body=row.get("body") or b"",
            known_digest=row["digest"] or "",
            parts=tuple(item_of(part, raw_key) for part in parts),
            **shared,
        )
    reason, detail, retry_at = Reason(row["reason"]), row["detail"], row["retry_at"]
    return Miss(reason=reason, detail=detail, retry_at=retry_at, **shared)


def encode(families: Sequence[Sequence[Mapping[str, Any]]]) -> bytes:
    """Return rows as Parquet; a page and its parts are a family, and stay together.

    The same families in any order give the same bytes.

    Sorted by source and URL, so that the compressor meets a site's template again and again: 3.6
    times smaller than a gzipped WARC.
    """
    by_site = sorted(families, key=lambda f: (f[0]["source"], f[0]["url"], f[0]["fetched_at"]))
    ordered = [row for family in by_site for row in family]
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        RAW,
        compression="zstd",
        compression_level=3,
        use_dictionary=_FEW_VALUES,
        write_statistics=["source", "url_key", "fetched_at"],
        data_page_size=8 << 20,
    ) as writer:
        for start in range(0, len(ordered), ROW_GROUP):  # one group in Arrow's memory at a time
            group = ordered[start : start + ROW_GROUP]
            writer.write_table(pa.Table.from_pylist(group, schema=RAW), ROW_GROUP)
    return sink.getvalue()


def open_object(body: bytes, key: str) -> pq.ParquetFile:
    """Open an object of the raw archive. Raises BrokenContract if it is not one.

    A column that may be null may be missing: the object was written before there was such a column.
    """
    try:
        stored = pq.ParquetFile(pa.BufferReader(body))
    except pa.ArrowInvalid as error:
        msg = f"{key} in the raw archive cannot be read as Parquet: {error}"
        raise BrokenContract(msg) from None
    needed = {field.name for field in RAW if not field.nullable}
    if missing := sorted(needed - set(stored.schema_arrow.names)):
        msg = f"{key} in the raw archive lacks the columns {', '.join(missing)}"
        raise BrokenContract(msg)
    return stored


def read_narrow(stored: pq.ParquetFile) -> pa.Table:
    """Return all rows without their bodies; a column the object lacks is null."""
    table = stored.read([name for name in NARROW if name in stored.schema_arrow.names])
    for field in RAW:
        if field.name in NARROW and field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(NARROW)


def families(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield each row with the rows of its parts, which follow it."""
    family: list[dict[str, Any]] = []
    for row in rows:
        if family and row["kind"] != "part":
            yield family
            family = []
        family.append(row)
    if family:
        yield family


def families_backwards(stored: pq.ParquetFile) -> Iterator[list[dict[str, Any]]]:
    """Yield families, the last first, holding one row group and one family at a time."""
    parts: list[dict[str, Any]] = []
    for number in reversed(range(stored.num_row_groups)):
        for row in reversed(stored.read_row_group(number).to_pylist()):
            if row["kind"] == "part":
                parts.append(row)
            else:
                yield [row, *reversed(parts)]
                parts = []


def _terms_row(terms: Terms) -> dict[str, Any]:
    return {field.name: getattr(terms, field.name) for field in fields(Terms)}


def _terms(row: Mapping[str, Any]) -> Terms:
    """Return what an object says of a page's terms; one of version 2 says nothing."""
    opt_outs = row.get("opt_outs")
    return Terms(
        robots_at=row.get("robots_at"),
        robots_digest=row.get("robots_digest"),
        opt_outs=None if opt_outs is None else tuple(opt_outs),
        tdm_policy=row.get("tdm_policy"),
    )


def _header_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = (f"{name}: {value}".replace("\n", " ") for name, value in headers)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _headers(lines: bytes) -> tuple[tuple[str, str], ...]:
    text = lines.decode("utf-8", "surrogateescape")
    split = (line.partition(": ") for line in text.split("\n") if line)
    return tuple((name, value) for name, _, value in split)
