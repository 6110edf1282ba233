"""A section page (HTML) -> the articles it links to: a listing for sites without a feed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Final

from pipeline.crawl.entries import Entry, absolute, moment, plain
from pipeline.crawl.markup import parsed
from pipeline.urls import normal_form

Element = Any  # lxml ships no types

#: A link with more text than this wraps a whole teaser; its heading is the title then, or nothing.
_LONGEST_TITLE: Final = 300
_SHORT: Final = 20
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Boxes that hold one article each on pages that list them.
_CARDS: Final = frozenset({"article", "li"})
_WEB = re.compile(r"https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """What a section page links to, and which page it says it is (normal form of its address)."""

    entries: tuple[Entry, ...]
    page: str


def read_section(
    body: bytes, content_type: str | None, base: str, article: re.Pattern[str], zone: tzinfo
) -> Section | None:
    """Return the links that match a source's `article` pattern; None if it is no web page.

    Of several links to one article the best title counts: a heading's before other text.
    """
    tree = parsed(body, content_type)
    if tree is None:
        return None
    based = tree.find(".//base[@href]")
    root = (absolute(based.get("href"), base) if based is not None else None) or base
    itself = {normal_form(base)}
    if canonical := _canonical(tree, root):
        itself.add(normal_form(canonical))
    best: dict[str, tuple[int, Entry]] = {}
    for element in tree.iter("a", "area"):
        url = _target(element, root)
        key = normal_form(url)
        if not url or key in itself or not article.search(url):
            continue
        rank, title = _title(element)
        held = best.get(key)
        if held is None:
            best[key] = (rank, Entry(url=url, title=title, published_at=_date(element, zone)))
        elif rank > held[0]:
            best[key] = (rank, replace(held[1], title=title))
    entries = tuple(entry for _, entry in best.values())
    return Section(entries, normal_form(canonical or base))


def _target(element: Element, root: str) -> str:
    """Return where a link leads, without what only points into a page; empty if not to the web."""
    url = absolute(element.get("href"), root)
    if url is None or not _WEB.match(url):
        return ""
    bare, _, fragment = url.partition("#")
    return url if fragment.startswith("!") else bare  # `#!` names a page of its own


def _canonical(tree: Element, root: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return absolute(link.get("href"), root)
    return None


def _title(element: Element) -> tuple[int, str | None]:
    """Return how good a title a link offers, and the title."""
    for heading in element.iter(*_HEADINGS):
        if text := plain(_text(heading)):
            return 4, text
    text = plain(_text(element))
    if text and len(text) <= _LONGEST_TITLE:
        if _within_heading(element):
            return 4, text
        # "Continue reading" and "12 comments" are shorter than headlines.
        return (3 if len(text) > _SHORT else 2), text
    if named := plain(element.get("title") or element.get("aria-label")):
        return 1, named
    return 0, None


def _within_heading(element: Element) -> bool:
    return any(ancestor.tag in _HEADINGS for ancestor in element.iterancestors())


def _text(element: Element) -> str:
    return " ".join(piece for piece in element.itertext() if piece.strip())


def _date(element: Element, zone: tzinfo) -> datetime | None:
    """Return the time stated beside a link, within the box of its article."""
    for ancestor in element.iterancestors():
        if ancestor.tag in _CARDS:
            stated = [time.get("datetime") for time in ancestor.iter("time")]
            return moment(stated[0], zone) if len(stated) == 1 else None
    return None
