"""The ledger's database: opened at the first call, asked in reads and in writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import finalize

from sqlalchemy import Column, Connection, Table, column, func, select, update
from sqlalchemy.sql import bindparam

from pipeline.adapters.database import ensure_tables, explained, open_engine, writing

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import ARRAY

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
        statement, given = self._inserting(table, rows)
        key = next(iter(table.primary_key.columns))
        new = statement.on_conflict_do_nothing().returning(key)
        return len(connection.execute(new, given).all())

    def _upsert(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        renewed: Sequence[str] = (),
    ) -> None:
        """Insert rows, each key once; of those that are there renew the columns named, or all."""
        if not rows:
            return
        statement, given = self._inserting(table, rows)
        names = renewed or [c.name for c in table.c if not c.primary_key]
        new = {name: statement.excluded[name] for name in names}
        keys = list(table.primary_key.columns)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), given)

    def _update(
        self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Change rows, which have the table's key and the same columns each."""
        if not rows:
            return
        keys = [column.name for column in table.primary_key.columns]
        names = [name for name in rows[0] if name not in keys]
        if self._is_sqlite:
            given: Any = [{f"_{name}": value for name, value in row.items()} for row in rows]
            here = [table.c[key] == bindparam(f"_{key}") for key in keys]
            change = update(table).values({name: bindparam(f"_{name}") for name in names})
        else:
            news, given = _arrays(table, rows)
            here = [table.c[key] == news.c[key] for key in keys]
            change = update(table).values({name: news.c[name] for name in names})
        connection.execute(change.where(*here), given)

    def _inserting(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
        """Return an insert and what to give it: rows one by one, or to PostgreSQL all in one."""
        if self._is_sqlite:
            return self._dialect_insert(table), rows
        news, given = _arrays(table, rows)
        return self._dialect_insert(table).from_select(list(rows[0]), select(*news.c)), given

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _dialect_insert(self, table: Table) -> Any:
        # The other database's dialect would be loaded for nothing: 2 MB of a crawl.
        dialect = import_module(f"sqlalchemy.dialects.{self._engine.dialect.name}")
        return dialect.insert(table)


def in_batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists of `BATCH`."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _arrays(table: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, dict[str, list[Any]]]:
    """Return rows as a table that a statement of PostgreSQL reads from, an array for each column.

    A statement for all rows: one for each costs the server five times as much.
    """
    names = list(rows[0])
    arrays = [bindparam(f"_{name}", type_=_array(table.c[name])) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    news = func.unnest(*arrays).table_valued(*columns).render_derived(name="news")
    return news, {f"_{name}": [row[name] for row in rows] for name in names}


def _array(one: Column[Any]) -> ARRAY[Any]:
    """Return the type of a column's values; of one dimension, or tuples would be taken apart."""
    from sqlalchemy.dialects.postgresql import ARRAY

    return ARRAY(one.type, dimensions=1)
