"""Page -> page without widgets: share bars, comment threads, ads, hidden parts, navigation.

Only elements that a rule names go, and none that holds much of the page's own paragraphs.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree, html

from pipeline.boilerplate import PageRule, RuleSet, element_names
from pipeline.extract.bounds import TooLarge, check_text, check_tree
from pipeline.extract.lines import tidy
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

Element = Any  # lxml ships no types

#: An element with more than this share of the text in paragraphs is no widget, whatever its class:
#: paywalls hide whole articles, and site builders call whole pages "social".
_OWN_SHARE: Final = 0.3
_KEPT_TAGS: Final = frozenset({"html", "head", "body", "main", "article"})
_TEXT = etree.XPath(".//text()[not(parent::script or parent::style or parent::noscript)]")
#: libxml2 reads no single piece longer than this, and nothing behind it.
_LONGEST: Final = 10_000_000
_TOO_LONG: Final = etree.ErrorTypes.ERR_RESOURCE_LIMIT
_PARSER = html.HTMLParser(
    encoding="utf-8",
    collect_ids=False,
    remove_comments=True,
    remove_pis=True,
    default_doctype=False,
)


def parse(text: str, utf8: bytes | None = None) -> Element | None:
    """Return the page's tree; None if there is no element in it. Nesting is cut at 256 (libxml2).

    `utf8` is the text in UTF-8, where it is at hand. Raises TooLarge.
    """
    check_text(text)
    source = text.encode("utf-8", "replace") if utf8 is None else utf8
    try:
        tree = html.document_fromstring(source, parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if len(source) > _LONGEST and _PARSER.error_log.filter_types([_TOO_LONG]):
        msg = "one text, tag or script of more than 10 MB, where the parser stops"
        raise TooLarge(msg)
    check_tree(tree, len(text))
    return tree


def cut(tree: Element, rules: RuleSet) -> list[Cut]:
    """Remove from the tree what the rules name; return what held any text."""
    own = _Paragraphs(tree)
    named, words = _walk(tree, rules)
    cuts = [cut for element, rule in named if (cut := _take(element, rule, own))]
    for rule in rules.page:
        for word, search in rule.searches:
            if word in words:
                cuts += [cut for e in search(tree) if (cut := _take(e, rule, own))]
    return cuts


def text_of(element: Element) -> str:
    """Return what a reader sees of an element, in one line."""
    return tidy(" ".join(_TEXT(element)))


def _walk(tree: Element, rules: RuleSet) -> tuple[list[tuple[Element, PageRule]], str]:
    """Return the elements that plain selectors name, and all the page's classes and ids."""
    by_name, known = rules.by_name, rules.by_name.keys()
    found: list[tuple[Element, PageRule]] = []
    # Pages repeat a few hundred class values: each is split and looked up once.
    verdicts: dict[tuple[str | None, ...], PageRule | None] = {}
    for element in tree.iter(etree.Element):
        get = element.get
        looks = (element.tag, get("class"), get("id"), get("role"), get("hidden"))
        if looks not in verdicts:
            hits = known & element_names(element)
            verdicts[looks] = by_name[min(hits)] if hits else None
        rule = verdicts[looks]
        if rule is not None:
            found.append((element, rule))
    return found, " ".join(word for looks in verdicts for word in looks[1:3] if word).lower()


def _take(element: Element, rule: PageRule, own: _Paragraphs) -> Cut | None:
    # An earlier match may have taken this one with it, or it is not ours to take.
    if (
        element.tag in _KEPT_TAGS
        or element.getparent() is None
        or not own.holds(element)
        or own.mostly_in(element)
    ):
        return None
    text = text_of(element)
    element.drop_tree()
    return cut_of(rule.category, rule.id, text) if text else None


class _Paragraphs:
    """How much of the page's paragraph text an element holds."""

    def __init__(self, tree: Element) -> None:
        self._root = tree.getroottree().getroot()
        self._lengths = {p: len(p.text_content()) for p in tree.iter("p")}
        self._total = sum(self._lengths.values())

    def holds(self, element: Element) -> bool:
        """Whether the element is still part of the page, and not of something taken before."""
        *_, top = element.iterancestors()
        return top is self._root

    def mostly_in(self, element: Element) -> bool:
        """Whether the element holds much of the text in paragraphs."""
        if not self._total:
            return False
        held = sum(self._lengths.get(p, 0) for p in element.iter("p"))
        return held > _OWN_SHARE * self._total
