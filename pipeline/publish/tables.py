"""The tables of the lake: schema and layout of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from pipeline.publish.encode import Layout
from schemas.article import ARTICLE
from schemas.outcome import OUTCOME
from schemas.poll import POLL
from schemas.reject import REJECT
from schemas.sighting import SIGHTING

#: The column that a table is partitioned by: the slot's UTC day. It is in the path, not the file.
PARTITION: Final = pa.field(
    "date", pa.date32(), nullable=False, metadata={"doc": "UTC day of the slot."}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A table: its columns, and how they lie in a file."""

    schema: pa.Schema
    layout: Layout


TABLES: Final = {
    "articles": Definition(
        ARTICLE,
        Layout(
            order=("source", "published_at", "article_id"),
            keys=("source", "published_at", "fetched_at", "slot", "article_id", "url_key"),
            ids=("article_id", "url_key", "url", "content_key"),
            few_values=(
                *("source", "section", "language", "language_declared", "published_source"),
                *("published_precision", "published_tz", "modified_source", "found_in"),
                *("authors.list.element", "tags.list.element", "line_kinds.list.element"),
                "form",
                *("encoding", "raw_key", "robots_digest", "opt_outs.list.element", "tdm_policy"),
                *("cuts.list.element.category", "cuts.list.element.rule"),
                *("rules_version", "slot"),
            ),
        ),
    ),
    "rejects": Definition(
        REJECT,
        Layout(
            order=("source", "fetched_at", "article_id"),
            keys=("source", "reason", "fetched_at", "slot", "article_id", "url_key"),
            ids=("article_id", "url_key", "url"),
            few_values=(
                *("source", "reason", "broken_rules.list.element", "detail", "language"),
                *("found_in", "encoding", "raw_key", "rules_version", "slot"),
                *("robots_digest", "opt_outs.list.element", "tdm_policy"),
                *("cuts.list.element.category", "cuts.list.element.rule"),
            ),
        ),
    ),
    "outcomes": Definition(
        OUTCOME,
        Layout(
            order=("source", "at", "url_key", "stage"),
            keys=("source", "stage", "state", "reason", "at", "slot", "url_key"),
            ids=("url_key", "url"),
            few_values=(
                *("source", "stage", "state", "reason", "detail", "status"),
                *("found_in", "raw_key", "slot"),
                *("robots_digest", "opt_outs.list.element", "tdm_policy"),
            ),
        ),
    ),
    "polls": Definition(
        POLL,
        Layout(
            order=("source", "at", "url_key"),
            keys=("source", "reason", "gap", "at", "slot", "url_key"),
            ids=("url_key", "url"),
            few_values=("source", "url", "via", "reason", "detail", "status", "raw_key", "slot"),
        ),
    ),
    "sightings": Definition(
        SIGHTING,
        Layout(
            order=("source", "url_key", "listing"),
            keys=("source", "url_key", "listing", "via", "found_at", "slot"),
            ids=("url_key", "url"),
            few_values=("source", "listing", "via", "authors.list.element", "slot"),
        ),
    ),
}
