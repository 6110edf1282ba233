"""Element -> the page rule that calls it a widget: a share bar, a menu, a thread of comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lxml import etree

from pipeline.boilerplate import PageRule, RuleSet

Element = Any  # lxml ships no types

#: What a rule's selector fits by chance is no widget here: templates put the page's kind on them.
_KEPT_TAGS: Final = frozenset(["html", "body", "main", "article"])
#: Each alone: a union of both is sorted.
_NAMES_OF: Final = tuple(
    etree.XPath(f"descendant-or-self::*/@{name}", smart_strings=False, regexp=False)
    for name in ("class", "id")
)


class Named:
    """The rules that one page's elements are held against."""

    def __init__(self, tree: Element, rules: RuleSet) -> None:
        self._by_name, self._by_attribute = rules.by_name, rules.by_attribute
        self._found = _searched(tree, rules)
        self._telling = frozenset({"id", *self._by_attribute}) - {"class"}
        self._of_class = self._by_attribute.get("class")
        #: By tag and classes the rule, and whether a rule may ask for the classes as they are written.
        self._by_classes: dict[tuple[str, str | None], tuple[PageRule | None, bool]] = {}

    def rule_of(self, element: Element, tag: str) -> PageRule | None:
        """Return the rule that names an element. Asked of every element that is looked at."""
        names = element.keys()
        key = tag, (element.get("class") if names else None)
        judged = self._by_classes.get(key)
        if judged is None:
            judged = self._by_classes[key] = self._of_classes(*key)
        rule, asked = judged
        if not asked and self._telling.isdisjoint(names) and element not in self._found:
            return rule
        return None if tag in _KEPT_TAGS else self._of_attributes(element, names, rule)

    def _of_classes(self, tag: str, classes: str | None) -> tuple[PageRule | None, bool]:
        """Judge tag and classes: pages repeat some hundred, so each is judged once."""
        known, of_class = self._by_name, self._of_class
        if tag in _KEPT_TAGS:
            return None, False
        if classes is None:
            return known.get(tag), False
        named = [n for word in classes.lower().split() if (n := f".{word}") in known]
        # Of several rules the one of the first name in the alphabet: the same on every page.
        rule = known[min(named)] if named else known.get(tag)
        return rule, of_class is not None and of_class.gate.search(classes) is not None

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
