"""A slot's rows -> the bytes of one Parquet object: the same rows give the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

#: A lookup reads one group; measured from 1,000 to 100,000 rows, the size of a file hardly changes.
ROW_GROUP: Final = 2_000
#: zstd's level. 9 makes real articles a tenth smaller at three times the CPU: closed days have it.
LEVEL: Final = 3
CLOSED_LEVEL: Final = 9
#: Chance that a Bloom filter sends a lookup into a group in vain.
FALSE_POSITIVE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table lies in its files. Column names; `keys` get statistics, `ids` Bloom filters."""

    order: tuple[str, ...]
    keys: tuple[str, ...]
    ids: tuple[str, ...]
    few_values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A Parquet object: its bytes, and the numbers the Delta log wants for skipping files."""

    body: bytes
    rows: int
    stats: str

    @property
    def digest(self) -> str:
        """sha256 of the bytes, 16 hex digits: the object's name."""
        return hashlib.sha256(self.body).hexdigest()[:16]


def encode(rows: pa.Table, layout: Layout) -> Encoded:
    """Return rows as one sorted Parquet object. `rows` must have a table's schema exactly."""
    ordered = rows.sort_by([(name, "ascending") for name in layout.order]).combine_chunks()
    groups = (ordered.slice(at, ROW_GROUP) for at in range(0, ordered.num_rows, ROW_GROUP))
    return encode_groups(groups, ordered.select(list(layout.keys)), rows.schema, layout)


def encode_groups(
    groups: Iterable[pa.Table],
    keys: pa.Table,
    schema: pa.Schema,
    layout: Layout,
    level: int = LEVEL,
) -> Encoded:
    """Return row groups, sorted by the layout, as one Parquet object; holds one group at a time.

    `keys` are the layout's key columns of all rows. Statistics on keys only (of `text` they would
    fill the footer); a dictionary only where values repeat; page index and Bloom filters so that a
    lookup reads little.
    """
    bloom = {
        name: {"ndv": min(ROW_GROUP, keys.num_rows), "fpp": FALSE_POSITIVE} for name in layout.ids
    }
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=level,
        use_dictionary=list(layout.few_values),
        write_statistics=list(layout.keys),
        write_page_index=True,
        bloom_filter_options=bloom,
    ) as writer:
        for group in groups:
            writer.write_table(group.combine_chunks(), ROW_GROUP)
    return Encoded(sink.getvalue(), keys.num_rows, _stats(keys, layout))


def _stats(rows: pa.Table, layout: Layout) -> str:
    """Return Delta's statistics as JSON, of the keys alone."""
    columns = {name: rows[name] for name in layout.keys}
    spans = {name: pc.min_max(column) for name, column in columns.items()}
    known = {name: span for name, span in spans.items() if span["min"].is_valid}
    return json.dumps(
        {
            "numRecords": rows.num_rows,
            "minValues": {name: _bound(span["min"].as_py()) for name, span in known.items()},
            "maxValues": {
                name: _bound(span["max"].as_py(), upper=True) for name, span in known.items()
            },
            "nullCount": {name: column.null_count for name, column in columns.items()},
        },
        sort_keys=True,
    )


def _bound(value: Any, *, upper: bool = False) -> Any:
    """Return a bound as Delta writes it: moments in whole milliseconds, rounded outwards."""
    if not isinstance(value, datetime):
        return value
    odd = timedelta(microseconds=value.microsecond % 1000)
    if upper and odd:
        value += timedelta(milliseconds=1)
    return (value - odd).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
