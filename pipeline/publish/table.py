"""The lake: tables of Parquet under `name/date=D/`, and a Delta log each that says what is live.

A slot has at most one live object per table. Its name has a hash of its bytes, it is written only
if it is not there, and one commit puts it in the place of the slot's earlier one. So publishing
can be killed anywhere and done again, and racing publishers leave one of their objects live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import Slot
from pipeline.ports import Clock, ObjectStore
from pipeline.publish.claim import Claim, Overtaken, Published
from pipeline.publish.log import DeltaLog, live_files
from pipeline.publish.tables import PARTITION, TABLES


def _commit_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - stamps commits, as deltalake does; no row knows it


class Lake:
    """The tables of a store, `pipeline.publish.tables.TABLES`."""

    def __init__(self, store: ObjectStore, now: Clock = _commit_clock) -> None:
        self._store, self._now = store, now

    def claim(self, slot: Slot) -> Claim:
        """Take a slot as it is now, before anything is read that is to be published."""
        return Claim(self._store, slot, self._now)

    def publish(self, name: str, slot: Slot, rows: pa.Table) -> Published:
        """Make these rows the slot's only ones in a table, whoever else is at it.

        Raises BrokenContract for rows that do not fit the schema, TryLater and FixSeed as the store
        does.
        """
        while True:
            with suppress(Overtaken):
                return self.claim(slot).publish(name, rows)

    def live_files(self, name: str) -> list[str]:
        """Return the keys of a table's live objects, in order."""
        log = DeltaLog(self._store, name).load()
        return [] if log is None else sorted(f"{name}/{path}" for path in live_files(log))

    def uris(self, name: str) -> list[str]:
        """Return the addresses of a table's live objects, for any engine that reads Parquet."""
        return [self._store.uri(key) for key in self.live_files(name)]

    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002 - as pyarrow calls it
    ) -> pa.Table:
        """Return live rows. `date` is a column too: a filter on it leaves other days unread."""
        table = DeltaLog(self._store, name)
        log = table.load()
        if log is None:
            empty = TABLES[name].schema.append(PARTITION).empty_table()
            return empty.select(list(columns)) if columns else empty
        return table.read(log, list(columns) if columns else None, filter)

    def earlier_texts(self, slot: Slot, days: int) -> Mapping[str, str]:
        """Return for each text of the days before a slot the article that had it first.

        Keys are `content_key`, values `article_id`. Other rows of the slot itself do not count.
        """
        field = pc.field(PARTITION.name)
        since, until = (date.fromisoformat(s.date) for s in (slot.before(days), slot))
        rows = self.read(
            "articles",
            ["content_key", "article_id", "duplicate_of", "slot"],
            (field >= since) & (field <= until) & (pc.field("slot") < slot.key),
        ).sort_by([("slot", "ascending"), ("article_id", "ascending")])
        firsts: dict[str, str] = {}
        columns = (rows[name].to_pylist() for name in ("content_key", "article_id", "duplicate_of"))
        for content_key, article_id, duplicate_of in zip(*columns, strict=True):
            firsts.setdefault(content_key, duplicate_of or article_id)
        return firsts


def of_slot(slot: Slot) -> pc.Expression:
    """Return the filter of `Lake.read` for the rows of one slot."""
    day = date.fromisoformat(slot.date)
    return (pc.field(PARTITION.name) == day) & (pc.field("slot") == slot.key)
