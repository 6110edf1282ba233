"""The tombstones, exported: what was taken down and stays out, for whoever keeps copies of the lake."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import TIMESTAMP, column, table

# One documented line per column.
# fmt: off
TOMBSTONE = table(
    "tombstones",
    1,
    "What was taken down: one row per URL, or per source as a whole. Rows of other tables that it covers must not be kept.",
    [
        column("takedown", pa.string(), "Id of the takedown; its receipt is `receipts/<id>.json`."),
        column("at", TIMESTAMP, "When it was asked for."),
        column("reason", pa.string(), "Why, as the operator put it; may be empty."),
        column("source", pa.string(), "Id of the source.", null="of every source"),
        column("url_key", pa.string(), "Key of the URL.", null="every URL of the source"),
        column("article_id", pa.string(), "Identity of the article in the other tables.", null="of every source, or all of one"),
    ],
)
