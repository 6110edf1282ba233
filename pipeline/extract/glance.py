"""What of a page is worth a close look: two thirds of its elements are menus, teasers, footers.

Text that is longer than a label and in no link may be prose: what is around it is walked. The rest is
read as one text, if it is a menu or a list of links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, cast

from lxml import etree

from pipeline.extract.lines import tidy

Element = Any  # lxml ships no types

#: Characters of a text from which it may be prose: labels and most headlines of teasers are shorter.
_LONG: Final = 40
#: Links of a menu or a list of links, at the least.
_MANY: Final = 4
_CROWD: Final = 1_000
#: Elements that are a line each, however many links they hold.
_LINES: Final = frozenset([
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "figcaption", "caption",
])  # fmt: skip
#: Text in them is a link's, or unseen.
_NO_PROSE: Final = frozenset(["a", "noscript", "svg", "head", "template"])
_CODE: Final = frozenset(["script", "style"])
_UNSEEN: Final = ("script", "style", "noscript", "title")
_TEXTS = etree.XPath("descendant::text()", smart_strings=False, regexp=False)
_SEEN_TEXTS = etree.XPath(
    f"descendant::*[not({' or '.join(f'self::{tag}' for tag in _UNSEEN)})]/text()",
    smart_strings=False, regexp=False,
)  # fmt: skip
_LINK_TEXTS = etree.XPath("descendant::a//text()", smart_strings=False, regexp=False)


@dataclass(frozen=True, slots=True)
class Prose:
    """The elements around what may be prose or a headline, and the innermost two of each."""

    around: set[Element] = field(default_factory=set)
    beside: set[Element] = field(default_factory=set)

    @classmethod
    def of(cls, body: Element) -> Prose:
        """Find what may be prose."""
        prose = cls()
        for element in (*_with_long_texts(body), *body.iter("h1")):
            prose.beside.update((element, element.getparent()))
            prose._add(element)
        return prose

    def _add(self, element: Element | None) -> None:
        path: list[Element] = []
        while element is not None and element not in self.around:
            if element.tag in _NO_PROSE:
                return
            path.append(element)
            element = element.getparent()
        self.around.update(path)

    def has_none(self, element: Element, tag: str) -> bool:
        """Whether an element that is not `around` prose holds many links, and is no paragraph's list."""
        return (
            tag not in _LINES
            and len(element) > 0  # what has no child is asked no more: searching takes longest
            and element.getparent() not in self.beside
            and next(islice(element.iter("a"), _MANY - 1, None), None) is not None
        )


def _with_long_texts(body: Element) -> Iterator[Element]:
    """Yield the elements right around long texts. An XPath for them takes twice the time."""
    for element in body.iter():
        text, tail = element.text, element.tail
        if text and len(text) > _LONG and element.tag not in _CODE and _is_long(text):
            yield element
        if tail and len(tail) > _LONG and _is_long(tail) and element is not body:
            yield element.getparent()


def _is_long(text: str) -> bool:
    return not text.isspace() and len(" ".join(text.split())) > _LONG


def text_in(element: Element) -> str:
    """Return an element's text in one line. Blanks are where elements begin and end."""
    unseen = next(element.iter(*_UNSEEN), None) is not None
    return tidy(" ".join((_SEEN_TEXTS if unseen else _TEXTS)(element)))


def links_in(element: Element) -> tuple[str, int] | None:
    """Return an element's text and how many of its characters are links'; None if most are not."""
    text = text_in(element)
    linked = sum(len(link.strip()) for link in _link_texts(element)) if text else 0
    return (text, min(len(text), linked)) if linked > len(text) / 2 else None


def _link_texts(element: Element) -> Iterable[str]:
    """Return the texts within links. In a crowd without XPath: libxml2 takes seconds to sort them."""
    if next(islice(element.iter("a"), _CROWD, None), None) is None:
        return cast("list[str]", _LINK_TEXTS(element))
    return (text for link in element.iter("a") for text in link.itertext("*"))
