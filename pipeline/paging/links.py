"""Links of a page, and whether they are its pager's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from pipeline.paging.addresses import (
    PAGE_WORDS,
    Later,
    first_address,
    is_first,
    later,
    possible_firsts,
)
from pipeline.urls import Address, address_of

Element = Any  # lxml ships no types

#: In one spelling each: with a fixed beginning the search is ten times as fast as without case.
_HREF, _CAPITALS = (
    re.compile(name + rb"""\s*=\s*["']?([^"'\s>]{1,2000})""") for name in (b"href", b"HREF")
)
#: A page with so many links in small letters has its others so, too.
_SMALL: Final = 20
_BASE = re.compile(
    rb"""<[bB][aA][sS][eE]\b[^>]{0,500}?\b[hH][rR][eE][fF]\s*=\s*["']?([^"'\s>]{1,2000})"""
)
_ELSEWHERE = re.compile(r"comment|disqus|respond|reply|discussion|review", re.IGNORECASE)
#: Classes and ids of the lists of page numbers that sites print below a part of an article.
_PAGER = re.compile(
    r"paginat|pager|paging|page-?links|page-?numbers|pagenav|multi-?page|article-?pages|seitennav",
    re.IGNORECASE,
)
_NEXT_WORDS: Final = """
    next|next page|next part|continue|continue reading|read on|keep reading
    |weiter|nächste|nächste seite|weiterlesen|suivant|suivante|page suivante|lire la suite
    |siguiente|página siguiente|siguiente página|avanti|successiva|successivo|pagina successiva
    |continua|seguinte|próxima|próxima página|página seguinte|volgende|volgende pagina
    |następna|następna strona|dalej|nästa|nästa sida|neste|neste side|næste|næste side
    |seuraava|seuraava sivu|další|další strana|ďalšia|következő|următoarea|pagina următoare
    |sonraki|sonraki sayfa|järgmine|nākamā|kitas|далее|дальше|вперед|вперёд|следующая
    |следующая страница|читать дальше|наступна|далі|келесі|下一页|下一頁|次へ|次のページ
    |التالي|الصفحة التالية
"""
_NEXT: Final = frozenset(" ".join(word.split()) for word in _NEXT_WORDS.split("|"))
_ARROWS: Final = frozenset({"›", "»", "→", ">", ">>", "❯", "⟩", "▶"})
_TOKEN = re.compile(r"\w+")
#: Classes of a body, schema.org types of a page: no article, so its pager leads to more headlines.
_LIST_MARKS: Final = frozenset({"archive", "category", "tag", "search", "home", "blog", "author"})
_LIST_TYPES = re.compile(
    r'"@type"\s*:\s*\[?\s*"(?:CollectionPage|SearchResultsPage|ProfilePage|ImageGallery|Blog)"'
)
SECOND: Final = 2
#: A pager that counts further than this is a list's: no article is split into so many pages.
_MOST_PAGES: Final = 30
_LONGEST_TEXT: Final = 200  # characters of a link that is a pager's


def may_have_next(body: bytes, page_url: str, first: str, number: int) -> bool:
    """Whether a page has any link to the address of page `number`; cheap, before it is parsed."""
    found = _HREF.findall(body)
    if len(found) < _SMALL:
        found += _CAPITALS.findall(body)
    hrefs = set(_with_number(found, number))
    if not hrefs:
        return False
    start, base = first_address(first), page_url
    if based := _BASE.search(body):
        base = _base(_text(based[1]), page_url)
    return any(
        (page := later(address, start)) is not None and page.number == number
        for href in hrefs
        if (address := _address(_text(href), base)) is not None
    )


def _with_number(hrefs: list[bytes], number: int) -> Iterator[bytes]:
    """Yield the addresses in which a number stands by itself, at the end of a path or a value.

    All are searched at once, for the digits first and what is before them then: dates have digits
    in nearly every address of a news site, and asked one by one they cost a millisecond a page.
    """
    wanted = _standing(number)
    text = b"\n".join([b"", *hrefs, b""])
    for match in wanted.finditer(text):
        start = text.rfind(b"\n", 0, match.start()) + 1
        yield text[start : text.index(b"\n", start)]


@lru_cache(maxsize=64)
def _standing(number: int) -> re.Pattern[bytes]:
    digits, edge = b"%d" % number, rb"[\n/_,.=-]"
    before = rb"(?:(?<=%b%b)|(?<=%b0%b))" % (edge, digits, edge, digits)
    behind = rb"(?=[&\n]|/*(?:\.[A-Za-z][A-Za-z0-9]{1,4})?/*[?#&\n]|[^\n]*/\.\.)"
    return re.compile(digits + before + behind)


