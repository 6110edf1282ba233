"""Sections of a site that has no feed and no sitemap: the pattern of its articles' addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from pipeline.crawl.entries import Entry
from pipeline.crawl.sections import read_section
from pipeline.crawl.site import is_wanted
from pipeline.model import Article, Page, Reason, Reject
from pipeline.scout.asking import Asking
from pipeline.scout.candidates import Measured, measure
from pipeline.scout.clues import Candidate
from pipeline.scout.sample import Sample
from pipeline.scout.shapes import Shape, is_promising, pattern_of, shape_of
from pipeline.urls import url_key

Judge = Callable[[Sequence[Page]], list[Article | Reject]]

#: Shapes of addresses that are tried, pages of each; sections beside those that were given.
_SHAPES, _PROBES, _SECTIONS = 4, 3, 4
_LONG_TITLE: Final = 100
#: A section's name in a menu is shorter than a headline.
_MENU_WORDS: Final = 4
_EVERY = re.compile("")
_PAGER = re.compile(r"(?<=[?&])((?:page|p|pg|paged)=)2(?=&|$)|(?<=/)(page/)2(?=/?$)")
#: Rejects that are articles all the same, only not to be read.
_BEHIND_WALLS: Final = frozenset({Reason.PAYWALL, Reason.LOGIN_WALL, Reason.CONSENT_WALL})


@dataclass(frozen=True, slots=True)
class Sections:
    """Section pages as listings, and the pages that were tried to learn what an article is."""

    listings: tuple[Measured, ...]
    probes: tuple[Sample, ...]


async def find_sections(pages: Sequence[Page], asking: Asking, judge: Judge) -> Sections:
    """Learn the shape of articles' addresses from pages' links, and list sections by it."""
    links = {url_key(e.url): e for page in pages for e in _links(page, _EVERY, asking)}
    probes: list[Sample] = []
    accepted: list[str] = []
    for group in _groups(links.values()):
        samples = await _probe(group, asking, judge)
        probes += samples
        if 2 * sum(map(is_article, samples)) > len(samples):
            accepted += [entry.url for entry in group]
    others = [one.url for one in probes if not is_article(one)]
    others += [entry.url for entry in links.values() if not is_promising(shape_of(entry.url))]
    pattern = pattern_of(accepted, others) if accepted else None
    if pattern is None:
        return Sections((), tuple(probes))
    article = re.compile(pattern)
    listings = [
        _listing(page, article, "given" if n == 0 else "home page", asking)
        for n, page in enumerate(pages)
    ]
    for url in _menu(links.values())[:_SECTIONS]:
        page = await asking.page(url)
        if isinstance(page, Page):
            listings.append(_listing(page, article, "menu", asking))
    return Sections(tuple(listings), tuple(probes))


def is_article(sample: Sample) -> bool:
    """Whether a page is an article, even one that may not be read."""
    verdict = sample.verdict
    return isinstance(verdict, Article) or verdict.reason in _BEHIND_WALLS


async def _probe(group: Sequence[Entry], asking: Asking, judge: Judge) -> list[Sample]:
    step = max(1, len(group) // _PROBES)
    pages = [await asking.page(entry.url) for entry in group[::step][:_PROBES]]
    good = [page for page in pages if isinstance(page, Page)]
    return [
        Sample(page.link.url, "", verdict, page)
        for page, verdict in zip(good, judge(good), strict=True)
    ]


def _links(page: Page, article: re.Pattern[str], asking: Asking) -> Iterator[Entry]:
    section = read_section(page.body, page.header("content-type"), page.final_url, article, UTC)
    for entry in section.entries if section else ():
        if is_wanted(asking.source, entry.url):
            yield entry


def _groups(links: Iterable[Entry]) -> list[list[Entry]]:
    """Return links by shape, those first that say most: articles' links are headlines."""
    groups: dict[Shape, list[Entry]] = defaultdict(list)
    for entry in links:
        if is_promising(shape := shape_of(entry.url)):
            groups[shape].append(entry)
    return sorted(groups.values(), key=_said, reverse=True)[:_SHAPES]


def _said(group: Sequence[Entry]) -> int:
    return sum(min(len(entry.title or ""), _LONG_TITLE) for entry in group)


def _menu(links: Iterable[Entry]) -> list[str]:
    """Return links that may lead to sections: short names, plain words in the address."""
    return [
        entry.url
        for entry in links
        if not is_promising(shape_of(entry.url))
        and len((entry.title or "").split()) in range(1, _MENU_WORDS)
        and "?" not in entry.url
    ]


def _listing(page: Page, article: re.Pattern[str], how: str, asking: Asking) -> Measured:
    url = page.final_url
    entries = list(_links(page, article, asking))
    one = measure(Candidate(url, how), url, "section", entries, asking.source)
    pager = next((e.url for e in _links(page, _PAGER, asking) if _PAGER.search(e.url)), "")
    pages = _PAGER.sub(lambda found: f"{found[1] or found[2]}{{n}}", pager) or None
    return replace(one, article=article.pattern, pages=pages)
