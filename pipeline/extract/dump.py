"""Text dump -> lines, title and authors: for articles that come without a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.extract.authors import read_byline
from pipeline.extract.lines import ends_sentence, is_prose, words
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

#: Lines looked at for a headline.
_LOOKED_AT: Final = 8
_LONGEST: Final = 30
#: A headline has at least so many words, unless nothing longer stands on top.
_USUAL: Final = 4
#: Lines above the headline of up to so many words name the site and the section.
_ABOVE: Final = 3
_NOT_A_HEADLINE = re.compile(
    r"^(?:[#@•*©/\d]|- |https?:|(?:by|von|par|por|photo|foto|фото|image|источник|source|автор)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Top:
    """The top of a dump: its headline and authors if it names them, the lines without them."""

    title: str | None
    authors: tuple[str, ...]
    lines: tuple[str, ...]
    cuts: tuple[Cut, ...]


def take_top(lines: Sequence[str], stripped: Sequence[Cut] = ()) -> Top:
    """Take headline and byline off a text, and with them the short lines above the headline.

    The headline is the first of the top lines that is long enough and ends no sentence; a text
    that begins with a paragraph has none. A byline may be among what was stripped.
    """
    at = _headline(lines)
    cuts: dict[int, Cut] = {}
    if at is not None:
        above = (n for n in range(at) if words(lines[n]) <= _ABOVE)
        cuts = {n: cut_of("navigation", "above-headline", lines[n]) for n in above}
        cuts[at] = cut_of("headline", "title-on-top", lines[at])
    below = 0 if at is None else at + 1
    by = next((n for n in range(below, min(below + 2, len(lines))) if read_byline(lines[n])), None)
    if by is not None:
        cuts[by] = cut_of("byline", "byline-on-top", lines[by])
    bylines = [cut.text for cut in stripped if cut.category in {"byline", "author"}]
    bylines += [lines[by]] if by is not None else []
    return Top(
        lines[at] if at is not None else None,
        next((names for text in bylines if (names := read_byline(text))), ()),
        tuple(line for n, line in enumerate(lines) if n not in cuts),
        tuple(cuts[n] for n in sorted(cuts)),
    )


def _headline(lines: Sequence[str]) -> int | None:
    candidates = []
    for n, line in enumerate(lines[:_LOOKED_AT]):
        if is_prose(line) and (ends_sentence(line) or words(line) > _LONGEST):
            break
        if ends_sentence(line) and line.endswith((".", "。")):
            break
        if not _NOT_A_HEADLINE.match(line):
            candidates.append(n)
    # Without prose below, lines are a list, and none of them heads it.
    if not candidates or candidates[-1] + 1 >= len(lines):
        candidates = candidates[:1] if len(lines) > 1 else []
    usual = (n for n in candidates if words(lines[n]) >= _USUAL)
    return next(usual, candidates[-1] if candidates else None)
