"""The ledger's database: opened at the first call, asked in reads and in writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any, Final, TypeVar
from weakref import finalize

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.adapters.database import ensure_tables, explained, open_engine, writing

#: Rows per statement: far from the limit on bound values of either database.
BATCH: Final = 500

T = TypeVar("T")


class LedgerDatabase:
    """A database behind a SQLAlchemy URL; its tables are made where they are missing.

    The first call opens it. Safe to use from threads and, by way of the database, from many
    processes; not to be carried across a fork.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = open_engine(url)
        finalize(self, self._engine.dispose)  # a job opens its ledger and forgets it
        self._ready, self._opening = False, Lock()

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with explained(self._url):
            self._open()
            with writing(self._engine.connect()) as connection, connection.begin():
                yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self._url):
            self._open()
            with self._engine.connect() as connection:
                yield connection

    def _open(self) -> None:
        with self._opening:
            if not self._ready:
                ensure_tables(self._engine)
                self._ready = True

    def _insert(
        self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Insert the rows whose key is free; return how many that were."""
        if not rows:
            return 0
        statement = self._dialect_insert(table).on_conflict_do_nothing()
        key = next(iter(table.primary_key.columns))
        return len(connection.execute(statement.returning(key), rows).all())

    def _upsert(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        renewed: Sequence[str] = (),
    ) -> None:
        """Insert rows; of those whose key is there, renew the columns named, or all."""
        if not rows:
            return
        statement = self._dialect_insert(table)
        names = renewed or [c.name for c in table.c if not c.primary_key]
        new = {name: statement.excluded[name] for name in names}
        keys = list(table.primary_key.columns)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), rows)

    def _dialect_insert(self, table: Table) -> Any:
        if self._engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def in_batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists of `BATCH`."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
