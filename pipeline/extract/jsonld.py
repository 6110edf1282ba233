"""JSON-LD of a page -> its nodes, as far as it can be read at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from pipeline.extract.lines import tidy

Node = dict[str, Any]
Element = Any  # lxml ships no types

#: schema.org types whose nodes speak for the article.
_ARTICLE = re.compile(
    r"(?:Article|BlogPosting|Report|LiveBlogPosting|SocialMediaPosting|Review|Recipe)$"
)
#: By schema.org's tree a gallery is a page, too.
_PAGE: Final = frozenset({
    "WebPage",
    "ItemPage",
    "AboutPage",
    "ImageGallery",
    "MediaGallery",
    "VideoGallery",
})
_INSIDE: Final = ("@graph", "mainEntity", "mainEntityOfPage")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?://\s*)?(?:-->|\]\]>)\s*;?\s*$|;\s*$"
)
#: What is still read of a node that is no JSON: one quote too many in a text breaks all of it.
_PLAIN = re.compile(
    r'"(@type|headline|datePublished|dateModified|description|articleSection)"\s*:\s*("(?:[^"\\\n]|\\.)*")'
    r"\s*[,}\n]"
)
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_DECODER: Final = json.JSONDecoder(strict=False)
_MOST_NODES: Final = 500
_DEEPEST: Final = 6
#: Of all blocks together; live blogs with every entry in them have some 500,000.
_MOST_CHARS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class JsonLd:
    """The nodes of a page: those of articles first, those of the page, and all by their @id."""

    articles: tuple[Node, ...]
    pages: tuple[Node, ...]
    nodes: tuple[Node, ...]
    by_id: dict[str, Node]

    def types(self) -> frozenset[str]:
        """Return all types, in lower case."""
        return frozenset(kind.lower() for node in self.nodes for kind in types_of(node))

    @property
    def is_news(self) -> bool:
        """Whether an article calls itself news: then its publisher's desk filled the node."""
        return any("NewsArticle" in kind for node in self.articles for kind in types_of(node))

    def text(self, key: str) -> Iterator[str]:
        """Yield the values of a key that are text: articles' first, then the page's."""
        for node in (*self.articles, *self.pages):
            yield from texts(node.get(key))


def read_jsonld(tree: Element) -> JsonLd:
    """Read every JSON-LD block; what is no JSON is passed over."""
    nodes: list[Node] = []
    size = 0
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and (raw := script.text):
            size += len(raw)
            if size <= _MOST_CHARS:
                _walk(_loads(raw), nodes, 0)
    articles = [n for n in nodes if any(_ARTICLE.search(kind) for kind in types_of(n))]
    pages = [n for n in nodes if _PAGE.intersection(types_of(n))]
    by_id = {n["@id"]: n for n in reversed(nodes) if isinstance(n.get("@id"), str) and "name" in n}
    return JsonLd(tuple(articles), tuple(pages), tuple(nodes), by_id)


def types_of(node: Node) -> list[str]:
    """Return the types of a node, without their namespace."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str)]


def texts(value: object, depth: int = 0) -> list[str]:
    """Return what is text in a value or a list of values, tidied and with entities resolved."""
    if isinstance(value, str):
        plain = tidy(unescape(value) if "&" in value else value)
        return [plain] if plain else []
    if isinstance(value, list) and depth < _DEEPEST:
        return [text for item in value[:_MOST_NODES] for text in texts(item, depth + 1)]
    return []


def _loads(raw: str) -> object:
    for mend in (str, _unwrapped, _without_commas):
        try:
            return _DECODER.decode(mend(raw))
        except (ValueError, RecursionError):
            continue
    return _salvaged(raw)


def _salvaged(raw: str) -> Node | None:
    """Read the first plain values of a broken node that speaks for an article, if it is one."""
    said: Node = {}
    for match in _PLAIN.finditer(raw):
        with suppress(ValueError):
            said.setdefault(match[1], json.loads(match[2], strict=False))
    return said if any(_ARTICLE.search(kind) for kind in types_of(said)) else None


def _unwrapped(raw: str) -> str:
    return _WRAPPING.sub("", raw)


def _without_commas(raw: str) -> str:
    return _TRAILING_COMMA.sub("", _unwrapped(raw))


def _walk(value: object, nodes: list[Node], depth: int) -> None:
    if depth > _DEEPEST or len(nodes) >= _MOST_NODES:
        return
    if isinstance(value, list):
        for item in value:
            _walk(item, nodes, depth + 1)
    elif isinstance(value, dict):
        nodes.append(value)
        for key in _INSIDE:
            _walk(value.get(key), nodes, depth + 1)
