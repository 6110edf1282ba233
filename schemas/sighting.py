"""The `sightings` table: every place that listed a URL, and what it claimed of it."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import STRINGS, TIMESTAMP, column, table

# One documented line per column.
# fmt: off
SIGHTING = table(
    "sightings",
    1,
    "Where URLs were found: one row per URL and listing, in the slot in which that listing first named it.",
    [
        column("source", pa.string(), "Id of the source."),
        column("url", pa.string(), "The URL as this listing spells it."),
        column("url_key", pa.string(), "Key of the URL; joins the other tables."),
        column("listing", pa.string(), "The feed, sitemap or section page that named it."),
        column("via", pa.string(), "What kind of listing that is: feed, sitemap, news_sitemap, section, or text for an import."),
        column("found_at", TIMESTAMP, "When it was first seen there."),
        column("title", pa.string(), "Title it gave.", null="none"),
        column("published_at", TIMESTAMP, "Publication time it gave.", null="none"),
        column("modified_at", TIMESTAMP, "Time of change it gave.", null="none"),
        column("authors", STRINGS, "Authors it gave; may be empty."),
        column("words", pa.int32(), "Words of the text it gave.", null="no more than a summary"),
        column("slot", pa.string(), "Run that saw it there first."),
    ],
)
