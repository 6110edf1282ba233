"""One short text at several addresses of a source: an error page that no sign has given away.

A page alone cannot show it, so the slot's pages are looked at together. What a site prints at three
addresses or more, undated and with no address of its own, is not news of any of them. The texts are
the same, or they have the same headline and sentences where listings promised other stories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa

from pipeline.model import Reason
from pipeline.publish.promises import differ, face, is_broken, promise
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
    "url",
    "title",
    "text",
]
RULE: Final = "is_no_echo"


Row = dict[str, Any]
#: What listings said of URLs, by source and URL key.
Titles = Mapping[tuple[str, str], str | None]


def titles_of(fetches: pa.Table) -> Titles:
    """Return what the listings called the pages that were fetched (`fetches`: raw rows)."""
    rows = fetches.select(["source", "url_key", "link_title"]).to_pylist()
    return {(row["source"], row["url_key"]): row["link_title"] for row in rows}


def set_aside(
    articles: pa.Table, rejects: pa.Table, titles: Titles | None = None
) -> tuple[pa.Table, pa.Table]:
    """Return the articles of a slot that are no echoes, and its rejects with those that are.

    `titles` are what listings called them.
    """
    rows = [
        row | {"row": number, "promised": (titles or {}).get((row["source"], row["url_key"]))}
        for number, row in enumerate(_candidates(articles))
        if row
    ]
    echoes = _alike(rows) | _same(rows)
    if not echoes:
        return articles, rejects
    kept = [row for row in range(articles.num_rows) if row not in echoes]
    gone = articles.take(pa.array(sorted(echoes), pa.int64()))
    refused = _refused(gone, [echoes[row] for row in sorted(echoes)])
    return articles.take(pa.array(kept, pa.int64())), pa.concat_tables([rejects, refused])


def _candidates(articles: pa.Table) -> Iterator[dict[str, Any] | None]:
    """Yield the rows that may be echoes, short and undated; None for the others."""
    short = ["word_count", "published_source"]
    may = [
        row["word_count"] <= _MOST_WORDS and row["published_source"] not in _DECLARED
        for row in articles.select(short).to_pylist()
    ]
    found = iter(articles.select(_READ).filter(pa.array(may, pa.bool_())).to_pylist())
    for is_candidate in may:
        yield next(found) if is_candidate else None


def _same(rows: list[Row]) -> dict[int, str]:
    """Return the rows whose text is that of others, word for word, and what to say of each."""
    groups = _groups(rows, lambda row: row["content_key"])
    return {
        row[
            "row"
        ]: f"the same {row['word_count']} words at {_addresses(group)} addresses of the site"
        for group in groups
        for row in group
    }


def _alike(rows: list[Row]) -> dict[int, str]:
    """Return the rows with one headline and wording where other stories were promised."""
    groups = _groups(rows, lambda r: face(r["title"], r["text"], r["url"], r["promised"]))
    found = {}
    for group in groups:
        said = [promise(row["promised"], row["url"]) for row in group]
        broken = [one for one, row in zip(said, group, strict=True) if is_broken(one, row["title"])]
        if len(set(broken)) < _ADDRESSES or 2 * len(broken) <= len(group) or not differ(broken):
            continue
        detail = f"headline and wording of {_addresses(group)} addresses, promised as other stories"
        found.update(dict.fromkeys((row["row"] for row in group), detail))
    return found


def _groups(rows: list[Row], key_of: Callable[[Row], str]) -> list[list[Row]]:
    """Return the rows of a source that share a key, at so many addresses that it is no article."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if key := key_of(row):
            groups[row["source"], key].append(row)
    return [
        group for group in groups.values() if _addresses(group) >= _ADDRESSES and not _is_one(group)
    ]


def _addresses(group: list[Row]) -> int:
    return len({row["url_key"] for row in group})


def _is_one(group: list[Row]) -> bool:
    """Whether all pages name one address as theirs: an article in several sections."""
    named = {row["url_canonical"] for row in group}
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
