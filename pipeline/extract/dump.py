"""Text dump -> lines, title and authors: for articles that come without a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
    """The top of a dump: its headline if it has one, the lines without it, what stood above."""

    title: str | None
    lines: tuple[str, ...]
    cuts: tuple[Cut, ...]


def take_headline(lines: Sequence[str]) -> Top:
    """Take the headline off a text, and with it the short lines above it.

    The headline is the first of the top lines that is long enough and ends no sentence; a text
    that begins with a paragraph has none.
    """
    at = _headline(lines)
    if at is None:
        return Top(None, tuple(lines), ())
    above = [n for n in range(at) if words(lines[n]) <= _ABOVE]
    cuts = [cut_of("navigation", "above-headline", lines[n]) for n in above]
    cuts.append(cut_of("headline", "title-on-top", lines[at]))
    rest = [line for n, line in enumerate(lines) if n != at and n not in above]
    return Top(lines[at], tuple(rest), tuple(cuts))


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
