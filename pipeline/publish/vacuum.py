"""Removing what is no longer live: superseded objects, leftovers of killed writers, old staging.

Afterwards a plain glob and the Delta log name the same objects. What the log has taken out stays for
a grace, for readers that are at it; what no commit ever made live stays as long, for its publisher
may still be at it. Should that one come even later, it is refused: before an object that could
still be committed is removed, its owner's version is raised past it. So clocks may be wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deltalake import DeltaTable

from pipeline.ports import ObjectInfo, ObjectStore
from pipeline.publish.log import Change, DeltaLog, live_files, version_of
from pipeline.publish.names import named

#: Commits of others that are under way are left alone for so long, whatever the grace.
_COMMITTING: Final = timedelta(hours=1)
#: What deltalake prepares a commit in, where the store cannot create an object at once.
_PREPARED: Final = re.compile(r"(\.tmp|#\d+)$")
#: Commits after which readers are given a checkpoint: they start from the last one.
_CHECKPOINT: Final = 20


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed of a table, or of the staging area."""

    what: str
    objects: int
    bytes: int


def vacuum(store: ObjectStore, table: str, now: datetime, grace: timedelta) -> Swept:
    """Remove a table's objects that are not live, once the grace is over. Raises TryLater.

    Objects whose names are none of ours are left alone.
    """
    held = DeltaLog(store, table)
    if held.load() is None:
        return Swept(table, 0, 0)
    turns = held.turns()
    while True:
        # Listed before the log is read: what is committed in between is seen to be live.
        there = {i.key.removeprefix(f"{table}/"): i for i in store.list(f"{table}/date=")}
        log = next(turns)
        spare = _spare(there, log, now, grace)
        late = _passed(spare, log)
        if not late or held.commit(log, Change(versions=late), now):
            break
    store.delete(f"{table}/{path}" for path in spare)
    store.delete(_unfinished_commits(store, table, now))
    _tidy_log(store, table, log)
    return Swept(table, len(spare), sum(info.size for info in spare.values()))


def _spare(
    there: dict[str, ObjectInfo], log: DeltaTable, now: datetime, grace: timedelta
) -> dict[str, ObjectInfo]:
    """Return the objects that are ours, not live, and old enough."""
    live = live_files(log)
    hours = int(grace / timedelta(hours=1))
    removed = set(_tombstones(log, 0))
    expired = set(_tombstones(log, hours)) if hours else removed
    found = {}
    for path, _ in named(there):
        if path in live or (path in removed and path not in expired):
            continue
        # Without a grace nobody's clock is asked: the store's may differ from ours.
        if path in expired or not grace or there[path].modified_at <= now - grace:
            found[path] = there[path]
    return found


def _tombstones(log: DeltaTable, hours: int) -> list[str]:
    """Return what the log took out at least so many hours ago, as far as it remembers."""
    return log.vacuum(hours, dry_run=True, enforce_retention_duration=False)


def _passed(spare: dict[str, ObjectInfo], log: DeltaTable) -> dict[str, int]:
    """Return the versions that rule out a later commit of objects that never were live."""
    versions: dict[str, int] = {}
    for _, name in named(spare):
        if name.number > max(version_of(log, name.owner), versions.get(name.owner, 0)):
            versions[name.owner] = name.number
    return versions


def _unfinished_commits(store: ObjectStore, table: str, now: datetime) -> Iterator[str]:
    for info in store.list(f"{table}/_delta_log/"):
        if _PREPARED.search(info.key) and info.modified_at <= now - _COMMITTING:
            yield info.key


def _tidy_log(store: ObjectStore, table: str, log: DeltaTable) -> None:
    """Write a checkpoint if the last one is old; drop commits that the log need not keep."""
    with DeltaLog(store, table).trouble():
        log.update_incremental()
        if log.version() - _last_checkpoint(store, table) >= _CHECKPOINT:
            log.create_checkpoint()
        log.cleanup_metadata()


def _last_checkpoint(store: ObjectStore, table: str) -> int:
    pattern = re.compile(r"/(\d{20})\.checkpoint\.[^/]*parquet$")
    found = [pattern.search(info.key) for info in store.list(f"{table}/_delta_log/")]
    return max((int(match[1]) for match in found if match), default=0)


def expire_staged(store: ObjectStore, now: datetime, age: timedelta) -> Swept:
    """Remove what was staged for slots that nobody has staged anything for since: all of a slot."""
    slots: dict[str, list[ObjectInfo]] = defaultdict(list)
    for info in store.list("staged/"):
        slots[info.key.split("/")[1]].append(info)
    old = [
        info
        for parts in slots.values()
        if max(part.modified_at for part in parts) <= now - age
        for info in parts
    ]
    store.delete(info.key for info in old)
    return Swept("staged", len(old), sum(info.size for info in old))
