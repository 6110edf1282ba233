"""One publication of a slot: it is made on top of what its publisher saw, or not at all.

A publisher that stops for an hour and wakes up must not put its rows over those of its successor.
So it takes the slot's version in every table before it reads what it publishes; each of its commits
raises that version by one, rows or no rows, and none is made if somebody else has raised it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
from deltalake import DeltaTable

from pipeline.errors import BrokenContract
from pipeline.model import Slot
from pipeline.ports import Clock, ObjectStore
from pipeline.publish.days import ClosedDay, closed_day, is_other
from pipeline.publish.encode import Encoded, encode
from pipeline.publish.log import REMOVALS, Change, DeltaLog, live_files, version_of
from pipeline.publish.merge import merge
from pipeline.publish.names import Name, named
from pipeline.publish.objects import write
from pipeline.publish.rows import check_nulls
from pipeline.publish.tables import TABLES


class Overtaken(Exception):
    """Another publisher has had the slot since it was claimed: read again, and decide anew."""


@dataclass(frozen=True, slots=True)
class Published:
    """How a slot's publication ended: the object that is live (or the table's name), and rows.

    `change` is added, replaced, removed, unchanged, or empty (nothing was, nothing is).
    """

    key: str
    change: str
    rows: int


class Claim:
    """A slot, as it is when a publisher begins. Raises what the store and the logs raise."""

    def __init__(self, store: ObjectStore, slot: Slot, now: Clock) -> None:
        self._store, self._slot, self._now = store, slot, now
        logs = {name: DeltaLog(store, name).load() for name in TABLES}
        self._seen = {name: version_of(log, slot.id) for name, log in logs.items()}
        self._removals = {name: version_of(log, REMOVALS) for name, log in logs.items()}

    @property
    def is_first(self) -> bool:
        """Whether nobody has published the slot before."""
        return not any(self._seen.values())

    def publish(self, name: str, rows: pa.Table) -> Published:
        """Make these rows the slot's only ones in a table; no rows take the earlier ones away.

        Raises Overtaken; BrokenContract for rows that do not fit the schema.
        """
        rows = _fitting(name, rows)
        encoded = encode(rows, TABLES[name].layout) if rows.num_rows else None
        table = DeltaLog(self._store, name)
        turns = table.turns()
        while True:
            log = next(turns)
            self._hold(name, log)
            change, published = self._change(name, log, rows, encoded)
            if table.commit(log, change, self._now()):
                self._seen[name] += 1
                return published

    def check(self) -> None:
        """Raise Overtaken if anybody else has published the slot meanwhile."""
        for name in TABLES:
            self._hold(name, DeltaLog(self._store, name).load())

    def _hold(self, name: str, log: DeltaTable | None) -> None:
        if (number := version_of(log, self._slot.id)) != self._seen[name]:
            msg = f"{name} of {self._slot.key} is at version {number}, not {self._seen[name]}"
            raise Overtaken(msg)
        if version_of(log, REMOVALS) != self._removals[name]:
            msg = f"articles were taken down while {self._slot.key} was being published"
            raise Overtaken(msg)

    def _change(
        self, name: str, log: DeltaTable, rows: pa.Table, encoded: Encoded | None
    ) -> tuple[Change, Published]:
        number = self._seen[name] + 1
        versions = {self._slot.id: number}
        live = live_files(log)
        mine = {path: found.digest for path, found in named(live) if found.owner == self._slot.id}
        closed = closed_day(name, log, self._store, self._slot)
        if closed is not None and closed.rows.num_rows:
            removed = {path: live[path] for path in (closed.path, *mine)}
            return self._reopen(name, closed, rows, removed)
        removed = {path: live[path] for path in mine}
        if encoded is None:
            done = Published(name, "removed" if mine else "empty", 0)
            return Change(removed=removed, versions=versions), done
        if same := [path for path, digest in mine.items() if digest == encoded.digest]:
            done = Published(f"{name}/{same[0]}", "unchanged", encoded.rows)
            return Change(versions=versions), done
        owner = Name(self._slot.date, self._slot.id, number, encoded.digest)
        new = write(self._store, name, owner, encoded)
        done = Published(f"{name}/{new.path}", "replaced" if mine else "added", encoded.rows)
        return Change([new], removed, versions), done

    def _reopen(
        self, name: str, closed: ClosedDay, rows: pa.Table, removed: Mapping[str, int]
    ) -> tuple[Change, Published]:
        """Put the slot's rows in the place of those that its closed day holds."""
        layout, count = TABLES[name].layout, rows.num_rows
        versions = {self._slot.id: self._seen[name] + 1}
        if len(removed) == 1 and count and encode(closed.rows, layout) == encode(rows, layout):
            done = Published(f"{name}/{closed.path}", "unchanged", count)
            return Change(versions=versions), done
        others = partial(is_other, slot=self._slot)
        encoded = merge(name, [closed.body], keep=others, extra=rows)
        done = Published(name, "replaced" if count else "removed", count)
        if encoded is None:
            return Change(removed=removed, versions=versions), done
        number = closed.number + 1
        owner = Name(self._slot.date, closed.owner, number, encoded.digest)
        new = write(self._store, name, owner, encoded)
        done = replace(done, key=f"{name}/{new.path}")
        return Change([new], removed, versions | {closed.owner: number}), done


def _fitting(name: str, rows: pa.Table) -> pa.Table:
    """Return the rows with the table's own schema, or raise BrokenContract saying what differs."""
    schema = TABLES[name].schema
    if rows.schema.names != schema.names:
        odd = sorted(set(rows.schema.names) ^ set(schema.names)) or ["their order"]
        msg = f"{name}: columns differ from the schema: {', '.join(odd)}"
        raise BrokenContract(msg)
    if wrong := [f"{f.name} is {rows[f.name].type}" for f in schema if rows[f.name].type != f.type]:
        msg = f"{name}: types differ from the schema: {', '.join(wrong)}"
        raise BrokenContract(msg)
    check_nulls(rows, schema)
    return pa.Table.from_arrays(rows.columns, schema=schema)
