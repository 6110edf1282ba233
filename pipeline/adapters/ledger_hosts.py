"""SqlHosts: what the ledger knows of hosts: rules, rest, budgets, requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.sql import bindparam

from pipeline.adapters.bulk import insert_free, upsert
from pipeline.adapters.host_tables import GATES, JOURNAL, ROBOTS, SPENT
from pipeline.adapters.ledger_database import LedgerDatabase
from pipeline.model import Purpose, Request
from pipeline.ports import Gate, Spent

#: How far back is looked for what a host's daily crawl needs.
RECENT_DAYS: Final = 7
#: Counts older than this say nothing any more.
_FORGOTTEN_DAYS: Final = 35
_MOMENTS: Final = tuple(f.name for f in fields(Request) if "datetime" in str(f.type))


class SqlHosts(LedgerDatabase):
    """The part of the ledger that is about hosts, behind a SQLAlchemy URL."""

    def robots(self, origin: str) -> tuple[datetime, int, bytes] | None:
        """Return the stored robots.txt of an origin: when, status, body."""
        with self._read() as connection:
            row = connection.execute(select(ROBOTS).where(ROBOTS.c.origin == origin)).first()
        return None if row is None else (row.at, row.status, row.body)

    def keep_robots(self, origin: str, at: datetime, status: int, body: bytes) -> None:
        """Store the robots.txt of an origin, or another file of rules by its own address."""
        row = {"origin": origin, "at": at, "status": status, "body": body}
        with self._write() as connection:
            upsert(connection, ROBOTS, [row])

    def gate(self, host: str) -> Gate:
        """Return what keeps a host's gate shut; of a host without trouble, a gate that is open."""
        with self._read() as connection:
            row = connection.execute(select(GATES).where(GATES.c.host == host)).first()
        return Gate(host) if row is None else Gate(row.host, row.until, row.failures, row.why)

    def keep_gate(self, gate: Gate) -> None:
        """Note how a host's gate stands."""
        with self._write() as connection:
            upsert(connection, GATES, [asdict(gate)])

    def spend(
        self,
        host: str,
        day: date,
        purpose: Purpose,
        wanted: int,
        room: Callable[[Spent], int],
    ) -> int:
        """Take up to so many requests from a host's day, as many as `room` finds left; atomic."""
        with self._write() as connection:
            self._touch(connection, host, day, purpose)
            taken = max(0, min(wanted, room(self._spent(connection, host, day))))
            self._add(connection, host, day, purpose, taken)
        return taken

    def give_back(self, host: str, day: date, purpose: Purpose, unused: int) -> None:
        """Return requests that were taken and not made."""
        with self._write() as connection:
            self._add(connection, host, day, purpose, -unused)

    def spent(self, host: str, day: date) -> Spent:
        """Return what was asked of a host on a day, by purpose, and lately."""
        with self._read() as connection:
            return self._spent(connection, host, day)

    def journal(self, shard: str, requests: Sequence[Request]) -> None:
        """Note requests until they are in the lake; one that is noted already stays as it is."""
        rows = [
            {"host": r.host, "at": r.at, "url": r.url, "shard": shard, "request": _to_json(r)}
            for r in requests
        ]
        with self._write() as connection:
            insert_free(connection, JOURNAL, rows)

    def journalled(self, shard: str | None = None, host: str | None = None) -> list[Request]:
        """Return the requests that are not in the lake yet, oldest first."""
        query = select(JOURNAL.c.request).order_by(JOURNAL.c.at, JOURNAL.c.host, JOURNAL.c.url)
        if shard is not None:
            query = query.where(JOURNAL.c.shard == shard)
        if host is not None:
            query = query.where(JOURNAL.c.host == host)
        with self._read() as connection:
            return [_of_json(text) for text in connection.scalars(query)]

    def forget(self, requests: Sequence[Request]) -> None:
        """Let go of requests that are in the lake now."""
        keys = ("host", "at", "url")
        statement = delete(JOURNAL).where(*(JOURNAL.c[k] == bindparam(f"_{k}") for k in keys))
        rows = [{f"_{key}": getattr(request, key) for key in keys} for request in requests]
        with self._write() as connection:
            connection.execute(statement, rows)

    def _touch(self, connection: Connection, host: str, day: date, purpose: Purpose) -> None:
        """Make the row that is counted in, and lock it; old rows of the host go."""
        row = {"host": host, "day": day, "purpose": purpose, "requests": 0}
        if insert_free(connection, SPENT, [row]):
            old = day - timedelta(days=_FORGOTTEN_DAYS)
            connection.execute(delete(SPENT).where(SPENT.c.host == host, SPENT.c.day < old))
        mine = select(SPENT).where(SPENT.c.host == host, SPENT.c.day == day)
        connection.execute(mine.order_by(SPENT.c.purpose).with_for_update())

    def _add(
        self, connection: Connection, host: str, day: date, purpose: Purpose, number: int
    ) -> None:
        here = (SPENT.c.host == host, SPENT.c.day == day, SPENT.c.purpose == str(purpose))
        change = SPENT.update().where(*here).values(requests=SPENT.c.requests + number)
        connection.execute(change)

    def _spent(self, connection: Connection, host: str, day: date) -> Spent:
        today = select(SPENT.c.purpose, SPENT.c.requests).where(
            SPENT.c.host == host, SPENT.c.day == day
        )
        by_purpose = {row.purpose: row.requests for row in connection.execute(today)}
        recent = connection.scalar(
            select(func.max(SPENT.c.requests)).where(
                SPENT.c.host == host,
                SPENT.c.purpose == str(Purpose.DAILY),
                SPENT.c.day < day,
                SPENT.c.day >= day - timedelta(days=RECENT_DAYS),
            )
        )
        return Spent(by_purpose.get("daily", 0), by_purpose.get("backfill", 0), recent)


def _to_json(request: Request) -> str:
    return json.dumps(request.as_row(), default=datetime.isoformat)


def _of_json(text: str) -> Request:
    row = json.loads(text)
    moments = {name: datetime.fromisoformat(row[name]) for name in _MOMENTS if row[name]}
    return Request(**row | moments)
