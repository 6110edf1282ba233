"""Closing a day: its many small objects become one, in one commit that changes no row.

Readers of the log see the day before or after, both with the same rows. Killed at any point and run
again it does the same: the same rows give the same bytes. A publisher of one of the day's slots may
come at the same time: whoever commits second starts over from what the first has left.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from deltalake import DeltaTable

from pipeline.errors import BrokenContract
from pipeline.ports import ObjectStore
from pipeline.publish.log import Change, DeltaLog, live_files, row_counts, version_of
from pipeline.publish.merge import merge
from pipeline.publish.names import Name, named, owner_of_day
from pipeline.publish.objects import read, write


@dataclass(frozen=True, slots=True)
class Closed:
    """A day of a table that was closed: objects and bytes before, bytes after, rows."""

    table: str
    day: str
    objects: int
    bytes_before: int
    bytes_after: int
    rows: int


def open_days(store: ObjectStore, table: str, before: str) -> list[str]:
    """Return the days before another (`2026-11-21`) that lie in more than one object, in order."""
    log = DeltaLog(store, table).load()
    return [] if log is None else [day for day in _by_day(log) if day < before]


def close_day(store: ObjectStore, table: str, day: str, now: datetime) -> Closed | None:
    """Make a day one object; None if it is. Raises TryLater, BrokenContract."""
    held = DeltaLog(store, table)
    turns = held.turns()
    while True:
        log = next(turns)
        paths = _by_day(log).get(day)
        if paths is None:
            return None
        change, closed = _closing(store, table, day, log, paths)
        if held.commit(log, change, now):
            return closed


def _closing(
    store: ObjectStore, table: str, day: str, log: DeltaTable, paths: dict[str, int]
) -> tuple[Change, Closed]:
    encoded = merge(table, [read(store, table, path) for path in paths])
    counted = row_counts(log)
    before = sum(counted[path] for path in paths)
    if encoded is None or encoded.rows != before:
        rows = 0 if encoded is None else encoded.rows
        msg = (
            f"{table} of {day} has {before} rows by its log and {rows} in its objects: not closed."
        )
        raise BrokenContract(msg)
    owner = owner_of_day(day)
    number = version_of(log, owner) + 1
    new = write(store, table, Name(day, owner, number, encoded.digest), encoded)
    change = Change([new], paths, {owner: number}, data=False)
    return change, Closed(table, day, len(paths), sum(paths.values()), new.size, before)


def _by_day(log: DeltaTable) -> dict[str, dict[str, int]]:
    """Return the objects (path, bytes) of each day that has more than one."""
    live = live_files(log)
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for path, name in sorted(named(live)):
        days[name.day][path] = live[path]
    return {day: paths for day, paths in sorted(days.items()) if len(paths) > 1}
