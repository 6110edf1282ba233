"""Blocks -> their shapes: what kind of place each stands in, and how the filter saw it there.

A site keeps its captions, standfirsts and notices in places of their own. What the filter said of
such a place on other pages decides where it is in doubt on this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.blocks import Block
from pipeline.model import Article, Reject

#: Log-odds within which the filter is in doubt: between .27 and .73. With .5 the memory decides half
#: as much, with 2 it overrules the filter where that is right (`make bench-memory`).
DOUBT: Final = 1.0
#: Log-odds beyond this say no more: a site's usual paragraph must not outweigh all else.
_MOST: Final = 4.0
#: Shapes of a page that are kept, those of most blocks first.
_KEPT: Final = 60
#: Names an element is known by, as `layout` has them: a build's hashes are none.
_NAMES: Final = 2
_WRITTEN = re.compile(r"[a-z][a-z_-]{1,40}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of place on one page: path of tags and classes, blocks there, mean log-odds in tenths."""

    path: str
    blocks: int
    odds: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A page's row, and what the page teaches of its site beside it."""

    row: Article | Reject
    shapes: tuple[Shape, ...] = ()


def shapes_of(blocks: Sequence[Block], scores: NDArray[np.float64]) -> tuple[Shape, ...]:
    """Return the shapes of a page's blocks, in the order of their paths."""
    sums: dict[str, list[float]] = {}
    for block, odds in zip(blocks, _odds(scores).tolist(), strict=True):
        counted = sums.setdefault(_path_of(block), [0, 0.0])
        counted[0] += 1
        counted[1] += odds
    most = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))[:_KEPT]
    return tuple(sorted(
        (Shape(path, int(n), round(10 * total / n)) for path, (n, total) in most),
        key=lambda shape: shape.path,
    ))  # fmt: skip


def settled(
    blocks: Sequence[Block], scores: NDArray[np.float64], known: Mapping[str, bool]
) -> NDArray[np.float64]:
    """Return scores in which what is in doubt is on the side of its shape.

    `known` says of paths whether they hold text.
    """
    doubtful = np.flatnonzero(np.abs(_odds(scores)) <= DOUBT).tolist() if known else ()
    out = scores
    for i in doubtful:
        is_text = known.get(_path_of(blocks[i]))
        if is_text is not None and is_text != (scores[i] > 0.5):  # noqa: PLR2004 - even odds
            out = scores.copy() if out is scores else out
            out[i] = 1 - scores[i]
    return out


def _odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    sure = np.clip(scores, 1e-9, 1 - 1e-9)
    return np.asarray(np.clip(np.log(sure / (1 - sure)), -_MOST, _MOST))


def _path_of(block: Block) -> str:
    place = block.place
    parent = place.parent
    grand = parent.parent if parent else None
    return _path(place.looks, parent.looks if parent else "", grand.looks if grand else "")


@lru_cache(maxsize=8192)
def _path(own: str, parent: str, grand: str) -> str:
    """Return like `article>div.story-body>p`."""
    return ">".join(_step(looks) for looks in (grand, parent, own) if looks)


def _step(looks: str) -> str:
    tag, _, classes = looks.partition(".")
    names = [name for name in classes.split() if _WRITTEN.fullmatch(name)]
    return ".".join([tag, *names[:_NAMES]])
