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
_EACH_KIND: Final = np.arange(len(_KINDS))[:, None]
_IS_CUE: Final = CUE_BIT.__contains__
_ENDS: Final = frozenset('.!?…»"”’)。！？：;:')


def features(blocks: Sequence[Block], clues: Clues) -> Numbers:
    """Return a row of numbers for each block."""
    page = _Page(blocks)
    columns = [
        *_of_size(page), *_of_texts(page, clues), *_of_containers(page), *_of_core(page), *_of_looks(page),
        *_of_order(page), *_of_neighbours(page), *_of_marks(page),
    ]  # fmt: skip
    # A row a column, which is how the filter reads them; `np.stack` takes five times as long.
    numbers = np.empty(sum(column.size for column in columns), np.float32)
    np.concatenate([column.reshape(-1) for column in columns], out=numbers, casting="unsafe")
    return numbers.reshape(-1, page.n).T


def has_prose(counts: Column, linked: Column) -> Column:
    """Say which blocks are likely paragraphs, by words and the linked share of characters."""
    return (counts >= _PROSE_WORDS) & (linked < _PROSE_LINKED)


class _Page:
    """Blocks, and the elements around them, as columns; and running sums of what blocks hold."""

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
        #: Every element around a block, before those inside of it, and the number of its parent;
        #: the outermost is its own.
        self.places: list[Place] = []
        self.parents: list[int] = []
        #: For each block the number of its place.
        self.homes = _numbered([block.place for block in blocks], self.places, self.parents)
        self.at = np.array(self.homes)
        self.spans = np.array([(place.start, place.end) for place in self.places]).T
        self.depths = np.array([place.depth for place in self.places])
        #: Of words of prose, of all words, of those in links and of paragraphs, before each block.
        self.sums = _sums(self.prose_words, self.words, self.linked * self.words, self.prose)


def _numbered(homes: Sequence[Place], places: list[Place], parents: list[int]) -> list[int]:
    known: dict[Place, int] = {}

    def number(place: Place) -> int:
        own = known.get(place)
        if own is None:
            parent = -1 if place.parent is None else number(place.parent)
            own = known[place] = len(places)
            places.append(place)
            parents.append(own if parent < 0 else parent)
        return own

    return [number(home) for home in homes]


def _sums(*columns: Column) -> Column:
    sums = np.zeros((len(columns), len(columns[0]) + 1))
    for running, column in zip(sums, columns, strict=True):
        np.add.accumulate(column, out=running[1:])
    return sums


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
    found = [words_of(text[:_READ]) for text in page.texts]
    flats = [" ".join(spoken) for spoken in found]
    short = [spoken if few else [] for spoken, few in zip(found, page.words <= _SHORT, strict=True)]
    is_of_title = {word for title in clues.titles for word in title.split()}.__contains__
    shares = [sum(map(is_of_title, spoken)) / len(spoken) if spoken else 0.0 for spoken in short]
    is_title = [
        _likeness(flat, clues.titles) if share > _HALF else 0.0
        for flat, share in zip(flats, shares, strict=True)
    ]
    titled = is_title.index(1) if 1 in is_title else -1
    description, body = clues.description, clues.body
    last = {flat: i for i, flat in enumerate(flats)}
    first = {flat: page.n - i for i, flat in enumerate(reversed(flats), 1)}
    cues = np.array([[_cues(spoken)] for spoken in short], np.uint8)
    after = page.index - titled if titled >= 0 else np.full(page.n, -1000)
    return [
        np.array(is_title), np.array(shares), np.array([text[-1] in _ENDS for text in page.texts]),
        np.minimum([text.count(",") for text in page.texts], 5),
        np.array([bool(description) and _is_described(flat, description) for flat in flats]),
        np.array([_is_witnessed(flat, body) if body else 0 for flat in flats]),
        page.index > [first[flat] for flat in flats],
        np.unpackbits(cues, axis=1, bitorder="little").T[: len(CUES)],
        (page.index < [last[flat] for flat in flats]) & (page.words >= _LABEL),
        _clip(after, -30, 100), after > 0,
        np.full(page.n, titled >= 0), np.full(page.n, len(body) > _LONG_BODY),
    ]  # fmt: skip


def _cues(found: Sequence[str]) -> int:
    bits = 0
    for word in filter(_IS_CUE, found):
        bits |= CUE_BIT[word]
    return bits


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
    start, end = page.spans
    held, inside, linked, prose = page.sums[:, end] - page.sums[:, start]
    inside, many = np.maximum(inside, 1), np.maximum(end - start, 1)
    of_place = np.array([
        held / page.total, linked / inside, np.log1p(many), prose / many, held / inside,
    ])  # fmt: skip
    columns: list[Column] = []
    level, parents = page.at, np.array(page.parents)
    for _ in range(3):
        columns.append(of_place[:, level])
        level = parents[level]
    return [*columns, of_place[:2, level]]  # further up there is little to tell


