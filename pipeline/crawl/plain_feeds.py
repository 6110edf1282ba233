"""RSS as most sites write it -> items, as feedparser gives them and in a tenth of its time.

Whatever is not plain is left to feedparser: what is not well-formed UTF-8 XML, elements that are not
listed here or come twice, texts that it would mend. So there is one reading of a feed, not two.
"""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

Item = dict[str, Any]

_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_CONTENT: Final = "{http://purl.org/rss/1.0/modules/content/}"
_MEDIA: Final = "{http://search.yahoo.com/mrss/}"
#: Elements with a text, at most one of each in an item, and what feedparser calls it.
_TEXTS: Final = {
    "title": "title",
    "link": "link",
    "pubDate": "published",
    f"{_DC}date": "updated",
    "description": "summary",
    f"{_CONTENT}encoded": "content",
}
_AUTHORS: Final = frozenset({"author", f"{_DC}creator"})
_FILES: Final = {
    f"{_MEDIA}content": "media_content",
    f"{_MEDIA}thumbnail": "media_thumbnail",
    "enclosure": "enclosures",
}
#: Nothing of these is read. `guid` matters where there is no link, and then the item is not plain.
_UNREAD: Final = frozenset({
    *("guid", "category", "comments", f"{_DC}subject"),
    "{http://purl.org/rss/1.0/modules/slash/}comments",
    "{http://wellformedweb.org/CommentAPI/}commentRss",
    "{com-wordpress:feed-additions:1}post-id",
})
_NOT_PLAIN: Final = (b"<!DOCTYPE", b"<!ENTITY", b"<!--", b"xml:base")
_OTHER_CHARSET = re.compile(r"""(?:encoding|charset)\s*=(?!\s*["']?utf-?8\b)""", re.IGNORECASE)
#: An address in which nothing is to be resolved, escaped or mended.
_LINK = re.compile(
    r"https?://[a-z0-9][a-z0-9.:-]*/(?!/)[\w/.~%=&+,@!-]*(?:\?[\w/.~%=&+,@!-]+)?", re.ASCII
)
#: Characters that feedparser takes for Windows-1252.
_MENDED = re.compile("[\x80-\x9f]")


class _NotPlainError(Exception):
    """Feedparser must read it."""


def plain_items(body: bytes, content_type: str) -> list[Item] | None:
    """Return the items of a plain RSS feed by feedparser's names; None if it is not plain."""
    declared = body[:200].partition(b"?>")[0].decode("latin-1")
    if _OTHER_CHARSET.search(f"{content_type} {declared}"):
        return None
    if any(mark in body for mark in _NOT_PLAIN):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
        return _items(root)
    except (etree.XMLSyntaxError, _NotPlainError):
        return None


def _items(root: Any) -> list[Item]:
    channels = root.findall("channel")
    if root.tag != "rss" or not root.get("version") or len(channels) != 1:
        raise _NotPlainError
    items = channels[0].findall("item")
    if not items or sum(1 for _ in root.iter("{*}item")) != len(items):
        raise _NotPlainError
    return [_item(item) for item in items]


def _item(element: Any) -> Item:
    item: Item = {}
    for child in element:
        if len(child):
            raise _NotPlainError
        _take(child, item)
    if not _LINK.fullmatch(item.get("link", "")):
        raise _NotPlainError
    if "content" in item:
        item["content"] = [{"value": item["content"]}]
    return item


def _take(child: Any, item: Item) -> None:
    tag = child.tag
    if name := _TEXTS.get(tag):
        if name in item or child.attrib:
            raise _NotPlainError
        item[name] = _text(child)
    elif name := _FILES.get(tag):
        item.setdefault(name, []).append(_file(child, name))
    elif tag in _AUTHORS:
        item.setdefault("authors", []).append({"name": _author(child)})
    elif tag not in _UNREAD:
        raise _NotPlainError


def _text(element: Any) -> str:
    text: str = (element.text or "").strip()
    if not text.isascii() and (_MENDED.search(text) or _is_twice_encoded(text)):
        raise _NotPlainError
    return text


def _is_twice_encoded(text: str) -> bool:
    try:
        text.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _author(element: Any) -> str:
    name = _text(element)
    if not name or "@" in name or "(" in name:  # taken apart by feedparser
        raise _NotPlainError
    return name


def _file(element: Any, name: str) -> Item:
    if not element.get("url") or (element.text or "").strip():
        raise _NotPlainError
    said = {"url" if name != "enclosures" else "href": element.get("url")}
    return said | {key: element.get(key) for key in ("type", "medium") if element.get(key)}
