"""Blocks -> numbers: what can be seen of each block and of what stands around it, a row a block.

The block filter (`block_filter.json`) was fitted to these columns in this order: whoever changes one
fits it again (`make fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.blocks import Block, Place
from pipeline.extract.clues import CUE_BIT, CUES, Clues, words_of
from pipeline.extract.hints import MARKS
from pipeline.extract.lines import words

Numbers = NDArray[np.float32]
Column = NDArray[Any]

#: A block of so many words, most of them in no link, is likely a paragraph.
_PROSE_WORDS: Final = 10
_PROSE_LINKED: Final = 0.35
#: Blocks of more words are no prompt and no headline.
_SHORT: Final = 40
#: Words of a label.
_LABEL: Final = 4
#: Characters of a block that are read: a longer one is prose, whatever comes.
_READ: Final = 180
#: So many are alike only if the rest is.
_ALIKE: Final = 120
_HALF: Final = 0.5
_LONG_TITLE: Final = 20
#: A declared body of fewer characters is a summary.
_LONG_BODY: Final = 300
_FAR: Final = 50
_KINDS: Final = ("p", "heading", "item", "quote", "row", "pre", "caption", "bare")
_KIND: Final = {kind: i for i, kind in enumerate(_KINDS)}
_ENDS: Final = frozenset('.!?…»"”’)。！？：;:')


def features(blocks: Sequence[Block], clues: Clues) -> Numbers:
    """Return a row of numbers for each block."""
    page = _Page(blocks)
    columns = [
        *_of_size(page), *_of_texts(page, clues), *_of_containers(page), *_of_core(page), *_of_looks(page),
        *_of_order(page), *_of_neighbours(page),
    ]  # fmt: skip
    # A row a column, which is how the filter reads them; `np.stack` takes five times as long.
    numbers = np.empty((len(columns) + 2 * len(MARKS), page.n), np.float32)
    for row, column in zip(numbers, columns, strict=False):
        row[:] = column
    bits = np.arange(len(MARKS))
    marks = np.array([(place.near, place.far) for place in page.places], np.int64)
    held = (marks[:, :, None] >> bits) & 1
    numbers[len(columns) :] = held.reshape(len(marks), -1).T[:, page.at]
    return numbers.T


def has_prose(counts: Column, linked: Column) -> Column:
    """Say which blocks are likely paragraphs, by words and the linked share of characters."""
    return (counts >= _PROSE_WORDS) & (linked < _PROSE_LINKED)


class _Page:
    """Blocks as columns, and running sums of what they hold."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.n = len(blocks)
        self.index = np.arange(self.n)
        self.texts = [block.text for block in blocks]
        self.words = np.array([words(text) for text in self.texts], np.float64)
        self.chars = np.array([len(text) for text in self.texts], np.float64)
        self.linked = np.array([block.linked for block in blocks], np.float64) / self.chars
        self.prose = has_prose(self.words, self.linked)
        self.prose_words = self.words * self.prose
        self.total = max(float(self.prose_words.sum()), 1.0)
        known: dict[int, int] = {}
        at = []
        self.places: list[Place] = []
        for block in blocks:
            number = known.setdefault(id(block.place), len(known))
            if number == len(self.places):
                self.places.append(block.place)
            at.append(number)
        #: For each block the number of its place.
        self.at = np.array(at)
        self.sum_prose_words = _sums(self.prose_words)
        self.sum_words = _sums(self.words)
        self.sum_linked = _sums(self.linked * self.words)
        self.sum_prose = _sums(self.prose)
        self.kinds = np.array([_KIND[place.kind] for place in self.places])[self.at]


def _sums(column: Column) -> Column:
    return np.concatenate(([0.0], np.cumsum(column, dtype=np.float64)))


def _clip(column: Column, least: int, most: Any) -> Column:
    """Do what `np.clip` does, in a tenth of the time on columns as short as these."""
    bounded: Column = np.minimum(np.maximum(column, least), most)
    return bounded


def _of_size(page: _Page) -> list[Column]:
    return [
        np.log1p(page.words), np.log1p(page.chars), page.linked,
        np.full(page.n, np.log1p(page.total)), np.full(page.n, np.log1p(page.n)),
    ]  # fmt: skip


