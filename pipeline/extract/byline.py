"""The page's own byline, for pages that declare no author: found by class, itemprop, rel or `By`.

One walk over the page; each class value is judged once. Of several, the one that names people,
says most clearly what it is and stands nearest below the headline wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from pipeline.extract.lines import tidy
from pipeline.extract.marks import CLEAR, Mark
from pipeline.extract.names import is_byline, is_furniture, is_nobody, is_person, names
from pipeline.extract.scan import Claims

Element = Any  # lxml ships no types

_ELSEWHERE = re.compile(
    r"comment|repl(?:y|ies)\b|related|recommend|teaser|promo|sidebar|footer|popular|trending|latest|most-?read|recirc|"
    r"carousel|widget|outbrain|taboola|testimonial|quote|next-|prev|navigation|listing|card-(?:grid|list)|upsell",
    re.IGNORECASE,
)
_UNSEEN: Final = frozenset({
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "head",
    "option",
    "button",
    "nav",
})
#: A longer element is an author's box or a paragraph.
_LONGEST: Final = 160
_MOST_PIECES: Final = 30
#: Comment threads mark every writer.
_MOST_MARKED: Final = 200
#: Names of one byline stand this close together, in elements.
_NEIGHBOURS: Final = 25
#: So many elements around a byline may say that it is another page's.
_PARENTS: Final = 8
#: Points that 100 elements of distance from the headline cost, and at most.
_PER_HUNDRED, _MOST_COST = 0.6, 3.0


@dataclass(frozen=True, slots=True)
class Byline:
    """Names that stand somewhere on the page, what marks them, and the points they get."""

    names: tuple[str, ...]
    mark: str
    at: int
    points: float


def read_bylines(claims: Claims) -> list[Byline]:
    """Return the bylines of the page, the best first."""
    marks = claims.marks
    found = (_read(mark, marks.headlines) for mark in marks.authors[:_MOST_MARKED])
    return sorted((b for b in found if b), key=lambda byline: (-byline.points, byline.at))


def best_names(bylines: list[Byline]) -> tuple[str, ...]:
    """Return the names of the best byline and of those that stand beside it in the same way."""
    if not bylines:
        return ()
    best = bylines[0]
    near = [
        byline
        for byline in sorted(bylines, key=lambda byline: byline.at)
        if byline.mark == best.mark
        and abs(byline.at - best.at) <= _NEIGHBOURS
        and byline.points > best.points - 1
    ]
    return tuple(dict.fromkeys(name for byline in near for name in byline.names))


def _read(mark: Mark, headlines: Sequence[int]) -> Byline | None:
    element, strength = mark.element, mark.strength
    if element.tag in _UNSEEN:
        return None
    found = _names_in(element)
    people = any(is_person(name) for name in found)
    if not people and strength < CLEAR and is_byline(tidy(element.text or "")):
        strength += mark.looks != "by"
    if not found or not (people or strength >= CLEAR):
        return None
    points = strength + people
    points -= min(
        _MOST_COST, min((abs(mark.at - n) for n in headlines), default=mark.at) / 100 * _PER_HUNDRED
    )
    parents = islice(element.iterancestors(), _PARENTS)
    if any(_is_elsewhere(looks) for parent in parents if (looks := parent.get("class"))):
        points -= 2
    return Byline(tuple(found), mark.looks, mark.at, points)


@lru_cache(maxsize=4096)  # a site's pages repeat their classes; the search is a dear one
def _is_elsewhere(looks: str) -> bool:
    return _ELSEWHERE.search(looks) is not None


def _names_in(element: Element) -> list[str]:
    """Return the names in an element: of its pieces, where one is a name, else of the whole."""
    pieces = []
    for n, raw in enumerate(element.itertext()):
        if n > _MOST_PIECES:
            return []
        if piece := tidy(raw):
            pieces.append(piece)
    if not pieces or sum(map(len, pieces)) > _LONGEST:
        return []
    found = [name for piece in pieces for name in names(piece) if is_person(name)]
    if not found:
        said = names(" ".join(pieces))
        found = [name for name in said if not is_furniture(name) and not is_nobody(name)]
    return list(dict.fromkeys(found))
