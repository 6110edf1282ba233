"""The door of `broadsheet report coverage`: opens the lake for it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from pipeline import coverage
from pipeline.errors import FixSeed
from pipeline.jobs import open_store, utc_now
from pipeline.ports import ObjectStore
from pipeline.publish.table import Lake
from pipeline.publish.tables import TABLES
from pipeline.query import Tables
from pipeline.settings import load_settings
from pipeline.sources import read_sources

_WEEK: Final = timedelta(days=6)
_READ: Final = ("sightings", "articles", "rejects", "polls")


def survey(
    since: date | None = None, until: date | None = None, only: Sequence[str] = ()
) -> list[coverage.CoverageDay]:
    """Tell how much of what was published was found, from one day to another: of the last week.

    Reads the lake; the ledger is not asked. Raises FixSeed for a source that is known to nobody.
    """
    settings, today = load_settings(), utc_now().date()
    until = until or today
    span = coverage.Span(since or until - _WEEK, until, tuple(only))
    store = open_store(settings)
    zones = {key: seed.timezone for key, seed in read_sources(settings.sources)[0].items()}
    days = coverage.coverage(_tables(store), span, zones, today)
    if unknown := set(only) - set(zones) - {day.source for day in days}:
        msg = f"no source {', '.join(sorted(unknown))}: no seed, and nothing found in these days"
        raise FixSeed(msg)
    return days


def _tables(store: ObjectStore) -> Tables:
    lake = Lake(store)
    schemas = {name: TABLES[name].schema for name in _READ}
    return Tables(schemas, {name: lake.uris(name) for name in _READ}, store.options())
