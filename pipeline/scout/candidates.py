"""Listings as they answered -> those worth crawling, and of each other why it is not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from pipeline.crawl.entries import Entry
from pipeline.crawl.site import is_wanted
from pipeline.scout.clues import Candidate
from pipeline.sources import Source
from pipeline.urls import url_key

WEEK: Final = timedelta(days=7)
#: A listing whose newest date is so much older than the site's newest is no longer kept up.
_STALE: Final = timedelta(days=60)
#: A sitemap that reaches back further, or an undated one of more links, is the site's archive.
_ARCHIVE: Final = timedelta(days=60)
_ARCHIVE_LINKS: Final = 500
#: A listing adds nothing if fewer of its links than this are its own.
_ADDS: Final = 0.05
_OWN: Final = 0.5
_LEAST_DATES: Final = 3
#: Sitemaps of what is not articles, by name: WordPress's and others' `post_tag-sitemap.xml` …
_NOT_ARTICLES = re.compile(
    r"(?:^|[/_.-])(?:tags?|post_tag|authors?|users?|categor(?:y|ies)|taxonom(?:y|ies)|images?|videos?"
    r"|galler(?:y|ies)|pages?|products?|topics?|sections?|static)(?=[/_.-]?(?:sitemap|map|\d*\.xml))"
    r"|sitemaps?[-_/](?:tags?|authors?|users?|categor(?:y|ies)|tax[a-z-]*|images?|videos?|galler(?:y|ies)"
    r"|pages?|products?|topics?|sections?|static)(?=[/_.-])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"/comments/(?:feed|rss|atom)|[/_-]comments\.(?:rss|xml|atom)", re.IGNORECASE
)
_OF_COMMENTS: Final = "readers' comments, not articles"
_COMMENT_LINK = re.compile(r"#(?:comment|respond|c\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What an address listed: the site's own links by URL key with their dates, and how many not.

    `via` is feed, sitemap, news_sitemap, index or section; `problem` why it lists nothing.
    """

    candidate: Candidate
    url: str
    via: str = "feed"
    entries: Mapping[str, Entry] = field(default_factory=dict)
    foreign: int = 0
    comments: int = 0
    problem: str = ""
    article: str | None = None
    pages: str | None = None

    @property
    def dates(self) -> dict[str, datetime]:
        """When the links that say so are of, by key."""
        said = {key: e.published_at or e.modified_at for key, e in self.entries.items()}
        return {key: date for key, date in said.items() if date}

    @property
    def newest(self) -> datetime | None:
        """The newest date."""
        return max(self.dates.values(), default=None)

    @property
    def oldest(self) -> datetime | None:
        """The oldest date."""
        return min(self.dates.values(), default=None)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A listing and what is thought of it. `sure` is false where a person should look.

    `shared` is how many of its links those used before it have, too.
    """

    listing: Measured
    use: bool
    why: str
    sure: bool = True
    shared: int = 0


def measure(
    candidate: Candidate, url: str, via: str, entries: Iterable[Entry], source: Source
) -> Measured:
    """Count the links of a listing that may be the site's articles."""
    own: dict[str, Entry] = {}
    foreign = comments = 0
    for entry in entries:
        comments += bool(_COMMENT_LINK.search(entry.url))
        if is_wanted(source, entry.url):
            own.setdefault(url_key(entry.url), entry)
        else:
            foreign += 1
    return Measured(candidate, url, via, own, foreign, comments)


def is_of_articles(sitemap: str) -> bool:
    """Whether a sitemap's name says nothing against articles in it."""
    return not _NOT_ARTICLES.search(urlsplit(sitemap).path)


def rank(found: Sequence[Measured], language: str) -> list[Ranked]:
    """Say of each listing whether to crawl it: the best first, then what is left out.

    Feeds are compared with feeds and sitemaps with sitemaps: one of each kind that has the same
    links is not too much, as a feed comes first and a sitemap reaches further.
    """
    newest = max((one.newest for one in found if one.newest), default=None)
    rejected = {id(one): why for one in found if (why := _useless(one, newest, language))}
    kept = [one for one in found if id(one) not in rejected]
    archives = [one for one in kept if _is_archive(one)]
    current = [one for one in kept if one not in archives]
    ranked = [*_chosen(current)]
    if archives:
        ranked += _archives(archives, is_all=not any(one.use for one in ranked))
    ranked += [
        Ranked(one, use=False, why=rejected[id(one)]) for one in found if id(one) in rejected
    ]
    return _overlapping(sorted(ranked, key=lambda one: not one.use))


