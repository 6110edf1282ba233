"""Claims -> the headline, without the site's name.

Every place that may hold the headline is a candidate; places that say the same are one. Rules in
order choose among them, see `_rank`. On 676 labelled pages they get .896 of the titles exactly; a
ranking fitted to seventeen signs got .874 on sites it had not seen (docs/adr/0014).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from pipeline.extract.dates import read_date
from pipeline.extract.lines import tidy, tokens, words
from pipeline.extract.scan import Claims
from pipeline.extract.site import JOINT

Element = Any  # lxml ships no types

_LONGEST: Final = 500
_METAS: Final = (
    "og:title", "twitter:title", "parsely-title", "sailthru.title", "cxenseparse:title", "headline", "dc.title",
    "dcterms.title", "citation_title",
)  # fmt: skip
#: An h1 of fewer words is often a section, a logo or a kicker.
_WORDS_OF_HEADLINE: Final = 4
#: Sections, series and sites stand behind these; of 676 headlines one has such a mark of its own.
_BAR = re.compile(r"\s*[|｜]\s*|\s»\s|(?<=[\u3040-\u9fff])_|_(?=[\u3040-\u9fff])")
#: A part of fewer words before a bar is a kicker: `Opinion | …`.
_WORDS_OF_PART: Final = 3
#: JSON-LD once had to end headlines at 110 characters; systems cut them a little before that.
_CUT_AT: Final = 95
_ELLIPSIS: Final = ("…", "...")
_PROPS: Final = frozenset({"headline", "name"})
#: Less than lies between two rules.
_NEAR: Final = 0.5
#: Where the readers' headline stands, and where the page declares one.
_SHOWN: Final = frozenset({"h1", "h1_later", "box"})
_DECLARED: Final = frozenset({"json_ld", "og:title"})
#: What a search machine is told: JSON-LD, and a title element that does not name the site.
_SOUGHT: Final = frozenset({"json_ld", "title"})
#: What is asked for last, in this order.
_LAST: Final = ("json_ld", "og:title", "title", "h1")
#: Elements within a heading that may hold the headline without its kicker …
_BOXES: Final = ("span", "div", "p", "strong", "em", "b", "a")
#: … and second headings that may stand for a first: those of the text follow.
_MOST_SECOND: Final = 3


@dataclass(slots=True)
class Candidate:
    """A title that some places of the page agree on, spelt as the first of them spells it."""

    text: str
    folded: str
    places: list[str] = field(default_factory=list)
    #: The number of the rule that speaks for it: the lowest wins, then the first.
    rank: float = 0.0


def read_title(claims: Claims) -> str | None:
    """Return the headline: the first of the candidates."""
    ranked = rank_titles(claims)
    return ranked[0].text if ranked else None


def rank_titles(claims: Claims) -> list[Candidate]:
    """Return every candidate for the headline, the best first."""
    found = _candidates(claims)
    shown = [candidate for candidate in found if not _SHOWN.isdisjoint(candidate.places)]
    alone = sum(map(_is_long, shown)) == 1
    shared = any("og:title" in candidate.places for candidate in shown)
    for candidate in found:
        news = claims.jsonld.is_news and not (shared and {*candidate.places} == _SOUGHT)
        candidate.rank = _rank(candidate, alone=alone, news=news)
    _mend(found)
    return sorted(found, key=lambda candidate: candidate.rank)


def _rank(candidate: Candidate, *, alone: bool, news: bool) -> float:
    """Return the first rule that holds of a candidate.

    `alone`: no other h1 is long enough for a headline. `news`: what a NewsArticle declares counts,
    and that is not a wording for search machines beside one that readers are shown.
    """
    places = candidate.places
    shown = not _SHOWN.isdisjoint(places)
    rules = (
        news and "json_ld" in places,
        _is_told(candidate),
        "itemprop" in places,
        "h1" in places and alone and _is_long(candidate),
        shown and not _SHOWN.issuperset(places),
        *(place in places for place in _LAST),
        True,
    )
    return float(rules.index(True))


def _is_long(candidate: Candidate) -> bool:
    return len(candidate.folded.split()) >= _WORDS_OF_HEADLINE


def _is_told(candidate: Candidate) -> bool:
    """Whether readers see what the page declares."""
    places = candidate.places
    return not (_SHOWN.isdisjoint(places) or _DECLARED.isdisjoint(places))


def _candidates(claims: Claims) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    read: dict[str, tuple[str, str]] = {}  # most places say the same, letter by letter
    for place, said in (*_shown(claims), *_declared(claims)):
        if said not in read:
            text = _headline(claims.site.without(said[:_LONGEST]))
            read[said] = text, tokens(text)
        text, folded = read[said]
        if folded:
            _add(found.setdefault(folded, Candidate(text, folded)), place)
    for title in page_titles(claims)[:1]:
        _confirm(found, "title_part", _parts(title))
    if not any(map(_is_told, found.values())):
        _confirm(found, "box", _boxes(claims))
    return list(found.values())


def _confirm(found: dict[str, Candidate], place: str, texts: Iterable[str]) -> None:
    """Add a place to the candidates that it says too; what only it says is none."""
    for text in texts:
        if (same := found.get(tokens(text))) is not None:
            _add(same, place)


def _boxes(claims: Claims) -> Iterator[str]:
    """Yield what stands in a box beside a kicker in the h1, or where none is in a second heading."""
    headings = claims.elements["h1"][:1]
    if not headings:
        headings = list(islice(claims.tree.iter("h2"), _MOST_SECOND))
        yield from map(_spaced, headings)
    for heading in headings:
        if len(heading):
            yield from (tidy(box.text_content()) for box in heading.iterdescendants(*_BOXES))


def _add(candidate: Candidate, place: str) -> None:
    if place not in candidate.places:
        candidate.places.append(place)


def _headline(text: str) -> str:
    """Return the first part of some length of those that bars divide a title into."""
    parts = [part for part in _BAR.split(text) if part]
    long = (part for part in parts if words(part) >= _WORDS_OF_PART)
    return next(long, max(parts, key=words)) if len(parts) > 1 else text


def _shown(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield the page's h1. They come first: the spelling readers see."""
    place = "h1"
    for h1 in claims.elements["h1"]:
        text = _spaced(h1)
        if not text or claims.site.is_site(text):
            continue
        yield place, text
        if h1.get("itemprop") in _PROPS:
            yield "itemprop", text
        place = "h1_later"