def _of_core(page: _Page) -> list[Column]:
    """Return where a block stands to the elements that hold the most prose."""
    start, end = page.spans
    depths, held = page.depths[page.at], page.sums[0, end] - page.sums[0, start]
    usual = float((depths * page.prose_words).sum() / page.total)
    columns: list[Column] = [_clip(depths - usual, -8, 8)]
    for least in (0.85, 0.6, 0.4):
        # Of equally deep ones the first.
        best = int(np.where(held >= least * page.total, page.depths, -1).argmax())
        if held[best] < least * page.total:
            columns += [np.ones(page.n), np.zeros(page.n)]
        else:
            columns += [_within(page, best), _clip(depths - page.depths[best], -1, 8)]
    core = _core(page)
    up, down = _steps(page, core)
    first, behind = page.spans[:, core]
    return [
        *columns, up[page.at], down[page.at], _within(page, core),
        np.full(page.n, held[core] / page.total), page.index < first, page.index >= behind,
        _clip(page.index - behind, -60, 60), _clip(page.index - first, -60, 60),
    ]  # fmt: skip


def _within(page: _Page, place: int) -> Column:
    start, end = page.spans[:, place]
    inside: Column = (page.index >= start) & (page.index < end)
    return inside


def _core(page: _Page) -> int:
    """Return the element with most prose right in it, or in its own blocks."""
    held: dict[int, float] = {}
    own = np.bincount(page.at, page.prose_words).tolist()
    for place in dict.fromkeys(page.homes):
        box = page.parents[place]
        held[box] = held.get(box, 0.0) + own[place]
    return max(held, key=held.__getitem__)


def _steps(page: _Page, core: int) -> tuple[Column, Column]:
    """Return the steps up from each element to one around the core, and down again to it."""
    down_of: dict[int, int] = {}
    parents = page.parents
    while core not in down_of:
        down_of[core] = len(down_of)
        core = parents[core]
    ups: list[int] = []
    downs: list[int] = []
    for place, parent in enumerate(parents):
        down = down_of.get(place)
        if down is None and parent != place:  # parents come first
            ups.append(ups[parent] + 1)
            downs.append(downs[parent])
        else:
            ups.append(0)
            downs.append(10 if down is None else down)
    return np.minimum(ups, 10), np.minimum(downs, 10)


def _of_looks(page: _Page) -> list[Column]:
    """Return what blocks of the same looks, and under parents of the same looks, hold together."""
    known: dict[str, int] = {}
    looks = np.array([known.setdefault(place.looks, len(known)) for place in page.places])
    columns: list[Column] = []
    level, parents, keys = page.at, np.array(page.parents), looks[page.at]
    for _ in range(3):
        names: dict[int, int] = {}
        index = np.array([names.setdefault(key, len(names)) for key in keys.tolist()])
        many = np.bincount(index)
        columns += [np.array([
            np.bincount(index, page.prose_words) / page.total, np.log1p(many),
            np.log1p(np.bincount(index, page.words) / many), np.bincount(index, page.linked) / many,
        ])[:, index]]  # fmt: skip
        level = parents[level]
        keys = keys * len(known) + looks[level]
    return columns


def _of_order(page: _Page) -> list[Column]:
    """Return where a block stands among the page's prose."""
    n, index, sums = page.n, page.index, page.sums[0]
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
    n, places = page.n, [page.places[home] for home in page.homes]
    kinds = np.array([_KIND[place.kind] for place in places]) == _EACH_KIND
    levels = [int(p.tag[1]) if p.kind == "heading" and p.tag[0] == "h" else 0 for p in places]
    # Nothing stands beyond the page's ends: two blocks before the first, one behind the last.
    shifted = np.zeros((4, n + 3))
    is_item, is_heading = kinds[_KIND["item"]], kinds[_KIND["heading"]]
    shifted[:, 2:-1] = np.log1p(page.words), page.linked, is_item, is_heading
    before, behind, second = shifted[:, 1:-2], shifted[:, 3:], shifted[:, :-3]
    return [
        before[:2], behind[:2], second[:2], before[2], behind[2], behind[3], np.array(levels), kinds,
    ]  # fmt: skip


def _of_marks(page: _Page) -> list[Column]:
    """Return what names of the last three elements around a block say, and those of all."""
    marks = np.array([(place.near, place.far) for place in page.places], "<i8")
    bits = np.unpackbits(marks.view(np.uint8).reshape(-1, 2, 8), axis=2, bitorder="little")
    return [bits[:, :, : len(MARKS)].reshape(len(marks), -1).T[:, page.at]]
