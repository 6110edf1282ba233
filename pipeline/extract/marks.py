"""One walk over a page -> the elements whose class, rel, itemprop or opening words mark a claim.

Made only for pages that do not declare their author or date: it is the dearest part of metadata.
Each class value is judged once a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from pipeline.extract.names import is_byline

Element = Any  # lxml ships no types

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_AUTHOR: Final = frozenset({
    "author", "authors", "autor", "autors", "autoren", "autore", "auteur", "auteurs", "byline", "bylines", "writer",
    "writers", "forfatter", "författare", "skribent", "yazar", "redakteur", "journalist", "reporter", "contributor",
    "contributors", "authored", "authorname", "bylinename",
})  # fmt: skip
_NAME: Final = frozenset({
    "name",
    "names",
    "fn",
    "link",
    "text",
    "title",
    "by",
    "item",
    "header",
    "head",
})
#: Parts of an author's box that are no name, and the boxes of other people.
_OTHER: Final = frozenset({
    "bio", "biography", "description", "desc", "avatar", "image", "img", "photo", "picture", "pic", "icon", "social",
    "follow", "share", "comment", "comments", "job", "role", "position", "email", "twitter", "count",
    "list", "related", "more", "excerpt", "caption", "credit", "copyright",
})  # fmt: skip
_DATE: Final = frozenset({
    "date", "dates", "datum", "data", "fecha", "time", "timestamp", "datetime", "published", "publish", "publication",
    "pubdate", "posted", "dateline", "created", "entrydate", "postdate", "публикации", "tarih", "meta",
})  # fmt: skip
_NO_DATE: Final = frozenset({
    "modified", "updated", "update", "comment", "comments", "event", "reading", "read", "related", "weather", "archive",
    "next", "prev", "calendar", "picker",
})  # fmt: skip
_OPENING: Final = frozenset({
    "p", "span", "div", "a", "address", "strong", "em", "b", "i", "li", "cite", "small", "h2", "h3", "h4", "h5", "h6", "td", "section",
})  # fmt: skip
#: Points of what names itself a byline: enough for names that are no person's.
CLEAR: Final = 2.5


#: Most classes hold none of these, and need no closer look.
_STEMS: Final = (
    "aut", "bylin", "writ", "forf", "förf", "skri", "yaza", "redak", "journ", "repor", "contr", "creat", "dat", "fech",
    "time", "publ", "pubd", "post", "публ", "tari", "meta",
)  # fmt: skip
#: Few elements have these attributes: found at once, the others need not be asked for them. Starting
#: from the attributes takes a third of the time of asking each element, and two searches half the
#: time of one for both, which sorts what it finds.
_TOLD: Final = tuple(
    etree.XPath(f"descendant-or-self::*/@{search}/..", regexp=False)
    for search in ("itemprop[.='author' or .='datePublished']", "rel[.='author']")
)
_NOTHING: Final = (0.0, 0.0)
#: Much of it is the white space of the source.
_LONGEST_LINE: Final = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that may hold a claim: its place in the page, how clearly it is marked, and by what."""

    at: int
    element: Element
    strength: float
    looks: str


@dataclass(slots=True)
class Marks:
    """The marked elements of a page in its order, and the places of its headlines."""

    authors: list[Mark] = field(default_factory=list)
    dates: list[Mark] = field(default_factory=list)
    headlines: list[int] = field(default_factory=list)


def find_marks(tree: Element, headlines: Sequence[Element]) -> Marks:
    """Walk the page once."""
    marks, shown = Marks(), set(headlines)
    told = {element: _by_markup(element) for find in _TOLD for element in find(tree)}
    special = {*told, *shown, *tree.iter("time")}
    for at, element in enumerate(tree.iter()):
        looks = element.get("class")
        author, dated = _judge(looks) if looks else _NOTHING
        opened = not author and (text := element.text) and not text.isspace() and _opens(text)
        # Nearly every element is left here, without having been asked for its tag.
        if not (author or dated or opened or element in special):
            continue
        tag, strength = element.tag, author
        if element in told:
            strength, dated = author or told[element][0], dated + told[element][1]
        elif opened and tag in _OPENING:
            strength = 2.0
        if strength:
            marks.authors.append(Mark(at, element, strength, (looks or "") if author else "by"))
        if dated or tag == "time":
            marks.dates.append(Mark(at, element, dated + (tag == "time"), looks or tag))
        elif element in shown:
            marks.headlines.append(at)
    return marks


def _by_markup(element: Element) -> tuple[float, float]:
    """Judge an element by itemprop and rel: how clearly it marks an author, and how a date."""
    prop, tag = element.get("itemprop"), element.tag
    if (prop == "author" and tag != "meta") or (tag == "a" and element.get("rel") == "author"):
        return 3.0, 0.0
    return 0.0, 3.0 * (prop == "datePublished")


def _opens(text: str) -> bool:
    """Whether the first words of an element are those of a byline."""
    return len(text) <= _LONGEST_LINE and is_byline(text.lstrip())


@lru_cache(maxsize=4096)
def _judge(looks: str) -> tuple[float, float]:
    """Judge a class value by its words: how clearly it marks an author, and how clearly a date."""
    author = dated = 0.0
    lower = looks.lower()
    for stem in _STEMS:  # a tenth of what a pattern without case takes
        if stem in lower:
            break
    else:
        return author, dated
    for value in looks.split():
        words = {word.lower() for word in _WORD.findall(value)}
        if words & _AUTHOR and not words & _OTHER:
            author = max(author, 3.0 if words & _NAME else CLEAR if words <= _AUTHOR else 1.5)
        if words & _DATE and not words & _NO_DATE:
            dated = max(dated, 0.5 if words & _DATE == {"meta"} else 2.0)
    return author, dated
