"""Claims -> the names of those who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.extract.byline import best_names, read_bylines
from pipeline.extract.jsonld import JsonLd, Node, texts, types_of
from pipeline.extract.lines import tokens
from pipeline.extract.names import is_byline, is_nobody, is_person, names, split_names
from pipeline.extract.scan import Claims

_META: Final = (
    "author", "article:author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "dc.contributor", "byl", "og:article:author", "article.author", "cxenseparse:author",
    "citation_author", "authors", "creator", "og:author", "article_author",
)  # fmt: skip
#: Catalogues write `Mill, Anna`; so do their meta tags.
_INVERTED = re.compile(r"^[^\W\d_][\w'’-]+, [^\W\d_][\w'’.-]+(?: [^\W\d_]\.?)?$")
_HOUSES: Final = ("Organization", "NewsMediaOrganization", "Corporation", "WebSite", "Brand")
#: Points of a byline that is believed although JSON-LD names a house as the author.
_SURE: Final = 3.3
_LONGEST_LINE: Final = 120
_MOST: Final = 20
_DEEPEST: Final = 3


def read_authors(claims: Claims) -> tuple[str, ...]:
    """Return the authors' names: of the first place on the page that names any."""
    return next((found for _, found in author_claims(claims)), ())


def author_claims(claims: Claims) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield who names authors, and whom, the most trusted first: people before houses."""
    people, houses = _declared(claims.jsonld)
    meta = _unique(name for text in claims.meta(*_META) for name in _of_meta(text, claims))
    named = [name for name in people if not _is_house(name, claims)]
    named += [house for house in houses if named and not _is_house(house, claims)]
    said = [name for name in meta if not _is_house(name, claims)]
    full = [(w, n) for w, n in (("json_ld", named), ("meta", said)) if any(map(is_person, n))]
    yield from ((place, tuple(group[:_MOST])) for place, group in full)
    bylines = read_bylines(claims)
    # A page that declares its house, or an account, has others' names near it as a rule.
    sure = [b for b in bylines if b.points >= _SURE] if people or houses or meta else bylines
    bylined = best_names(sure)
    if own := [name for name in bylined if not _is_house(name, claims)]:
        yield "byline", tuple(own[:_MOST])
    for place, group in (("json_ld", named), ("meta", said)):
        if group:
            yield place, tuple(group[:_MOST])
    for place, group in (("json_ld", [*people, *houses]), ("meta", meta), ("byline", [*bylined])):
        if group:
            yield place, tuple(group[:1])


def _of_meta(text: str, claims: Claims) -> list[str]:
    """Return the names in a meta tag; behind the site's own name stand its places and claims."""
    if _INVERTED.match(text) and text in claims.meta("citation_author"):
        family, given = text.split(",")
        return names(f"{given} {family}")
    found = names(text)
    return found[:1] if found and claims.site.is_site(split_names(text)[0]) else found


def read_byline(line: str) -> tuple[str, ...]:
    """Return the names in a line that is a byline and nothing else; none if it is none."""
    if len(line) > _LONGEST_LINE or not is_byline(line) or line.endswith((".", "?", "!")):
        return ()
    found = names(line)
    are_names = all(
        word[:1].isupper() for name in found for word in name.split()[:1] + name.split()[-1:]
    )
    return tuple(found) if found and len(found) == len(split_names(line)) and are_names else ()


def _unique(said: Iterable[str]) -> list[str]:
    """Drop repetitions, also in another case; of those, one that is not all capitals is kept."""
    found: dict[str, str] = {}
    for name in said:
        key = tokens(name)
        if key not in found or (found[key].isupper() and not name.isupper()):
            found[key] = name
    return list(found.values())


def _is_house(name: str, claims: Claims) -> bool:
    return is_nobody(name) or claims.site.is_site(name)


def _declared(jsonld: JsonLd) -> tuple[list[str], list[str]]:
    """Return the people and the houses that the first article with any names as its authors."""
    for key in ("author", "creator"):
        for node in jsonld.articles:
            value = node.get(key)
            values = value if isinstance(value, list) else [value]
            houses = [v for v in values if isinstance(v, dict) and _is_organisation(v)]
            people = [name for text in _people(values, jsonld) for name in names(text)]
            named = [name for house in houses for name in texts(house.get("name"))]
            if people or named:
                return _unique(people), _unique(named)
    return [], []


def _people(value: object, jsonld: JsonLd, depth: int = 0) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _people(item, jsonld, depth)]
    if not isinstance(value, dict):
        return texts(value)
    if depth == _DEEPEST or _is_organisation(value):
        return []
    if value.get("name"):
        return _people(value["name"], jsonld, depth + 1)
    if value.get("familyName"):
        return [" ".join((*texts(value.get("givenName")), *texts(value["familyName"])))]
    return _people(jsonld.by_id.get(str(value.get("@id"))), jsonld, depth + 1)


def _is_organisation(node: Node) -> bool:
    return not set(types_of(node)).isdisjoint(_HOUSES)
