"""Answers beside references -> figures, as published extraction benchmarks count them.

Text: 4-word shingles with their multiplicity, each page's counts normalised to sum 1, precision and
recall averaged over pages (scrapinghub/article-extraction-benchmark). Segments: those a text must
and must not hold, over all pages (adbar/trafilatura). Whoever fits a filter by cross-validation
hands the answers of each held-out fold to `figures`, and gets figures that compare with the rest.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import mean, stdev
from typing import Any

from bench.pages import Sample

#: Figures of pages by name, each between 0 and 1 but for `leaks` and `misses`, which are counts.
Figures = dict[str, float]

_WORD = re.compile(r"\w+")
_BY = re.compile(r"^\s*(by|von|par|de|por|di)\s+", re.IGNORECASE)
_AND = re.compile(r"\s*(?:;|,|&|\||\band\b|\bund\b|\bet\b|\by\b)\s*")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_SHINGLE = 4
#: Draws of the bootstrap: the standard error comes out to its second digit.
_DRAWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an extractor made of a page, and what it cost; `facts` are the rest of our own row."""

    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    error: str | None = None


def answer_of(made: Any, **cost: Any) -> Answer:
    """Read what an extractor returned: a text, None, or a mapping of `Answer`'s fields."""
    given = made if isinstance(made, Mapping) else {"text": made}
    authors = given.get("authors") or ()
    return Answer(
        text=given.get("text") or "",
        title=given.get("title"),
        authors=(authors,) if isinstance(authors, str) else tuple(map(str, authors)),
        date=given.get("date"),
        facts=given.get("facts") or {},
        **cost,
    )


def figures(samples: Sequence[Sample], answers: Sequence[Answer]) -> Figures:
    """Return the figures that these pages' references allow; none for what no page has."""
    pairs = list(zip(samples, answers, strict=True))
    return {
        **_text(pairs),
        **_segments(pairs),
        **_title(pairs),
        **_date(pairs),
        **_authors(pairs),
    }


Pairs = Sequence[tuple[Sample, Answer]]


def _text(pairs: Pairs) -> Figures:
    counts = [shared(sample.text, answer.text) for sample, answer in pairs if sample.text]
    if not counts:
        return {}
    precision, recall, f1 = _macro(counts)
    draw = random.Random(_SHINGLE)  # noqa: S311 - a bootstrap, no secret
    again = [_macro(draw.choices(counts, k=len(counts)))[2] for _ in range(_DRAWS)]
    return {"precision": precision, "recall": recall, "f1": f1, "f1_error": stdev(again)}


def shared(wanted: str, given: str) -> tuple[float, float, float]:
    """Return the shares of shingles in both texts, only in the given one, only in the wanted."""
    left, right = shingles(wanted), shingles(given)
    both = sum((left & right).values())
    extra, lost = sum(right.values()) - both, sum(left.values()) - both
    total = both + extra + lost
    return (both / total, extra / total, lost / total) if total else (0.0, 0.0, 0.0)


def page_f1(wanted: str, given: str) -> float:
    """Return the F1 of one page."""
    both, extra, lost = shared(wanted, given)
    return 2 * both / (2 * both + extra + lost) if both + extra + lost else 1.0


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the runs of four words of a text; one run of what a shorter one has."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    starts = range(max(1, len(words) - _SHINGLE + 1)) if words else ()
    return Counter(tuple(words[i : i + _SHINGLE]) for i in starts)


def _macro(counts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Return precision, recall, F1. A page without an answer has no precision, and recall 0."""
    precisions = [both / (both + extra) for both, extra, _ in counts if both + extra]
    recalls = [both / (both + lost) for both, _, lost in counts if both + lost]
    precision, recall = mean(precisions or [0.0]), mean(recalls or [0.0])
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def _segments(pairs: Pairs) -> Figures:
    wanted = found = leaks = 0
    for sample, answer in pairs:
        body = bare(answer.text)
        wanted += len(sample.wanted)
        found += sum(bare(segment) in body for segment in sample.wanted)
        leaks += sum(bare(segment) in body for segment in sample.unwanted)
    if not wanted:
        return {}
    return {
        "segment_precision": found / max(1, found + leaks),
        "segment_recall": found / wanted,
        "segment_f1": 2 * found / (wanted + found + leaks),
        "leaks": leaks,
        "misses": wanted - found,
    }


def bare(text: str) -> str:
    """Return a text in one line, its accents composed: what segments are looked for in."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _title(pairs: Pairs) -> Figures:
    asked = [(s.title, a.title or "") for s, a in pairs if s.title]
    if not any(given for _, given in asked):
        return {}
    return {"title_exact": mean(_fold(title) == _fold(given) for title, given in asked)}


def _date(pairs: Pairs) -> Figures:
    asked = [(_ordinal(s.date), _ordinal(a.date)) for s, a in pairs if _ordinal(s.date)]
    apart = [abs(day - given) for day, given in asked if day and given]
    if not apart:
        return {}
    return {
        "date_exact": sum(days == 0 for days in apart) / len(asked),
        "date_1day": sum(days <= 1 for days in apart) / len(asked),
    }


def _authors(pairs: Pairs) -> Figures:
    asked = [(_names(s.authors), _names(a.authors)) for s, a in pairs if s.authors]
    if not any(given for _, given in asked):
        return {}
    both = sum(len(names & given) for names, given in asked)
    said = sum(len(given) for _, given in asked)
    there = sum(len(names) for names, _ in asked)
    return {
        "author_precision": both / max(1, said),
        "author_recall": both / max(1, there),
        "author_f1": 2 * both / max(1, said + there),
    }


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _names(authors: Sequence[str]) -> set[str]:
    parts = (part for name in authors for part in _AND.split(_BY.sub("", name)))
    return {folded for part in parts if (folded := _fold(part))}


def _ordinal(day: str | None) -> int | None:
    match = _DAY.match(day or "")
    try:
        return date(*map(int, match.groups())).toordinal() if match else None
    except ValueError:
        return None
