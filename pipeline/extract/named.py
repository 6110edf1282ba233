"""Element -> the page rule that calls it a widget: a share bar, a menu, a thread of comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lxml import etree

from pipeline.boilerplate import RuleSet
from pipeline.widgets import KEPT_TAGS, PageRule

Element = Any  # lxml ships no types

#: Each alone: a union of both is sorted.
_NAMES_OF: Final = tuple(
    etree.XPath(f"descendant-or-self::*/@{name}", smart_strings=False, regexp=False)
    for name in ("class", "id")
)


class Named:
    """The rules that one page's elements are held against."""

    def __init__(self, tree: Element, rules: RuleSet) -> None:
        widgets = rules.widgets
        self._by_name, self._by_attribute = widgets.by_name, widgets.by_attribute
        self._found = _searched(tree, rules)
        self._telling = frozenset({"id", *self._by_attribute}) - {"class"}
        self._of_classes = widgets.of_classes

    def rule_of(self, element: Element, tag: str) -> PageRule | None:
        """Return the rule that names an element. Asked of every element that is looked at."""
        names, classes = element.keys(), element.get("class")
        rule, asked = self._of_classes(tag, classes)
        # Half of all elements have no attribute but a class.
        plain = len(names) == (classes is not None) or self._telling.isdisjoint(names)
        if plain and not asked and element not in self._found:
            return rule
        return None if tag in KEPT_TAGS else self._of_attributes(element, names, rule)

    def _of_attributes(
        self, element: Element, names: Sequence[str], by_class: PageRule | None
    ) -> PageRule | None:
        own = element.get("id")
        return (
            self._found.get(element)
            or (self._by_name.get(f"#{own.strip().lower()}") if own else None)
            or by_class
            or self._asked(element, names)
        )

    def _asked(self, element: Element, names: Sequence[str]) -> PageRule | None:
        for name in names:
            asked = self._by_attribute.get(name)
            if asked and (value := element.get(name)) is not None and asked.gate.search(value):
                for attribute, rule in asked.rules:
                    if attribute.fits(element):
                        return rule
        return None


def _searched(tree: Element, rules: RuleSet) -> dict[Element, PageRule]:
    """Return the elements that the rules' less plain selectors find."""
    found: dict[Element, PageRule] = {}
    searches = [
        (word, search, rule) for rule in rules.page for word, search in rule.selector.searches
    ]
    names = ""
    if any(word for word, *_ in searches):
        names = " ".join(name for find in _NAMES_OF for name in find(tree)).lower()
    for word, search, rule in searches:
        if word in names:
            for element in search(tree):
                found.setdefault(element, rule)
    return found
