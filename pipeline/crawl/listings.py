"""Bytes of a feed or sitemap -> what it lists. Pure: no network, no clock; never raises."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from pipeline.crawl.entries import Entry
from pipeline.crawl.feeds import is_json_feed, read_feed, read_json_feed
from pipeline.crawl.sections import read_section
from pipeline.crawl.sitemaps import Child, read_sitemap, read_url_list

#: Largest listing, unpacked (sitemaps.org).
MAX_BYTES: Final = 50 << 20
#: Times that a listing may be packed: as a file, by its server, and by mistake.
MAX_LAYERS: Final = 3

_GZIP: Final = b"\x1f\x8b"
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n\x00"
_XML_ROOTS: Final = frozenset({"urlset", "sitemapindex", "rss", "feed", "rdf", "channel"})
_ROOT = re.compile(r"<(?:[a-z_][\w.-]*:)?([a-z_][\w.-]*)", re.IGNORECASE)
_PROLOG = re.compile(
    r"<\?.*?\?>|<!--.*?-->|<!doctype(?!\s+html)[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document lists; `problem` says why nothing could be read.

    `via` is feed, sitemap, news_sitemap or section. `page` is which page a section says it is.
    """

    via: str = "feed"
    entries: Sequence[Entry] = ()
    children: Sequence[Child] = ()
    problem: str = ""
    page: str = ""


def read_listing(
    body: bytes,
    content_type: str | None,
    base: str,
    zone: tzinfo = UTC,
    article: re.Pattern[str] | None = None,
) -> Reading:
    """Read a feed, sitemap, index or list of URLs by what it is, whatever it is called.

    `base` is the URL that answered; `zone` that of dates that name none. With `article` a web page
    is a listing, too: of its links that match.
    """
    try:
        unpacked = _unpacked(body)
        if article is not None and _root(unpacked) not in _XML_ROOTS:
            return _section(unpacked, content_type, base, zone, article)
        return _read(unpacked, content_type or "", base, zone)
    except ValueError as error:
        return Reading(problem=str(error))
    except Exception as error:  # noqa: BLE001 - parsers of foreign formats fail in many ways
        return Reading(problem=f"cannot be read ({type(error).__name__}: {error})"[:200])


def _read(body: bytes, content_type: str, base: str, zone: tzinfo) -> Reading:
    if not body.strip(_BLANKS):
        return Reading(problem="it is empty")
    if is_json_feed(body):
        return _feed(read_json_feed(body, base, zone))
    root = _root(body)
    if root in {"urlset", "sitemapindex"}:
        entries, children = read_sitemap(body.lstrip(_BLANKS), base, zone)
        is_news = any(entry.published_at for entry in entries)
        return Reading("news_sitemap" if is_news else "sitemap", entries, children)
    if root == "html":
        return Reading(problem="it is an HTML page, neither feed nor sitemap")
    if root:
        return _feed(read_feed(body, content_type, base, zone))
    listed = read_url_list(body)
    problem = "" if listed else "it is neither feed nor sitemap"
    return Reading("sitemap", listed, problem=problem)


def _section(
    body: bytes, content_type: str | None, base: str, zone: tzinfo, article: re.Pattern[str]
) -> Reading:
    section = read_section(body, content_type, base, article, zone)
    if not body.strip(_BLANKS):
        return Reading("section", problem="it is empty")
    if section is None:
        return Reading("section", problem="it is an HTML page that cannot be read")
    return Reading("section", section.entries, page=section.page)


def _feed(entries: list[Entry] | None) -> Reading:
    if entries is None:
        return Reading(problem="it is neither feed nor sitemap")
    return Reading("feed", entries)


def _unpacked(body: bytes) -> bytes:
    """Undo gzip, whatever the name or type says: also of what a server packed once more.

    Raises ValueError if it is broken, or too large, all its layers together.
    """
    room = MAX_BYTES
    for _ in range(MAX_LAYERS):
        if not body.startswith(_GZIP):
            return body
        body = _unpacked_once(body, room)
        room -= len(body)
    if body.startswith(_GZIP):
        msg = f"it is packed more than {MAX_LAYERS} times"
        raise ValueError(msg)
    return body


def _unpacked_once(body: bytes, room: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, room + 1)  # a limit of 0 would be none
    except zlib.error as error:
        msg = f"its gzip is broken ({error})"
        raise ValueError(msg) from None
    if len(unpacked) > room:
        msg = f"it unpacks to more than {MAX_BYTES:,} bytes"
        raise ValueError(msg)
    return unpacked


def _root(body: bytes) -> str:
    """Return the root element's local name, lower case; empty if this is no markup."""
    start = body[:65536]
    is_wide = start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[1:2] == b"\x00"
    text = start.decode("utf-16" if is_wide else "latin-1", errors="replace")
    text = _PROLOG.sub("", text).lstrip("\ufeffï»¿ \t\r\n\x00")
    if text[:9].lower() == "<!doctype":
        return "html"
    match = _ROOT.match(text)
    return match[1].lower() if match else ""
