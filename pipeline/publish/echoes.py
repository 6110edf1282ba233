"""One short text at several addresses of a source: an error page that no sign has given away.

A page alone cannot show it, so the slot's pages are looked at together. What a site prints at three
addresses or more, undated and with no address of its own, is not news of any of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import pyarrow as pa

from pipeline.model import Reason
from schemas.reject import REJECT

#: So many addresses that one text is no article published twice.
_ADDRESSES: Final = 3
#: Longer texts are articles, whatever their addresses.
_MOST_WORDS: Final = 200
#: Where a page itself says when it was published.
_DECLARED: Final = frozenset({"json_ld", "meta", "itemprop"})
_READ: Final = [
    "source",
    "url_key",
    "content_key",
    "word_count",
    "url_canonical",
    "published_source",
]
RULE: Final = "is_no_echo"


def set_aside(articles: pa.Table, rejects: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the articles of a slot that are no echoes, and its rejects with those that are."""
    echoes = _echoes(articles.select(_READ).to_pylist())
    if not echoes:
        return articles, rejects
    kept = [row for row in range(articles.num_rows) if row not in echoes]
    gone = articles.take(pa.array(sorted(echoes), pa.int64()))
    details = [
        f"the same {words} words at {echoes[row]} addresses of the site"
        for row, words in zip(sorted(echoes), gone["word_count"].to_pylist(), strict=True)
    ]
    refused = _refused(gone, details)
    return articles.take(pa.array(kept, pa.int64())), pa.concat_tables([rejects, refused])


def _echoes(rows: list[dict[str, Any]]) -> dict[int, int]:
    """Return the numbers of the rows that are echoes, and at how many addresses each text is."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row["word_count"] <= _MOST_WORDS and row["published_source"] not in _DECLARED:
            groups[row["source"], row["content_key"]].append(number)
    return {
        number: len(group)
        for group in groups.values()
        if len({rows[n]["url_key"] for n in group}) >= _ADDRESSES and not _is_one(rows, group)
        for number in group
    }


def _is_one(rows: list[dict[str, Any]], group: list[int]) -> bool:
    """Whether all pages name one address as theirs: an article in several sections."""
    named = {rows[number]["url_canonical"] for number in group}
    return len(named) == 1 and named != {None}


def _refused(gone: pa.Table, details: list[str]) -> pa.Table:
    said: dict[str, list[Any]] = {
        "reason": [str(Reason.SOFT_404)] * gone.num_rows,
        "broken_rules": [[RULE]] * gone.num_rows,
        "detail": details,
    }
    columns = [
        pa.array(said[field.name], field.type)
        if field.name in said
        else gone[field.name].cast(field.type)
        for field in REJECT
    ]
    return pa.Table.from_arrays(columns, schema=REJECT)
