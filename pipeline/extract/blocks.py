"""Tree -> its text, block by block, in one walk, and which elements rules call a widget.

Every piece of text that a reader may see is in exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from pipeline.boilerplate import PageRule, RuleSet
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
_CONTROLS: Final = frozenset(["button", "select", "textarea", "option", "progress", "meter"])
_KINDS: Final = {
    "p": "p", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "li": "item", "dt": "item", "dd": "item", "blockquote": "quote", "td": "row", "th": "row", "tr": "row", "pre": "pre",
    "figcaption": "caption", "caption": "caption",
}  # fmt: skip
_MARKED_TAGS: Final = (
    "article", "main", "section", "aside", "header", "footer", "nav", "figure", "form", "ul", "table", "blockquote", "a",
)  # fmt: skip
_TAG_BIT: Final = {tag: 1 << i for i, tag in enumerate(_MARKED_TAGS)} | {
    "ol": 1 << _MARKED_TAGS.index("ul"), "dl": 1 << _MARKED_TAGS.index("ul"),
    "figcaption": 1 << _MARKED_TAGS.index("figure"), "menu": 1 << _MARKED_TAGS.index("nav"),
}  # fmt: skip

#: How words in class names and ids begin, all over the web, and what they say of an element: a bit
#: each, after those of tags.
HINTS: Final = {
    "share": "shar(?:e|ing)|social|follow|addthis",
    "related": "relat|recirc|recommend|more|similar|also|teaser|promo|trending|popular|most|latest|carousel|slid|card|"
    "outbrain|taboola|swiper|next|prev|read$|suggest|ticker|discover",
    "comment": "comment|disqus|respond|repl(?:y|ies)|discussion|feedback|vote|rating|reaction",
    "nav": "nav|menu|breadcrumb|pagin|pager|tabs?$|toolbar|skip|topbar|megamenu|dropdown|search",
    "foot": "foot|legal|colophon|imprint|bottom",
    "side": "side|aside|rail|secondary|complement|widget|right$|left$",
    "ad": "ads?$|advert|sponsor|banner|dfp|gpt|werbung|anzeige|reklam|publicid|affiliate|commerc|shop|product|deals?$",
    "sub": "newsletter|subscri|sign|paywall|piano|regist|login|donat|member|cta|regwall|premium|abo$|offer",
    "author": "author|byline|bio$|contribut|avatar|profile|autor|writer|journalist|redakt",
    "meta": "meta|date|time$|timestamp|publish|posted|info$|kicker|categor|eyebrow|topline|overline|rubri|section$|stats",
    "caption": "caption|credit|photo|image|img|media|gallery|video|player|legend|thumb|lightbox|embed|figure|picture|copyright",
    "tags": "tags?$|keyword|topic|label|hashtag|themen",
    "consent": "cookie|consent|gdpr|modal|popup|overlay|dialog|notice|notif|alert|toast|tooltip|message",
    "hidden": "hidden|sr$|screenreader|invisible|print|hide|collapse|offscreen|assistive|noscript",
    "list": "list|feed|stream|archive|grid|items?$|results?$|listing|column|row$",
    "box": "box|fact|key$|toc$|inset|quote|pull|highlight|faq|glossary|infobox|note",
    "lead": "lead$|intro|standfirst|deck|dek$|subtit|subhead|summary|excerpt|abstract|lede|sapo$|chapeau|chapo|vorspann|"
    "anreis|entrad|bajada|copete|descri|strap|perex|ingress|manchet|subline|sommario|catenaccio|occhiello",
    "head": "headline|title|heading|titulo|titre|titel|hed$",
    "live": "live|timeline|updates?$|minute",
    "subject": "article|story|post|entry|news|page|main|detail|single|node|field|blog",
    "matter": "body|text|content|copy|inner|paragraph|prose|rte$|rich|wysiwyg|formatted",
}  # fmt: skip
_WORD = re.compile("[a-z]+")
_SEARCHES: Final = [
    (re.compile(words), 1 << (i + len(_MARKED_TAGS))) for i, words in enumerate(HINTS.values())
]
_OWN_BODY: Final = 1 << (len(_MARKED_TAGS) + len(HINTS))
_UNDISPLAYED: Final = _OWN_BODY << 1
_MAIN_ROLE: Final = _OWN_BODY << 2
_CONTROL: Final = _OWN_BODY << 3
MARKS: Final = (*_MARKED_TAGS, *HINTS, "articlebody", "undisplayed", "mainrole", "control")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
#: Attributes besides the class that tell what an element is.
_TELLING: Final = ("id", "style", "itemprop", "role", "hidden", "aria-hidden")
_BODY_ITEMS: Final = frozenset({"articlebody", "text"})
_ASIDE_ROLES: Final = frozenset([
    "navigation", "complementary", "contentinfo", "banner", "search", "dialog",
])  # fmt: skip
_KEPT_TAGS: Final = frozenset({"html", "body", "main", "article"})
#: What a `br` leaves in a run of text; pages have no vertical tabs.
_LINE_BREAK: Final = "\v"
_DOUBLE_BREAK = re.compile(r"\v\s*\v")
#: Kinds that the paragraphs inside take on. Not rows: what has paragraphs in its cells is laid out by
#: a table.
_HELD: Final = frozenset(["item", "quote", "caption"])


@dataclass(slots=True, eq=False)
class Place:
    """A block element: what is around a block.

    `near` and `far` are bits of MARKS: of the last three block elements, and of all. The blocks
    inside are those from `start` to before `end`. `rule` calls the element a widget.
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
    rule: PageRule | None = None
    end: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """A run of text that no block element divides. `linked` counts its characters inside links.

    Its place says whether it is a p, heading, item, quote, row, pre, caption or bare (in a div).
    """

    text: str
    place: Place
    linked: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element's attributes say: bits of MARKS, the rule that calls it a widget, a name."""

    marks: int
    rule: PageRule | None
    name: str


