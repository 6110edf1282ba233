"""SqlLedger: what has been seen, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, select, tuple_

from pipeline.adapters.ledger_database import in_batches
from pipeline.adapters.ledger_reads import LedgerReads
from pipeline.adapters.ledger_tables import LINKS, LISTINGS, SIGHTINGS, TRIES
from pipeline.adapters.transitions import (
    NEEDED,
    after_fetch,
    claimed,
    found,
    may_settle,
    replayed,
)
from pipeline.model import Fetched, Link, Miss, Reason, Slot
from pipeline.ports import ListingState, Settlement

Key = tuple[str, str]
V = TypeVar("V")
_LINK: Final = tuple(field.name for field in fields(Link))
_KNOWN: Final = select(LINKS.c.url_key, LINKS.c.source, *(LINKS.c[name] for name in NEEDED))


class SqlLedger(LedgerReads):
    """The ledger behind a SQLAlchemy URL, on SQLite or PostgreSQL.

    `fetch_attempts` is how many runs may try a URL before a passing trouble counts as failure.
    """

    def __init__(self, url: str, fetch_attempts: int) -> None:
        super().__init__(url)
        self._attempts = fetch_attempts

    def remember(self, links: Iterable[Link], states: Iterable[ListingState], slot: Slot) -> int:
        """Note links as pending and listings as polled, in one transaction; count the new links."""
        places: dict[tuple[str, str, str], Link] = {}
        for link in links:
            places.setdefault((link.url_key, link.source, link.found_in), link)
        newest = _newest(places.values())
        names = LISTINGS.columns.keys()
        rows = [{name: getattr(state, name) for name in names} for state in states]
        with self._write() as connection:
            new = sum(self._remember(connection, part, slot) for part in _parts(newest))
            for keys in in_batches(sorted(places)):
                seen = [_sighting(places[key], slot) for key in keys]
                self._upsert(connection, SIGHTINGS, seen, renewed=["seen_at"])
            self._upsert(connection, LISTINGS, sorted(rows, key=lambda row: row["url"]))
        return new

    def _remember(self, connection: Connection, links: Mapping[Key, Link], slot: Slot) -> int:
        known = self._known(connection, links)
        new = [found(link, slot) for key, link in links.items() if key not in known]
        changes = [
            (key, change) for key, row in known.items() if (change := claimed(row, links[key]))
        ]
        self._change(connection, changes)
        return self._insert(connection, LINKS, new)

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
        self._insert(connection, LINKS, [found(link, slot) for link in strangers])
        known |= self._known(connection, [(link.url_key, link.source) for link in strangers])
        changes, tries = [], []
        for key, row in known.items():
            state = dict(row)
            changed: dict[str, Any] = {}
            for item in answers[key]:
                if change := after_fetch(state, item, slot, now, self._attempts):
                    state |= change
                    changed |= change
                    tries.append(_try(item, state, slot))
            changes.append((key, changed))
        self._change(connection, changes)
        self._insert(connection, TRIES, tries)

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
                self._change(connection, changes)

    def replay(self, keys: Iterable[Key], now: datetime) -> int:
        """Give URLs that were given up, by (URL key, source), another chance; count those."""
        number = 0
        with self._write() as connection:
            for part in in_batches(sorted(set(keys))):
                known = self._known(connection, part)
                changes = [(key, replayed(row, now)) for key, row in known.items()]
                self._change(connection, changes)
                number += sum(bool(change) for _, change in changes)
        return number

    def _known(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        """Return and lock the rows of keys, with the columns that decisions need."""
        pair = tuple_(LINKS.c.url_key, LINKS.c.source)
        query = _KNOWN.where(pair.in_(list(keys))).order_by(LINKS.c.url_key, LINKS.c.source)
        rows = connection.execute(query.with_for_update()).mappings()  # SQLite locks as a whole
        return {(row["url_key"], row["source"]): dict(row) for row in rows}

    def _change(
        self, connection: Connection, changes: Iterable[tuple[Key, Mapping[str, Any]]]
    ) -> None:
        """Write changed rows: those that change in the same columns by one statement."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for (url_key, source), change in changes:
            if change:
                row = {"url_key": url_key, "source": source}
                row |= {name: change[name] for name in sorted(change)}
                alike[tuple(row)].append(row)
        for rows in alike.values():
            self._update(connection, LINKS, rows)


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
    for part in in_batches(sorted(items)):
        yield {key: items[key] for key in part}


def _sighting(link: Link, slot: Slot) -> dict[str, Any]:
    row = {name: getattr(link, name) for name in _LINK}
    return row | {"found_slot": slot.key, "seen_at": link.found_at}


def _try(item: Fetched, state: Mapping[str, Any], slot: Slot) -> dict[str, Any]:
    miss = item if isinstance(item, Miss) else item.missing
    return {
        "url_key": item.link.url_key,
        "source": item.link.source,
        "at": item.fetched_at,
        "slot": slot.key,
        "reason": item.reason if isinstance(item, Miss) else Reason.OK,
        "detail": miss.detail if miss else "",
        "status": item.status,
        "requests": item.attempts,
        "state": state["state"],
        "due_at": state["due_at"],
    }


def _ending(end: Settlement, slot: Slot) -> dict[str, Any]:
    return {
        "state": end.state,
        "reason": end.reason,
        "detail": end.detail,
        "settled_slot": slot.key,
    }
