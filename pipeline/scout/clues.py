"""A page or robots.txt -> addresses that may be listings, and what a page says of its site. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from protego import Protego

from pipeline.crawl.entries import absolute, plain
from pipeline.crawl.markup import parsed

Element = Any  # lxml ships no types

#: Where sites put what they do not link to: by how often it was met on 1,032 sites' own pages.
KNOWN_SITEMAPS: Final = (
    *("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml", "/sitemap-news.xml"),
)
KNOWN_FEEDS: Final = ("/feed", "/rss")
#: Media types by which a link element names a feed.
_FEED_TYPES: Final = frozenset({
    *("application/rss+xml", "application/atom+xml", "application/feed+json"),
    *("application/rdf+xml", "application/json", "text/xml", "application/xml"),
})
#: An address that is a feed's by its look; more of such links than this are lists of feeds.
_FEED_PATH = re.compile(
    r"/(?:rss|atom|feeds?)(?:[./_-][^/]*)?/?$|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_MOST_LINKED: Final = 8
_LONGEST_NAME: Final = 60
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_]([a-z]{2}))?\b", re.IGNORECASE)
#: JSON that WordPress's own link elements lead to is no feed.
_NO_FEED = re.compile(r"/(?:wp-json|oembed)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a listing; `how` says where it was named.

    `language` is that of the edition it belongs to, where the naming place says so.
    """

    url: str
    how: str
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Clues:
    """What a page says of its site. `editions` are (language, address) of others in translation."""

    feeds: tuple[Candidate, ...] = ()
    editions: tuple[tuple[str, str], ...] = ()
    language: str = ""
    country: str = ""
    name: str = ""
    title: str = ""


def clues_of(body: bytes, content_type: str | None, base: str) -> Clues:
    """Read a page's head and links; an empty answer if it is no web page."""
    tree = parsed(body, content_type)
    if tree is None:
        return Clues()
    metas = _metas(tree)
    said = [tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""]
    spoken = [_LANGUAGE.match(text.strip()) for text in (*said, metas.get("og:locale", ""))]
    found = [match for match in spoken if match]
    return Clues(
        feeds=(*_named(tree, base), *_linked(tree, base)),
        editions=tuple(_editions(tree, base)),
        language=next((match[1].lower() for match in found), ""),
        country=next((match[2].upper() for match in found if match[2]), ""),
        name=(metas.get("og:site_name") or metas.get("application-name") or "")[:_LONGEST_NAME],
        title=(plain(tree.findtext(".//title")) or "")[:_LONGEST_NAME],
    )


def sitemap_lines(robots: bytes, base: str) -> list[Candidate]:
    """Return what a robots.txt names as sitemaps."""
    text = robots.decode("utf-8-sig", errors="replace")
    urls = (absolute(line, base) for line in Protego.parse(text).sitemaps)
    return [Candidate(url, "robots.txt") for url in dict.fromkeys(urls) if url]


def known_paths(home: str, paths: tuple[str, ...]) -> list[Candidate]:
    """Return the addresses where listings often are, on a site."""
    return [Candidate(urljoin(home, path), "known path") for path in paths]


def _named(tree: Element, base: str) -> Iterator[Candidate]:
    for link in tree.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        rel = (link.get("rel") or "").lower().split()
        url = absolute(link.get("href"), base)
        if "alternate" in rel and kind in _FEED_TYPES and url and not _NO_FEED.search(url):
            language = _language(link.get("hreflang"))
            yield Candidate(url, "link element", plain(link.get("title")) or "", language)


def _linked(tree: Element, base: str) -> list[Candidate]:
    urls: dict[str, str] = {}
    for link in tree.iter("a"):
        url = absolute(link.get("href"), base)
        if url and _FEED_PATH.search(urlsplit(url).path):
            urls.setdefault(url, plain(link.text_content()) or "")
    return [
        Candidate(url, "link on a page", title) for url, title in [*urls.items()][:_MOST_LINKED]
    ]


def _editions(tree: Element, base: str) -> Iterator[tuple[str, str]]:
    for link in tree.iter("link"):
        language = _language(link.get("hreflang"))
        is_page = "alternate" in (link.get("rel") or "").lower() and not link.get("type")
        url = absolute(link.get("href"), base)
        if is_page and language and url:
            yield language, url


def _metas(tree: Element) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name and (content := plain(meta.get("content"))):
            metas.setdefault(name, content)
    return metas


def _language(code: str | None) -> str:
    match = _LANGUAGE.match((code or "").strip())
    return match[1].lower() if match else ""
