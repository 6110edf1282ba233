"""Rows of a query, in the format that was asked for."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from pipeline.cli import out

if TYPE_CHECKING:
    from pipeline.query import Answer


def write_answer(answer: Answer, form: str) -> None:
    """Write all rows to standard output as `table`, `json` (a line each), `csv` or `parquet`."""
    match form:
        case "table":
            from pipeline.cli.tables import show_rows

            show_rows(out.console(), answer.schema.names, answer.rows())
        case "json":
            for row in answer.rows():
                out.write_json(row)
        case "csv":
            _write_csv(answer)
        case _:
            _write_parquet(answer)


def _write_csv(answer: Answer) -> None:
    """Write CSV (RFC 4180); a list or struct is JSON inside its field, a null is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(answer.schema.names)
    for row in answer.rows():
        writer.writerow([_field(value) for value in row.values()])
        if buffer.tell() > 1 << 16:
            _flush(buffer)
    _flush(buffer)


def _flush(buffer: io.StringIO) -> None:
    out.write_bytes(buffer.getvalue().encode("utf-8", "backslashreplace"))
    buffer.seek(0)
    buffer.truncate()


def _field(value: Any) -> Any:
    simple = out.plain(value)
    return json.dumps(simple, ensure_ascii=False) if isinstance(simple, dict | list) else simple


def _write_parquet(answer: Answer) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(sys.stdout.buffer, answer.schema, compression="zstd") as writer:
        for batch in answer.batches:
            writer.write_batch(batch)
    sys.stdout.buffer.flush()
