"""Claims -> the headline, without the site's name.

Every place that may hold the headline is a candidate; places that say the same are one. Each gets
points for where it stands and how it looks, and the most points win. The points are a ranking
(softmax over a page's candidates) fitted to 676 labelled pages of 592 sites (`fundus_pages`,
`postlight_meta`, `wcxb_articles`) and rounded. Fitted to one half of the sites and read on the
other, .859 of the titles were exact, against .872 where both halves were known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.extract.lines import tidy, tokens
from pipeline.extract.scan import Claims
from pipeline.extract.site import JOINT

_LONGEST: Final = 500
#: What a place is worth; the others only add their voice where they agree.
_POINTS: Final = {"json_ld": 14, "og:title": 11, "title": -8}
_METAS: Final = (
    "og:title", "twitter:title", "parsely-title", "sailthru.title", "cxenseparse:title", "headline", "dc.title",
    "dcterms.title", "citation_title",
)  # fmt: skip
#: An h1 of fewer words is often a section, a logo or a kicker.
_WORDS_OF_HEADLINE: Final = 4
_HEADING_CLASS = re.compile(r"titl|head|entry|post|article", re.IGNORECASE)
_FEW_WORDS: Final = 3
_SHORT: Final = 20
_PIPED = re.compile(r"\s[|»]\s")
_SLUG_WORD = re.compile(r"[^\W_]{3,}")
#: Slugs of fewer words say nothing of a headline.
_SLUG_WORDS: Final = 3
#: JSON-LD once had to end headlines at 110 characters; systems cut them a little before that.
_CUT_AT: Final = 95
_ELLIPSIS: Final = ("…", "...")


@dataclass(slots=True)
class Candidate:
    """A title that some places of the page agree on, spelt as the first of them spells it."""

    text: str
    folded: str
    places: list[str] = field(default_factory=list)
    points: float = 0.0
    #: In their normal form.
    words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Divide the title once: its words are compared with every other's."""
        self.words = frozenset(self.folded.split())


def read_title(claims: Claims) -> str | None:
    """Return the headline: the candidate with the most points."""
    ranked = rank_titles(claims)
    return ranked[0].text if ranked else None


def rank_titles(claims: Claims) -> list[Candidate]:
    """Return every candidate for the headline, the best first."""
    found = list(_candidates(claims).values())
    slug = _slug_words(claims.page.final_url)
    for candidate in found:
        words = candidate.words
        others = (other.words for other in found if other is not candidate)
        overlap = max((len(words & o) / len(words | o) for o in others), default=0.0)
        candidate.points += 6 * overlap + 9 * _share(words, slug) + _looks(candidate)
    _mend(found)
    return sorted(found, key=lambda candidate: -candidate.points)


def _candidates(claims: Claims) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for place, text, points in (*_shown(claims), *_declared(claims)):
        folded = tokens(text)
        if not folded:
            continue
        if (candidate := found.get(folded)) is None:
            candidate = found[folded] = Candidate(text, folded)
        if place not in candidate.places:
            candidate.places.append(place)
            candidate.points += points
    for title in page_titles(claims)[:1]:
        for part in _parts(title):
            if (same := found.get(tokens(part))) is not None and "title_part" not in same.places:
                same.places.append("title_part")
                same.points += 7
    return found


def _shown(claims: Claims) -> Iterator[tuple[str, str, int]]:
    """Yield the page's h1, and what each is worth. They come first: the spelling readers see."""
    alone = not any(True for _ in claims.jsonld.text("headline"))
    place = "h1"
    for h1 in claims.elements["h1"]:
        text = tidy(h1.text_content())[:_LONGEST]
        if not text or claims.site.is_site(text):
            continue
        points = -3
        if place == "h1":
            points = 5 * alone + 6 * (len(tokens(text).split()) >= _WORDS_OF_HEADLINE)
        yield place, text, points + 3 * bool(_HEADING_CLASS.search(h1.get("class") or ""))
        place = "h1_later"


def _declared(claims: Claims) -> Iterator[tuple[str, str, int]]:
    said = [("json_ld", text) for text in islice(claims.jsonld.text("headline"), 2)]
    said += [(name, text) for name in _METAS for text in islice(claims.meta(name), 1)]
    said += [("title", text) for text in page_titles(claims)[:1]]
    for place, text in said:
        yield place, claims.site.without(text[:_LONGEST]), _POINTS.get(place, 0)


def page_titles(claims: Claims) -> list[str]:
    """Return what the page's title elements say; drawings have some too, and they are not asked."""
    elements = (e for e in claims.elements["title"] if e.getparent().tag != "svg")
    return [text for e in elements if (text := tidy(e.text_content())[:_LONGEST])]


def _parts(title: str) -> Iterator[str]:
    for joint in JOINT.finditer(title):
        yield title[: joint.start()]
        yield title[joint.end() :]


def _looks(candidate: Candidate) -> int:
    short = len(candidate.words) < _FEW_WORDS and len(candidate.folded) < _SHORT
    return -6 * short - 10 * bool(_PIPED.search(candidate.text))


def _mend(found: list[Candidate]) -> None:
    """Let a candidate that was cut off give way to the one that goes on where it ends."""
    for short in found:
        if len(short.folded) < _CUT_AT and not short.text.endswith(_ELLIPSIS):
            continue
        whole = [c for c in found if c is not short and _goes_on(c, short)]
        for candidate in whole[:1]:
            candidate.points = max(candidate.points, short.points)
            short.points = candidate.points - 1


def _goes_on(whole: Candidate, short: Candidate) -> bool:
    """Whether a title begins with a shorter one and goes on in its words, not with a site's name."""
    if not whole.folded.startswith(short.folded):
        return False
    return JOINT.match(whole.text, len(short.text.rstrip(" .…"))) is None


def _slug_words(url: str) -> frozenset[str]:
    try:
        words = _SLUG_WORD.findall(unquote(urlsplit(url).path).casefold())
    except ValueError:
        return frozenset()
    return frozenset(words) if len(words) > _SLUG_WORDS else frozenset()


def _share(words: frozenset[str], slug: frozenset[str]) -> float:
    """Return the share of a title's words of three letters and more that its address has too."""
    long = [word for word in words if _SLUG_WORD.fullmatch(word)] if slug else []
    return sum(1 for word in long if word in slug) / len(long) if long else 0.0
