"""Many sorted objects -> the row groups of one: a row group of each in memory, never all rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import BrokenContract
from pipeline.publish.encode import CLOSED_LEVEL, ROW_GROUP, Encoded, encode_groups
from pipeline.publish.tables import TABLES

#: Rows, as their slot and the key columns of the table's layout -> which of them stay.
Keep = Callable[[pa.Table], Any]
_Numbers = np.ndarray[Any, np.dtype[np.int64]]


def merge(
    name: str, bodies: Sequence[bytes], *, keep: Keep | None = None, extra: pa.Table | None = None
) -> Encoded | None:
    """Return the rows of objects of a table as one object, None if no row stays.

    Sorted as the table's layout has it, then by slot: the same rows give the same bytes, whatever
    objects they came in. `keep` leaves rows of the objects out, `extra` are more of them.
    Raises BrokenContract for an object that does not fit the table.
    """
    definition = TABLES[name]
    layout, schema = definition.layout, definition.schema
    by = list(dict.fromkeys((*layout.order, "slot")))
    files = [pq.ParquetFile(pa.BufferReader(body)) for body in bodies]
    if extra is not None and extra.num_rows:
        files.append(_file_of(extra.sort_by([(column, "ascending") for column in by])))
    narrow = pa.schema([schema.field(column) for column in dict.fromkeys((*by, *layout.keys))])
    heads = [_fitted(_columns(file, narrow.names), narrow) for file in files]
    keys = pa.concat_tables(heads).combine_chunks()
    chosen = np.arange(keys.num_rows, dtype=np.int64)
    if keep is not None:
        old = keys.num_rows - (0 if extra is None else extra.num_rows)
        stays = np.asarray(keep(keys.slice(0, old)), dtype=bool)
        chosen = chosen[np.concatenate([stays, np.ones(keys.num_rows - old, dtype=bool)])]
    if not len(chosen):
        return None
    kept = keys.take(pa.array(chosen))
    order = pc.sort_indices(kept, sort_keys=[(column, "ascending") for column in by]).to_numpy()
    groups = _groups(chosen[order], files, schema)
    return encode_groups(groups, kept.take(pa.array(order)), schema, layout, CLOSED_LEVEL)


def _groups(
    order: _Numbers, files: Sequence[pq.ParquetFile], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Yield the rows in an order of their numbers, which count through all files."""
    starts = np.cumsum([0, *(file.metadata.num_rows for file in files)])
    spans = list(pairwise(starts))
    rows = []
    for file, (first, last) in zip(files, spans, strict=True):
        mine = order[(order >= first) & (order < last)]
        in_order = bool(np.all(mine[1:] > mine[:-1]))
        rows.append(_Rows(file, schema, whole=not in_order))
    for at in range(0, len(order), ROW_GROUP):
        wanted = order[at : at + ROW_GROUP]
        pieces, places = [], []
        for (first, last), taker in zip(spans, rows, strict=True):
            here = np.flatnonzero((wanted >= first) & (wanted < last))
            if len(here):
                pieces.append(taker.take(wanted[here] - first))
                places.append(here)
        yield pa.concat_tables(pieces).take(pa.array(np.argsort(np.concatenate(places))))


class _Rows:
    """The rows of a file, asked for in ascending order unless it is read as a whole."""

    def __init__(self, file: pq.ParquetFile, schema: pa.Schema, *, whole: bool) -> None:
        self._file, self._schema = file, schema
        self._next, self._start = 0, 0
        self._held = schema.empty_table()
        if whole:
            self._read(file.num_row_groups)

    def take(self, numbers: _Numbers) -> pa.Table:
        """Return rows by their numbers in the file; the groups before them are let go of."""
        while self._start + self._held.num_rows <= numbers.max():
            passed = min(max(0, int(numbers.min()) - self._start), self._held.num_rows)
            self._held, self._start = self._held.slice(passed), self._start + passed
            self._read(1)
        return self._held.take(pa.array(numbers - self._start))

    def _read(self, groups: int) -> None:
        last = min(self._next + groups, self._file.num_row_groups)
        more = self._file.read_row_groups(list(range(self._next, last)))
        self._held = pa.concat_tables([self._held, _fitted(more, self._schema)])
        self._next = last


def _file_of(rows: pa.Table) -> pq.ParquetFile:
    sink = io.BytesIO()
    pq.write_table(rows, sink, row_group_size=ROW_GROUP)
    return pq.ParquetFile(pa.BufferReader(sink.getvalue()))


def _columns(file: pq.ParquetFile, names: Sequence[str]) -> pa.Table:
    return file.read([name for name in names if name in file.schema_arrow.names])


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows in a schema's columns: one that an older version lacked is null."""
    missing = [field for field in schema if field.name not in rows.column_names]
    if needed := [field.name for field in missing if not field.nullable]:
        msg = (
            f"An object of the lake lacks the columns {', '.join(needed)}: publish its slots again."
        )
        raise BrokenContract(msg)
    for field in missing:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    try:
        return rows.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        msg = f"An object of the lake does not fit its schema ({error}): publish its slots again."
        raise BrokenContract(msg) from error
