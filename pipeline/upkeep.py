"""What keeps the lake fit, in order: days closed, what is no longer live removed, all of it checked.

Each step can be killed and run again, and may run beside crawls and publications.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from pipeline.crawl.removal import drop_sources
from pipeline.doctor import lake as look_at
from pipeline.doctor import tombstones
from pipeline.errors import BrokenContract
from pipeline.ports import ObjectStore
from pipeline.publish.compact import close_day, open_days
from pipeline.publish.table import Lake
from pipeline.publish.tables import TABLES
from pipeline.publish.vacuum import expire_staged, vacuum
from pipeline.report import Report

#: A write that is under way is in memory until its last moment; a leftover is older than this.
_WRITING: Final = timedelta(days=1)


def close_days(store: ObjectStore, now: datetime, days: int) -> Report:
    """Make one object of each table's day that began so many days ago, or longer."""
    before = (now.date() - timedelta(days=days - 1)).isoformat()
    counts: dict[str, dict[str, int]] = {}
    files = []
    for table in TABLES:
        for day in open_days(store, table, before):
            if closed := close_day(store, table, day, now):
                count = counts.setdefault(table, {"days": 0, "objects": 0, "saved_bytes": 0})
                count["days"] += 1
                count["objects"] += closed.objects
                count["saved_bytes"] += closed.bytes_before - closed.bytes_after
                files.append(f"closed: {table}/date={day}")
    return Report("close", now.date().isoformat(), counts, files)


def sweep(store: ObjectStore, now: datetime, grace: timedelta, staged: timedelta) -> Report:
    """Remove superseded and orphaned objects, old staging, and what killed writes have left."""
    swept = [vacuum(store, table, now, grace) for table in TABLES]
    swept.append(expire_staged(store, now, staged))
    counts = {
        one.what: {"objects": one.objects, "bytes": one.bytes} for one in swept if one.objects
    }
    if left := store.clear_unfinished(now - _WRITING):
        counts["unfinished"] = {"objects": left}
    return Report("sweep", now.date().isoformat(), counts)


def expire_raw(
    store: ObjectStore, today: date, days: int | None, by_source: Mapping[str, int]
) -> Report:
    """Remove responses that have been kept for as long as their source's are to be kept."""
    limits = [*by_source.values(), *([days] if days else [])]
    counts: dict[str, dict[str, int]] = {}
    for info in store.list("raw/date=") if limits else ():
        age = (today - date.fromisoformat(info.key[9:19])).days
        if age <= min(limits):
            continue

        def is_old(source: str, age: int = age) -> bool:
            limit = by_source.get(source, days)
            return limit is not None and age > limit

        if rows := drop_sources(store, info.key, is_old):
            count = counts.setdefault("raw", {"objects": 0, "rows": 0})
            count["objects"] += 1
            count["rows"] += rows
    return Report("expire", today.isoformat(), counts)


def check(store: ObjectStore, today: date) -> Report:
    """Compare logs and objects. Raises BrokenContract naming what is wrong, and what to do."""
    live = {name: Lake(store).live_files(name) for name in TABLES}
    findings = [*look_at(store, live), *tombstones(store)]
    if wrong := [f"{f.detail}: {f.advice}" for f in findings if f.level == "wrong"]:
        raise BrokenContract("\n".join(wrong))
    return Report(
        "check", today.isoformat(), warnings=[f.detail for f in findings if f.level == "warn"]
    )
