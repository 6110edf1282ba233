"""The way through a site, for a person who adds it: in order, with a bounded number of requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from pipeline.crawl.robots import product_token, read_rules
from pipeline.expect import observe
from pipeline.model import Article, Miss, Page
from pipeline.scout.asking import Asking
from pipeline.scout.candidates import Ranked, articles_a_day, rank
from pipeline.scout.clues import (
    KNOWN_FEEDS,
    KNOWN_SITEMAPS,
    Candidate,
    Clues,
    clues_of,
    known_paths,
    sitemap_lines,
)
from pipeline.scout.findings import Robots, Survey
from pipeline.scout.listing_search import ListingSearch
from pipeline.scout.refusals import not_answered, nothing_found
from pipeline.scout.sample import Sample, spread
from pipeline.scout.section_search import Judge, find_sections
from pipeline.scout.zones import guess_zone, offset_of
from pipeline.urls import address_of, host_of, registrable_domain, url_key

#: Articles that are looked at.
SAMPLED: Final = 20
#: A language that fewer of the articles are in is a guest's.
_SPOKEN: Final = 0.2
_SITEMAPS: Final = ("sitemap", "news_sitemap", "index")


async def survey(url: str, asking: Asking, judge: Judge, agent: str) -> Survey:
    """Look at a site, given its home page, a section, a feed or an article.

    Raises FixSeed for an address that cannot be asked, TryLater for a site that does not answer,
    SiteChanged for one that forbids it or has nothing that can be listed.
    """
    return await _Survey(asking, judge, agent).made(url)


class _Survey:
    """What is known so far."""

    def __init__(self, asking: Asking, judge: Judge, agent: str) -> None:
        self._asking, self._judge, self._agent = asking, judge, agent
        self._search = ListingSearch(asking)
        self._pages: list[Page] = []
        self._clues: list[Clues] = []
        self._samples: dict[str, Sample] = {}

    async def made(self, url: str) -> Survey:
        home = await self._enter(url)
        await self._find_listings(home)
        language = self._language()
        ranked = rank(self._search.found, language)
        if not any(one.use for one in ranked):
            ranked += await self._find_sections(language)
        used = [one.listing for one in ranked if one.use]
        if not used:
            raise nothing_found(home, ranked, self._samples.values())
        await self._sample(spread(used, SAMPLED))
        return self._summed(home, ranked)

    async def _enter(self, url: str) -> str:
        """Ask for the given address and the home page; return the home."""
        start = await self._asking.page(url)
        assert start is not None
        if isinstance(start, Miss):
            raise not_answered(start)
        self._move(start.final_url)
        listing = await self._search.take(start, Candidate(url, "given"))
        home = urljoin(start.final_url, "/")
        if listing and listing.foreign > len(listing.entries):
            home = await self._home_of_feed(start) or home
        if not listing:
            self._note(start)
        if url_key(home) != url_key(start.final_url):
            page = await self._asking.page(home)
            if isinstance(page, Page):
                self._move(page.final_url)
                home = urljoin(page.final_url, "/")
                self._note(page)
        return home

    def _move(self, url: str) -> None:
        """Count as the site's own what is where it redirected to."""
        source = self._asking.source
        if registrable_domain(host_of(url)) != registrable_domain(host_of(source.home)):
            self._asking.source = source.model_copy(update={"home": urljoin(url, "/")})

    async def _home_of_feed(self, page: Page) -> str | None:
        """Return the home of a site whose feed lies elsewhere: most of its links lead there."""
        from pipeline.crawl.listings import read_listing

        reading = read_listing(page.body, page.header("content-type"), page.final_url)
        homes = Counter(urljoin(entry.url, "/") for entry in reading.entries)
        home = homes.most_common(1)[0][0] if homes else None
        if home:
            self._asking.source = self._asking.source.model_copy(update={"home": home})
            self._search = ListingSearch(self._asking)
            await self._search.take(page, Candidate(page.link.url, "given"))
        return home

    def _note(self, page: Page) -> None:
        self._pages.append(page)
        self._clues.append(clues_of(page.body, page.header("content-type"), page.final_url))

    async def _find_listings(self, home: str) -> None:
        """Look where the site says, then on a page of an article, then where listings often are."""
        robots = self._asking.ports.ledger.robots(address_of(home).origin)
        if robots:
            await self._search.look(sitemap_lines(robots[2], home))
        await self._search.look(self._named_feeds())
        if not self._search.has("feed") and (pages := spread(self._search.found, 1)):
            await self._sample(pages)
            await self._search.look(self._named_feeds())
        if not self._search.has("feed"):
            await self._search.look(known_paths(home, KNOWN_FEEDS))
        if not self._search.has(*_SITEMAPS):
            await self._search.look(known_paths(home, KNOWN_SITEMAPS))

    def _named_feeds(self) -> list[Candidate]:
        return [feed for clues in self._clues for feed in clues.feeds]

    async def _find_sections(self, language: str) -> list[Ranked]:
        pages = list({page.digest: page for page in self._pages}.values())
        found = await find_sections(pages, self._asking, self._judge)
        for sample in found.probes:
            self._samples.setdefault(url_key(sample.url), sample)
        return rank([one for one in found.listings if one.entries], language)

    async def _sample(self, pages: Sequence[tuple[str, str]]) -> None:
        """Ask for pages and judge them; feeds that they name are clues."""
        came: list[tuple[str, Page]] = []
        for url, place in pages:
            held = self._samples.get(url_key(url))
            if held or len(self._samples) + len(came) >= SAMPLED:
                continue
            fetched = await self._asking.page(url)
            if isinstance(fetched, Miss):
                self._samples[url_key(url)] = Sample(url, place, fetched)
            elif fetched:
                came.append((place, fetched))
        verdicts = self._judge([page for _, page in came])
        for (place, page), verdict in zip(came, verdicts, strict=True):
            url = page.link.url
            self._samples[url_key(url)] = Sample(url, place, verdict, page)
            self._clues.append(clues_of(page.body, page.header("content-type"), page.final_url))

    def _language(self) -> str:
        return next((clues.language for clues in self._clues if clues.language), "")

    def _summed(self, home: str, ranked: Sequence[Ranked]) -> Survey:
        samples = tuple(self._samples.values())
        verdicts = [one.verdict for one in samples if not isinstance(one.verdict, Miss)]
        articles = [verdict for verdict in verdicts if isinstance(verdict, Article)]
        languages = _languages(articles) or ((self._language(),) if self._language() else ())
        pages = [*self._pages, *(one.page for one in samples if one.page)]
        return Survey(
            home=home,
            name=self._name(home),
            listings=tuple(ranked),
            samples=samples,
            languages=languages,
            zone=guess_zone(
                self._stated(articles), self._country(), host_of(home), (*languages, "")[0]
            ),
            observed=observe(verdicts),
            articles_a_day=articles_a_day([one.listing for one in ranked if one.use]),
            robots=self._robots(home),
            opt_outs=Counter(word for page in pages for word in page.terms.opt_outs or ()),
            editions=self._editions(home, languages),
            requests=self._asking.asked,
        )

    def _stated(self, articles: Sequence[Article]) -> list[tuple[datetime, str]]:
        """Return dates as stated: of the articles; where those name no offset, of the listings."""
        said = [
            (one.published_at, one.published_at_raw)
            for one in articles
            if one.published_at and one.published_at_raw and offset_of(one.published_at_raw)
        ]
        return said or self._search.stated

    def _name(self, home: str) -> str:
        named = Counter(clues.name for clues in self._clues if clues.name)
        title = next((clues.title for clues in self._clues if clues.title), "")
        return named.most_common(1)[0][0] if named else title or host_of(home)

    def _country(self) -> str:
        named = Counter(clues.country for clues in self._clues if clues.country)
        return named.most_common(1)[0][0] if named else ""

    def _robots(self, home: str) -> Robots:
        held = self._asking.ports.ledger.robots(address_of(home).origin)
        if held is None:
            return Robots()
        _, status, body = held
        token = product_token(self._agent)
        parsed = read_rules(status, body, token).parsed
        delay = parsed.crawl_delay(token) if parsed else None
        return Robots(status, delay)

    def _editions(self, home: str, languages: Sequence[str]) -> tuple[tuple[str, str], ...]:
        # An article's own translations are not editions; those of the entry pages are.
        said = dict(pair for clues in self._clues[: len(self._pages)] for pair in clues.editions)
        return tuple(
            (language, url)
            for language, url in said.items()
            if language not in languages and url_key(url) != url_key(home)
        )


def _languages(articles: Sequence[Article]) -> tuple[str, ...]:
    counted = Counter(article.language for article in articles if len(article.language) == 2)  # noqa: PLR2004 - ISO 639-1
    total = sum(counted.values())
    return tuple(code for code, n in counted.most_common() if n >= _SPOKEN * total)
