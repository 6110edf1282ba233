"""Blocks -> lines, as they are stored: items behind a dash, rows of tables in one line, code as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, Final

from pipeline.extract.blocks import Block, Place

Element = Any  # lxml ships no types

#: What stands between the cells of a table's row.
CELLS: Final = " | "
_ITEMS: Final = frozenset(["li", "dt", "dd"])
_ROWS: Final = frozenset(["tr"])
_CELL_TAGS: Final = frozenset(["td", "th"])
#: A longer cell is the column of a page that a table lays out.
LONGEST_CELL: Final = 300
#: Columns of a table; what has more is a plan of something, and is not filled up.
_MOST_COLUMNS: Final = 50
_HEADINGS: Final = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


def lines_of_blocks(chosen: Sequence[Block]) -> tuple[list[str], list[str]]:
    """Return the lines that blocks make, and what each is: a cell joins the line of its row."""
    lines: list[str] = []
    kinds: list[str] = []
    last: Place | None = None
    cell: Place | None = None
    for block in chosen:
        place, text, kind = block.place, block.text, kind_of(block)
        holder = _holder(place, kind)
        if kind == "row" and holder is last is not None and (apart := _apart(place, cell)):
            lines[-1] = f"{lines[-1]}{apart}{text}"
        else:
            if kind == "item" and holder is not last:
                text = f"- {text.lstrip('•·-–— ') or text}"
            lines.append(block.indent + text)
            kinds.append(kind)
        last, cell = holder, place
    return lines, kinds


def kind_of(block: Block) -> str:
    """Return what the line of a block is: p, h1 to h6, item, quote, row, pre or caption."""
    place = block.place
    if place.kind == "heading":
        return place.tag if place.tag in _HEADINGS else "h2"
    if place.kind == "row" and len(block.text) > LONGEST_CELL:
        return "p"
    return "p" if place.kind == "bare" else place.kind


def row_of(line: str) -> str:
    """Return a row that trafilatura wrote as ours are; empty for the line below a table's header."""
    cells = [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
    return "" if all(not cell.strip("-") for cell in cells) else CELLS.join(cells).strip()


def _holder(place: Place, kind: str) -> Place | None:
    """Return the list item or the table's row around a place."""
    wanted = _ITEMS if kind == "item" else _ROWS if kind == "row" else None
    at: Place | None = place
    while wanted and at is not None and at.tag not in wanted:
        at = at.parent
    return at if wanted else None


def _apart(place: Place, last: Place | None) -> str:
    """Return what stands between a cell's text and the one before: a bar for each cell between.

    Nothing where a table has one column and only lays the page out: its texts are lines.
    """
    if place is last:
        cell = _cell(place)
        alone = cell is None or not any(e.tag in _CELL_TAGS for e in _siblings(cell))
        return "" if alone else " "
    cell, before = _cell(place), _cell(last)
    if cell is None or before is None or cell is before:
        return CELLS
    between = takewhile(lambda e: e is not before, cell.itersiblings(preceding=True))
    empty = sum(1 for e in between if e.tag in _CELL_TAGS)
    return CELLS * min(1 + empty, _MOST_COLUMNS)


def _siblings(cell: Element) -> Iterator[Element]:
    yield from cell.itersiblings()
    yield from cell.itersiblings(preceding=True)


def _cell(place: Place | None) -> Element | None:
    while place is not None and place.tag not in _CELL_TAGS:
        place = place.parent
    return None if place is None else place.element
