"""How a column is declared: its Arrow type, and the one line that explains it."""

from __future__ import annotations

import pyarrow as pa

#: Microseconds in UTC: nanoseconds are refused or mangled by several engines.
TIMESTAMP = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())
CUTS = pa.list_(
    pa.struct([
        pa.field("category", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ])
)
ENTRIES = pa.list_(
    pa.struct([
        pa.field("at", TIMESTAMP),
        pa.field("title", pa.string()),
        pa.field("text", pa.string(), nullable=False),
    ])
)


def column(name: str, kind: pa.DataType, doc: str, *, null: str = "") -> pa.Field:
    """Declare a column. `null` says what a null means; without it the column is never null."""
    metadata = {"doc": doc} | ({"null": null} if null else {})
    return pa.field(name, kind, nullable=bool(null), metadata=metadata)


def table(name: str, version: int, doc: str, columns: list[pa.Field]) -> pa.Schema:
    """Assemble a schema that carries its name, version and meaning into every file."""
    metadata = {"broadsheet.table": name, "broadsheet.version": str(version), "doc": doc}
    return pa.schema(columns, metadata=metadata)
