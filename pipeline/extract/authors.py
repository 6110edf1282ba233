"""Claims -> the names of those who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pipeline.extract.jsonld import JsonLd, texts
from pipeline.extract.lines import tidy
from pipeline.extract.scan import Claims

_BY = re.compile(
    r"^(?:(?:written|reported|story|words|text|posted)\s+)?(?:by|von|par|por|di|door|av|af|autor(?:a|es|zy)?|autore|"
    r"auteur|author|text|автор(?:ы|и)?|текст|автори|teksts|teksti)\b\s*:?\s+|^(?:автор|autor|author)\s*:\s*",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s*(?:;|\||•|·|\n|,(?!\s*(?:Jr|Sr|II|III|PhD|MD|M\.D)\b)|\s(?:and|und|et|y|e|i|и|та|un|ir|ja|ve|en|&|och|og)\s)\s*"
)
_META: Final = (
    "author", "article:author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "dc.contributor", "byl", "og:article:author", "article.author", "cxenseparse:author",
    "citation_author", "authors", "creator",
)  # fmt: skip
_BYLINE_CLASSES: Final = ("author-name", "byline-name", "byline", "article-author", "author")
_BYLINES: Final = (
    "//*[@itemprop='author']",
    "//a[@rel='author']",
    *(
        f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {c} ')]"
        for c in _BYLINE_CLASSES
    ),
    "//*[contains(@class, 'byline') or contains(@class, 'author')][not(.//p)]",
)
_NO_NAME = re.compile(
    r"https?:|www\.|[@/\\<>{}=#]|\d{2,}|^\W*$|^\(|^\S+\.[a-z]{2,}$", re.IGNORECASE
)
#: What stands behind a name in brackets is a sign or a place: `Anna Mill (am)`.
_SIGN = re.compile(r"\s*\([^)]*\)\s*$")
_ROLE = re.compile(
    r"\s*[(,–—-]\s*(?:senior\s|chief\s)?(?:\w+\s)?(?:editor|reporter|correspondent|writer|staff)\b.*$",
    re.IGNORECASE,
)
_LONGEST_NAME: Final = 60
_MOST_WORDS: Final = 6
_MOST: Final = 20
_DEEPEST: Final = 3


def read_authors(claims: Claims) -> tuple[str, ...]:
    """Return the authors' names: of the first place on the page that names any but the site."""
    for group in (_declared(claims.jsonld), claims.meta(*_META), _bylines(claims.tree)):
        said = (name for text in group for name in names(text))
        found = list(dict.fromkeys(name for name in said if not claims.site.is_site(name)))
        if found:
            return tuple(found[:_MOST])
    return ()


def read_byline(line: str) -> tuple[str, ...]:
    """Return the names in a line that is a byline and nothing else; none if it is none."""
    if len(line) > 2 * _LONGEST_NAME or not _BY.match(line) or line.endswith((".", "?", "!")):
        return ()
    parts = [part for part in _AND.split(_BY.sub("", line)) if part.strip()]
    found = names(line)
    are_names = all(
        word[:1].isupper() for name in found for word in name.split()[:1] + name.split()[-1:]
    )
    return tuple(found) if found and len(found) == len(parts) and are_names else ()


def names(text: str) -> list[str]:
    """Split a byline into names; what cannot be a name is left out."""
    text = _BY.sub("", tidy(text))
    parts = (
        _SIGN.sub("", _ROLE.sub("", _BY.sub("", part))).strip(" .,:") for part in _AND.split(text)
    )
    return [part for part in parts if _is_name(part)]


def _is_name(text: str) -> bool:
    if not 1 < len(text) <= _LONGEST_NAME or _NO_NAME.search(text):
        return False
    return len(text.split()) <= _MOST_WORDS and not text.islower()


def _declared(jsonld: JsonLd) -> Iterator[str]:
    for node in jsonld.articles:
        found = [*_people(node.get("author"), jsonld), *_people(node.get("creator"), jsonld)]
        yield from found
        if found:
            return


def _people(value: object, jsonld: JsonLd, depth: int = 0) -> Iterable[str]:
    if isinstance(value, str):
        return texts(value)
    if isinstance(value, list):
        return [name for item in value for name in _people(item, jsonld, depth)]
    if isinstance(value, dict) and depth < _DEEPEST:
        if value.get("name"):
            return _people(value["name"], jsonld, depth + 1)
        return _people(jsonld.by_id.get(str(value.get("@id"))), jsonld, depth + 1)
    return []


def _bylines(tree: Any) -> Iterator[str]:
    for path in _BYLINES:
        found = [tidy(element.text_content()) for element in tree.xpath(path)]
        # A long one is an author's box, not a byline.
        found = [text for text in found if 0 < len(text) <= 2 * _LONGEST_NAME]
        if found:
            yield from found[:3]
            return
