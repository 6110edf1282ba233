"""What the ledger is asked of URLs and listings: standings, places, tries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select

from pipeline.adapters.bulk import given, giving
from pipeline.adapters.ledger_database import BATCH, in_batches
from pipeline.adapters.ledger_hosts import SqlHosts
from pipeline.adapters.ledger_tables import LATER_SLOTS, LINKS, LISTINGS, SIGHTINGS, TRIES
from pipeline.model import Link, Slot, State
from pipeline.ports import Due, ListingState, Sighting, Standing, Try

_LINK: Final = tuple(field.name for field in fields(Link))
_STANDING: Final = tuple(f.name for f in fields(Standing) if f.name not in {"link", "state"})
_ORDER: Final = (LINKS.c.source, LINKS.c.found_at, LINKS.c.url_key)
_TRY: Final = tuple(field.name for field in fields(Try) if field.name != "state")


class LedgerReads(SqlHosts):
    """The questions about URLs and listings; see `ports.Ledger`."""

    def known(
        self, source: str, url_keys: Iterable[str], by: datetime | None = None
    ) -> frozenset[str]:
        """Return which URL keys a source has found before, or had found at a moment."""
        dialect = self._engine.dialect
        among = LINKS.c.url_key.in_(given(dialect, LINKS, ("url_key",)))
        query = select(LINKS.c.url_key).where(LINKS.c.source == source, among)
        if by is not None:
            query = query.where(LINKS.c.found_at <= by)
        found: set[str] = set()
        with self._read() as connection:
            for part in in_batches(sorted(set(url_keys))):
                keys = giving(dialect, ("url_key",), [(key,) for key in part])
                found.update(connection.scalars(query, keys))
        return frozenset(found)

    def sightings(self, slot: Slot) -> Iterator[Sighting]:
        """Yield the places where URLs were first seen in a slot, in order."""
        columns = (SIGHTINGS.c.source, SIGHTINGS.c.url_key, SIGHTINGS.c.found_in)
        query = select(SIGHTINGS).where(SIGHTINGS.c.found_slot == slot.key).order_by(*columns)
        with self._read() as connection:
            rows = connection.execution_options(yield_per=BATCH).execute(query)
            for part in rows.partitions():
                yield from map(_sighting, part)

    def places(self, url_key: str) -> Sequence[Sighting]:
        """Return every place that lists or has listed a URL, the first one first."""
        columns = (SIGHTINGS.c.source, SIGHTINGS.c.found_at, SIGHTINGS.c.found_in)
        query = select(SIGHTINGS).where(SIGHTINGS.c.url_key == url_key).order_by(*columns)
        with self._read() as connection:
            return [_sighting(row) for row in connection.execute(query)]

    def tries(self, url_key: str) -> Sequence[Try]:
        """Return every answer to a URL, and failure to get one, oldest first."""
        query = select(TRIES).where(TRIES.c.url_key == url_key).order_by(TRIES.c.source, TRIES.c.at)
        with self._read() as connection:
            return [
                Try(state=State(row.state), **{name: getattr(row, name) for name in _TRY})
                for row in connection.execute(query)
            ]

    def listings(self, source: str) -> Mapping[str, ListingState]:
        """Return what is remembered of a source's listings, by URL."""
        query = select(LISTINGS).where(LISTINGS.c.source == source)
        with self._read() as connection:
            rows = connection.execute(query).mappings()
            return {row["url"]: ListingState(**row) for row in rows}

    def due(self, source: str, now: datetime, limit: int) -> Sequence[Due]:
        """Return the URLs to fetch now, the newest found first."""
        query = (
            select(LINKS)
            .where(LINKS.c.source == source, LINKS.c.due_at <= now)
            .order_by(LINKS.c.found_at.desc(), LINKS.c.published_at.desc(), LINKS.c.url_key)
            .limit(limit)
        )
        with self._read() as connection:
            return [
                Due(
                    link=_link(row),
                    attempts=row.attempts,
                    etag=row.etag,
                    last_modified=row.last_modified,
                )
                for row in connection.execute(query)
            ]

    def found(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs first found in a slot."""
        yield from self._standings(select(LINKS).where(LINKS.c.found_slot == slot.key))

    def touched(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs found, tried, fetched or settled in a slot."""
        later = (and_(LINKS.c[name] == slot.key, is_it) for name, is_it in LATER_SLOTS.items())
        query = select(LINKS).where(or_(LINKS.c.found_slot == slot.key, *later))
        yield from self._standings(query)

    def find(self, url_key: str) -> Sequence[Standing]:
        """Return what is known of a URL, one entry per source that found it."""
        # Not by way of `_standings`: PostgreSQL would open a cursor for a row or two.
        query = select(LINKS).where(LINKS.c.url_key == url_key).order_by(*_ORDER)
        with self._read() as connection:
            return list(map(_standing, connection.execute(query)))

    def failed(
        self,
        sources: Sequence[str] = (),
        reasons: Sequence[str] = (),
        since: datetime | None = None,
    ) -> Iterator[Standing]:
        """Yield the URLs that were given up: of all sources, for all reasons, if none is named."""
        query = select(LINKS).where(LINKS.c.state == str(State.FAILED))
        if sources:
            query = query.where(LINKS.c.source.in_(list(sources)))
        if reasons:
            query = query.where(LINKS.c.reason.in_(list(reasons)))
        if since is not None:
            query = query.where(LINKS.c.tried_at >= since)
        yield from self._standings(query)

    def counts(
        self, sources: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[tuple[str, str], int]]:
        """Return per source the number of URLs by (state, reason)."""
        columns = (LINKS.c.source, LINKS.c.state, LINKS.c.reason)
        query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
        if sources is not None:
            query = query.where(LINKS.c.source.in_(list(sources)))
        counts: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        with self._read() as connection:
            for source, state, reason, number in connection.execute(query):
                counts[source][state, reason] = number
        return dict(counts)

    def _standings(self, query: Select[Any]) -> Iterator[Standing]:
        with self._read() as connection:
            rows = connection.execution_options(yield_per=BATCH).execute(query.order_by(*_ORDER))
            for part in rows.partitions():
                yield from map(_standing, part)


def _link(row: Row[Any]) -> Link:
    return Link(**{name: getattr(row, name) for name in _LINK})


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        link=_link(row),
        state=State(row.state),
        **{name: getattr(row, name) for name in _STANDING},
    )


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(link=_link(row), found_slot=row.found_slot, seen_at=row.seen_at)