class Walk:
    """One walk over a page. `named` are the places that a rule calls a widget, outermost first."""

    def __init__(self, rules: RuleSet, found: dict[Element, PageRule]) -> None:
        self.blocks: list[Block] = []
        self.named: list[Place] = []
        self._places: list[Place] = []
        self._by_name, self._by_attribute, self._found = rules.by_name, rules.by_attribute, found
        self._telling = frozenset({*_TELLING, *self._by_attribute})
        #: The block elements around, and their places as far as they hold text.
        self._stack: list[tuple[Element, str, bool]] = []
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
        self._stack.append((body, "body", False))
        self._path.append(place)
        self._block(body)
        place.end = len(self.blocks)

    def keep(self, stay: Sequence[int]) -> None:
        """Drop all blocks but these."""
        held = set(stay)
        at = list(accumulate((int(i in held) for i in range(len(self.blocks))), initial=0))
        for place in self._places:
            place.start, place.end = at[place.start], at[place.end]
        self.blocks = [self.blocks[i] for i in stay]

    def _block(self, element: Element) -> None:
        linked = self._stack[-1][2]
        if (text := element.text) and not text.isspace():
            self._run.append(text)
        self._children(element, linked=linked)
        if self._run:
            self._flush()

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
                self._go_into(child, tag, linked=linked)
            if (text := child.tail) and (run or not text.isspace()):
                run.append(text)
                if linked:
                    self._linked += len(text)

    def _inline(self, element: Element, tag: str, *, linked: bool) -> None:
        if not self._is_plain(element, tag):
            self._go_into(element, tag, linked=linked)
            return
        linked = linked or tag == "a"
        if (text := element.text) and (self._run or not text.isspace()):
            self._run.append(text)
            if linked:
                self._linked += len(text)
        if len(element):
            self._children(element, linked=linked)

    def _go_into(self, element: Element, tag: str, *, linked: bool) -> None:
        if self._run:
            self._flush()
        self._stack.append((element, tag, linked))
        self._block(element)
        self._stack.pop()
        if len(self._path) > len(self._stack):
            self._path.pop().end = len(self.blocks)

    def _here(self) -> Place:
        """Return the place of the innermost element. Most elements hold no text: they have none."""
        stack, path = self._stack, self._path
        while len(path) < len(stack):
            path.append(self._enter(*stack[len(path)], path[-1]))
        return path[-1]

    def _enter(self, element: Element, tag: str, linked: bool, parent: Place) -> Place:  # noqa: FBT001 - an entry of the stack
        look = self._look(element, tag)
        own = look.marks
        kind = _KINDS.get(tag)
        if kind is None or kind == "p":
            kind = parent.kind if parent.kind in _HELD else kind or "bare"
        grand = parent.parent
        near = own | parent.own | grand.own if grand else own | parent.own
        place = Place(
            element, tag, kind, look.name, parent, parent.depth + 1, own, near, parent.far | own,
            linked, len(self.blocks), look.rule,
        )  # fmt: skip
        self._places.append(place)
        if look.rule is not None:
            self.named.append(place)
        return place

    def _is_plain(self, element: Element, tag: str) -> bool:
        """Whether no rule calls an inline element a widget."""
        if element.get("class") is None and element.get("id") is None and not self._found:
            return tag not in self._by_name
        return self._look(element, tag).rule is None

    def _look(self, element: Element, tag: str) -> _Look:
        """Return what an element's attributes say."""
        classes, told = None, False
        for name, value in element.items():
            if name == "class":
                classes = value
            elif name in self._telling:
                told = True
        look = self._looks.get((tag, classes))
        if look is None:
            look = self._looks[tag, classes] = self._of_classes(tag, classes)
        return self._with_attributes(look, element) if told or self._found else look

    def _of_classes(self, tag: str, classes: str | None) -> _Look:
        """Judge tag and classes: pages repeat some hundred, so each is judged once."""
        names = {tag, *(f".{name}" for name in (classes or "").lower().split())}
        hits = () if tag in _KEPT_TAGS else self._by_name.keys() & names
        rule = self._by_name[min(hits)] if hits else None
        marks = _TAG_BIT.get(tag, 0) | (_CONTROL if tag in _CONTROLS else 0)
        return _Look(marks | _hinted(classes), rule, f"{tag}.{classes}" if classes else tag)

    def _with_attributes(self, look: _Look, element: Element) -> _Look:
        marks, rule = look.marks, look.rule
        if own := element.get("id"):
            marks |= _hinted(own)
        if element.tag not in _KEPT_TAGS:
            rule = (
                self._found.get(element)
                or (self._by_name.get(f"#{own.strip().lower()}") if own else None)
                or rule
                or self._by_its_attributes(element)
            )
        return _Look(marks | _marks(element), rule, look.name)

    def _by_its_attributes(self, element: Element) -> PageRule | None:
        for name, asked in self._by_attribute.items():
            if element.get(name) is not None:
                for attribute, rule in asked:
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


def _marks(element: Element) -> int:
    """Return the bits of what attributes other than class and id say."""
    get, marks = element.get, 0
    if (get("itemprop") or "").lower() in _BODY_ITEMS:
        marks |= _OWN_BODY
    if (
        get("hidden") is not None
        or get("aria-hidden") == "true"
        or _STYLE.search(get("style") or "")
    ):
        marks |= _UNDISPLAYED
    role = get("role")
    if role == "main":
        marks |= _MAIN_ROLE
    elif role in _ASIDE_ROLES:
        marks |= _TAG_BIT["nav"]
    return marks


def _hinted(names: str | None) -> int:
    if not names:
        return 0
    marks = 0
    for word in _WORD.findall(_HUMP.sub("-", names).lower()):
        marks |= _hints(word)
    return marks


@lru_cache(maxsize=1 << 16)
def _hints(word: str) -> int:
    """Return the bits of what a word says. Few words name most elements: they are looked up once."""
    return sum(bit for search, bit in _SEARCHES if search.match(word))
