"""Page -> page without widgets: share bars, comment threads, ads, hidden parts, navigation.

Only elements that a rule names go, and none that holds much of the page's own paragraphs.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree, html

from pipeline.boilerplate import PageRule, RuleSet
from pipeline.extract.lines import tidy
from pipeline.extract.strip import cut_of
from pipeline.model import Cut

Element = Any  # lxml ships no types

#: An element with more than this share of the text in paragraphs is no widget, whatever its class:
#: paywalls hide whole articles, and site builders call whole pages "social".
_OWN_SHARE: Final = 0.3
_KEPT_TAGS: Final = frozenset({"html", "head", "body", "main", "article"})
_TEXT = etree.XPath(".//text()[not(parent::script or parent::style or parent::noscript)]")
_PARSER = html.HTMLParser(
    encoding="utf-8",
    collect_ids=False,
    remove_comments=True,
    remove_pis=True,
    default_doctype=False,
)


def parse(text: str) -> Element | None:
    """Return the page's tree; None if there is no element in it. Nesting is cut at 256 (libxml2)."""
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def cut(tree: Element, rules: RuleSet) -> list[Cut]:
    """Remove from the tree what the rules name; return what held any text."""
    names = _names(tree)
    own = _Paragraphs(tree)
    cuts: list[Cut] = []
    for rule in rules.page:
        if not rule.keys or any(name in names for name in rule.keys):
            cuts.extend(_apply(rule, tree, own))
    return cuts


def text_of(element: Element) -> str:
    """Return what a reader sees of an element, in one line."""
    return tidy(" ".join(_TEXT(element)))


def _apply(rule: PageRule, tree: Element, own: _Paragraphs) -> list[Cut]:
    cuts = []
    for element in rule.find(tree):
        # An earlier match may have taken this one with it, or it is not ours to take.
        if element.tag in _KEPT_TAGS or element.getparent() is None or own.mostly_in(element):
            continue
        if text := text_of(element):
            cuts.append(cut_of(rule.category, rule.id, text))
        element.drop_tree()
    return cuts


class _Paragraphs:
    """How much of the page's paragraph text an element holds."""

    def __init__(self, tree: Element) -> None:
        self._lengths = {p: len(p.text_content()) for p in tree.iter("p")}
        self._total = sum(self._lengths.values())

    def mostly_in(self, element: Element) -> bool:
        if not self._total:
            return False
        held = sum(self._lengths.get(p, 0) for p in element.iter("p"))
        return held > _OWN_SHARE * self._total


def _names(tree: Element) -> str:
    """Return all class and id values of the page in one string."""
    values = set()
    for element in tree.iter(etree.Element):
        values.add(element.get("class"))
        values.add(element.get("id"))
    values.discard(None)
    return " ".join(values)
