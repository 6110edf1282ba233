"""The ledger's database: opened at the first call, asked in reads and in writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Final, TypeVar
from weakref import finalize

from sqlalchemy import Connection

from pipeline.adapters.database import ensure_tables, explained, open_engine, writing

#: Rows per statement: enough for what a statement itself costs to be little of it.
BATCH: Final = 1_000

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


def in_batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists of `BATCH`."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