def _of_texts(page: _Page, clues: Clues) -> list[Column]:
    """Return how each block is written, and how like title, standfirst and declared body it is."""
    is_of_title = {word for title in clues.titles for word in title.split()}.__contains__
    cue_of, titles, description, body = CUE_BIT.get, clues.titles, clues.description, clues.body
    last: dict[str, int] = {}
    rows, flats, titled = [], [], -1
    for i, (text, count) in enumerate(zip(page.texts, page.words.tolist(), strict=True)):
        found = words_of(text[:_READ])
        flat = " ".join(found)
        bits, is_title, share = 0, 0.0, 0.0
        if count <= _SHORT and found:
            for word in found:
                bits |= cue_of(word, 0)
            share = sum(map(is_of_title, found)) / len(found)
            if share > _HALF:
                is_title = _likeness(flat, titles)
        if is_title == 1 and titled < 0:
            titled = i
        rows.append((
            is_title, share, text[-1] in _ENDS, min(text.count(","), 5), bool(description) and _is_described(flat, description),
            _is_witnessed(flat, body) if body else 0, flat in last, bits,
        ))  # fmt: skip
        last[flat] = i
        flats.append(flat)
    table = np.array(rows, np.float64)
    cues = (table[:, -1].astype(np.int64)[:, None] >> np.arange(len(CUES))) & 1
    again = np.array([last[flat] > i for i, flat in enumerate(flats)]) & (page.words >= _LABEL)
    after = page.index - titled if titled >= 0 else np.full(page.n, -1000)
    return [
        *table[:, :-1].T, *cues.T, again, _clip(after, -30, 100), after > 0,
        np.full(page.n, titled >= 0), np.full(page.n, len(body) > _LONG_BODY),
    ]  # fmt: skip


def _likeness(flat: str, titles: frozenset[str]) -> float:
    if flat in titles:
        return 1.0
    alike = len(flat) > _LONG_TITLE and any(
        flat in title or (len(title) > _LONG_TITLE and title in flat) for title in titles
    )
    return 0.5 if alike else 0.0


def _is_described(flat: str, description: str) -> bool:
    return len(flat) > _LONG_TITLE and (
        flat[:_ALIKE] in description or description[:_ALIKE] in flat
    )


def _is_witnessed(flat: str, body: str) -> int:
    return 0 if not flat else 1 if flat[:_ALIKE] in body else -1


def _of_containers(page: _Page) -> list[Column]:
    """Return, for one to four elements up, how much prose is inside and what it is among."""
    columns: list[Column] = []
    chain = page.places
    for level in range(4):
        start = np.array([place.start for place in chain])[page.at]
        end = np.array([place.end for place in chain])[page.at]
        held = page.sum_prose_words[end] - page.sum_prose_words[start]
        inside = np.maximum(page.sum_words[end] - page.sum_words[start], 1)
        columns += [held / page.total, (page.sum_linked[end] - page.sum_linked[start]) / inside]
        if level < 3:  # noqa: PLR2004 - further up there is little to tell
            many = np.maximum(end - start, 1)
            prose = (page.sum_prose[end] - page.sum_prose[start]) / many
            columns += [np.log1p(many), prose, held / inside]
        chain = [place.parent or place for place in chain]
    return columns


def _of_core(page: _Page) -> list[Column]:
    """Return where a block stands to the elements that hold the most prose."""
    depths = np.array([place.depth for place in page.places], np.float64)[page.at]
    usual = float((depths * page.prose_words).sum() / page.total)
    columns: list[Column] = [_clip(depths - usual, -8, 8)]
    around = _around(page)
    for least in (0.85, 0.6, 0.4):
        best = max(
            (place for place, held in around if held >= least * page.total),
            key=_depth, default=None,
        )  # fmt: skip
        if best is None:
            columns += [np.ones(page.n), np.zeros(page.n)]
        else:
            inside = (page.index >= best.start) & (page.index < best.end)
            columns += [inside, _clip(depths - best.depth, -1, 8)]
    core = _core(page)
    up, down = _steps(page, core)
    share = page.sum_prose_words[core.end] - page.sum_prose_words[core.start]
    return [
        *columns, up, down, (page.index >= core.start) & (page.index < core.end),
        np.full(page.n, share / page.total), page.index < core.start, page.index >= core.end,
        _clip(page.index - core.end, -60, 60), _clip(page.index - core.start, -60, 60),
    ]  # fmt: skip


def _depth(place: Place) -> int:
    return place.depth


def _around(page: _Page) -> list[tuple[Place, float]]:
    """Return the elements around the blocks, and their words of prose; none that hold few."""
    sums, least = page.sum_prose_words.tolist(), 0.4 * page.total
    seen: set[int] = set()
    found: list[tuple[Place, float]] = []
    for place in page.places:
        at: Place | None = place
        while at is not None and id(at) not in seen:
            seen.add(id(at))
            held = sums[at.end] - sums[at.start]
            if held >= least:
                found.append((at, held))
            at = at.parent
    return found


