"""Addresses of articles -> a pattern that they match and other pages do not. Pure.

A path is read segment by segment: years, days, numbers and headlines stand for any of their kind;
plain words stay, unless many differ in the same place. Query parameters are numbers or left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

#: How a segment looks -> pattern. The first that fits holds; a plain word fits none.
_KINDS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "year": (re.compile(r"(?:19|20)\d\d$"), r"\d{4}"),
    "day": (re.compile(r"\d{1,2}$"), r"\d{1,2}"),
    "date": (re.compile(r"(?:19|20)\d\d-?[01]\d-?[0-3]\d$"), r"\d{4}-?\d\d-?\d\d"),
    "number": (re.compile(r"\d+$"), r"\d+"),
    "month": (re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$"), "[a-z]{3}"),
    "code": (re.compile(r"(?=.*\d)(?=.*[A-Za-z])[0-9A-Za-z]{8,}$"), "[0-9A-Za-z]{8,}"),
    "number-headline": (re.compile(r"\d{3,}[-_.,].+$"), r"\d+[-_.,][^/]+"),
    "headline-number": (re.compile(r".*\D\d{4,}$"), r"[^/]*\d{4,}"),
    "headline": (re.compile(r"[^-_]+(?:[-_][^-_]+){2,}$|.{25,}$"), ""),
}
#: A headline alone must have two hyphens; below a date or number anything is one.
_HEADLINE: Final = r"[^/]+[-_][^/]+[-_][^/]+"
_ANY: Final = r"[^/]+"
_EXTENSION = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp)$", re.IGNORECASE)
_ID: Final = re.compile(r"\d+$")
#: So many words in one place, and it may be any; below a date or number two tell as much.
_MANY_WORDS: Final = 3

Shape = tuple[str, ...]


def shape_of(url: str) -> Shape:
    """Return the kinds of a path's segments; a plain word is `word`; then extension and query ids."""
    kinds, _, extension, names = _read(url)
    return (*kinds, *([extension] if extension else []), *(f"?{name}" for name in names))


def is_promising(shape: Shape) -> bool:
    """Whether pages of a shape may be articles: more than plain words."""
    return any(part not in {"word", "day"} and not part.startswith(".") for part in shape)


def pattern_of(articles: Iterable[str], others: Sequence[str] = ()) -> str | None:
    """Return a pattern of all the articles' shapes; None if it cannot keep the others out."""
    groups: dict[Shape, list[str]] = defaultdict(list)
    for url in articles:
        groups[shape_of(url)].append(url)
    parts: list[str] = []
    for group in sorted(groups.values(), key=len, reverse=True):
        # A short headline below a date is of another shape, and the same pattern.
        rest = [url for url in group if not any(re.search(part, url) for part in parts)]
        choices = (_pattern(rest, is_strict=strict) for strict in (False, True)) if rest else ()
        fitting = (one for one in choices if not any(re.search(one, url) for url in others))
        parts += [one for one in [next(fitting, None)] if one]
    return "|".join(parts) or None


def _pattern(group: Sequence[str], *, is_strict: bool) -> str:
    read = [_read(url) for url in group]
    kinds, _, extension, names = read[0]
    is_dated = any(kind in {"year", "date", "number"} for kind in kinds)
    parts = []
    for n, kind in enumerate(kinds):
        if kind == "word":
            few = 2 if is_dated else _MANY_WORDS
            found = {words[n] for _, words, _, _ in read}
            parts.append(_words(found, 0 if is_strict else few))
        elif kind == "headline":
            parts.append(_ANY if is_dated else _HEADLINE)
        else:
            parts.append(_KINDS[kind][1])
    end = re.escape(extension) if extension else "/?"
    path = "".join(f"/{part}" for part in parts) + (end if parts or extension else "/")
    host = "//[^/]+"
    query = "".join(rf"(?=[^#]*[?&]{re.escape(name)}=\d+)" for name in names)
    return f"{host}{query}{path}" + (r"\?" if names else "(?:[?#]|$)")


def _words(words: set[str], many: int) -> str:
    """Return what stands for words in one place: any word, if there are so `many` (0: never)."""
    if many and len(words) >= many:
        return _ANY
    escaped = "|".join(re.escape(word) for word in sorted(words))
    return escaped if len(words) == 1 else f"(?:{escaped})"


def _read(url: str) -> tuple[list[str], list[str], str, list[str]]:
    """Return kinds and words of a path's segments, its extension, names of numbers in the query."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    match = _EXTENSION.search(path)
    extension = match[0] if match else ""
    words = [part for part in path.removesuffix(extension).split("/") if part]
    names = [name for name, value in parse_qsl(parts.query) if _ID.match(value)]
    # Beside a headline or number in the path a number in the query counts or pages.
    kinds = [_kind(word) for word in words]
    return kinds, words, extension, [] if set(kinds) - {"word"} else names


def _kind(segment: str) -> str:
    return next((name for name, (look, _) in _KINDS.items() if look.match(segment)), "word")
