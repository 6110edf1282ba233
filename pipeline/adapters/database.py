"""A SQLAlchemy URL -> an engine whose tables are there, and whose troubles say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Index, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from pipeline.adapters.ledger_tables import METADATA, RETIRED
from pipeline.errors import BroadsheetError, FixSeed, TryLater

#: How long a writer waits for another one before it gives up, in milliseconds.
BUSY_MS: Final = 30_000
#: Any number will do, as long as all who make the tables take the same.
_LOCK: Final = 7_140_912
_PERSON: Final = (
    "unable to open database file",
    "readonly database",
    "file is not a database",
    "password",
    "does not exist",
    "permission denied",
    "pg_hba.conf",
    "read-only transaction",
    "no such column",
)


def open_engine(url: str) -> Engine:
    """Return an engine; nothing is opened yet.

    Raises FixSeed if the URL is none, or its driver is not installed.
    """
    address = _parsed(url)
    try:
        engine = create_engine(address)
    except NoSuchModuleError:
        msg = f"BROADSHEET_LEDGER={_shown(address)}: give sqlite:///path or postgresql://…"
        raise FixSeed(msg) from None
    except ImportError as error:
        msg = (
            f"BROADSHEET_LEDGER={_shown(address)} needs a driver that is not installed "
            f"({error}): pip install 'broadsheet[postgres]'"
        )
        raise FixSeed(msg) from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def writing(connection: Connection) -> Connection:
    """Mark a connection as one that will write: SQLite then locks at once, not half way."""
    return connection.execution_options(immediate=True)


def ensure_tables(engine: Engine) -> None:
    """Make the tables, columns and indexes that are missing, and SQLite's folder.

    Safe among processes. So a ledger of an older version opens. Raises FixSeed for one that cannot be made to fit.
    """
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with engine.connect() as connection:
        if not any(_missing(connection)):
            return
    with writing(engine.connect()) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _, columns, _ = _missing(connection)  # another process may just have made them
        for column in columns:
            _add_column(connection, column)
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
        for name in RETIRED:
            connection.execute(text(f"DROP INDEX IF EXISTS {name}"))


def _missing(connection: Connection) -> tuple[list[Table], list[Column[Any]], list[Index]]:
    """Return the tables a database lacks, and the columns and indexes its other tables lack."""
    stored = inspect(connection)
    names = set(stored.get_table_names())
    indexed = {row["name"] for rows in stored.get_multi_indexes().values() for row in rows}
    columns, indexes = [], []
    for table in METADATA.sorted_tables:
        if table.name in names:
            held = {column["name"] for column in stored.get_columns(table.name)}
            columns += [column for column in table.columns if column.name not in held]
            indexes += [index for index in table.indexes if index.name not in indexed]
    tables = [table for table in METADATA.sorted_tables if table.name not in names]
    return tables, columns, indexes


def _add_column(connection: Connection, column: Column[Any]) -> None:
    if column.primary_key or (not column.nullable and column.server_default is None):
        msg = (
            f"The ledger {_shown(connection.engine.url)} is of an older version: its table "
            f"{column.table.name} lacks {column.name}. Move it away, then fill a new one from the "
            "lake: `broadsheet doctor --rebuild-ledger`."
        )
        raise FixSeed(msg)
    definition = str(CreateColumn(column).compile(dialect=connection.dialect))
    connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn a database's trouble into TryLater or FixSeed that names the ledger, not its password."""
    try:
        yield
    except DBAPIError as error:
        trouble = _explanation(error, _shown(_parsed(url)))
        if trouble is None:
            raise
        raise trouble from error
    except OSError as error:
        msg = (
            f"The ledger {_shown(_parsed(url))} cannot be made ({error.strerror}: "
            f"{error.filename}). Make its folder writable, or set BROADSHEET_LEDGER."
        )
        raise FixSeed(msg) from error


def _explanation(error: DBAPIError, shown: str) -> BroadsheetError | None:
    line = " ".join(str(error.orig).split())
    if isinstance(error.orig, sqlite3.DatabaseError) and "full" in line:
        return TryLater(f"The disk of the ledger {shown} is full: free some space, run again.")
    if any(words in line for words in _PERSON):
        return FixSeed(f"The ledger {shown} cannot be used ({line}). Check BROADSHEET_LEDGER.")
    if error.connection_invalidated or _is_unwell(error):
        return TryLater(f"The ledger {shown} is unwell ({line}). Nothing is lost; run again.")
    return None


def _is_unwell(error: DBAPIError) -> bool:
    return type(error).__name__ in {"OperationalError", "InterfaceError", "InternalError"}


def _parsed(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        msg = "BROADSHEET_LEDGER is no database URL; give sqlite:///path or postgresql://…"
        raise FixSeed(msg) from None
    if address.drivername in {"postgres", "postgresql"}:
        return address.set(drivername="postgresql+psycopg")
    return address


def _shown(address: URL) -> str:
    return address.render_as_string(hide_password=True)


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite fit for many processes: WAL, patience, and locks taken when a write begins."""

    def connected(handle: sqlite3.Connection, _record: Any) -> None:
        handle.isolation_level = None  # SQLAlchemy's BEGIN below is then the only one
        handle.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        handle.execute("PRAGMA journal_mode = WAL")
        handle.execute("PRAGMA synchronous = NORMAL")

    def begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