def _core(page: _Page) -> Place:
    """Return the element with most prose right in it, or in its own blocks."""
    own = np.bincount(page.at, page.prose_words).tolist()
    held: dict[int, float] = {}
    boxes: dict[int, Place] = {}
    for place, count in zip(page.places, own, strict=True):
        box = place.parent or place
        held[id(box)] = held.get(id(box), 0.0) + count
        boxes[id(box)] = box
    return boxes[max(held, key=held.__getitem__)]


def _steps(page: _Page, core: Place) -> tuple[Column, Column]:
    """Return the steps up from each block to an element around the core, and down again to it."""
    down_of: dict[int, int] = {}
    at: Place | None = core
    while at is not None:
        down_of[id(at)] = len(down_of)
        at = at.parent
    ups, downs = [], []
    for place in page.places:
        up, node = 0, place
        while id(node) not in down_of and node.parent is not None:
            node, up = node.parent, up + 1
        ups.append(min(up, 10))
        downs.append(min(down_of.get(id(node), 10), 10))
    return np.array(ups)[page.at], np.array(downs)[page.at]


def _of_looks(page: _Page) -> list[Column]:
    """Return what blocks of the same looks, and under parents of the same looks, hold together."""
    columns: list[Column] = []
    keys: list[Any] = [place.looks for place in page.places]
    chain = page.places
    for _ in range(3):
        names: dict[Any, int] = {}
        index = np.array([names.setdefault(key, len(names)) for key in keys])[page.at]
        many = np.bincount(index)
        prose = np.bincount(index, page.prose_words) / page.total
        mean = np.bincount(index, page.words) / many
        linked = np.bincount(index, page.linked) / many
        columns += [prose[index], np.log1p(many)[index], np.log1p(mean)[index], linked[index]]
        chain = [place.parent or place for place in chain]
        keys = [(key, place.looks) for key, place in zip(keys, chain, strict=True)]
    return columns


def _of_order(page: _Page) -> list[Column]:
    """Return where a block stands among the page's prose."""
    n, index, sums = page.n, page.index, page.sum_prose_words
    where = np.flatnonzero(page.prose)
    if len(where):
        next_at = np.searchsorted(where, index, side="right")
        last_at = np.searchsorted(where, index, side="left") - 1
        to_next = np.where(
            next_at < len(where), where[np.minimum(next_at, len(where) - 1)] - index, _FAR
        )
        to_last = np.where(last_at >= 0, index - where[np.maximum(last_at, 0)], _FAR)
    else:
        to_next = to_last = np.full(n, _FAR)
    edge = _clip(index[:, None] + np.array([-3, 4]), 0, n)
    first, last = _densest(page)
    return [
        index / n, sums[:-1] / page.total, 1 - sums[1:] / page.total, np.minimum(to_next, _FAR),
        np.minimum(to_last, _FAR), np.log1p(sums[edge[:, 1]] - sums[edge[:, 0]]),
        (index >= first) & (index <= last), index < first, index > last,
    ]  # fmt: skip


def _densest(page: _Page) -> tuple[int, int]:
    """Return the run of blocks with the most words of prose, less six for each block that is none."""
    best, first, last, run, start = 0.0, 0, -1, 0.0, 0
    for i, gain in enumerate(np.where(page.prose, page.words, -6.0).tolist()):
        run += gain
        if run <= 0:
            run, start = 0.0, i + 1
        elif run > best:
            best, first, last = run, start, i
    return first, last


def _of_neighbours(page: _Page) -> list[Column]:
    """Return kind and size of a block and of those before and after it."""
    columns: list[Column] = []
    log_words, is_item = np.log1p(page.words), page.kinds == _KIND["item"]
    is_heading = page.kinds == _KIND["heading"]
    for by in (1, -1, 2):
        columns += [_shifted(log_words, by), _shifted(page.linked, by)]
    columns += [_shifted(is_item, 1), _shifted(is_item, -1), _shifted(is_heading, -1)]
    levels = [int(p.tag[1]) if p.kind == "heading" and p.tag[0] == "h" else 0 for p in page.places]
    columns.append(np.array(levels)[page.at])
    return [*columns, *(page.kinds == i for i in range(len(_KINDS)))]


def _shifted(column: Column, by: int) -> Column:
    """Return what stands `by` blocks before each block; nothing beyond the page's ends."""
    out = np.zeros_like(column)
    if by > 0:
        out[by:] = column[:-by]
    else:
        out[:by] = column[-by:]
    return out
