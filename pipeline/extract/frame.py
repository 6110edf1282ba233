"""Blocks and body -> the frame: what stood on the page and came into no line of the text.

The body is found, not cut free, so what stands around it would go unsaid. It is recorded like any
other cut, of the category `layout`: then a page is its title, its text and its cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipeline.boilerplate import RuleSet
from pipeline.extract.blocks import Block
from pipeline.extract.body import Body
from pipeline.extract.lines import folded, spaced, tokens
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

#: Shorter pieces are anywhere in a long text by chance: they must be a line of it.
_BY_CHANCE: Final = 12
#: Prompts stand right behind the body as often as in it.
_BEHIND: Final = 8
_LONGEST_PROMPT: Final = 200
#: No rule reads code or a table's cells: their figures and labels are no counters and no prompts.
_UNREAD: Final = frozenset(["pre", "row"])
#: A text so many times as long as the headline has other words.
_LONGER: Final = 3


def frame(blocks: Sequence[Block], body: Body, title: str | None, rules: RuleSet) -> list[Cut]:
    """Return what of a page is in none of its body's lines, in the page's order.

    What stands among the lines and is known for a prompt says which rule knows it. The rest is
    `layout`, neighbours in one cut. The title is none: it has a column.
    """
    # What trafilatura returns are its own lines: a block is in them if its text is.
    lines = [] if body.blocks else [_bare(line) for line in body.lines]
    bare, held, headline = set(lines), "\n".join(lines), tokens(title or "")
    inside = [
        block in body.blocks or (bool(bare) and _is_in(_bare(block.text), bare, held))
        for block in blocks
    ]
    first = headline.partition(" ")[0]
    near = _near(inside)
    cuts: list[Cut] = []
    run: list[str] = []
    for i, block in enumerate(blocks):
        read = i in near and not inside[i] and block.place.kind not in _UNREAD
        named = _named(block.text, rules) if read else None
        if inside[i] or named:
            _close(run, cuts)
            if named:
                cuts.append(named)
        elif not _is(block.text, headline, first):
            run.append(block.text)
    _close(run, cuts)
    return cuts


def _close(run: list[str], cuts: list[Cut]) -> None:
    if run:
        cuts.append(cut_of("layout", "around-the-body", " ".join(run)))
        run.clear()


def _near(inside: Sequence[bool]) -> range:
    """Return the blocks among the body's, and the first few behind it."""
    if not any(inside):
        return range(0)
    return range(inside.index(True), len(inside) - inside[::-1].index(True) + _BEHIND)


def _named(text: str, rules: RuleSet) -> Cut | None:
    if len(text) > _LONGEST_PROMPT:
        return None
    return next((cut_of(r.category, r.id, text) for r in rules.lines(text) if not r.keep), None)


def _is_in(text: str, lines: set[str], held: str) -> bool:
    return text in lines or (len(text) >= _BY_CHANCE and text in held)


def _is(text: str, headline: str, first: str) -> bool:
    if len(text) > _LONGER * len(headline):
        return False
    text = folded(text)
    return first in text and spaced(text) == headline  # hardly any has the headline's first word


def _bare(text: str) -> str:
    return "".join(text.removeprefix("- ").split())
