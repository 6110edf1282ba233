"""Many rows, one statement: PostgreSQL takes them all at once, SQLite one after the other.

SQLAlchemy writes each statement once, and the driver is given plain values from then on. For
SQLAlchemy to bind each row, and psycopg each value of a list, costs many times what the databases
take to store them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Dialect,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.sql import bindparam
from sqlalchemy.types import TypeEngine

Rows = Sequence[Mapping[str, Any]]
Names = tuple[str, ...]
_STATEMENTS: Final = 256
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def insert_free(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert the rows whose key is free; return how many that were. All name the same columns."""
    if not rows:
        return 0
    return _execute(connection, table, rows, _inserting(connection.dialect, table, tuple(rows[0])))


def upsert(connection: Connection, table: Table, rows: Rows, renewed: Names = ()) -> None:
    """Insert rows, each key once; of those that are there renew the columns named, or all."""
    if rows:
        names = renewed or tuple(c.name for c in table.c if not c.primary_key)
        statement = _inserting(connection.dialect, table, tuple(rows[0]), names)
        _execute(connection, table, rows, statement)


def change(connection: Connection, table: Table, names: Names, rows: Rows) -> None:
    """Change rows in the columns named, the table's key among them."""
    if rows:
        _execute(connection, table, rows, _updating(connection.dialect, table, names))


def given(dialect: Dialect, table: Table, names: Names) -> Select[Any]:
    """Return a select of keys, to ask for many in one statement; `giving` says which they are."""
    if dialect.name != "sqlite":
        return select(*_arrays(table, names).c)
    each = func.json_each(bindparam("_keys")).table_valued("value")
    return select(*(func.json_extract(each.c.value, f"$[{n}]") for n in range(len(names))))


def giving(dialect: Dialect, names: Names, keys: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return what a statement over `given` keys is executed with."""
    rows = list(keys)
    if dialect.name == "sqlite":
        return {"_keys": json.dumps(rows)}
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {f"_{name}": _array(values) for name, values in zip(names, columns, strict=True)}


def _execute(connection: Connection, table: Table, rows: Rows, statement: tuple[str, Names]) -> int:
    """Give a statement its rows; return how many it wrote."""
    text, names = statement
    columns = [
        _plain(connection.dialect, table, name, [row[name] for row in rows]) for name in names
    ]
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(text, list(zip(*columns, strict=True))).rowcount
    arrays = {f"_{name}": _array(values) for name, values in zip(names, columns, strict=True)}
    return connection.exec_driver_sql(text, arrays).rowcount


@lru_cache(maxsize=_STATEMENTS)
def _inserting(
    dialect: Dialect, table: Table, names: Names, renewed: Names = ()
) -> tuple[str, Names]:
    # The other database's dialect would be loaded for nothing: 2 MB of a crawl.
    insert = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(table)
    if dialect.name == "sqlite":
        insert = insert.values({name: bindparam(f"_{name}") for name in names})
    else:
        insert = insert.from_select(list(names), select(*_arrays(table, names).c))
    if not renewed:
        return _written(dialect, insert.on_conflict_do_nothing(), names)
    news = {name: insert.excluded[name] for name in renewed}
    keys = list(table.primary_key.columns)
    renewing = insert.on_conflict_do_update(index_elements=keys, set_=news)
    return _written(dialect, renewing, names)


@lru_cache(maxsize=_STATEMENTS)
def _updating(dialect: Dialect, table: Table, names: Names) -> tuple[str, Names]:
    if dialect.name == "sqlite":
        news: Mapping[str, Any] = {name: bindparam(f"_{name}") for name in names}
    else:
        news = _arrays(table, names).c
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: news[name] for name in names if name not in keys}
    here = [table.c[key] == news[key] for key in keys]
    return _written(dialect, update(table).values(changed).where(*here), names)


def _written(dialect: Dialect, statement: Any, names: Names) -> tuple[str, Names]:
    """Return a statement as the driver takes it, and the columns it wants, in its order."""
    compiled = statement.compile(dialect=dialect)
    order = compiled.positiontup or [f"_{name}" for name in names]
    return str(compiled), tuple(name.removeprefix("_") for name in order)


def _arrays(table: Table, names: Names) -> Any:
    """Return rows as a table that a statement of PostgreSQL reads from: an array for each column."""
    from sqlalchemy.dialects.postgresql import ARRAY  # 2 MB that SQLite spares

    arrays = [
        cast(bindparam(f"_{name}", type_=String()), ARRAY(_unbounded(table.c[name].type)))
        for name in names
    ]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="news")


def _unbounded(kind: TypeEngine[Any]) -> Any:
    """Return a type for the elements of an array; to cast to one with a length would cut them."""
    own: Any = kind.impl if isinstance(kind, TypeDecorator) else kind
    return Text() if isinstance(own, String) else own


def _plain(dialect: Dialect, table: Table, name: str, values: list[Any]) -> list[Any]:
    """Return a column's values as the database holds them; an object that repeats is turned once."""
    processor = _processor(dialect, table, name)
    if processor is None:
        return values
    objects = {id(value): value for value in values}
    plain = {number: processor(value) for number, value in objects.items()}
    return [plain[number] for number in map(id, values)]


@lru_cache(maxsize=_STATEMENTS)
def _processor(dialect: Dialect, table: Table, name: str) -> Any:
    kind = table.c[name].type
    return (
        None
        if isinstance(kind, LargeBinary)
        else kind.dialect_impl(dialect).bind_processor(dialect)
    )


def _array(values: Sequence[Any]) -> str:
    """Return values as PostgreSQL writes an array; most columns are all alike, or all plain texts."""
    number = len(values)
    if number and values.count(values[0]) == number:
        return f"{{{','.join([_element(values[0])] * number)}}}"
    if number and set(map(type, values)) == {str}:
        joined = '","'.join(values)
        if "\\" not in joined and joined.count('"') == 2 * (number - 1):  # its own alone
            return f'{{"{joined}"}}'
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPED)}"' if "\\" in value or '"' in value else f'"{value}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, date):  # a moment, too
        return f'"{value.isoformat()}"'
    return str(value)
