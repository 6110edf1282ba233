"""Request -> Reply: which site is meant, which page, and in which state the newsstand is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from press import hazards, ticker
from press.edition import Article, Block, Site, load_sites
from press.listings import listing, newest
from press.pages import about_page, article_page, front_page, index_page
from press.replies import HTML, Reply, Request, conditional, nothing, stamped
from press.walls import LOGIN_PATH, login_page

#: The smallest GIF there is: what every picture of the newsstand looks like.
PICTURE: Final = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)
BREAKS: Final = ("html", "empty", "truncated", "error")


class Desk:
    """Answers for all sites. What a test changes (edits, broken feeds) is undone by `reset`."""

    def __init__(self) -> None:
        self.sites = load_sites()
        self.reset()

    def reset(self) -> None:
        """Bring everything back to how it was at the start; the unwell host is unwell again."""
        self.ticker = ticker.Ticker()
        self._edited: dict[tuple[str, str], Article] = {}
        self._released: set[tuple[str, str]] = set()
        self._withdrawn: set[tuple[str, str]] = set()
        self._broken: dict[str, str] = {}
        self._redesigned: dict[str, Site] = {}
        self._asked: Counter[tuple[str, str]] = Counter()

    def edit(self, site: str, slug: str, paragraph: str = "", at: str = "") -> None:
        """Add a paragraph to an article, dated `at` (ISO 8601, with its zone).

        Without `at` it is dated an hour after the last change: the page and the lists say so, but
        a crawler that fetched the page later than that has no reason to think it new.
        """
        article = self.current(self.sites[site].article(slug))
        text = paragraph or "This report was extended after readers sent in further details."
        when = datetime.fromisoformat(at) if at else article.changed + timedelta(hours=1)
        if when.tzinfo is None:
            msg = f"{at} names no time zone"
            raise ValueError(msg)
        self._edited[site, slug] = replace(
            article,
            blocks=(*article.blocks, Block("p", text)),
            modified=when,
        )

    def release(self, site: str, slug: str) -> None:
        """Publish an article that was held back."""
        self._released.add((site, self.sites[site].article(slug).slug))

    def withdraw(self, site: str, slug: str) -> None:
        """Answer 410 for an article from now on; the lists go on naming it."""
        self._withdrawn.add((site, self.sites[site].article(slug).slug))

    def break_feed(self, site: str, how: str = "html") -> None:
        """Serve a web page, nothing, half a feed or a 500 instead of the feed; `""` mends it."""
        if how and how not in BREAKS:
            msg = f"a feed can be broken in these ways: {', '.join(BREAKS)}; not {how!r}"
            raise ValueError(msg)
        self._broken[self.sites[site].id] = how

    def redesign(self, site: str, box: str = "", below: str = "") -> None:
        """Put every article's text into a box of that class, and a line below it."""
        self._redesigned[site] = replace(self.sites[site], box=box, below=below)

    def clock(self, at: str) -> None:
        """Move the clock of the site that goes on publishing (ISO 8601, with its zone)."""
        when = datetime.fromisoformat(at)
        if when.tzinfo is None:
            msg = f"{at} names no time zone"
            raise ValueError(msg)
        self.ticker.now = when

    def current(self, article: Article) -> Article:
        """Return the article with the edits made since the start."""
        return self._edited.get((article.site, article.slug), article)

    def shown(self, site: Site) -> list[Article]:
        """Return what the site lists now, newest first."""
        return [
            self.current(article)
            for article in site.articles
            if not article.held or (site.id, article.slug) in self._released
        ]

    def answer(self, request: Request) -> Reply:
        """Answer a GET or HEAD for any host."""
        name = request.host.partition(":")[0].partition(".")[0]
        if name == ticker.NAME:
            return conditional(self.ticker.answer(request), request)
        site = self.sites.get(name)
        if site is None:
            return self._answer_stranger(request)
        self._asked[site.id, request.path] += 1
        first = self._asked[site.id, request.path] == 1
        if first and request.path in site.unwell_paths:
            return Reply(503, b"One moment, please.\n", (("Retry-After", str(site.retry_after_s)),))
        reply = self._answer_site(site, request)
        return conditional(reply, request)

    def _answer_stranger(self, request: Request) -> Reply:
        if request.path == "/about":
            return Reply(200, about_page().encode(), (("Content-Type", HTML),))
        if request.path != "/":
            return nothing(404)
        host, colon, port = request.host.partition(":")
        domain = "newsstand" if host.endswith("newsstand") else "localhost"
        page = index_page(self.sites, domain, colon + port)
        return Reply(200, page.encode(), (("Content-Type", HTML),))

    def _answer_site(self, site: Site, request: Request) -> Reply:
        shown, base, path = self.shown(site), f"http://{request.host}", request.path
        if path == site.feed_path and (how := self._broken.get(site.id)):
            return _broken_feed(site, shown, base, how)
        if found := listing(site, path, shown, base):
            return stamped(site, found[1], found[0], newest(shown), request)
        for article in shown:
            if path == article.moved_from:
                return Reply(301, b"", (("Location", base + article.path),))
            for page in range(1, 1 + len(article.pages)):
                if path == article.address(page) and article.kind != "part":
                    return self._answer_article(site, article, page, shown, request)
        if path in {"/", LOGIN_PATH}:
            made = front_page(site, shown, base) if path == "/" else login_page()
            return stamped(site, made.encode(), HTML, newest(shown), request)
        picture = Reply(200, PICTURE, (("Content-Type", "image/gif"),))
        return picture if path.startswith("/img/") else nothing(404)

    def _answer_article(
        self, site: Site, article: Article, number: int, shown: Sequence[Article], request: Request
    ) -> Reply:
        base = f"http://{request.host}"
        if article.kind == "gone" or (site.id, article.slug) in self._withdrawn:
            return nothing(410)
        if trap := hazards.trap(article, base):
            return trap
        styled = self._redesigned.get(site.id, site)
        page = article_page(styled, article, shown, base, number)
        if article.kind == "huge":
            page = hazards.huge(page)
        charset = site.encoding if article.charset_header is None else article.charset_header
        kind = f"text/html; charset={charset}" if charset else "text/html"
        body = page.encode(site.encoding, "xmlcharrefreplace")
        return stamped(site, body, kind, article.changed, request)


def _broken_feed(site: Site, shown: Sequence[Article], base: str, how: str) -> Reply:
    if how == "html":
        return Reply(200, front_page(site, shown, base).encode(), (("Content-Type", HTML),))
    if how == "error":
        return nothing(500)
    found = listing(site, site.feed_path, shown, base)
    kind, body = found or ("application/xml", b"")
    body = body[: len(body) // 2] if how == "truncated" else b""
    return Reply(200, body, (("Content-Type", kind),))
