"""The benchmark pages -> their blocks with labels, what the block filter is fitted to; and its score.

    python -m bench.blocks write FILE    blocks, numbers and labels of every page with a reference
    python -m bench.blocks score FILE    figures of the scores that `bench.fit` gave pages it had not seen

Fitting takes a library that nothing else here needs, so it runs in an environment of its own and gets
plain arrays (`bench/fit.py`).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from bench.entry import page_of, rules
from bench.pages import Sample, load
from bench.score import answer_of, bare, figures
from pipeline.extract.blocks import Block
from pipeline.extract.body import IS_TITLE, choose
from pipeline.extract.clues import clues_of
from pipeline.extract.cut import cut
from pipeline.extract.features import features
from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.parse import parse
from pipeline.extract.scan import Claims
from pipeline.extract.strip import strip

SETS = ("fundus_eval", "fundus_pages", "scrapinghub", "trafilatura_eval", "wcxb_articles")
#: Pages of so many publishers each are held out in turn.
FOLDS = 5
#: A page's blocks weigh this much together; the words of one no more than so many count.
_PAGE_WEIGHT, _MOST_WORDS = 100.0, 80
#: Pages with a few labelled segments tell less, and references that a model has drafted too.
_SEGMENTS_WEIGHT, _DRAFTED_WEIGHT = 40.0, 0.5
_DRAFTED = "wcxb_articles"
_WORD = re.compile(r"\w+")
_GRAM, _HALF = 4, 0.5
#: Shorter segments and blocks are inside of others by chance.
_LONG_WANTED, _LONG_UNWANTED = 30, 15


def main(arguments: Sequence[str]) -> None:
    """Run a command of this module's help."""
    match list(arguments):
        case ["write", path]:
            write(path)
        case ["score", path]:
            score(path)
        case _:
            raise SystemExit(__doc__)


def write(path: str) -> None:
    """Write numbers, labels, weights and the fold of each labelled block."""
    rows: list[tuple[Any, ...]] = []
    for number, (sample, _, blocks, numbers) in enumerate(labelled_pages()):
        labels = _labels(sample, blocks, numbers)
        known = ~np.isnan(labels)
        weights = _weights(sample, blocks, known)
        rows.append((
            numbers,
            labels,
            weights,
            np.full(len(blocks), fold(sample)),
            np.full(len(blocks), number),
        ))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    names = ("numbers", "labels", "weights", "folds", "pages")
    np.savez_compressed(path, **dict(zip(names, columns, strict=True)))


def score(path: str) -> None:
    """Print text figures of each data set, with every page judged by a filter that never saw its site."""
    held_out = np.load(path)
    scores, pages = held_out["scores"], held_out["pages"]
    samples: dict[str, list[Sample]] = {}
    answers: dict[str, list[Any]] = {}
    asked: dict[str, int] = {}
    for number, (sample, claims, blocks, numbers) in enumerate(labelled_pages()):
        mine = scores[pages == number]
        body = choose(claims.tree, blocks, numbers, mine, sample.url)
        stripped = strip(body.lines, rules().for_source(claims.source))
        text = "\n".join(stripped.lines)
        samples.setdefault(sample.dataset, []).append(sample)
        answers.setdefault(sample.dataset, []).append(answer_of(text))
        asked[sample.dataset] = asked.get(sample.dataset, 0) + (not body.blocks)
    for name, those in samples.items():
        found = figures(those, answers[name])
        told = {
            key: found[key]
            for key in ("precision", "recall", "f1", "segment_f1", "leaks")
            if key in found
        }
        print(  # noqa: T201 - a tool's output
            name,
            {"pages": len(those), "asked": asked[name]} | {k: round(v, 4) for k, v in told.items()},
        )


def fold(sample: Sample) -> int:
    """Return which fifth of the publishers a page's is in."""
    return sha256(sample.domain.encode()).digest()[1] % FOLDS


def labelled_pages() -> Iterator[tuple[Sample, Claims, list[Block], Any]]:
    """Yield the pages that have blocks, in the order of `scores.npz`, with the numbers of each block."""
    for sample in load(SETS):
        tree = parse(sample.html)
        if tree is None:
            continue
        page, source = page_of(sample.html, sample.url)
        blocks = cut(tree, rules().for_source(source)).blocks
        if blocks:
            claims = Claims(tree, read_jsonld(tree), page, source)
            yield sample, claims, blocks, features(blocks, clues_of(claims))


def _labels(sample: Sample, blocks: Sequence[Block], numbers: Any) -> Any:
    """Return for each block the share of it that is in the reference; NaN where nobody says."""
    if not sample.text:
        return np.array([_by_segments(bare(block.text), sample) for block in blocks])
    labels = _by_reference(sample.text, blocks)
    if sample.dataset == _DRAFTED:  # its references count the headline to the text
        labels[numbers[:, IS_TITLE] == 1] = np.nan
    return labels


def _by_segments(text: str, sample: Sample) -> float:
    for segments, least, label in (
        (sample.wanted, _LONG_WANTED, 1.0),
        (sample.unwanted, _LONG_UNWANTED, 0.0),
    ):
        if any(
            (s := bare(segment)) in text or (len(text) > least and text in s)
            for segment in segments
        ):
            return label
    return np.nan


def _by_reference(reference: str, blocks: Sequence[Block]) -> Any:
    words = _words(reference)
    grams = {n: {tuple(words[i : i + n]) for i in range(len(words) - n + 1)} for n in (3, _GRAM)}
    lines = {tuple(_words(line)) for line in reference.split("\n")}
    texts = [_words(block.text) for block in blocks]
    labels = np.full(len(blocks), np.nan)
    for i, text in enumerate(texts):
        if len(text) > _GRAM:
            runs = [
                tuple(text[k : k + _GRAM]) in grams[_GRAM] for k in range(len(text) - _GRAM + 1)
            ]
            labels[i] = sum(runs) / len(runs)
        elif not text:
            labels[i] = 0.0
    # A short block is anywhere in a long text by chance: it must stand there beside its neighbour.
    for i in np.flatnonzero(np.isnan(labels)):
        before = next((texts[k] for k in range(i - 1, max(-1, i - 4), -1) if labels[k] > _HALF), [])
        after = next(
            (texts[k] for k in range(i + 1, min(len(texts), i + 4)) if labels[k] > _HALF), []
        )
        fits = _continues(before[-3:], texts[i], grams[3]) or _continues(
            texts[i], after[:3], grams[3]
        )
        labels[i] = float(fits or (bool(before or after) and tuple(texts[i]) in lines))
    return labels


def _continues(left: list[str], right: list[str], grams: set[tuple[str, ...]]) -> bool:
    joined = left + right
    runs = range(max(0, len(joined) - 2))
    return bool(left and right and runs) and all(tuple(joined[k : k + 3]) in grams for k in runs)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def _weights(sample: Sample, blocks: Sequence[Block], known: Any) -> Any:
    counts = np.array(
        [min(_MOST_WORDS, max(2, len(_words(block.text)))) for block in blocks], float
    )
    if sample.text:
        share = _DRAFTED_WEIGHT if sample.dataset == _DRAFTED else 1.0
        return counts / counts.sum() * _PAGE_WEIGHT * share
    return np.where(known, counts / max(60.0, float(counts[known].sum())) * _SEGMENTS_WEIGHT, 0.0)


if __name__ == "__main__":
    main(sys.argv[1:])
