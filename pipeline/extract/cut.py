"""Tree -> blocks without widgets: share bars, comment threads, ads, hidden parts, navigation.

Only elements that a rule names go, and none that holds much of the page's own prose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from pipeline.boilerplate import RuleSet
from pipeline.extract.blocks import Block, Walk
from pipeline.extract.named import Named
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

Element = Any  # lxml ships no types

#: An element with more than this share of the page's prose is no widget, whatever its class:
#: paywalls hide whole articles, and site builders call whole pages "social".
_OWN_SHARE: Final = 0.3
#: A banner of consent may be longer than a brief; where it is all there is, the page is a wall.
_BANNER_SHARE: Final = 0.6
_PROSE_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Text:
    """All a page's text: blocks, and the widgets cut before them."""

    blocks: list[Block]
    cuts: list[Cut]


def cut(tree: Element, rules: RuleSet) -> Text:
    """Return the blocks of a page, in its order. The widgets that rules name leave the tree too."""
    walk = Walk(Named(tree, rules))
    walk.read(tree)
    return _without_widgets(walk, _sums(walk))


def _sums(walk: Walk) -> list[int]:
    """Return the characters of prose before each block, and of all at last."""
    return [0, *accumulate(map(_prose, walk.blocks))]


def _is_much(held: int, total: int, category: str) -> bool:
    share = _BANNER_SHARE if category == "consent" else _OWN_SHARE
    return held > _PROSE_CHARS and held > share * total


def _without_widgets(walk: Walk, prose: Sequence[int]) -> Text:
    cuts: list[Cut] = []
    gone: set[int] = set()
    for widget in walk.widgets:
        rule, place, text = widget.rule, widget.place, widget.text
        if place is not None:
            held = prose[place.end] - prose[place.start]
            if _is_much(held, prose[-1], rule.category):
                continue
            inside = [i for i in range(place.start, place.end) if i not in gone]
            text = " ".join([walk.blocks[i].text for i in inside])
            gone.update(inside)
        if text:
            cuts.append(cut_of(rule.category, rule.id, text))
        if widget.element.getparent() is not None:
            widget.element.drop_tree()
    if gone:
        walk.keep([i for i in range(len(walk.blocks)) if i not in gone])
    return Text(walk.blocks, cuts)


def _prose(block: Block) -> int:
    """Count the characters of a block if it is likely a paragraph."""
    length = len(block.text)
    return length if length > _PROSE_CHARS and 2 * block.linked < length else 0
