"""What a site calls itself, and how its name is taken off a title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pipeline.extract.lines import tokens

#: What stands between a headline and the site's name. A colon does only with a blank before it, or if
#: it is as wide as an ideograph.
JOINT: Final = re.compile(r"\s+[|–—\-·•»«:/~*]+\s+|\s*[|｜：]+\s*")
#: Shorter names are inside of other words by chance.
_BY_CHANCE: Final = 4
#: `The Daily Lantern Online` is still the Lantern: characters that may stand around a known name.
_AROUND: Final = 10


@dataclass(frozen=True, slots=True)
class SiteNames:
    """A site's names in their normal form without blanks, and the first label of its domain."""

    known: frozenset[str]
    label: str

    def is_site(self, text: str) -> bool:
        """Whether a text is nothing but one of the names."""
        return _flat(text) in self.known

    def is_like_site(self, text: str) -> bool:
        """Whether a piece of a title is the site's name, a longer form of it, or its initials."""
        flat = _flat(text)
        if not flat or flat in self.known or self._is_like_label(flat):
            return True
        initials = "".join(word[0] for word in tokens(text).split())
        if len(initials) > 1 and initials == self.label:
            return True
        return any(_is_form(flat, name) for name in self.known)

    def without(self, title: str) -> str:
        """Drop the site's name from either end of a title; empty if nothing else is in it."""
        while joints := list(JOINT.finditer(title)):
            head, tail = title[: joints[-1].start()].strip(), title[joints[-1].end() :]
            start, rest = title[: joints[0].start()], title[joints[0].end() :].strip()
            if head and self.is_like_site(tail):
                title = head
            elif rest and self.is_like_site(start):
                title = rest
            else:
                break
        return "" if self.is_site(title) else title

    def _is_like_label(self, flat: str) -> bool:
        label = self.label
        if len(label) >= _BY_CHANCE and label in flat:
            return len(flat) <= 2 * len(label) + _AROUND // 2
        return len(flat) >= _BY_CHANCE and flat in label


def _is_form(flat: str, name: str) -> bool:
    if len(name) > _BY_CHANCE and (flat.startswith(name) or flat.endswith(name)):
        return len(flat) <= len(name) + _AROUND
    return len(flat) > _BY_CHANCE and flat in name and 2 * len(flat) >= len(name)


def site_names(names: list[str], domain: str) -> SiteNames:
    """Gather the names of a site: as declared, each part of them, and its registrable domain."""
    label = domain.split(".", maxsplit=1)[0]
    parts = [part for name in names for part in JOINT.split(name)]
    flat = {_flat(name) for name in (*names, *parts, domain, label)}
    return SiteNames(frozenset(flat - {""}), label.replace("-", ""))


def _flat(text: str) -> str:
    return tokens(text).replace(" ", "")
