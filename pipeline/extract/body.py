"""Blocks -> the lines of the article, each with its kind.

A filter says of each block how likely it is part of the article. Where it is not sure of a page,
trafilatura is asked, on one page in ten, about what is left when all that is unlikely is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, compress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.block_filter import load_filter
from pipeline.extract.blocks import Block, Place
from pipeline.extract.clues import Clues
from pipeline.extract.draft import Start
from pipeline.extract.features import Numbers, features
from pipeline.extract.lines import lines_of
from pipeline.extract.live import Found, Live, find_entries
from pipeline.extract.shapes import Shape, settled, shapes_of
from pipeline.extract.whole import made_whole
from pipeline.extract.written import kind_of, lines_of_blocks, row_of

Element = Any  # lxml ships no types

#: A block that is more likely than not part of the article is.
_LIKELY: Final = 0.5
#: Share of a page's likely words that are in doubt from which trafilatura is asked, and the words
#: below which there is no article to be sure of. Both by cross-validation (`make fit`).
UNSURE: Final = 0.45
_FEW_WORDS: Final = 80
#: What is surer than this, of so many words each and characters together, is the article's: an answer
#: that has none of it is about something else on the page (a teaser, the author, a notice).
_SURE: Final = 0.8
_PARAGRAPH: Final = 10
_ENOUGH_CHARS: Final = 250
#: Elements in which every block is less likely are not shown to trafilatura: it takes a fifth of the
#: time, and by cross-validation is right as often on data sets of segments, and more often on others.
_UNLIKELY: Final = 0.1
#: Columns of `features`: the logarithm of a block's words, and whether it is the title (which the row
#: has in a column of its own).
_LOG_WORDS: Final = 0
IS_TITLE: Final = 5
#: trafilatura takes some 0.3 ms for each element: so many are seconds.
_MOST_BLOCKS: Final = 3000
#: Zero-width non-joiner and joiner, and two marks of the Bamum script that no news page prints.
_MASKED: Final = {"\u200c": "\ua6f2", "\u200d": "\ua6f3"}
_MASK = str.maketrans(_MASKED)
_JOINER = re.compile("[\u200c\u200d]")
_UNMASKED = str.maketrans({mask: joiner for joiner, mask in _MASKED.items()})


@dataclass(frozen=True, slots=True)
class Body:
    """The article's lines and their kinds, one each: p, h1 to h6, item, quote, row, pre, caption.

    `blocks` are those that the lines were made of, as far as it is known; `starts` say where the
    entries of a live blog begin; `shapes` how the filter alone saw the page, if memory asks for it.
    """

    lines: tuple[str, ...]
    kinds: tuple[str, ...]
    blocks: frozenset[Block] = frozenset()
    starts: tuple[Start, ...] = ()
    shapes: tuple[Shape, ...] = ()


def read_body(
    tree: Element,
    blocks: Sequence[Block],
    clues: Clues,
    url: str,
    *,
    selector: str | None = None,
    live: Live | None = None,
    known: Mapping[str, bool] | None = None,
) -> Body:
    """Return the article; it has no lines if none was found. The tree may be used up.

    `selector` names the body where a seed must tell it; a page without it is read as any other.
    `known` says of shapes whether they are text on the site's other pages; None: nobody keeps such.
    """
    if not blocks:
        return Body((), ())
    if selector and (inside := _inside(blocks, tree.cssselect(selector))):
        return _body(inside)
    numbers = features(blocks, clues)
    is_title, scores = numbers[:, IS_TITLE] == 1, load_filter().scores(numbers)
    shapes: tuple[Shape, ...] = ()
    if known is not None:
        shapes, scores = shapes_of(blocks, scores), settled(blocks, scores, known)
    if live and (entries := find_entries(blocks, scores.tolist(), live)):
        likely = made_whole(blocks, (scores > _LIKELY) & ~is_title)
        return replace(_live_body(blocks, likely.tolist(), entries), shapes=shapes)
    return replace(choose(tree, blocks, numbers, scores, url), shapes=shapes)


def choose(
    tree: Element,
    blocks: Sequence[Block],
    numbers: Numbers,
    scores: NDArray[np.float64],
    url: str,
) -> Body:
    """Return the blocks that are likely the article, or what trafilatura says if they are in doubt.

    `numbers` are the blocks' `features`.
    """
    is_title, counts = numbers[:, IS_TITLE] == 1, np.expm1(numbers[:, _LOG_WORDS])
    if doubt(counts, scores) > UNSURE and len(blocks) < _MOST_BLOCKS:
        titles = {block.text for block in compress(blocks, is_title)}
        _prune(blocks, scores)
        second = _by_trafilatura(tree, blocks, url, titles)
        if second and not _is_elsewhere(second, blocks, (scores > _SURE) & (counts >= _PARAGRAPH)):
            return second
    return _body(list(compress(blocks, made_whole(blocks, (scores > _LIKELY) & ~is_title))))


def doubt(counts: NDArray[Any], scores: NDArray[np.float64]) -> float:
    """Return how much of what may be the article is in doubt, from 0; 1 where there is little.

    `counts` are the blocks' words.
    """
    if counts[scores > _LIKELY].sum() < _FEW_WORDS:
        return 1.0
    return float((counts * (1 - np.abs(2 * scores - 1))).sum() / max(1.0, (counts * scores).sum()))


def _is_elsewhere(body: Body, blocks: Sequence[Block], sure: NDArray[np.bool_]) -> bool:
    """Whether trafilatura read another part of the page: nothing of what is surest is in its answer."""
    paragraphs = [b.text for b in compress(blocks, sure) if 2 * b.linked < len(b.text)]
    if sum(map(len, paragraphs)) < _ENOUGH_CHARS:
        return False
    held = "".join("".join(body.lines).split())
    return not any("".join(text.split()) in held for text in paragraphs)


def _prune(blocks: Sequence[Block], scores: NDArray[np.float64]) -> None:
    """Take the elements out of the tree that hold text, none of which may be the article's."""
    before = list(accumulate((scores >= _UNLIKELY).tolist(), initial=0))
    if not before[-1]:  # the filter knows nothing of such a page
        return
    gone: dict[Element, None] = {}
    for block in blocks:
        outermost, at = None, block.place
        while at.parent is not None and before[at.start] == before[at.end]:
            outermost, at = at.element, at.parent
        if outermost is not None:
            gone[outermost] = None
    for element in gone:
        if element.getparent() is not None:
            element.drop_tree()