def _spaced(heading: Element) -> str:
    """Return a heading's text; what stands in lines or boxes of their own is not run together."""
    if not len(heading):
        return tidy(heading.text or "")
    text = ""
    apart = heading.find(".//br") is not None
    for piece in heading.itertext(with_tail=True):
        glued = text and not text[-1].isspace() and (apart or piece[:1].isupper())
        text += f" {piece}" if glued and (text[-1].isalnum() or apart) else piece
    return tidy(text)


def _declared(claims: Claims) -> Iterator[tuple[str, str]]:
    for text in islice(claims.jsonld.text("headline"), 2):
        yield "json_ld", text
    for name in _METAS:
        yield from ((name, text) for text in islice(claims.meta(name), 1))
    yield from (("title", text) for text in page_titles(claims)[:1])


def page_titles(claims: Claims) -> list[str]:
    """Return what the page's title elements say; drawings have some too, and they are not asked."""
    elements = (e for e in claims.elements["title"] if e.getparent().tag != "svg")
    return [text for e in elements if (text := tidy(e.text_content())[:_LONGEST])]


def _parts(title: str) -> Iterator[str]:
    for joint in JOINT.finditer(title):
        yield title[: joint.start()]
        yield title[joint.end() :]


def _mend(found: list[Candidate]) -> None:
    """Let a candidate that was cut off give way to the whole, one with a date in it to the bare one."""
    for dated in found:
        for bare in found:
            if bare is not dated and bare.rank > dated.rank and _is_dated(dated, bare):
                bare.rank = dated.rank - _NEAR
    for short in found:
        if len(short.folded) < _CUT_AT and not short.text.endswith(_ELLIPSIS):
            continue
        whole = [c for c in found if c is not short and _goes_on(c, short)]
        for candidate in whole[:1]:
            candidate.rank = min(candidate.rank, short.rank)
            short.rank = candidate.rank + _NEAR


def _is_dated(dated: Candidate, bare: Candidate) -> bool:
    """Whether a title is another one, as two places have it, with a date before or behind it."""
    if len(bare.places) == 1 or f" {bare.folded} " not in f" {dated.folded} ":
        return False
    return read_date(dated.folded.replace(bare.folded, " ", 1)) is not None


def _goes_on(whole: Candidate, short: Candidate) -> bool:
    """Whether a title begins with a shorter one and goes on in its words, not with a site's name."""
    if not whole.folded.startswith(short.folded):
        return False
    return JOINT.match(whole.text, len(short.text.rstrip(" .…"))) is None
