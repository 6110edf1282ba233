"""What listings answered: the archive's rows of a slot as rows of the lake, gaps marked."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from schemas.poll import POLL

#: What the detail of an answer begins with that has nothing in common with the one before it.
_GAP = "gap:"
_RENAMED = {"via": "found_via", "at": "fetched_at"}


def poll_rows(fetches: pa.Table) -> pa.Table:
    """Return `schemas.poll.POLL` rows of what a slot asked (`fetches`: its raw rows, no bodies)."""
    rows = fetches.filter(pc.equal(fetches["kind"], "listing"))
    milliseconds = pc.round(pc.multiply(rows["elapsed_s"], 1000.0))
    made = {
        "gap": pc.starts_with(rows["detail"], _GAP),
        "elapsed_ms": pc.cast(milliseconds, pa.int32()),
    }
    columns = [
        made[name] if name in made else rows[_RENAMED.get(name, name)] for name in POLL.names
    ]
    return pa.Table.from_arrays(columns, schema=POLL)
