"""Sitemaps, news sitemaps, sitemap indexes and lists of URLs -> entries and children."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from pipeline.crawl.entries import Entry, absolute, moment, plain

#: Entries one sitemap may have (sitemaps.org).
MAX_ENTRIES: Final = 50_000
#: Children of an index that are followed; the newest go first.
MAX_CHILDREN: Final = 100
#: Children of an index are followed if they reach into the last days that the index knows of. Not
#: measured from today: a quiet site, or a run of long ago made again, gives the same children.
WINDOW: Final = timedelta(days=7)

_PIECE: Final = 64 << 10
_RECORDS: Final = frozenset({"url", "sitemap"})
_WANTED: Final = frozenset({"loc", "lastmod", "publication_date", "title"})
_MEDIA: Final = frozenset({"image", "video", "thumbnail"})
_WEB_ADDRESS = re.compile(r"\s*https?://[^\s<>\"]+\s*$", re.IGNORECASE)
_DATE_IN_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)"
)
_YEAR_AND_MONTH = re.compile(
    r"(?:yyyy|year|y)=(\d{4})&(?:amp;)?(?:mm|month|m)=(\d{1,2})", re.IGNORECASE
)
_BARE_AMPERSAND = re.compile(
    rb"&(?!(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|\0)"
)
_BARE_OR_CDATA = re.compile(rb"(<!\[CDATA\[.*?\]\]>)|" + _BARE_AMPERSAND.pattern, re.DOTALL)
_END = re.compile(rb"</[^<>]*(?:urlset|sitemapindex)\s*>\s*$", re.IGNORECASE)
_TAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap that an index names."""

    url: str
    modified_at: datetime | None


def read_sitemap(body: bytes, base: str, zone: tzinfo) -> tuple[list[Entry], list[Child]]:
    """Return the entries and children of a sitemap or index, as far as it can be read."""
    entries: list[Entry] = []
    children: list[Child] = []
    for tag, found in _records(body):
        url = absolute(found.get("loc"), base)
        if url is None:
            continue
        changed = moment(found.get("lastmod"), zone)
        if tag == "sitemap":
            children.append(Child(url, changed))
        else:
            published = moment(found.get("publication_date"), zone)
            title = plain(found.get("title"))
            entries.append(Entry(url=url, title=title, published_at=published, modified_at=changed))
        if len(entries) + len(children) >= MAX_ENTRIES:
            break
    return entries, children


def read_url_list(body: bytes) -> list[Entry]:
    """Return the entries of a text sitemap: one absolute URL a line, other lines left out."""
    lines = body.decode("utf-8-sig", errors="replace").splitlines()
    urls = (absolute(line, "") for line in lines if _WEB_ADDRESS.match(line))
    return [Entry(url=url) for url in urls if url][:MAX_ENTRIES]


def recent(children: Sequence[Child]) -> list[Child]:
    """Return the children worth asking: undated ones, and those of the index's last days."""
    dated = [(child, _latest(child)) for child in children]
    newest = max((date for _, date in dated if date is not None), default=None)
    if newest is None:
        return list(children[:MAX_CHILDREN])
    start = newest - WINDOW
    kept = [(child, date or newest) for child, date in dated if date is None or date >= start]
    kept.sort(key=lambda pair: pair[1], reverse=True)
    return [child for child, _ in kept[:MAX_CHILDREN]]


def _records(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ('url' or 'sitemap', its wanted fields)."""
    body, found = _well_escaped(body), False
    # Undeclared prefixes and capitals: every element is looked at, for twice the time.
    for only in ({"tag": ("{*}url", "{*}sitemap")}, {}):
        for tag, record in _elements(body, **only):
            found = True
            yield tag, _fields(record)
        if found:
            return


def _fields(record: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    media = False  # pictures and films are rare, and their elements come before what is in them
    for element in record.iterdescendants():
        name = _local_name(element.tag)
        if name in _MEDIA:
            media = True
        elif name in _WANTED and not (media and _local(element.getparent()) in _MEDIA):
            text = "".join(element.itertext()) if len(element) else element.text or ""
            found.setdefault(name, text.strip())
    return found


def _well_escaped(body: bytes) -> bytes:
    """Escape ampersands that stand for themselves: the parser would drop them and what follows."""
    if not _BARE_AMPERSAND.search(body):
        return body
    return _BARE_OR_CDATA.sub(lambda match: match[0] if match[1] else b"&amp;", body)


def _elements(body: bytes, **only: Any) -> Iterator[tuple[str, Any]]:
    """Yield records as they end, fed in pieces; memory stays that of a piece.

    Closed only if it is whole: that would end a record that was cut in the middle.
    """
    parser = etree.XMLPullParser(
        events=("end",),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        **only,
    )
    try:
        for start in range(0, len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
            yield from _ended(parser)
        if _END.search(body[-_TAIL:].replace(b"\0", b"")):  # of UTF-16, too
            parser.close()
            yield from _ended(parser)
    except etree.XMLSyntaxError:
        return  # what came before the break has been read


def _ended(parser: Any) -> Iterator[tuple[str, Any]]:
    """Yield the records that have ended by now, then let go of all but the last."""
    last = None
    for _, element in parser.read_events():
        if (tag := _local(element)) in _RECORDS:
            last = element
            yield tag, element
    if last is not None and (parent := last.getparent()) is not None:
        del parent[: parent.index(last)]


def _local(element: Any) -> str:
    return "" if element is None else _local_name(element.tag)


@lru_cache(maxsize=1024)
def _local_name(tag: object) -> str:
    """Return an element's name without namespace and prefix, declared or not."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _latest(child: Child) -> datetime | None:
    """Return the last moment a child may speak of: its lastmod or the end of a date in its name."""
    named = _named(child.url)
    return max((date for date in (child.modified_at, named) if date), default=None)


def _named(url: str) -> datetime | None:
    match = _YEAR_AND_MONTH.search(url) or _DATE_IN_NAME.search(url.partition("//")[2])
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in (*match.groups(), None)[:3])
    try:
        if day:
            return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
        following = datetime(year + (month in {0, 12}), month % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return following if month else following.replace(month=1)
