"""Exact duplicates: the same text under another address is marked with the first, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from schemas.article import ARTICLE

_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_COLUMNS: Final = ["content_key", "published_at", "found_at", "source", "article_id"]
_Rank = tuple[datetime, datetime, str, str]


def mark_duplicates(articles: pa.Table, earlier: Mapping[str, str]) -> pa.Table:
    """Fill `duplicate_of`; depends on nothing else the column held.

    `earlier` gives the first article_id of each content_key of earlier slots: those always win.
    Within the slot the earliest published is the first; then the earliest found, then by source and
    id. A new version of an article is no duplicate of the article itself.
    """
    columns = {name: articles[name].to_pylist() for name in _COLUMNS}
    rows = list(zip(*columns.values(), strict=True))
    firsts: dict[str, _Rank] = {}
    for content_key, published_at, found_at, source, article_id in rows:
        rank = (published_at or _LATEST, found_at, source, article_id)
        firsts[content_key] = min(rank, firsts.get(content_key, rank))
    marks = [
        None if (first := earlier.get(key) or firsts[key][-1]) == article_id else first
        for key, *_, article_id in rows
    ]
    position = ARTICLE.names.index("duplicate_of")
    marked = pa.array(marks, pa.string())
    return articles.set_column(position, ARTICLE.field("duplicate_of"), marked)
