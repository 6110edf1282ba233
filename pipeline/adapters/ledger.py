"""SqlLedger: what has been seen, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, func, or_, select, tuple_, update
from sqlalchemy.sql import bindparam

from pipeline.adapters.ledger_hosts import SqlHosts
from pipeline.adapters.ledger_tables import LINKS, LISTINGS
from pipeline.adapters.transitions import after_fetch, claimed, found, may_settle
from pipeline.model import Fetched, Link, Slot, State
from pipeline.ports import Due, ListingState, Settlement, Standing

#: Rows per statement: far from the limit on bound values of either database.
BATCH = 500
Key = tuple[str, str]
V = TypeVar("V")
_LINK = tuple(field.name for field in fields(Link))
_STANDING = tuple(f.name for f in fields(Standing) if f.name not in {"link", "state"})


class SqlLedger(SqlHosts):
    """The ledger behind a SQLAlchemy URL; its tables are made where they are missing.

    `fetch_attempts` is how many runs may try a URL before a passing trouble counts as failure.
    The first call opens the database. Safe to use from threads and, by way of the database, from
    many processes; not to be carried across a fork.
    """

    def __init__(self, url: str, fetch_attempts: int) -> None:
        super().__init__(url)
        self._attempts = fetch_attempts

    def remember(self, links: Iterable[Link], states: Iterable[ListingState], slot: Slot) -> int:
        """Note links as pending and listings as polled, in one transaction; count the new links."""
        newest = _newest(links)
        names = LISTINGS.columns.keys()
        rows = [{name: getattr(state, name) for name in names} for state in states]
        with self._write() as connection:
            new = sum(self._remember(connection, part, slot) for part in _parts(newest))
            self._upsert(connection, LISTINGS, sorted(rows, key=lambda row: row["url"]))
        return new

    def _remember(self, connection: Connection, links: Mapping[Key, Link], slot: Slot) -> int:
        known = self._known(connection, links)
        new = [found(link, slot) for key, link in links.items() if key not in known]
        changes = [
            (key, change) for key, row in known.items() if (change := claimed(row, links[key]))
        ]
        self._change(connection, known, changes)
        return self._insert(connection, new)

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

    def settle_fetched(self, fetched: Iterable[Fetched], slot: Slot, now: datetime) -> None:
        """Note what is durable in `raw/`. Decides between FETCHED, PENDING (again) and FAILED."""
        answers: dict[Key, list[Fetched]] = defaultdict(list)
        for item in sorted(fetched, key=lambda item: item.fetched_at):
            answers[item.link.url_key, item.link.source].append(item)
        with self._write() as connection:
            for part in _parts(answers):
                self._settle_fetched(connection, part, slot, now)

    def _settle_fetched(
        self,
        connection: Connection,
        answers: Mapping[Key, Sequence[Fetched]],
        slot: Slot,
        now: datetime,
    ) -> None:
        # A link the ledger lost is taken from the answer itself: raw/ is the truth.
        known = self._known(connection, answers)
        strangers = [items[0].link for key, items in answers.items() if key not in known]
        self._insert(connection, [found(link, slot) for link in strangers])
        known |= self._known(connection, [(link.url_key, link.source) for link in strangers])
        changes = []
        for key, row in known.items():
            state = dict(row)
            for item in answers[key]:
                state |= after_fetch(state, item, slot, now, self._attempts)
            changes.append((key, {k: v for k, v in state.items() if v != row[k]}))
        self._change(connection, known, changes)

    def settle(self, settlements: Iterable[Settlement], slot: Slot) -> None:
        """Note how publishing ended for URLs of a slot."""
        ends = {(end.url_key, end.source): end for end in settlements}
        with self._write() as connection:
            for part in _parts(ends):
                known = self._known(connection, part)
                changes = [
                    (key, _ending(part[key], slot))
                    for key, row in known.items()
                    if may_settle(row, slot)
                ]
                self._change(connection, known, changes)

    def found(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs first found in a slot."""
        yield from self._standings(select(LINKS).where(LINKS.c.found_slot == slot.key))

    def touched(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs found, tried, fetched or settled in a slot."""
        names = ("found_slot", "tried_slot", "fetched_slot", "settled_slot")
        yield from self._standings(
            select(LINKS).where(or_(*(LINKS.c[name] == slot.key for name in names)))
        )

    def find(self, url_key: str) -> Sequence[Standing]:
        """Return what is known of a URL, one entry per source that found it."""
        return list(self._standings(select(LINKS).where(LINKS.c.url_key == url_key)))

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
        ordered = query.order_by(LINKS.c.source, LINKS.c.found_at, LINKS.c.url_key)
        with self._read() as connection:
            rows = connection.execution_options(yield_per=BATCH).execute(ordered)
            for part in rows.partitions():
                yield from map(_standing, part)

    def _known(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        pair = tuple_(LINKS.c.url_key, LINKS.c.source)
        query = select(LINKS).where(pair.in_(list(keys))).order_by(LINKS.c.url_key, LINKS.c.source)
        rows = connection.execute(query.with_for_update()).mappings()  # SQLite locks as a whole
        return {(row["url_key"], row["source"]): dict(row) for row in rows}

    def _insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        if not rows:
            return 0
        statement = self._dialect_insert(LINKS).values(list(rows)).on_conflict_do_nothing()
        return len(connection.execute(statement.returning(LINKS.c.url_key)).all())

    def _change(
        self,
        connection: Connection,
        known: Mapping[Key, Mapping[str, Any]],
        changes: Iterable[tuple[Key, Mapping[str, Any]]],
    ) -> None:
        """Write changed rows, all their columns, so that one prepared statement serves them."""
        names = [column.name for column in LINKS.c if not column.primary_key]
        rows = [
            {"_url_key": key[0], "_source": key[1]}
            | {n: {**known[key], **change}[n] for n in names}
            for key, change in changes
            if change
        ]
        if not rows:
            return
        statement = update(LINKS).where(
            LINKS.c.url_key == bindparam("_url_key"), LINKS.c.source == bindparam("_source")
        )
        connection.execute(statement.values({n: bindparam(n) for n in names}), rows)


def _newest(links: Iterable[Link]) -> dict[Key, Link]:
    """Return a link per key: the first listed, unless another claims a later change."""
    newest: dict[Key, Link] = {}
    for link in links:
        key = (link.url_key, link.source)
        held = newest.get(key)
        if held is None or _claims_later(link, held):
            newest[key] = link
    return newest


def _claims_later(link: Link, held: Link) -> bool:
    if link.modified_at is None:
        return False
    return held.modified_at is None or link.modified_at > held.modified_at


def _parts(items: Mapping[Key, V]) -> Iterator[dict[Key, V]]:
    """Yield a mapping in batches, keys sorted: B-trees like it, and no two writers deadlock."""
    keys = iter(sorted(items))
    while part := list(islice(keys, BATCH)):
        yield {key: items[key] for key in part}


def _ending(end: Settlement, slot: Slot) -> dict[str, Any]:
    return {
        "state": end.state,
        "reason": end.reason,
        "detail": end.detail,
        "settled_slot": slot.key,
    }


def _link(row: Row[Any]) -> Link:
    return Link(**{name: getattr(row, name) for name in _LINK})


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        link=_link(row),
        state=State(row.state),
        **{name: getattr(row, name) for name in _STANDING},
    )
