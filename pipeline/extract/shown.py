"""The dates that readers see: for pages that declare none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from pipeline.extract.lines import tidy
from pipeline.extract.marks import Marks
from pipeline.extract.scan import Claims

Element = Any  # lxml ships no types

#: What stands before a date and says whose it is: the article's, in the languages of most news sites …
_PUBLISHED = re.compile(
    r"\b(?:(?:re)?publi(?:sh|é|c|k|sert|kov)|posted|post (?:time|date)|erschienen|veröffentlicht"
    r"|erstellt|gepubliceerd|geplaatst|pubblicat|opublikowan|zveřejněn|julkaistu|avaldatud|yayın|eklenme"
    r"|опубликован|дата публикации|размещен|опубліковано|жарияланды)|公開|掲載|発表|发布|發布|发表|입력|등록",
    re.IGNORECASE,
)
#: … or its last change's.
_CHANGED = re.compile(
    r"\b(?:updat|modif|edited|reviewed|aktualis|mis à jour|actuali[sz]|aggiorn|обновл|изменен|оновлен|güncel|upd"
    r"|atualiz|gewijzigd|bijgewerkt|uppdat|oppdat|opdat|päivitetty|aktuali[sz])|更新|수정",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
#: A whole date has its year in it; so many characters say little else.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LONGEST_PIECE: Final = 60
_LONGEST_SHOWN: Final = 160
#: Lists and comment threads date every entry.
_MOST_MARKED: Final = 100
_MOST_SHOWN: Final = 12
#: A date stands this many elements above the headline or below it, at the most.
_ABOVE, _BELOW = 40, 160
_UNSEEN: Final = frozenset({"script", "style", "noscript", "template", "head", "title", "option"})
#: Points: of a text that says it is the date of publication, and of one that only looks like a date.
_SAYS_SO: Final = 3.0
_LOOKS_SO: Final = 1.0
#: Elements that cost a point: below the headline, and above it, where the day of the visit stands.
_FAR_BELOW, _FAR_ABOVE = 100, 15


def shown_dates(claims: Claims) -> Iterator[str]:
    """Yield what may be the shown date, the likeliest first: by its label, marks and place."""
    marks = claims.marks
    found = list(_marked(marks))
    if marks.headlines:
        found += _pieces(claims.tree, marks.headlines)
    found.sort(key=lambda pair: -pair[0])
    yield from (text for _, text in found[:_MOST_SHOWN])


def _marked(marks: Marks) -> Iterator[tuple[float, str]]:
    for mark in marks.dates[:_MOST_MARKED]:
        element = mark.element
        text = element.get("datetime") or element.get("content") or element.text_content()
        text = tidy(text[:_LONGEST_SHOWN])
        if _DIGIT.search(text) and (worth := _worth(text, mark.strength)):
            yield worth - _far(mark.at, marks.headlines), text


def _worth(text: str, worth: float, before: str = "") -> float:
    """Return the points of a text for what stands before its first digit; 0 for a change's date."""
    digit = _DIGIT.search(text)
    label = f"{before} {text[: digit.start()] if digit else text}"
    if published := _PUBLISHED.search(label):
        return worth + _SAYS_SO if not _CHANGED.search(label, published.end()) else 0
    return worth if not _CHANGED.search(label) else 0


def _far(at: int, headlines: list[int]) -> float:
    """Return what a place loses for being away from the nearest headline."""
    away = ((at - n) / _FAR_BELOW if at >= n else (n - at) / _FAR_ABOVE for n in headlines)
    return min(away, default=at / _FAR_BELOW)


def _pieces(tree: Element, headlines: list[int]) -> Iterator[tuple[float, str]]:
    """Yield the short texts near the headline that hold a year; a label may stand before them."""
    label = ""
    for at, element in enumerate(tree.iter(etree.Element)):
        if at > headlines[0] + _BELOW:
            return
        if at < headlines[0] - _ABOVE or element.tag in _UNSEEN:
            continue
        for raw in (element.text, element.tail):
            if not raw or raw.isspace() or len(raw) > _LONGEST_SHOWN:
                continue
            text = tidy(raw)
            dated = len(text) <= _LONGEST_PIECE and _YEAR.search(text)
            if dated and (worth := _worth(text, _LOOKS_SO, label)):
                yield worth - _far(at, headlines), text
            label = text
