"""The `outcomes` table: for every URL a run touched, one row per stage with a reason."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import STRINGS, TIMESTAMP, column, table

# One documented line per column.
# fmt: off
OUTCOME = table(
    "outcomes",
    1,
    "What became of every URL: one row per URL, stage and slot.",
    [
        column("source", pa.string(), "Id of the source."),
        column("url", pa.string(), "The URL as it was listed; empty if it was taken down."),
        column("url_key", pa.string(), "Key of the URL."),
        column("stage", pa.string(), "discover, fetch, extract or publish."),
        column("state", pa.string(), "Where the URL stood afterwards: pending, fetched, published, duplicate, rejected, failed or removed (taken down)."),
        column("reason", pa.string(), "Why, in the words of the reason list."),
        column("detail", pa.string(), "One line for a person; may be empty."),
        column("status", pa.int16(), "HTTP status.", null="no response, or another stage"),
        column("url_final", pa.string(), "The URL that answered.", null="no response, or another stage"),
        column("attempts", pa.int32(), "Requests made for it in this slot.", null="another stage"),
        column("elapsed_ms", pa.int32(), "Milliseconds its requests took.", null="another stage"),
        column("at", TIMESTAMP, "When: listed, answered or, for later stages, fetched."),
        column("found_in", pa.string(), "The feed or sitemap that listed it."),
        column("raw_key", pa.string(), "Object in the raw archive that holds the response.", null="not fetched"),
        column("robots_at", TIMESTAMP, "When the robots.txt was had that allowed or forbade it.", null="not asked, its rules could not be read, or another stage"),
        column("robots_digest", pa.string(), "sha256 of that robots.txt, hex; its copy lies in `robots/<digest>.txt`.", null="there was none, so all is allowed; or another stage"),
        column("opt_outs", STRINGS, "What the site opts out of, as `signal@place`, like the column of articles.", null="no page was had, or another stage"),
        column("tdm_policy", pa.string(), "Address of the site's policy on text and data mining, where that is reserved.", null="none declared, or nothing reserved; or another stage"),
        column("slot", pa.string(), "Run that made the row."),
    ],
)
