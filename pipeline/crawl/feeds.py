"""RSS, Atom and JSON Feed -> entries."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime, tzinfo
from time import struct_time
from typing import Any, Final

from pipeline.crawl.entries import Entry, absolute, moment, plain, word_count
from pipeline.crawl.plain_feeds import plain_items

#: feedparser cleans and rewrites the HTML of every entry unless told not to: twelve times the cost
#: for text that is not read here.
_AS_IT_IS: Final = {"sanitize_html": False, "resolve_relative_uris": False}


#: Tags a feed may have: a hundred articles with full text have ten thousand; a hostile one can have
#: millions, at 50 µs each.
_MAX_TAGS: Final = 400_000
#: Entities that a document defines for itself: no feed needs them, and they can blow up (2 s of
#: work for a kilobyte, though not memory).
_OWN_ENTITIES = re.compile(rb"<!DOCTYPE[^>\[]*\[.*?\]\s*>", re.DOTALL | re.IGNORECASE)


def is_json_feed(body: bytes) -> bool:
    """Whether a document is JSON; of feeds only JSON Feed is."""
    return body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"


def read_feed(body: bytes, content_type: str, base: str, zone: tzinfo) -> list[Entry] | None:
    """Return the entries of RSS or Atom, however broken; None if it is neither.

    The HTTP headers are what settles its charset and its relative links. Raises ValueError if it
    would take too long.
    """
    if body.count(b"<") > _MAX_TAGS:
        msg = f"it has more than {_MAX_TAGS:,} tags"
        raise ValueError(msg)
    return _plain(body, content_type, base, zone) or _any(body, content_type, base, zone)


def _plain(body: bytes, content_type: str, base: str, zone: tzinfo) -> list[Entry] | None:
    """Return the entries of a plain feed; None if it is not plain, to the last date."""
    entries = []
    items = plain_items(body, content_type)
    for item in items or ():
        entry = _entry(item, base, zone, is_atom=False)
        if entry is None or (entry.published_at, entry.modified_at).count(None) != 2 - (
            ("published" in item) + ("updated" in item)
        ):
            return None
        entries.append(entry)
    return entries if items else None


def _any(body: bytes, content_type: str, base: str, zone: tzinfo) -> list[Entry] | None:
    import feedparser  # most crawls do without

    body = _OWN_ENTITIES.sub(b"", body, count=1)
    headers = {"content-type": content_type, "content-location": base}
    parsed = feedparser.parse(body, response_headers=headers, **_AS_IT_IS)
    if not parsed.entries and not parsed.version:
        return None
    is_atom = str(parsed.version).startswith("atom")
    entries = (_entry(raw, base, zone, is_atom=is_atom) for raw in parsed.entries)
    return [entry for entry in entries if entry is not None]


def read_json_feed(body: bytes, base: str, zone: tzinfo) -> list[Entry] | None:
    """Return the entries of a JSON Feed; None if it is none. Raises ValueError if it is broken."""
    try:
        document = json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        msg = "it is broken JSON"
        raise ValueError(msg) from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return None
    return [entry for item in items if isinstance(item, dict) for entry in _items(item, base, zone)]


def _entry(raw: Any, base: str, zone: tzinfo, *, is_atom: bool) -> Entry | None:
    url = absolute(raw.get("feedburner_origlink") or raw.get("link") or raw.get("id"), base)
    if url is None:
        return None
    published, updated = _date(raw, "published", zone), _date(raw, "updated", zone)
    if published is None and not is_atom:
        published, updated = updated, None  # what Dublin Core calls `date` is when it came out
    whole = next((part.get("value") for part in raw.get("content", ())), None)
    names = [author.get("name") for author in raw.get("authors", ())]
    return Entry(
        url=url,
        title=plain(raw.get("title")),
        published_at=published,
        modified_at=updated,
        authors=tuple(name for name in map(plain, names) if name),
        content=whole or raw.get("summary") or None,
        words=word_count(whole),
        image=_image(raw, base),
    )


def _date(raw: Any, name: str, zone: tzinfo) -> datetime | None:
    # `in` and not `get`: feedparser answers for `updated` with `published`.
    found = moment(raw[name], zone) if name in raw else None
    parsed = raw[f"{name}_parsed"] if f"{name}_parsed" in raw else None  # noqa: SIM401 - the same
    if found is None and isinstance(parsed, struct_time) and MINYEAR < parsed.tm_year < MAXYEAR:
        return datetime(*parsed[:5], tzinfo=UTC)
    return found


def _image(raw: Any, base: str) -> str | None:
    media = [*raw.get("media_content", ()), *raw.get("media_thumbnail", ())]
    enclosures = [
        {"url": item.get("href"), "type": item.get("type")} for item in raw.get("enclosures", ())
    ]
    for item in media + enclosures:
        kind = f"{item.get('medium', '')} {item.get('type', '')}"
        if item.get("url") and ("image" in kind or not kind.strip()):
            return absolute(item["url"], base)
    return None


def _items(item: dict[str, Any], base: str, zone: tzinfo) -> Iterator[Entry]:
    url = absolute(item.get("url") or item.get("external_url") or item.get("id"), base)
    if url is None:
        return
    authors = item.get("authors") or [item.get("author")]
    people = [person for person in authors if isinstance(person, dict)]
    names = [plain(person.get("name")) for person in people]
    content = item.get("content_html") or item.get("content_text")
    yield Entry(
        url=url,
        title=plain(item.get("title")),
        published_at=moment(item.get("date_published"), zone),
        modified_at=moment(item.get("date_modified"), zone),
        authors=tuple(name for name in names if name),
        content=content if isinstance(content, str) else None,
        words=word_count(content),
        image=absolute(item.get("image"), base),
    )