def _inside(blocks: Sequence[Block], elements: Sequence[Element]) -> list[Block]:
    """Return the blocks within some elements; captions are none of the text."""
    chosen = []
    for block in blocks:
        place: Place | None = block.place
        while place is not None and place.element not in elements:
            place = place.parent
        if place is not None and block.place.kind != "caption":
            chosen.append(block)
    return chosen


def _body(chosen: Sequence[Block]) -> Body:
    lines, kinds = lines_of_blocks(chosen)
    return Body(tuple(lines), tuple(kinds), frozenset(chosen))


def _live_body(blocks: Sequence[Block], likely: Sequence[bool], entries: Sequence[Found]) -> Body:
    """Write what stands before the first entry, and then the entries; between them only they."""
    first = entries[0].first
    parts = [_body([block for i, block in enumerate(blocks[:first]) if likely[i]])]
    starts: list[Start] = []
    for entry in entries:
        starts.append(Start(sum(len(part.lines) for part in parts), entry.at))
        parts.append(_body([blocks[i] for i in entry.blocks]))
    return Body(
        tuple(line for part in parts for line in part.lines),
        tuple(kind for part in parts for kind in part.kinds),
        frozenset(block for part in parts for block in part.blocks),
        tuple(starts),
    )


def _by_trafilatura(
    tree: Element, blocks: Sequence[Block], url: str, titles: set[str]
) -> Body | None:
    # Imported when first needed: it costs half a second.
    from trafilatura import extract

    if any(_JOINER.search(block.text) for block in blocks):  # hardly any page has one
        _mask_joiners(tree)
    # In its quick mode it loses .013 F1 on news pages. It must not `deduplicate`: that remembers
    # pages between calls, and a row would depend on what came before it.
    text = extract(tree, url=url, include_comments=False, include_tables=True, deduplicate=False)
    known = {block.text: kind_of(block) for block in blocks}
    code = _code(blocks)
    lines: list[str] = []
    kinds: list[str] = []
    for line in lines_of((text or "").translate(_UNMASKED)):
        kind = known.get(line) or _written_kind(line)
        written = row_of(line) if line.startswith("|") else next(code.get(line, iter(())), line)
        if written and line not in titles:
            lines.append(written)
            kinds.append(kind)
    return Body(tuple(lines), tuple(kinds)) if lines else None


def _code(blocks: Sequence[Block]) -> dict[str, Iterator[str]]:
    """Return the lines of code as they stand, by what trafilatura makes of them."""
    lines: dict[str, list[str]] = {}
    for block in blocks:
        if block.place.kind == "pre":
            lines.setdefault(" ".join(block.text.split()), []).append(block.indent + block.text)
    return {bare: iter(same) for bare, same in lines.items()}


def _written_kind(line: str) -> str:
    return "item" if line.startswith("- ") else "row" if line.startswith("|") else "p"


def _mask_joiners(page: Element) -> None:
    """Put printable characters in the place of joiners, which trafilatura drops.

    Without them Persian and Indic words fall apart.
    """
    for element in page.iter():
        if (text := element.text) and _JOINER.search(text):
            element.text = text.translate(_MASK)
        if (text := element.tail) and _JOINER.search(text):
            element.tail = text.translate(_MASK)
