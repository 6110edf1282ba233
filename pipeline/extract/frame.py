"""Page and body -> the frame: what stood on the page and came into no line of the text.

The body is found, not cut free, so what stands around it would go unsaid. It is recorded like any
other cut, of the category `layout`: then a page is its title, its text and its cuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from lxml import etree

from pipeline.extract.lines import tidy, tokens
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

Element = Any  # lxml ships no types

#: Elements that do not end a line of text.
_INLINE: Final = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
])  # fmt: skip
_UNSEEN: Final = frozenset({"head", "script", "style", "noscript", "template", "svg"})
#: Shorter pieces are anywhere in a long text by chance: they must be a line of it.
_BY_CHANCE: Final = 12


def frame(tree: Element, lines: Sequence[str], title: str | None) -> list[Cut]:
    """Return what of a page is in none of its body's lines, in the page's order.

    Neighbours make one cut. The title is none: it has a column.
    """
    bare = {_bare(line) for line in lines}
    held, headline = "".join(map(_bare, lines)), tokens(title or "")
    cuts: list[Cut] = []
    run: list[str] = []
    for text in _pieces(tree):
        flat = _bare(text)
        if flat in bare or (len(flat) >= _BY_CHANCE and flat in held):
            _close(run, cuts)
        elif not headline or tokens(text) != headline:
            run.append(text)
    _close(run, cuts)
    return cuts


def _close(run: list[str], cuts: list[Cut]) -> None:
    if run:
        cuts.append(cut_of("layout", "around-the-body", " ".join(run)))
        run.clear()


def _bare(text: str) -> str:
    return "".join(text.removeprefix("- ").split())


def _pieces(tree: Element) -> Iterator[str]:
    """Yield the text of a page piece by piece: what no block element divides."""
    piece: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        starts, unseen = event == "start", element.tag in _UNSEEN
        if starts and unseen:
            walk.skip_subtree()
        if piece and element.tag not in _INLINE:
            if whole := tidy("".join(piece)):
                yield whole
            piece.clear()
        if text := (None if unseen else element.text) if starts else element.tail:
            piece.append(text)
