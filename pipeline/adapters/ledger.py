"""SqlLedger: what has been seen, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, select, tuple_

from pipeline.adapters.bulk import change, given, giving, insert_free, upsert
from pipeline.adapters.ledger_database import in_batches
from pipeline.adapters.ledger_removals import LedgerRemovals
from pipeline.adapters.ledger_tables import LINKS, LISTINGS, SIGHTINGS, TRIES
from pipeline.adapters.transitions import (
    CLAIMED,
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
_of_link = attrgetter(*_LINK)
_KEY: Final = ("url_key", "source")


class SqlLedger(LedgerRemovals):
    """The ledger behind a SQLAlchemy URL, on SQLite or PostgreSQL.

    `fetch_attempts` is how many runs may try a URL before a passing trouble counts as failure.
    """

    def __init__(self, url: str, fetch_attempts: int) -> None:
        super().__init__(url)
        self._attempts = fetch_attempts

    def remember(self, links: Iterable[Link], states: Iterable[ListingState], slot: Slot) -> int:
        """Note links as pending and listings as polled, in one transaction; count the new links."""
        places: dict[tuple[str, str, str], Link] = {}
        for link in self._allowed(links):
            places.setdefault((link.url_key, link.source, link.found_in), link)
        newest = _newest(places.values())
        names = LISTINGS.columns.keys()
        rows = [{name: getattr(state, name) for name in names} for state in states]
        here = slot.key
        with self._write() as connection:
            new, claims = self._remember(connection, newest, slot)
            self._claim(connection, claims)
            for keys in in_batches(sorted(places)):
                seen = [_sighting(places[key], here) for key in keys]
                upsert(connection, SIGHTINGS, seen, renewed=("seen_at",))
            upsert(connection, LISTINGS, sorted(rows, key=lambda row: (row["source"], row["url"])))
        return new

    def _remember(
        self, connection: Connection, links: Mapping[Key, Link], slot: Slot
    ) -> tuple[int, dict[Key, Link]]:
        """Insert the links that are new; return their number, and those known that changed.

        Nothing is locked yet: writers insert all in order of the keys, then lock in that order.
        """
        new, here = 0, slot.key
        claims: dict[Key, Link] = {}
        for part in _parts(links):
            known = self._rows(connection, part, CLAIMED, lock=False)
            rows = [found(link, here) for key, link in part.items() if key not in known]
            new += insert_free(connection, LINKS, rows)
            claims |= {key: part[key] for key, row in known.items() if claimed(row, part[key])}
        return new, claims

    def _claim(self, connection: Connection, links: Mapping[Key, Link]) -> None:
        """Make links due again that claim a change, if they still do now that they are locked."""
        for part in _parts(links):
            rows = self._locked(connection, part)
            self._change(connection, {key: claimed(row, part[key]) for key, row in rows.items()})

    def settle_fetched(self, fetched: Iterable[Fetched], slot: Slot, now: datetime) -> None:
        """Note what is durable in `raw/`. Decides between FETCHED, PENDING (again) and FAILED."""
        answers: dict[Key, list[Fetched]] = defaultdict(list)
        items = sorted(fetched, key=lambda item: item.fetched_at)
        allowed = {(link.url_key, link.source) for link in self._allowed(i.link for i in items)}
        for item in items:
            if (key := (item.link.url_key, item.link.source)) in allowed:
                answers[key].append(item)
        with self._write() as connection:
            for part in _parts(answers):
                # A link the ledger lost is taken from the answer itself: raw/ is the truth.
                lost = part.keys() - self._rows(connection, part, (), lock=False).keys()
                strangers = [found(part[key][0].link, slot.key) for key in sorted(lost)]
                insert_free(connection, LINKS, strangers)
            for part in _parts(answers):
                self._settle_fetched(connection, part, slot, now)

    def _settle_fetched(
        self,
        connection: Connection,
        answers: Mapping[Key, Sequence[Fetched]],
        slot: Slot,
        now: datetime,
    ) -> None:
        changes: dict[Key, dict[str, Any]] = {}
        tries = []
        for key, row in self._locked(connection, answers).items():
            state, changed = row, changes.setdefault(key, {})
            for item in answers[key]:
                if news := after_fetch(state, item, slot, now, self._attempts):
                    state |= news
                    changed |= news
                    tries.append(_try(item, state))
        self._change(connection, changes)
        insert_free(connection, TRIES, tries)

    def settle(self, settlements: Iterable[Settlement], slot: Slot) -> None:
        """Note how publishing ended for URLs of a slot."""
        ends = {(end.url_key, end.source): end for end in settlements}
        with self._write() as connection:
            for part in _parts(ends):
                rows = self._locked(connection, part)
                settled = {
                    key: _ending(part[key], slot)
                    for key, row in rows.items()
                    if may_settle(row, slot)
                }
                self._change(connection, settled)

    def replay(self, keys: Iterable[Key], now: datetime) -> int:
        """Give URLs that were given up, by (URL key, source), another chance; count those."""
        number = 0
        with self._write() as connection:
            for part in in_batches(sorted(set(keys))):
                rows = self._locked(connection, part)
                chances = {key: replayed(row, now) for key, row in rows.items()}
                self._change(connection, chances)
                number += sum(map(bool, chances.values()))
        return number

    def _locked(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        """Return and lock the rows of keys, with the columns that decisions need."""
        return self._rows(connection, keys, NEEDED, lock=True)

    def _rows(
        self, connection: Connection, keys: Iterable[Key], names: Sequence[str], *, lock: bool
    ) -> dict[Key, dict[str, Any]]:
        """Return the rows of keys in their order, with the columns named."""
        key = [LINKS.c[name] for name in _KEY]
        wanted = tuple_(*key).in_(given(connection.dialect, LINKS, _KEY))
        query = select(*key, *(LINKS.c[name] for name in names)).where(wanted).order_by(*key)
        if lock:  # as an update does; SQLite locks as a whole
            query = query.with_for_update(key_share=True, of=LINKS)
        rows = connection.execute(query, giving(connection.dialect, _KEY, keys)).all()
        return {(row[0], row[1]): dict(zip(names, row[2:], strict=True)) for row in rows}

    def _change(self, connection: Connection, changes: Mapping[Key, Mapping[str, Any]]) -> None:
        """Write changed rows: those that change in the same columns by one statement."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for (url_key, source), news in changes.items():
            if news:
                row = {"url_key": url_key, "source": source, **news}
                alike[tuple(sorted(news))].append(row)
        for names, rows in alike.items():
            change(connection, LINKS, (*_KEY, *names), rows)


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


def _sighting(link: Link, slot: str) -> dict[str, Any]:
    row = dict(zip(_LINK, _of_link(link), strict=True))
    return row | {"found_slot": slot, "seen_at": link.found_at}


def _try(item: Fetched, state: Mapping[str, Any]) -> dict[str, Any]:
    miss = item if isinstance(item, Miss) else item.missing
    return {
        "url_key": item.link.url_key,
        "source": item.link.source,
        "at": item.fetched_at,
        "slot": state["tried_slot"],
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
