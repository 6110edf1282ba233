"""Lists, tables and code are read whole or not at all: a filter that judges pieces tears them.

A cell or an item is too short to be judged by itself, and a table with half of its cells is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.extract.blocks import Block, Place

_TOPS: Final = {"item": ("ul", "ol", "dl"), "row": ("table",), "pre": ("pre",)}
#: Share of the characters in links from which a list leads elsewhere.
_LINKED: Final = 0.3
#: Share of the characters that must be likely, where text does not stand on both sides.
_MOST: Final = 0.5
#: A longer cell is the column of a page that a table lays out.
_LONGEST_CELL: Final = 300


def made_whole(blocks: Sequence[Block], likely: Sequence[bool]) -> list[bool]:
    """Return which blocks are likely, so that each list, table or code is one answer."""
    answer = list(likely)
    for place in _tops(blocks):
        span = range(place.start, place.end)
        if all(answer[i] for i in span) or _leads_elsewhere(blocks, span):
            continue
        if _is_amid(blocks, answer, place) or _is_mostly(blocks, answer, span):
            answer[place.start : place.end] = [True] * len(span)
    return answer


def _tops(blocks: Sequence[Block]) -> Iterator[Place]:
    """Yield outermost lists, innermost tables, and code."""
    known: set[int] = set()
    for block in blocks:
        tags = _TOPS.get(block.place.kind)
        if tags is None:
            continue
        top: Place | None = None
        at: Place | None = block.place
        while at is not None:
            if at.tag in tags:
                top = at
                if at.tag == "table":
                    break
            at = at.parent
        if top is not None and id(top) not in known:
            known.add(id(top))
            yield top


def _leads_elsewhere(blocks: Sequence[Block], span: range) -> bool:
    chars = sum(len(blocks[i].text) for i in span)
    linked = sum(blocks[i].linked for i in span)
    is_layout = any(
        blocks[i].place.kind == "row" and len(blocks[i].text) > _LONGEST_CELL for i in span
    )
    return is_layout or linked > _LINKED * chars


def _is_amid(blocks: Sequence[Block], likely: Sequence[bool], place: Place) -> bool:
    """Whether paragraphs of the article stand right before and right after it, beside it."""
    box = place
    while box.parent and (box.parent.start, box.parent.end) == (place.start, place.end):
        box = box.parent
    before, after = place.start - 1, place.end
    if before < 0 or after >= len(blocks) or not (likely[before] and likely[after]):
        return False
    return blocks[before].place.parent is box.parent and blocks[after].place.parent is box.parent


def _is_mostly(blocks: Sequence[Block], likely: Sequence[bool], span: range) -> bool:
    chars = sum(len(blocks[i].text) for i in span)
    return sum(len(blocks[i].text) for i in span if likely[i]) > _MOST * chars
