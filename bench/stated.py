"""What pages state of themselves, and whether our rows say it too.

What a page states is looked for with patterns cruder than the extractor's own reading, and apart
from it: a page counts as stating a thing if its source text does so in JSON-LD or a meta tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.pages import Sample
from bench.score import Answer

_CLOCK: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)? ?(?:Z|[+-]\d\d:?\d\d)"


def _meta(names: str, content: str) -> str:
    """Match a meta tag of one of these names, its attributes in either order."""
    name = rf"""(?:property|name)\s*=\s*["'](?:{names})["']"""
    value = rf"""content\s*=\s*["']{content}"""
    return rf"<meta\b[^<>]*?{name}[^<>]*?{value}|<meta\b[^<>]*?{value}[^<>]*?{name}"


def _key(name: str, value: str) -> str:
    return rf'"{name}"\s*:\s*{value}'


_FILLED: Final = r"""[^\s"'>]"""
_PATTERNS: Final = {
    "time and zone": _key("datePublished", f'"{_CLOCK}"')
    + "|"
    + _meta("article:published_time", _CLOCK),
    "section": _key("articleSection", r'\[?\s*"[^"\s]') + "|" + _meta("article:section", _FILLED),
    "tags": _meta("news_keywords|article:tag|keywords", _FILLED),
    "image": _meta("og:image", "https?://"),
    "caption": r"<figcaption\b[^<>]*>\s*(?:<[^/][^<>]*>\s*)*[^<\s]",
    "canonical": r"""<link\b[^<>]*?rel\s*=\s*["']?canonical\b""" + "|" + _meta("og:url", "http"),
    "paywall": _key("isAccessibleForFree", r'"?false\b'),
    "modified": _key("dateModified", '"[12]') + "|" + _meta("article:modified_time", "[12]"),
}
_SEARCH: Final = {key: re.compile(text, re.IGNORECASE) for key, text in _PATTERNS.items()}
_FACT: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "time and zone": lambda f: (
        f["published_precision"] in {"minute", "second"} and f["published_tz"] == "explicit"
    ),
    "section": lambda f: bool(f["section"]),
    "tags": lambda f: bool(f["tags"]),
    "image": lambda f: bool(f["image_url"]),
    "caption": lambda f: bool(f["image_caption"]),
    "canonical": lambda f: bool(f["url_canonical"]),
    "paywall": lambda f: bool(f["paywalled"]),
    "modified": lambda f: bool(f["modified_at"]),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """Of one field: pages that state it, those of them whose row has it, rows that have it at all."""

    field: str
    stated: int
    filled: int
    anyway: int
    articles: int

    @property
    def share(self) -> float:
        """How many of the pages that state it have it in their row; 1 if none states it."""
        return self.filled / self.stated if self.stated else 1.0


def fill_rates(samples: Sequence[Sample], answers: Sequence[Answer]) -> list[Filled]:
    """Compare pages and rows, field by field. Pages that became no article are left out."""
    pairs = [(s, a.facts) for s, a in zip(samples, answers, strict=True) if _is_article(a)]
    return [_fill_rate(field, pairs) for field in _SEARCH]


def states(field: str, html: str) -> bool:
    """Say whether a page states a field."""
    return _SEARCH[field].search(html) is not None


def _is_article(answer: Answer) -> bool:
    return answer.facts.get("reason") == "ok"


def _fill_rate(field: str, pairs: Sequence[tuple[Sample, Mapping[str, Any]]]) -> Filled:
    has = _FACT[field]
    stating = [has(facts) for sample, facts in pairs if states(field, sample.html)]
    anyway = sum(has(facts) for _, facts in pairs)
    return Filled(field, len(stating), sum(stating), anyway, len(pairs))
