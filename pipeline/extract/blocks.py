"""Tree -> its text, block by block, in one walk, and which elements rules call a widget.

Every piece of text that a reader may see is in exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from pipeline.boilerplate import PageRule, RuleSet
from pipeline.extract import hints
from pipeline.extract.lines import ends_sentence, lines_of, tidy

Element = Any  # lxml ships no types

#: Elements that do not end a line of text.
_INLINE: Final = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var", "wbr",
])  # fmt: skip
_UNSEEN: Final = frozenset([
    "head", "script", "style", "noscript", "template", "svg", "iframe", "object", "audio", "video", "canvas", "math",
    "datalist", "title", "meta", "link",
])  # fmt: skip
_KINDS: Final = {
    "p": "p", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "li": "item", "dt": "item", "dd": "item", "blockquote": "quote", "td": "row", "th": "row", "tr": "row", "pre": "pre",
    "figcaption": "caption", "caption": "caption",
}  # fmt: skip
_KEPT_TAGS: Final = frozenset({"html", "body", "main", "article"})
#: Characters outside of links up to which a widget is read as one text.
_GLANCED: Final = 300
#: What a `br` leaves in a run of text; pages have no vertical tabs.
_LINE_BREAK: Final = "\v"
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
    """

    text: str
    place: Place
    linked: int


@dataclass(slots=True)
class _Look:
    """What an element's attributes say: bits of `hints.MARKS`, the rule that calls it a widget, a name."""

    marks: int
    rule: PageRule | None
    name: str


@dataclass(slots=True, eq=False)
class Widget:
    """An element that a rule names, with its text in one line, or the place that its blocks are in.

    `prose` counts the characters outside of links of a text that was only glanced at.
    """

    element: Element
    rule: PageRule
    place: Place | None = None
    text: str = ""
    prose: int = 0


