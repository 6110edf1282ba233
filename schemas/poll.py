"""The `polls` table: every listing a run asked, what it answered, and whether there was a gap."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import TIMESTAMP, column, table

# One documented line per column.
# fmt: off
POLL = table(
    "polls",
    1,
    "Feeds, sitemaps and section pages that were asked, or that a hub pushed: one row per answer. What was listed is in `sightings`.",
    [
        column("source", pa.string(), "Id of the source."),
        column("url", pa.string(), "The listing, or a further page of it."),
        column("url_key", pa.string(), "Key of that URL."),
        column("via", pa.string(), "How it was come by: seed, sitemap (an index led to it), or websub (a hub pushed it)."),
        column("at", TIMESTAMP, "When it answered, or failed to."),
        column("reason", pa.string(), "ok, not_modified, or why there was no answer."),
        column("detail", pa.string(), "One line for a person; may be empty. Of a gap: which two windows have nothing in common."),
        column("gap", pa.bool_(), "Nothing it lists was there when it was asked before: what came and went between is missed, unless another listing had it."),
        column("status", pa.int16(), "HTTP status.", null="no response"),
        column("url_final", pa.string(), "The URL that answered.", null="no response"),
        column("attempts", pa.int32(), "Requests made for it."),
        column("elapsed_ms", pa.int32(), "Milliseconds its requests took."),
        column("raw_key", pa.string(), "Object in the raw archive that holds the response."),
        column("slot", pa.string(), "Run that asked."),
    ],
)
