"""The rules of boilerplate that look at elements, as one page's elements are held against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.selectors import Attribute, Selector

#: What a rule's selector fits by chance is no widget here: templates put the page's kind on them.
KEPT_TAGS: Final = frozenset(["html", "body", "main", "article"])
#: Class attributes whose rule is remembered: those of some ten sites.
_REMEMBERED: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class PageRule:
    """A compiled rule for elements."""

    id: str
    category: str
    selector: Selector


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules that ask for one attribute, and an expression that whatever fits one of them matches."""

    gate: re.Pattern[str]
    rules: tuple[tuple[Attribute, PageRule], ...]

    @classmethod
    def of(cls, rules: Iterable[tuple[Attribute, PageRule]]) -> Asked:
        """Make the gate for some rules."""
        rules = tuple(rules)
        return cls(re.compile("|".join(attribute.pattern() for attribute, _ in rules)), rules)


class Widgets:
    """Page rules by what they ask of an element.

    `by_name` has the first rule for each plain selector, `by_attribute` all that ask for one.
    `of_classes` tells the rule for a tag and its classes, and whether one may ask how these are
    written. It remembers: a page repeats some hundred of them, and so do the pages of its site.
    """

    def __init__(self, rules: Sequence[PageRule]) -> None:
        self.by_name = {name: rule for rule in reversed(rules) for name in rule.selector.names}
        asked: dict[str, list[tuple[Attribute, PageRule]]] = {}
        for rule in rules:
            for attribute in rule.selector.attributes:
                asked.setdefault(attribute.name, []).append((attribute, rule))
        self.by_attribute = {name: Asked.of(rules) for name, rules in asked.items()}
        self._classes = frozenset(name[1:] for name in self.by_name if name.startswith("."))
        self.of_classes: Callable[[str, str | None], tuple[PageRule | None, bool]]
        self.of_classes = lru_cache(_REMEMBERED)(self._of_classes)

    def _of_classes(self, tag: str, classes: str | None) -> tuple[PageRule | None, bool]:
        known, of_class = self.by_name, self.by_attribute.get("class")
        if tag in KEPT_TAGS:
            return None, False
        if classes is None:
            return known.get(tag), False
        rule, words = known.get(tag), classes.lower().split()
        if not self._classes.isdisjoint(words):
            # Of several rules the one of the first name in the alphabet: the same on every page.
            rule = known[f".{min(self._classes.intersection(words))}"]
        return rule, of_class is not None and of_class.gate.search(classes) is not None
