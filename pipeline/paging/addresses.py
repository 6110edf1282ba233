"""Addresses of an article's later pages: the first page's, and a page number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from pipeline.urls import Address, address_of, normal_form

#: "Page" as it is written in addresses and pagers.
PAGE_WORDS: Final = frozenset([
    "page", "pg", "pag", "pagina", "pagine", "página", "seite", "strona", "str", "sida", "side", "sivu", "oldal",
    "strana", "stranka", "stránka", "sayfa", "puslapis", "lk", "lehekülg", "lpp", "lapa", "hoja", "страница", "стр",
    "сторінка", "бет",
])  # fmt: skip
_WORDS: Final = "|".join(sorted(PAGE_WORDS, key=lambda word: (-len(word), word)))
#: What follows the first page's path: /2, /page/2, /seite-2, -page-2, _p2, and -2 _2 ,2 .2.
_TAIL = re.compile(
    rf"(?P<mark>[/_,.-])(?:(?P<word>{_WORDS}|p)[/=_,-]?)?0?(?P<number>[1-9]\d?)", re.IGNORECASE
)
_LAST_TAIL = re.compile(rf"(?:{_TAIL.pattern})$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)
#: Query parameters that hold a page number. `cpage` is not among them: WordPress pages comments so.
_PARAMETER = re.compile(
    rf"(?:{_WORDS}|p|pn|paged|page_?(?:no|nr|num|number|id)|current_?page)=0?([1-9]\d?)",
    re.IGNORECASE,
)


#: What every address with such a tail or parameter has, for less than reading it.
_NUMBERED = re.compile(
    r"\D0?[1-9]\d?/*(?:\.[A-Za-z][A-Za-z0-9]{1,4})?/*(?:[?#]|$)|=0?[1-9]\d?(?:[&#]|$)"
)


@dataclass(frozen=True, slots=True)
class Later:
    """The number of a later page, 2 to 99. `weak`: by its address it could be another article."""

    number: int
    weak: bool = False


@lru_cache(maxsize=256)
def first_address(url: str) -> Address:
    """Return the first page's address without the number 1 that some sites give it too.

    Raises ValueError if it is no address.
    """
    address = address_of(url)
    origin, path, query = _split(address)
    pairs = [pair for pair in _pairs(query) if _number_in(pair) != 1]
    bare = path.rstrip("/")
    tail = _LAST_TAIL.search(bare)
    if tail and tail["word"] and int(tail["number"]) == 1:
        path = bare[: tail.start()]
    return address_of(f"{origin}{path}{_query(pairs)}")


def later(address: Address, first: Address) -> Later | None:
    """Return which later page of the article at `first` an address is, if it is one."""
    origin, path, query = _split(address)
    first_origin, first_path, first_query = _split(first)
    if origin != first_origin:
        return None
    if path.rstrip("/") == first_path.rstrip("/"):
        return _by_query(path, query, first_query)
    if not _is_same_query(query, first_query):
        return None
    return _by_path(unquote(path).rstrip("/"), unquote(first_path).rstrip("/"))


def is_first(address: Address, first: Address) -> bool:
    """Whether an address is the first page's; a slash at its end and the scheme may differ."""
    _, path, query = _split(address)
    _, first_path, first_query = _split(first)
    same_host = (address.host, path.rstrip("/")) == (first.host, first_path.rstrip("/"))
    return same_host and _is_same_query(query, first_query)


def possible_firsts(url: str) -> Iterator[str]:
    """Yield what could be the address of the first page, if a URL is that of a later one."""
    if not _NUMBERED.search(url):
        return
    try:
        origin, path, query = _split(address_of(url))
    except ValueError:
        return
    bare = path.rstrip("/")
    stem, ending = _stem(bare)
    for name, end in dict.fromkeys([(stem, ending), (bare, "")]):
        tail = _LAST_TAIL.search(name)
        if tail and int(tail["number"]) > 1:
            yield f"{origin}{name[: tail.start()]}{end}{query}"
    pairs = _pairs(query)
    for pair in pairs:
        if (_number_in(pair) or 0) > 1:
            yield f"{origin}{path}{_query([other for other in pairs if other != pair])}"


def _by_query(path: str, query: str, first_query: str) -> Later | None:
    pairs = _pairs(query)
    numbers = [number for pair in pairs if (number := _number_in(pair))]
    rest = _query([pair for pair in pairs if not _number_in(pair)])
    # `/?p=2` is WordPress's short link to its second post.
    if len(numbers) != 1 or numbers[0] == 1 or path == "/":
        return None
    return Later(numbers[0]) if _is_same_query(rest, first_query) else None


def _by_path(path: str, first: str) -> Later | None:
    stem, ending = _stem(first)
    if not stem.strip("/"):
        return None
    whole = path.removesuffix(ending)
    for start, left in ((stem, whole), (first, path)):
        tail = _TAIL.fullmatch(left, len(start)) if left.startswith(start) else None
        if tail is None or int(tail["number"]) == 1:
            continue
        if tail["mark"] == "/" or tail["word"]:
            return Later(int(tail["number"]))
        # story-2.html may be a page; story-2 is what WordPress calls a second article of that name.
        if ending and whole != path:
            return Later(int(tail["number"]), weak=True)
    return None


def _split(address: Address) -> tuple[str, str, str]:
    """Return origin, path and query, the query with its mark."""
    bare, mark, query = address.href.partition("?")
    pieces = bare.split("/", 3)
    return "/".join(pieces[:3]), "/" + "".join(pieces[3:]), mark + query


def _stem(path: str) -> tuple[str, str]:
    extension = _EXTENSION.search(path)
    return (path[: extension.start()], extension[0]) if extension else (path, "")


def _pairs(query: str) -> list[str]:
    return [pair for pair in query.removeprefix("?").split("&") if pair]


def _query(pairs: list[str]) -> str:
    return f"?{'&'.join(pairs)}" if pairs else ""


def _number_in(pair: str) -> int | None:
    found = _PARAMETER.fullmatch(unquote(pair) if "%" in pair else pair)
    return int(found[1]) if found else None


def _is_same_query(query: str, other: str) -> bool:
    """Whether two queries choose the same document; what only counts visits may differ."""
    return query == other or normal_form(f"x.invalid/{query}") == normal_form(f"x.invalid/{other}")
