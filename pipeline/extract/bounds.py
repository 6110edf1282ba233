"""What a page may hold. Bounds come first, so that the same page meets them on every machine.

A worker's limit of time (`BROADSHEET_PAGE_SECONDS`) is behind them, for what nobody has thought of.
They are several times what the largest of 1,176 news pages has: 10,000 elements, 20,000 `<`, 21,000
`&`, 50 attributes to a tag, 1.8 million characters, 120,000 of them to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isqrt
from typing import Any, Final

import numpy as np
from lxml import etree

Element = Any  # lxml ships no types

#: A body finder takes up to 0.2 ms for each.
MOST_ELEMENTS: Final = 30_000
#: Of `<` and of `&`: what libxml2 builds from more would take gigabytes.
_MOST_MARKS: Final = 300_000
#: To read: outside of scripts and styles. Two novels; a long thread of a forum has 600,000. 0.6 s.
_MOST_CHARS: Final = 1_000_000
#: A long read has some hundred; each costs up to 0.1 ms to strip.
_MOST_LINES: Final = 10_000
#: libxml2 compares each attribute of a tag with all before it: 10,000 take 0.1 s, 80,000 14 s.
_MOST_ATTRIBUTES: Final = 10_000
#: A tag of twice as many characters is looked into: it covers a piece of so many from the start of
#: the page, and looking for a `<` or `>` in each such piece costs 0.03 ms a page.
_PIECE: Final = 2000
_VALUE = re.compile(rb"""=\s*(?:"[^"]*"|'[^']*')""")
#: Longer classes and ids are nobody's; expressions that look into them would take seconds.
_LONGEST_NAME: Final = 10_000
#: Pages are looked at closely from so many characters on: two thirds are shorter, and none of the
#: shorter ones can hold enough to take a second.
_LOOKED_INTO: Final = 300_000
#: A parser adds `html`, `head` and `body`, and paragraphs around text that stands behind a tag.
_ELEMENTS_A_TAG: Final = 2
_OF_NO_TAG: Final = 4
_COUNT = etree.XPath("count(//*)")
#: Starting from the attributes takes half the time of asking each element for them.
_LONG_NAMED: Final = {
    name: etree.XPath(f".//@{name}[string-length() > {_LONGEST_NAME}]/..")
    for name in ("class", "id")
}


class TooLarge(Exception):
    """A page that would take minutes to read."""


def check_source(source: bytes) -> int:
    """Return the most elements that a page in UTF-8 can have.

    Raises TooLarge if its tree would take too long to build, or be too large.
    """
    tags = _count(source, b"<")
    if len(source) > _LOOKED_INTO:
        _check(tags, _MOST_MARKS, "tags")
        _check(_count(source, b"&"), _MOST_MARKS, "entities")
    # The work grows with the square, so that of several tags adds up to that of one with the root.
    squares = sum(len(_VALUE.sub(b" ", tag).split()) ** 2 for tag in _long_tags(source))
    _check(isqrt(squares), _MOST_ATTRIBUTES, "attributes of a tag")
    return _ELEMENTS_A_TAG * tags + _OF_NO_TAG


def _long_tags(source: bytes) -> Iterator[bytes]:
    at = begin = 0
    while at < len(source):
        if source.find(b">", at, at + _PIECE) < 0 and source.find(b"<", at, at + _PIECE) < 0:
            start = source.rfind(b"<", begin, at)
            end = source.find(b">", at)
            begin = end = len(source) if end < 0 else end
            if (
                start >= 0
                and source.find(b">", start, at) < 0
                and source[start + 1 : start + 2].isalpha()
            ):
                yield source[start:end]
            at = end
        at += _PIECE


def check_tree(tree: Element, size: int, most: int) -> None:
    """Raise TooLarge for a tree that holds too much; clear names that nothing could be called.

    `size` is the length of the source, `most` what `check_source` said of it.
    """
    if most > MOST_ELEMENTS:
        _check(int(_COUNT(tree)), MOST_ELEMENTS, "elements")
    if size > _LOOKED_INTO:
        for name, search in _LONG_NAMED.items():
            for element in search(tree):
                del element.attrib[name]
    if size > _MOST_CHARS:
        _check(_read_chars(tree), _MOST_CHARS, "characters to read")


def _read_chars(tree: Element) -> int:
    # No XPath for texts: where many lie side by side, libxml2 takes seconds to put them in order.
    unread = sum(len(element.text or "") for element in tree.iter("script", "style"))
    return sum(map(len, tree.itertext("*"))) - unread


def check_lines(lines: Sequence[str]) -> None:
    """Raise TooLarge for more lines than can be stripped: each is looked at more than once."""
    _check(len(lines), _MOST_LINES, "lines")


def _count(source: bytes, mark: bytes) -> int:
    # A third of the time of `bytes.count`, where the mark is frequent.
    return int(np.count_nonzero(np.frombuffer(source, np.uint8) == mark[0]))


def _check(count: int, most: int, what: str) -> None:
    if count > most:
        msg = f"{count:,} {what}; more than {most:,} take too long to read"
        raise TooLarge(msg)