def next_page(tree: Element, page_url: str, first: str, number: int) -> str | None:
    """Return the address of page `number` of the article at `first`, if its pager offers it.

    `tree` is the page before it, found at `page_url`.
    """
    if _is_list(tree):
        return None
    start = first_address(first)
    found: str | None = None
    for element, address in _links(tree, page_url):
        page = later(address, start)
        if page is None or _ELSEWHERE.search((element.get("href") or "").partition("#")[2]):
            continue
        said = _number_said(element)
        if said is not None and (said != page.number or said > _MOST_PAGES):
            return None  # pages are counted from 0 here, or it is a list that is paged
        if found is None and page.number == number and _is_offered(element, page, said):
            found = address.href
    return found


def is_page(url: str, first: str, number: int) -> bool:
    """Whether a URL is the address of page `number` of the article at `first`."""
    address = _address(url, first)
    page = later(address, first_address(first)) if address else None
    return page is not None and page.number == number


def first_page(tree: Element, page_url: str) -> str | None:
    """Return the article's first page, if this page says that it is a later one.

    It says so by its pager's link back to the first page. A canonical link says nothing: it names
    the same page when a site does not look at the number at all.
    """
    for url in possible_firsts(page_url):
        try:
            first, address = first_address(url), address_of(page_url)
        except ValueError:
            continue
        page = later(address, first)
        if page is not None and any(
            is_first(target, first) and _leads_back(element, page)
            for element, target in _links(tree, page_url)
        ):
            return first.href
    return None


def _leads_back(element: Element, page: Later) -> bool:
    if _number_said(element) == 1:
        return True
    follows = page.number == SECOND and not page.weak
    return follows and bool(_rel(element) & {"prev", "previous"})


def _is_list(tree: Element) -> bool:
    """Whether a page says that it lists articles: an archive, a search, a gallery."""
    body = tree.find(".//body")
    marks = set((body.get("class") or "").lower().split()) if body is not None else set()
    if marks & _LIST_MARKS and "single" not in marks:
        return True
    return any(
        _LIST_TYPES.search(script.text or "")
        for script in tree.iter("script")
        if "ld+json" in (script.get("type") or "")
    )


def _is_offered(element: Element, page: Later, said: int | None) -> bool:
    """Whether a link stands where a pager's would, or says what a pager's says."""
    if element.tag == "link":
        return "next" in _rel(element) and not page.weak
    looks = [f"{e.get('class') or ''} {e.get('id') or ''}" for e in _around(element)]
    if any(_ELSEWHERE.search(look) for look in looks):
        return False
    if said is not None:
        return True
    in_pager = any(_PAGER.search(look) for look in looks)
    if page.weak:
        return in_pager and _says_next(element)
    return in_pager or "next" in _rel(element) or _says_next(element)


def _around(element: Element) -> Iterator[Element]:
    yield element
    yield from (e for e in element.iterancestors() if e.tag not in {"html", "body"})


def _says_next(element: Element) -> bool:
    for text in (_said(element), element.get("title") or "", element.get("aria-label") or ""):
        bare = " ".join(text.split()).casefold()
        if bare in _ARROWS or bare.strip("›»→>❯⟩▶ .…:") in _NEXT:
            return True
    return False


def _number_said(element: Element) -> int | None:
    """Return the number a link shows: `2`, `Page 2`, `2. oldal`."""
    tokens = _TOKEN.findall(_said(element).casefold())
    numbers = [token for token in tokens if token.isdecimal()]
    if len(numbers) != 1 or len(numbers[0]) > 3:  # noqa: PLR2004 - digits: a year is no page
        return None
    return int(numbers[0]) if set(tokens) - set(numbers) <= PAGE_WORDS else None


def _said(element: Element) -> str:
    text = "".join(element.itertext())
    return text if len(text) <= _LONGEST_TEXT else ""


def _links(tree: Element, page_url: str) -> Iterator[tuple[Element, Address]]:
    named = tree.find(".//base[@href]")
    base = _base(named.get("href"), page_url) if named is not None else page_url
    for element in tree.iter("a", "link"):
        href = element.get("href")
        if href and (address := _address(href, base)) is not None:
            yield element, address


def _rel(element: Element) -> set[str]:
    return set((element.get("rel") or "").lower().split())


def _base(href: str, page_url: str) -> str:
    address = _address(href, page_url)
    return address.href if address else page_url


def _address(href: str, base: str) -> Address | None:
    try:
        return address_of(href, base=base)
    except ValueError:
        return None


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
