"""Dataclasses -> Arrow tables, by the schema: what does not fit is named, column and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import pyarrow as pa

from pipeline.errors import BrokenContract
from pipeline.model import Cut, Entry


def to_table(rows: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """Return the rows of one dataclass as a table. Raises BrokenContract for what does not fit."""
    columns = []
    for field in schema:
        values = [_plain(getattr(row, field.name)) for row in rows]
        columns.append(_column(values, field, rows))
    table = pa.Table.from_arrays(columns, schema=schema)
    check_nulls(table, schema)
    return table


def check_nulls(table: pa.Table, schema: pa.Schema) -> None:
    """Raise BrokenContract if a column that is never null holds one; Arrow itself does not mind."""
    for field in schema:
        column = table[field.name]
        if not field.nullable and column.null_count:
            row = column.is_null().to_pylist().index(True)
            name = _table_name(schema)
            msg = f"{name}: {field.name} is null in the row of {_identity(table, row)}"
            raise BrokenContract(msg)


def _column(values: list[Any], field: pa.Field, rows: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError, TypeError) as error:
        trouble = " ".join(str(error).split())
    for value, row in zip(values, rows, strict=True):
        try:
            pa.array([value], type=field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError, TypeError):
            msg = f"{field.name} of {row.source} {row.url} does not fit {field.type}: {trouble}"
            raise BrokenContract(msg) from None
    msg = f"{field.name} does not fit {field.type}: {trouble}"
    raise BrokenContract(msg)


def _plain(value: Any) -> Any:
    """Turn the cuts and entries of a row into what Arrow reads as a list of structs."""
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return [asdict(cut) for cut in value if isinstance(cut, Cut | Entry)]
    return value


def _identity(table: pa.Table, row: int) -> str:
    named = [table[name][row].as_py() for name in ("source", "url", "url_key")]
    return " ".join(str(part) for part in named if part is not None)


def _table_name(schema: pa.Schema) -> str:
    metadata = schema.metadata or {}
    return str(metadata.get(b"broadsheet.table", b"rows").decode())
