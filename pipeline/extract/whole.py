"""Code and tables are kept whole or not at all: judged line by line and cell by cell they are torn.

Each is what most of its characters are: so a table keeps its head, a row its figures, code its
braces. Of a table that is mostly unlikely single rows may stay; one that stands right between two of
the article's paragraphs is the article's, for figures alone say little of where they belong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.blocks import Block, Place
from pipeline.extract.written import LONGEST_CELL

#: Share of the characters in links from which a table leads elsewhere.
_LINKED: Final = 0.3
#: What is one answer: by the kind of a block, the elements around it, the innermost last.
_WHOLES: Final = {"pre": ("pre",), "row": ("table", "tr")}


def made_whole(blocks: Sequence[Block], likely: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which blocks are likely, so that code, a table or a row of it is one answer."""
    answer = likely.copy()
    kinds = {block.place.kind for block in blocks}
    for kind in kinds & _WHOLES.keys():
        tags = _WHOLES[kind]
        for tag in reversed(tags):
            for start, end in _wholes(blocks, kind, tag):
                mostly = _is_mostly(blocks[start:end], answer[start:end])
                if mostly or tag == tags[-1]:
                    answer[start:end] = mostly
    if "row" in kinds:
        for start, end in _wholes(blocks, "row", "table"):
            if _is_amid(blocks, answer, start, end):
                answer[start:end] = True
    return answer


def _is_amid(blocks: Sequence[Block], likely: NDArray[np.bool_], start: int, end: int) -> bool:
    """Whether paragraphs of the article stand right before and right after a table, beside it."""
    if not (start > 0 and end < len(blocks) and likely[start - 1] and likely[end]):
        return False
    inside = blocks[start:end]
    linked, chars = sum(b.linked for b in inside), sum(len(b.text) for b in inside)
    beside = blocks[start - 1].place.parent
    place = inside[0].place.parent
    while place is not None and place is not beside:
        place = place.parent
    return place is not None and place is blocks[end].place.parent and linked <= _LINKED * chars


def _is_mostly(blocks: Sequence[Block], likely: NDArray[np.bool_]) -> bool:
    chars = np.array([len(block.text) for block in blocks])
    return bool(2 * chars[likely].sum() > chars.sum())


def _wholes(blocks: Sequence[Block], kind: str, tag: str) -> Iterator[tuple[int, int]]:
    """Yield where the elements begin and end that blocks of a kind are in."""
    end = 0
    for i, block in enumerate(blocks):
        if block.place.kind != kind or i < end:
            continue
        place: Place | None = block.place
        while place is not None and place.tag != tag:
            place = place.parent
        if place is not None:
            end = place.end
            if kind == "pre" or not _is_layout(blocks[place.start : end]):
                yield place.start, end


def _is_layout(blocks: Sequence[Block]) -> bool:
    """Whether a table only lays the page out: it holds more than cells."""
    return any(b.place.kind != "row" or len(b.text) > LONGEST_CELL for b in blocks)
