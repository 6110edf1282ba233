"""Tree -> its text, block by block, in one walk, and which elements rules call a widget.

Every piece of text that a reader may see is in exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from lxml import etree

from pipeline.extract import hints
from pipeline.extract.glance import Prose, links_in, text_in
from pipeline.extract.lines import code_lines, ends_sentence, tidy
from pipeline.extract.named import Named
from pipeline.widgets import PageRule

Element = Any  # lxml ships no types

#: Elements that do not end a line of text.
_INLINE: Final = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var", "wbr",
])  # fmt: skip
_UNSEEN: Final = frozenset([
    "head", "script", "style", "noscript", "template", "svg", "iframe", "object", "audio", "video", "canvas", "math",
    "datalist", "title", "meta", "link", "rp", "rt", "rtc",
])  # fmt: skip
_KINDS: Final = {
    "p": "p", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "li": "item", "dt": "item", "dd": "item", "blockquote": "quote", "td": "row", "th": "row", "tr": "row", "pre": "pre",
    "figcaption": "caption", "caption": "caption",
}  # fmt: skip
#: Glances of a page that find more than links: each reads a text that is read again, further in. Of 400
#: news pages two have more; nested boxes without end have.
_MOST_IN_VAIN: Final = 20
#: What a `br` leaves in a run of text; pages have no vertical tabs.
_LINE_BREAK: Final = "\v"
_LINK_TEXTS = etree.XPath("descendant::a//text()", smart_strings=False, regexp=False)
_DOUBLE_BREAK = re.compile(r"\v\s*\v")
#: Kinds that the paragraphs inside take on. Not rows: what has paragraphs in its cells is laid out by
#: a table.
_HELD: Final = frozenset(["item", "quote", "caption"])


@dataclass(slots=True, eq=False)
class Place:
    """A block element: what is around a block.

    `near` and `far` are bits of `hints.MARKS`: of the last three block elements, and of all. The blocks
    inside are those from `start` to before `end`.
    """

    element: Element
    tag: str
    kind: str
    looks: str
    parent: Place | None
    depth: int
    own: int
    near: int
    far: int
    linked: bool
    start: int
    end: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """A run of text that no block element divides. `linked` counts its characters inside links.

    Its place says whether it is a p, heading, item, quote, row, pre, caption or bare (in a div).
    A block of code is a line; `indent` are the blanks before it.
    """

    text: str
    place: Place
    linked: int
    indent: str = ""


@dataclass(slots=True, eq=False)
class Widget:
    """An element that a rule names, with its text in one line, or the place that its blocks are in."""

    element: Element
    rule: PageRule
    place: Place | None = None
    text: str = ""


class Walk:
    """One walk over a page. `widgets` come outermost first.

    What has no long text outside of links is one text, unseen inside, if a rule names it or it has many
    links: menus, lists of teasers, footers.
    """

    def __init__(self, named: Named) -> None:
        self.blocks: list[Block] = []
        self.widgets: list[Widget] = []
        self._places: list[Place] = []
        self._named = named
        #: Elements around what may be prose, and those right around paragraphs.
        self._prose = Prose()
        self._in_vain = 0
        #: The block elements around, and their places as far as they hold text.
        self._stack: list[tuple[Element, str, PageRule | None, bool]] = []
        self._path: list[Place] = []
        self._run: list[str] = []
        self._linked = 0

    def read(self, root: Element) -> None:
        """Gather the blocks of the page's body."""
        body = root if root.tag == "body" else root.find("body")
        if body is None:
            body = root
        self._prose = Prose.of(body)
        place = Place(body, "body", "bare", "body", None, 0, 0, 0, 0, linked=False, start=0)
        self._places.append(place)
        self._path.append(place)
        self._stack.append((body, "body", None, False))
        self._go_through(body, linked=False)
        if self._run:
            self._flush()
        place.end = len(self.blocks)

    def keep(self, stay: Sequence[int]) -> None:
        """Drop all blocks but these."""
        held = set(stay)
        at = list(accumulate((int(i in held) for i in range(len(self.blocks))), initial=0))
        for place in self._places:
            place.start, place.end = at[place.start], at[place.end]
        self.blocks = [self.blocks[i] for i in stay]

    def _go_through(self, element: Element, *, linked: bool) -> None:  # noqa: C901 - asked of every element: a call more is felt
        run = self._run
        if (text := element.text) and (run or not text.isspace()):
            run.append(text)
            if linked:
                self._linked += len(text)
        for child in element:
            tag = child.tag
            if tag == "br":
                if run:
                    run.append(_LINE_BREAK)
            elif tag in _UNSEEN:
                pass
            elif child.text or len(child):
                rule = self._named.rule_of(child, tag)
                if tag not in _INLINE or rule is not None:
                    self._divide(child, tag, rule, linked=linked)
                else:
                    self._go_through(child, linked=linked or tag == "a")
            elif run and tag not in _INLINE:
                self._flush()
            if (text := child.tail) and (run or not text.isspace()):
                run.append(text)
                if linked:
                    self._linked += len(text)

    def _divide(self, element: Element, tag: str, rule: PageRule | None, *, linked: bool) -> None:
        """Read an element that ends the text before it."""
        stack, path = self._stack, self._path
        if self._run:
            self._flush()
        seen = element in self._prose.around
        if rule is not None and not seen:
            self.widgets.append(Widget(element, rule, text=text_in(element)))
            return
        linked = linked or tag == "a"
        stack.append((element, tag, rule, linked))
        if tag == "pre":
            self._read_code(element)
        elif not seen and (glanced := self._glance(element, tag)):
            text, inside = glanced
            self.blocks.append(Block(text, self._here(), inside))
        else:
            self._go_through(element, linked=linked)
            if self._run:
                self._flush()
        stack.pop()
        if len(path) > len(stack):
            path.pop().end = len(self.blocks)

    def _read_code(self, element: Element) -> None:
        """Read code as it stands: its lines are its own, and so are the blanks in them."""
        pieces: list[str] = []
        self._gather(element, pieces)
        raw = "".join(pieces)
        share = sum(map(len, _LINK_TEXTS(element))) / max(1, len(raw))
        for indent, text in code_lines(raw):
            linked = len(text) if self._stack[-1][3] else round(share * len(text))
            self.blocks.append(Block(text, self._here(), min(len(text), linked), indent))

    def _gather(self, element: Element, pieces: list[str]) -> None:
        pieces.append(element.text or "")
        for child in element:
            tag = child.tag
            rule = None if tag in _UNSEEN else self._named.rule_of(child, tag)
            if rule is not None:
                self.widgets.append(Widget(child, rule, text=text_in(child)))
            elif tag not in _UNSEEN:
                apart = "" if tag in _INLINE else "\n"
                pieces.append(apart)
                self._gather(child, pieces)
                pieces.append(apart)
            pieces.append(child.tail or "")

    def _glance(self, element: Element, tag: str) -> tuple[str, int] | None:
        """Return the text and the linked characters of what is but links, and none of them a widget's."""
        if self._in_vain == _MOST_IN_VAIN or not self._prose.has_none(element, tag):
            return None
        rule_of = self._named.rule_of
        if any(rule_of(inner, inner.tag) for child in element for inner in (child, *child)):
            return None
        glanced = links_in(element)
        self._in_vain += glanced is None
        return glanced

    def _here(self) -> Place:
        """Return the place of the innermost element. Most elements hold no text: they have none."""
        stack, path = self._stack, self._path
        while len(path) < len(stack):
            path.append(self._enter(*stack[len(path)], path[-1]))
        return path[-1]

    def _enter(
        self, element: Element, tag: str, rule: PageRule | None, linked: bool, parent: Place, /  # noqa: FBT001 - an entry of the stack
    ) -> Place:  # fmt: skip
        own = hints.of_element(element, tag)
        kind = _KINDS.get(tag)
        if kind is None or kind == "p":
            kind = parent.kind if parent.kind in _HELD else kind or "bare"
        classes = element.get("class")
        near = own | parent.own | (parent.parent.own if parent.parent else 0)
        place = Place(
            element, tag, kind, f"{tag}.{classes}" if classes else tag, parent, parent.depth + 1, own, near,
            parent.far | own, linked, len(self.blocks),
        )  # fmt: skip
        self._places.append(place)
        if rule is not None:
            self.widgets.append(Widget(element, rule, place))
        return place

    def _flush(self) -> None:
        place = self._here()
        raw = "".join(self._run)
        self._run.clear()
        linked, self._linked = self._linked, 0
        if place.linked:
            linked = len(raw)
        for text in _pieces(raw) if _LINE_BREAK in raw else (tidy(raw),):
            if text:
                share = min(len(text), linked * len(text) // len(raw) + 1) if linked else 0
                self.blocks.append(Block(text, place, share))


def _pieces(raw: str) -> list[str]:
    """Divide a text at its line breaks: at two, or at one after what ends as a sentence does."""
    pieces: list[str] = []
    for part in _DOUBLE_BREAK.split(raw):
        whole = ""
        for line in filter(None, map(tidy, part.split(_LINE_BREAK))):
            if whole and (ends_sentence(whole) or whole[-1] == ":"):
                pieces.append(whole)
                whole = line
            else:
                whole = f"{whole} {line}" if whole else line
        pieces.append(whole)
    return pieces
