"""The dates that readers see: for pages that declare none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
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
#: Points: of a text that says it is the date of publication, of one that only looks like a date, and
#: of one that says it is a change's: asked for if there is no other near the headline.
_SAYS_SO: Final = 3.0
_LOOKS_SO: Final = 1.0
_CHANGES: Final = 0.4
#: Elements that cost a point: below the headline, and above it, where the day of the visit stands.
_FAR_BELOW, _FAR_ABOVE = 100, 15


def shown_dates(claims: Claims, *, changed: bool = False) -> Iterator[str]:
    """Yield what may be the shown date, the likeliest first: by its label, marks and place.

    With `changed` those of changes too: the only date of many pages that are kept up to date.
    """
    marks = claims.marks
    found = list(_marked(marks))
    if marks.headlines:
        found += _near(claims.tree, marks.headlines) or _below(claims.tree, marks.headlines)
    kept = [(worth - far, text) for worth, far, text in found if changed or worth > _CHANGES]
    kept.sort(key=lambda pair: -pair[0])
    yield from (text for _, text in kept[:_MOST_SHOWN])


#: A text's points for its label and marks, what it loses for its place, and the text.
Shown = tuple[float, float, str]


def _marked(marks: Marks) -> Iterator[Shown]:
    for mark in marks.dates[:_MOST_MARKED]:
        element = mark.element
        text = element.get("datetime") or element.get("content") or element.text_content()
        text = tidy(text[:_LONGEST_SHOWN])
        if _DIGIT.search(text):
            yield _worth(text, mark.strength), _far(mark.at, marks.headlines), text


def _worth(text: str, worth: float, before: str = "") -> float:
    """Return the points of a text for what stands before its first digit."""
    digit = _DIGIT.search(text)
    label = f"{before} {text[: digit.start()] if digit else text}"
    if published := _PUBLISHED.search(label):
        return worth + _SAYS_SO if not _CHANGED.search(label, published.end()) else _CHANGES
    return worth if not _CHANGED.search(label) else _CHANGES


def _far(at: int, headlines: list[int]) -> float:
    """Return what a place loses for being away from the nearest headline."""
    away = ((at - n) / _FAR_BELOW if at >= n else (n - at) / _FAR_ABOVE for n in headlines)
    return min(away, default=at / _FAR_BELOW)


def _near(tree: Element, headlines: list[int]) -> list[Shown]:
    return list(_pieces(tree, headlines, headlines[0] - _ABOVE, headlines[0] + _BELOW))


def _below(tree: Element, headlines: list[int]) -> list[Shown]:
    """Return what says that it is the date of publication there, where teasers are dated too."""
    found = _pieces(tree, headlines, headlines[0] + _BELOW)
    return [(_LOOKS_SO, far, text) for worth, far, text in found if worth > _SAYS_SO]


def _pieces(
    tree: Element, headlines: list[int], first: int, last: int | None = None
) -> Iterator[Shown]:
    """Yield the short texts that hold a year of these elements; a label may stand before them."""
    label = ""
    for at, element in enumerate(islice(tree.iter(etree.Element), last)):
        if at < first or element.tag in _UNSEEN:
            continue
        for raw in (element.text, element.tail):
            if not raw or raw.isspace() or len(raw) > _LONGEST_SHOWN:
                continue
            if not _YEAR.search(raw):
                label = raw
                continue
            if len(text := tidy(raw)) <= _LONGEST_PIECE:
                yield _worth(text, _LOOKS_SO, tidy(label)), _far(at, headlines), text
            label = ""  # that of a date is no other's