class Walk:
    """One walk over a page. `widgets` come outermost first.

    A third of a page is in menus and the like: if `glancing`, what a rule names and holds next to no
    text outside of links is read as one text, without a look at what is inside.
    """

    def __init__(
        self, rules: RuleSet, found: dict[Element, PageRule], *, glancing: bool = True
    ) -> None:
        self.blocks: list[Block] = []
        self.widgets: list[Widget] = []
        self._glancing = glancing
        self._places: list[Place] = []
        self._by_name, self._by_attribute, self._found = rules.by_name, rules.by_attribute, found
        self._telling = frozenset({"id", *hints.TELLING, *self._by_attribute})
        #: The block elements around, and their places as far as they hold text.
        self._stack: list[tuple[Element, str, _Look, bool]] = []
        self._path: list[Place] = []
        self._run: list[str] = []
        self._linked = 0
        self._looks: dict[tuple[str, str | None], _Look] = {}

    def read(self, root: Element) -> None:
        """Gather the blocks of the page's body."""
        body = root if root.tag == "body" else root.find("body")
        if body is None:
            body = root
        place = Place(body, "body", "bare", "body", None, 0, 0, 0, 0, linked=False, start=0)
        self._places.append(place)
        self._path.append(place)
        self._go_into(body, "body", _Look(0, None, "body"), linked=False)
        place.end = len(self.blocks)

    def keep(self, stay: Sequence[int]) -> None:
        """Drop all blocks but these."""
        held = set(stay)
        at = list(accumulate((int(i in held) for i in range(len(self.blocks))), initial=0))
        for place in self._places:
            place.start, place.end = at[place.start], at[place.end]
        self.blocks = [self.blocks[i] for i in stay]

    def _children(self, element: Element, *, linked: bool) -> None:  # noqa: C901 - asked of every element: a call more is felt
        run = self._run
        for child in element:
            tag = child.tag
            if tag in _INLINE:
                if child.text or len(child):
                    self._inline(child, tag, linked=linked)
            elif tag == "br":
                if run:
                    run.append(_LINE_BREAK)
            elif tag not in _UNSEEN and isinstance(tag, str):
                if run:
                    self._flush()
                if child.text or len(child):
                    look = self._look(child, tag)
                    if look.rule is None or not self._is_glanced_at(child, look.rule):
                        self._go_into(child, tag, look, linked=linked)
            if (text := child.tail) and (run or not text.isspace()):
                run.append(text)
                if linked:
                    self._linked += len(text)

    def _inline(self, element: Element, tag: str, *, linked: bool) -> None:
        linked = linked or tag == "a"
        if (rule := self._inline_rule(element, tag)) is not None:
            if self._run:
                self._flush()
            if not self._is_glanced_at(element, rule):
                self._go_into(element, tag, self._look(element, tag), linked=linked)
            return
        if (text := element.text) and (self._run or not text.isspace()):
            self._run.append(text)
            if linked:
                self._linked += len(text)
        if len(element):
            self._children(element, linked=linked)

    def _is_glanced_at(self, element: Element, rule: PageRule) -> bool:
        """Whether a widget is read as one text; that is done then."""
        if not self._glancing:
            return False
        pieces: list[str] = []
        prose = _glance(element, pieces)
        if prose > _GLANCED:
            return False
        self.widgets.append(Widget(element, rule, text=tidy("".join(pieces)), prose=prose))
        return True

    def _go_into(self, element: Element, tag: str, look: _Look, *, linked: bool) -> None:
        stack, path = self._stack, self._path
        stack.append((element, tag, look, linked))
        if (text := element.text) and not text.isspace():
            self._run.append(text)
        self._children(element, linked=linked)
        if self._run:
            self._flush()
        stack.pop()
        if len(path) > len(stack) > 0:
            path.pop().end = len(self.blocks)

    def _here(self) -> Place:
        """Return the place of the innermost element. Most elements hold no text: they have none."""
        stack, path = self._stack, self._path
        while len(path) < len(stack):
            path.append(self._enter(*stack[len(path)], path[-1]))
        return path[-1]

    def _enter(self, element: Element, tag: str, look: _Look, linked: bool, parent: Place) -> Place:  # noqa: FBT001 - an entry of the stack
        own = look.marks
        kind = _KINDS.get(tag)
        if kind is None or kind == "p":
            kind = parent.kind if parent.kind in _HELD else kind or "bare"
        grand = parent.parent
        near = own | parent.own | grand.own if grand else own | parent.own
        place = Place(
            element, tag, kind, look.name, parent, parent.depth + 1, own, near, parent.far | own,
            linked, len(self.blocks),
        )  # fmt: skip
        self._places.append(place)
        if look.rule is not None:
            self.widgets.append(Widget(element, look.rule, place))
        return place

    def _inline_rule(self, element: Element, tag: str) -> PageRule | None:
        names = element.keys()
        if "class" not in names and self._telling.isdisjoint(names) and element not in self._found:
            return self._by_name.get(tag)
        return self._look(element, tag).rule

    def _look(self, element: Element, tag: str) -> _Look:
        """Return what an element's attributes say."""
        names = element.keys()
        classes = element.get("class") if names else None
        look = self._looks.get((tag, classes))
        if look is None:
            look = self._looks[tag, classes] = self._of_classes(tag, classes)
        if not self._telling.isdisjoint(names) or element in self._found:
            return self._with_attributes(look, element, names)
        return look

    def _of_classes(self, tag: str, classes: str | None) -> _Look:
        """Judge tag and classes: pages repeat some hundred, so each is judged once."""
        marks = hints.of_tag(tag)
        first, rule, known = tag, self._by_name.get(tag), self._by_name
        for word in classes.split() if classes else ():
            marks |= hints.of_name(word)
            named = known.get(f".{word.lower()}")
            # Of several rules the one of the first name in the alphabet: the same on every page.
            if named is not None and (rule is None or f".{word}" < first):
                first, rule = f".{word}", named
        name = f"{tag}.{classes}" if classes else tag
        return _Look(marks, None if tag in _KEPT_TAGS else rule, name)

    def _with_attributes(self, look: _Look, element: Element, names: Sequence[str]) -> _Look:
        marks, rule, own = look.marks, look.rule, element.get("id")
        if own:
            marks |= hints.of_name(own)
        if not hints.TELLING.isdisjoint(names):
            marks |= hints.of_attributes(element)
        if element.tag not in _KEPT_TAGS:
            rule = (
                self._found.get(element)
                or (self._by_name.get(f"#{own.strip().lower()}") if own else None)
                or rule
                or self._by_its_attributes(element, names)
            )
        return _Look(marks, rule, look.name)

    def _by_its_attributes(self, element: Element, names: Sequence[str]) -> PageRule | None:
        for name in names:
            asked = self._by_attribute.get(name)
            if asked and (value := element.get(name)) is not None and asked.gate.search(value):
                for attribute, rule in asked.rules:
                    if attribute.fits(element):
                        return rule
        return None

    def _flush(self) -> None:
        place = self._here()
        raw = "".join(self._run)
        self._run.clear()
        linked, self._linked = self._linked, 0
        if place.linked:
            linked = len(raw)
        divided = _LINE_BREAK in raw or place.tag == "pre"
        for text in _pieces(raw, place) if divided else (tidy(raw),):
            if text:
                share = min(len(text), linked * len(text) // len(raw) + 1) if linked else 0
                self.blocks.append(Block(text, place, share))


def _glance(element: Element, pieces: list[str]) -> int:
    """Gather the text of an element; return its characters outside of links."""
    count = 0
    if text := element.text:
        pieces.append(text)
        count = len(text.strip())
    for child in element:
        tag = child.tag
        if tag not in _UNSEEN and isinstance(tag, str):
            if tag not in _INLINE:
                pieces.append(" ")
            inside = _glance(child, pieces)
            if tag == "a":
                pieces.append(" ")  # links of a menu stand side by side, set apart by their looks
            else:
                count += inside
        if text := child.tail:
            pieces.append(text)
            count += len(text.strip())
    return count


def _pieces(raw: str, place: Place) -> list[str]:
    """Divide a text at its line breaks: at two, or at one after what ends as a sentence does."""
    if place.tag == "pre":
        return lines_of(raw.replace(_LINE_BREAK, "\n"))
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
