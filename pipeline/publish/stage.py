"""`staged/`: what a shard's extraction found, under fixed keys, until publishing takes it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BrokenContract
from pipeline.model import Article, Reason, Reject, Slot
from pipeline.ports import ObjectStore
from pipeline.publish.rows import to_table
from pipeline.report import Report, Tally
from schemas.article import ARTICLE
from schemas.reject import REJECT

#: Verdicts held as Python objects at a time; what is behind them is compressed Parquet.
BATCH: Final = 500
_SCHEMAS: Final = {"articles": ARTICLE, "rejects": REJECT}


class _Part:
    """One staged object while it grows: rows are compressed as they come."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema, self._rows, self._sink = schema, list[Any](), io.BytesIO()
        self._writer = pq.ParquetWriter(
            self._sink, schema, compression="zstd", compression_level=3, write_statistics=False
        )

    def add(self, row: Article | Reject) -> None:
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self._flush()

    def close(self) -> bytes:
        self._flush()
        self._writer.close()
        return self._sink.getvalue()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(to_table(self._rows, self._schema))
            self._rows.clear()


def stage(
    verdicts: Iterable[Article | Reject], store: ObjectStore, slot: Slot, shard: str
) -> Report:
    """Write a shard's verdicts; run again, it replaces them. An empty object means: none.

    Raises BrokenContract, naming column and row, if a verdict does not fit its schema.
    """
    parts = {name: _Part(schema) for name, schema in _SCHEMAS.items()}
    tally = Tally("extract", slot)
    for verdict in verdicts:
        name = "articles" if isinstance(verdict, Article) else "rejects"
        parts[name].add(verdict)
        _count(tally, verdict)
    _warn(tally)
    for name, part in parts.items():
        store.put(_key(slot, shard, name), part.close(), "application/vnd.apache.parquet")
    return tally.report()


def read_staged(store: ObjectStore, slot: Slot) -> tuple[pa.Table, pa.Table]:
    """Return the articles and rejects of all shards; of a URL seen twice, what was fetched last.

    Raises BrokenContract if a staged object does not have its table's schema.
    """
    keys = [info.key for info in store.list(_prefix(slot))]
    articles, rejects = (_read(store, keys, name) for name in _SCHEMAS)
    first = articles.num_rows
    rows = pa.concat_tables([t.select(_WHO) for t in (articles, rejects)])
    last = _last_fetched(rows)
    return (
        articles.take(pa.array([row for row in last if row < first], pa.int64())),
        rejects.take(pa.array([row - first for row in last if row >= first], pa.int64())),
    )


def staged_shards(store: ObjectStore, slot: Slot) -> set[str]:
    """Return the shards that have staged something for a slot, if only that there is nothing."""
    keys = (info.key for info in store.list(_prefix(slot)))
    return {key.rpartition("/")[2].rpartition("-")[0] for key in keys}


def shard_of(raw_key: str) -> str:
    """Return the shard that wrote an object of the raw archive."""
    name = raw_key.rpartition("/")[2]
    return name.partition("-")[2].rsplit("-", 2)[0]


_WHO: Final = ["source", "url_key", "fetched_at"]


def _last_fetched(rows: pa.Table) -> Sequence[int]:
    """Return the numbers of the rows that count, in order; of equal times the first one."""
    numbered = rows.append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    order = [("source", "ascending"), ("url_key", "ascending"), ("fetched_at", "descending")]
    ranked = numbered.sort_by([*order, ("row", "ascending")])
    last: dict[tuple[str, str], int] = {}
    columns = (ranked[name].to_pylist() for name in ("source", "url_key", "row"))
    for source, url_key, row in zip(*columns, strict=True):
        last.setdefault((source, url_key), row)
    return sorted(last.values())


def _read(store: ObjectStore, keys: Sequence[str], name: str) -> pa.Table:
    schema = _SCHEMAS[name]
    tables = [schema.empty_table()]
    for key in keys:
        if not key.endswith(f"-{name}.parquet"):
            continue
        table = pq.read_table(pa.BufferReader(store.get(key)))
        if not table.schema.equals(schema):
            msg = (
                f"{key} was staged with another schema of {name}. Extract the slot again: "
                "broadsheet extract"
            )
            raise BrokenContract(msg)
        tables.append(table)
    return pa.concat_tables(tables)


def _count(tally: Tally, verdict: Article | Reject) -> None:
    if isinstance(verdict, Article):
        tally.count(verdict.source, "articles")
    else:
        tally.count(verdict.source, "rejects")
        tally.count(verdict.source, f"reject_{verdict.reason}")
    for cut in verdict.cuts:
        tally.count(verdict.source, f"cut_{cut.category}")


def _warn(tally: Tally) -> None:
    """Name the sources with walls, or with pages that a worker gave up: there is something to do."""
    tally.walled()
    for reason in (Reason.TOO_SLOW, Reason.EXTRACTOR_FAILED):
        for source, pages in tally.of(f"reject_{reason}"):
            tally.warn(
                f"{source}: {pages} rejected as {reason} (docs/operate.md, Limits of a page)"
            )


def _prefix(slot: Slot) -> str:
    return f"staged/{slot.id}/"


def _key(slot: Slot, shard: str, name: str) -> str:
    return f"{_prefix(slot)}{shard}-{name}.parquet"
