"""Taking rows out of the tables and of what is staged for them.

Of `outcomes` one row stays for each URL, that of its discovery: without its address and words, its
state `removed`, so that the books still balance.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.model import Reason, Stage, State
from pipeline.ports import ObjectStore
from pipeline.publish.log import REMOVALS, Change, DeltaLog, NewFile, live_files, version_of
from pipeline.publish.merge import merge
from pipeline.publish.names import Name, named
from pipeline.publish.objects import PARQUET, read, write
from pipeline.tombstones import Tombstone, Tombstones
from pipeline.urls import article_id
from schemas.outcome import OUTCOME
from schemas.tombstone import TOMBSTONE

#: Where tombstones are exported to: one object, `schemas.tombstone.TOMBSTONE`.
EXPORT: Final = "tombstones/tombstones.parquet"
_OUTCOMES: Final = "outcomes"


def fence(store: ObjectStore, table: str, now: datetime) -> None:
    """End the publications that are under way: they read again, and see the tombstone."""
    held = DeltaLog(store, table)
    for log in held.turns():  # made if it is missing: its first publication may be under way
        if held.commit(log, Change(versions={REMOVALS: version_of(log, REMOVALS) + 1}), now):
            return


def holders(store: ObjectStore, table: str, gone: Tombstones) -> list[str]:
    """Return the paths of the live objects that hold rows to be removed."""
    held = DeltaLog(store, table)
    log = held.load()
    if log is None:
        return []
    columns = ["source", "url_key", "__filename"] + ["state"] * (table == _OUTCOMES)
    rows = held.read(log, columns, _may_be(gone))
    stays = _stays(rows, gone)
    found = {path for path, ok in zip(rows["__filename"].to_pylist(), stays, strict=True) if not ok}
    return sorted(
        path for path, _ in named(live_files(log)) if any(f.endswith(path) for f in found)
    )


def rewrite(store: ObjectStore, table: str, path: str, gone: Tombstones, now: datetime) -> str:
    """Put an object without the rows in the place of a live one; return its path, "" if none is.

    Nothing happens if the object is no longer live: somebody else has replaced it.
    """
    held = DeltaLog(store, table)
    for log in held.turns():
        live = live_files(log)
        if path not in live:
            return ""
        (name,) = (name for _, name in named([path]))
        name = replace(name, number=version_of(log, name.owner) + 1)
        new = _without(store, table, path, name, gone)
        added = [new] if new else []
        change = Change(added, {path: live[path]}, {name.owner: name.number})
        if held.commit(log, change, now):
            return new.path if new else ""
    return ""


def _without(
    store: ObjectStore, table: str, path: str, name: Name, gone: Tombstones
) -> NewFile | None:
    """Write what stays of an object as one of another version."""
    body = read(store, table, path)
    extra = _redacted(body, gone) if table == _OUTCOMES else None
    encoded = merge(table, [body], keep=partial(_stays, gone=gone), extra=extra)
    if encoded is None:
        return None
    return write(store, table, replace(name, digest=encoded.digest), encoded)


def _may_be(gone: Tombstones) -> pc.Expression:
    """Return a filter that lets all rows through that are to be removed, and few others."""
    entries = [entry for stone in gone.stones for entry in stone.entries]
    keys, sources = [key for _, key in entries if key], [s for s, key in entries if not key]
    return pc.field("url_key").isin(pa.array(keys, pa.string())) | pc.field("source").isin(
        pa.array(sources, pa.string())
    )


def _stays(rows: pa.Table, gone: Tombstones) -> list[bool]:
    stays = gone.stays(rows["source"].to_pylist(), rows["url_key"].to_pylist())
    if "state" not in rows.column_names:
        return stays
    states = rows["state"].to_pylist()
    return [ok or state == State.REMOVED for ok, state in zip(stays, states, strict=True)]


def _redacted(body: bytes, gone: Tombstones) -> pa.Table:
    """Return what stays of the rows that go: that a URL was found, and is removed."""
    table = pq.read_table(io.BytesIO(body), filters=pc.field("stage") == str(Stage.DISCOVER))
    rows = [row for row, ok in zip(table.to_pylist(), _stays(table, gone), strict=True) if not ok]
    return pa.Table.from_pylist([row | removed_fields() for row in rows], schema=OUTCOME)


def export(store: ObjectStore, stones: Iterable[Tombstone]) -> int:
    """Write what stays out as one Parquet object, for those who keep copies; return the rows."""
    rows = [
        {
            "takedown": stone.id,
            "at": datetime.fromisoformat(stone.at),
            "reason": stone.reason,
            "source": source or None,
            "url_key": key or None,
            "article_id": article_id(source, key) if source and key else None,
        }
        for stone in sorted(stones, key=lambda stone: (stone.at, stone.id))
        for source, key in stone.entries
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=TOMBSTONE), sink, compression="zstd")
    store.put(EXPORT, sink.getvalue(), PARQUET)
    return len(rows)


def removed_fields() -> dict[str, Any]:
    """Return what an outcome says of a URL that was taken down."""
    said = {"state": str(State.REMOVED), "reason": str(Reason.TAKEN_DOWN)}
    empty = {field.name: None for field in OUTCOME if field.nullable}
    return {**empty, **said, "url": "", "detail": ""}


def staged_holders(store: ObjectStore, gone: Tombstones) -> Iterator[str]:
    """Yield the staged objects that hold rows to be removed."""
    for info in store.list("staged/"):
        rows = pq.read_table(io.BytesIO(store.get(info.key)), columns=["source", "url_key"])
        if not all(_stays(rows, gone)):
            yield info.key


def kept(rows: pa.Table, gone: Tombstones) -> pa.Table:
    """Return the rows that may be published."""
    return rows.filter(pa.array(_stays(rows, gone), pa.bool_())) if gone else rows
