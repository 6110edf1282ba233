"""The pages on which our text is furthest from its reference: what leaked, what was missed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bench.pages import Sample
from bench.score import Answer, page_f1, shared, shingles
from bench.show import say

#: Of each page, so many sentences that leaked, and as many that were missed.
_MOST = 4
_CHARS = 110
#: References are often one line for all paragraphs.
_SENTENCE = re.compile(r"\n+|(?<=[.!?…。]) +")


def show_worst(samples: Sequence[Sample], answers: Sequence[Answer], most: int) -> None:
    """Print the worst pages of those that have a reference text, the worst first."""
    scored = [
        (page_f1(sample.text, answer.text), n)
        for n, (sample, answer) in enumerate(zip(samples, answers, strict=True))
        if sample.text
    ]
    say(f"\nThe {min(most, len(scored))} worst of {len(scored)} pages, by F1 of their text\n")
    for f1, n in sorted(scored)[:most]:
        for line in _report(f1, samples[n], answers[n]):
            say(line)


def _report(f1: float, sample: Sample, answer: Answer) -> Iterator[str]:
    wanted, given = sample.text or "", answer.text
    both, extra, lost = shared(wanted, given)
    precision, recall = both / ((both + extra) or 1), both / ((both + lost) or 1)
    yield f"{f1:.3f}  P {precision:.3f}  R {recall:.3f}  {sample.dataset}/{sample.id}"
    yield f"       {sample.url}"
    if answer.error or answer.facts.get("reason", "ok") != "ok":
        yield f"       {answer.error or answer.facts['reason']}"
    yield from _lines("leaked", given, wanted)
    yield from _lines("missed", wanted, given)
    yield ""


def _lines(what: str, text: str, other: str) -> Iterator[str]:
    """Yield the longest sentences of a text that the other lacks, and how much they are."""
    held = shingles(other)
    apart = [" ".join(part.split()) for part in _SENTENCE.split(text) if _lacks(held, part)]
    if not apart:
        return
    yield f"       {what} {sum(len(part.split()) for part in apart)} words:"
    for part in sorted(apart, key=len, reverse=True)[:_MOST]:
        yield f"         {part if len(part) <= _CHARS else part[: _CHARS - 1] + '…'}"


def _lacks(held: Mapping[tuple[str, ...], int], part: str) -> bool:
    """Say whether less than half of a sentence's shingles are held."""
    own = shingles(part)
    return 2 * sum(shingle in held for shingle in own) < len(own)
