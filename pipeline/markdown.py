"""An article's text and the kinds of its lines -> Markdown (CommonMark, and tables as GitHub's).

What a page wrote is text: characters that Markdown would take for marks are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

_HEADING = re.compile(r"h([1-6])")
#: Kinds whose neighbours are one block: a list, a quotation, a table, code.
_JOINED: Final = frozenset(["item", "quote", "row", "pre"])
_BULLET: Final = "- "
_CELLS: Final = " | "
#: Marks of emphasis, code, links, HTML and escapes anywhere in a line; `_` only at a word's edge.
_INLINE = re.compile(r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
#: Marks that make a line a heading, a quotation, a list, a rule or an underline.
_AT_START = re.compile(
    r"\A(?:(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|-{3,}$|=+$|\|)|(\d{1,9})([.)])(?=\s|$))"
)
_BACKTICKS = re.compile("`+")


def to_markdown(text: str, kinds: Sequence[str], title: str | None = None) -> str:
    """Return an article as Markdown, its title as the only heading of the first level.

    `kinds` are those of the column `line_kinds`; a text dump has none, and all its lines are
    paragraphs.
    """
    lines = text.split("\n") if text else []
    known = kinds if len(kinds) == len(lines) else ("p",) * len(lines)
    blocks = [f"# {_escaped(title)}"] if title else []
    blocks += _blocks(lines, known)
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(lines: Sequence[str], kinds: Sequence[str]) -> Iterator[str]:
    for kind, run in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
        held = [line for _, line in run]
        if kind in _JOINED:
            yield _WRITERS[kind](held)
        else:
            yield from (_single(kind, line) for line in held)


def _single(kind: str, line: str) -> str:
    heading = _HEADING.fullmatch(kind)
    if heading:
        # The title is the one heading of the first level.
        return f"{'#' * max(2, int(heading[1]))} {_escaped(line)}"
    return f"*{_inline(line)}*" if kind == "caption" else _escaped(line)


def _list(lines: Sequence[str]) -> str:
    """Write items; a line without a dash goes on with the item before it."""
    written: list[str] = []
    for line in lines:
        if line.startswith(_BULLET) or not written:
            written.append(f"- {_escaped(line.removeprefix(_BULLET))}")
        else:
            written.append(f"\n  {_escaped(line)}")
    return "\n".join(written)


def _quote(lines: Sequence[str]) -> str:
    return "\n>\n".join(f"> {_escaped(line)}" for line in lines)


def _table(lines: Sequence[str]) -> str:
    """Write rows, the first as the header: Markdown has no table without one."""
    rows = [[_cell(cell) for cell in line.split(_CELLS)] for line in lines]
    width = max(map(len, rows))
    if width == 1:
        return "\n\n".join(_escaped(line) for line in lines)
    rows = [row + [""] * (width - len(row)) for row in rows]
    rows.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return _inline(text).replace("|", r"\|")


def _code(lines: Sequence[str]) -> str:
    """Write lines between fences that are longer than any run of backticks in them."""
    ticks = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join([fence, *lines, fence])


def _escaped(line: str) -> str:
    return _AT_START.sub(_escape_start, _inline(line), count=1)


def _inline(line: str) -> str:
    return _INLINE.sub(r"\\\g<0>", line)


def _escape_start(mark: re.Match[str]) -> str:
    return f"\\{mark[1]}" if mark[1] else f"{mark[2]}\\{mark[3]}"


_WRITERS: Final[dict[str, Callable[[Sequence[str]], str]]] = {
    "item": _list, "quote": _quote, "row": _table, "pre": _code,
}  # fmt: skip
