"""CSS selectors of rules, taken apart: most name an element by what it carries itself.

Those are asked of each element while a page is walked once; only what looks further (`body > footer`)
is searched for, which takes as long as half a walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml.cssselect import CSSSelector

Element = Any  # lxml ships no types

_PLAIN = re.compile(r"[.#]?[A-Za-z_][\w-]*")
_ATTRIBUTE = re.compile(r"([A-Za-z][\w-]*)?\[([A-Za-z][\w-]*)(?:([*^$]?=)\"([^\"]+)\")?\]")
_NAME = re.compile(r"[.#]([\w-]+)|\[(?:class|id)[*^~$|]?=[\"']?([\w-]+)")
_NOT = re.compile(r":not\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Attribute:
    """`tag[name]`, `tag[name="value"]`, or with `^=`, `*=`, `$=`; the tag may be empty."""

    tag: str
    name: str
    operator: str
    value: str

    def fits(self, element: Element) -> bool:
        """Whether the element, which has the attribute, carries what is asked for."""
        if self.tag and element.tag != self.tag:
            return False
        held = element.get(self.name) or ""
        match self.operator:
            case "=":
                return bool(held == self.value)
            case "^=":
                return bool(held.startswith(self.value))
            case "$=":
                return bool(held.endswith(self.value))
            case "*=":
                return self.value in held
            case _:
                # What a search within the page makes visible is not hidden.
                return self.name != "hidden" or held != "until-found"

    def pattern(self) -> str:
        """Return an expression that finds what a value that fits holds."""
        start = r"\A" if self.operator in {"=", "^="} else ""
        return start + re.escape(self.value)


@dataclass(frozen=True)
class Selector:
    """A list of alternatives, sorted by how they are looked up.

    `names` are tags, .classes and #ids in lower case. Each search comes with a word that must occur
    among a page's classes and ids for it to find anything; it may be empty.
    """

    names: frozenset[str]
    attributes: tuple[Attribute, ...]
    searches: tuple[tuple[str, CSSSelector], ...] = field(compare=False)

    @classmethod
    def of(cls, alternatives: Iterable[str]) -> Selector:
        """Take alternatives apart. Raises cssselect.SelectorError."""
        names: set[str] = set()
        attributes: list[Attribute] = []
        searches: list[tuple[str, CSSSelector]] = []
        for part in alternatives:
            if _PLAIN.fullmatch(part):
                names.add(part.lower())
            elif found := _ATTRIBUTE.fullmatch(part):
                tag, name, operator, value = (group or "" for group in found.groups())
                attributes.append(Attribute(tag.lower(), name.lower(), operator, value))
            else:
                searches.append((_word(part), CSSSelector(part)))
        return cls(frozenset(names), tuple(attributes), tuple(searches))

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled selectors cannot be sent to another process: send what they were made of."""
        written = tuple((word, search.css) for word, search in self.searches)
        return _again, (self.names, self.attributes, written)

    def finds(self, tree: Element) -> bool:
        """Whether any element of a tree is meant."""
        return (
            any(self.names & element_names(e) for e in tree.iter())
            or any(
                e.get(a.name) is not None and a.fits(e)
                for a in self.attributes
                for e in tree.iter()
            )
            or any(search(tree) for _, search in self.searches)
        )


def element_names(element: Element) -> set[str]:
    """Return the plain selectors an element answers to: its tag, classes and id, lower case."""
    names = {element.tag} if isinstance(element.tag, str) else set()
    if classes := element.get("class"):
        names.update(f".{name}" for name in classes.lower().split())
    if own := element.get("id"):
        names.add(f"#{own.strip().lower()}")
    return names


def _again(
    names: frozenset[str], attributes: tuple[Attribute, ...], searches: Iterable[tuple[str, str]]
) -> Selector:
    return Selector(names, attributes, tuple((word, CSSSelector(css)) for word, css in searches))


def _word(selector: str) -> str:
    names = _NAME.findall(_NOT.sub("", selector))
    return max(names[-1]).lower() if names else ""