def _overlapping(ranked: Sequence[Ranked]) -> list[Ranked]:
    seen: set[str] = set()
    counted = []
    for one in ranked:
        counted.append(replace(one, shared=len(seen & one.listing.entries.keys())))
        if one.use:
            seen |= one.listing.entries.keys()
    return counted


def articles_a_day(listings: Sequence[Measured]) -> float | None:
    """Estimate how many articles a day the listings name together, by their dates.

    The listing with most dates counts in full, over its last week or as far as it reaches; of each
    further one what the listings before it lack. None without enough dates.
    """
    seen: set[str] = set()
    total, known = 0.0, False
    for one in sorted(listings, key=lambda one: len(one.dates), reverse=True):
        rate = _rate(one, seen)
        total, known = total + (rate or 0.0), known or rate is not None
        seen |= set(one.entries)
    return total if known else None


def _rate(listing: Measured, seen: set[str]) -> float | None:
    dates = listing.dates
    if len(dates) < _LEAST_DATES:
        return None
    newest, oldest = max(dates.values()), min(dates.values())
    window = min(WEEK, newest - oldest)
    if not window:
        return None
    # The oldest opens the window and is not in it: n dates are n - 1 gaps.
    new = [key for key, date in dates.items() if date > newest - window and key not in seen]
    return len(new) / (window / timedelta(days=1))


def _useless(one: Measured, newest: datetime | None, language: str) -> str:
    """Return why a listing is of no use; empty if it may be."""
    return one.problem or _by_name(one) or _by_links(one) or _by_age(one, newest, language)


def _by_name(one: Measured) -> str:
    if _COMMENTS.search(urlsplit(one.url).path):
        return _OF_COMMENTS
    if one.via != "feed" and not is_of_articles(one.url):
        return "by its name a sitemap of pages that are no articles"
    return ""


def _by_links(one: Measured) -> str:
    links = len(one.entries) + one.foreign
    if not links:
        return "it is empty"
    if one.comments * 2 > links:
        return _OF_COMMENTS
    if len(one.entries) < _OWN * links:
        return f"{one.foreign} of {links} links lead to other sites or the home page"
    return ""


def _by_age(one: Measured, newest: datetime | None, language: str) -> str:
    if language and one.candidate.language not in {"", language}:
        return f"the edition in another language ({one.candidate.language})"
    if newest and one.newest and newest - one.newest > _STALE:
        return f"not kept up: its newest date is {one.newest:%Y-%m-%d}"
    return ""


def _chosen(current: Sequence[Measured]) -> list[Ranked]:
    ranked = []
    seen: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for one in sorted(current, key=_worth, reverse=True):
        covered = seen[one.via == "feed"]
        new = [key for key in one.entries if key not in covered]
        holder = next((covered[key] for key in one.entries if key in covered), "")
        if holder and len(new) <= _ADDS * len(one.entries):
            ranked.append(Ranked(one, use=False, why=f"adds nothing to {holder}"))
            continue
        covered |= dict.fromkeys(new, one.url)
        ranked.append(Ranked(one, use=True, why=""))
    return ranked


def _archives(archives: Sequence[Measured], *, is_all: bool) -> list[Ranked]:
    ranked = []
    for one in archives:
        reach = f"back to {one.oldest:%Y-%m-%d}" if one.oldest else "without dates"
        told = f"the site's archive, {len(one.entries):,} links {reach}"
        if is_all:
            ranked.append(
                Ranked(one, use=True, why=f"{told}; the first crawls ask for them all", sure=False)
            )
        else:
            ranked.append(Ranked(one, use=False, why=f"{told}: for a backfill"))
    return ranked


def _is_archive(one: Measured) -> bool:
    if one.via in {"feed", "news_sitemap", "section"}:
        return False
    if one.newest and one.oldest:
        return one.newest - one.oldest > _ARCHIVE and len(one.entries) > _ARCHIVE_LINKS
    return len(one.entries) > _ARCHIVE_LINKS


def _worth(one: Measured) -> tuple[int, int, bool]:
    """Return by what listings of a kind are ordered: links first, then what was named by the site."""
    return len(one.entries), len(one.dates), one.candidate.how != "known path"
