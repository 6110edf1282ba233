"""A closed day: one object in the place of its slots', and what a slot has in it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from pipeline.model import Slot
from pipeline.ports import ObjectStore
from pipeline.publish.log import live_files, version_of
from pipeline.publish.names import named, owner_of_day
from pipeline.publish.objects import read
from pipeline.publish.tables import TABLES


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """The live object of a closed day, with a slot's rows in it. `number` is the day's version."""

    path: str
    owner: str
    number: int
    body: bytes
    rows: pa.Table


def closed_day(table: str, log: DeltaTable, store: ObjectStore, slot: Slot) -> ClosedDay | None:
    """Return the closed day that a slot is of; None if its day is open."""
    owner = owner_of_day(slot.date)
    paths = [path for path, name in named(live_files(log)) if name.owner == owner]
    if not paths:
        return None
    body = read(store, table, paths[0])
    of_slot = pc.field("slot") == slot.key
    rows = pq.read_table(io.BytesIO(body), schema=TABLES[table].schema, filters=of_slot)
    return ClosedDay(paths[0], owner, version_of(log, owner), body, rows)


def is_other(keys: pa.Table, slot: Slot) -> pa.ChunkedArray:
    """Say of rows whether they are of other slots."""
    return pc.not_equal(keys["slot"], slot.key)
