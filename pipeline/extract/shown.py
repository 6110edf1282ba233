"""The dates that readers see: for pages that declare none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from pipeline.extract.lines import tidy
from pipeline.extract.marks import Mark, Marks
from pipeline.extract.scan import Claims

Element = Any  # lxml ships no types

_CHANGED = re.compile(
    r"^\W*(?:last |zuletzt )?(?:updat|modif|aktualis|mis à jour|actualiz|aggiorn|обновл|güncel|upd)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
#: A whole date has its year in it; so many characters say little else.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LONGEST_PIECE: Final = 60
_LONGEST_SHOWN: Final = 160
#: Lists and comment threads date every entry.
_MOST_MARKED: Final = 100
_MOST_SHOWN: Final = 8
#: A date stands this many elements above the headline or below it, at the most.
_ABOVE, _BELOW = 40, 160
_UNSEEN: Final = frozenset({"script", "style", "noscript", "template", "head", "title", "option"})


def shown_dates(claims: Claims) -> Iterator[str]:
    """Yield what may be the shown date: marked as one, then any short text near a headline."""
    marks = claims.marks
    marked = [
        (_points(mark, marks), text) for mark in marks.dates[:_MOST_MARKED] if (text := _text(mark))
    ]
    yield from (text for _, text in sorted(marked, key=lambda pair: -pair[0])[:_MOST_SHOWN])
    if marks.headlines:
        yield from _pieces(claims.tree, marks.headlines[0])


def _text(mark: Mark) -> str:
    element = mark.element
    text = element.get("datetime") or element.get("content") or element.text_content()
    text = tidy(text[:_LONGEST_SHOWN])
    return text if _DIGIT.search(text) and not _CHANGED.search(text) else ""


def _points(mark: Mark, marks: Marks) -> float:
    far = min((abs(mark.at - n) for n in marks.headlines), default=mark.at)
    return mark.strength - far / 100


def _pieces(tree: Element, headline: int) -> Iterator[str]:
    for at, element in enumerate(tree.iter(etree.Element)):
        if at > headline + _BELOW:
            return
        if at < headline - _ABOVE or element.tag in _UNSEEN:
            continue
        for raw in (element.text, element.tail):
            if (
                raw
                and _YEAR.search(raw)
                and len(text := tidy(raw)) <= _LONGEST_PIECE
                and not _CHANGED.search(text)
            ):
                yield text
