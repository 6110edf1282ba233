"""The Ticker: a site that goes on publishing while its clock is moved, and shows each story in part.

A known number of stories a day; the feed shows the newest 15 of nearly all, the section page the
newest 25 of most, the news sitemap nine in ten, two hours late. Chance decides which, once and for
all, so a crawl's finds can be held against the truth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import format_datetime
from typing import Final

from press.replies import HTML, Reply, Request, nothing

NAME: Final = "ticker"
#: Where it is published: two hours ahead of UTC, so that its days are not those of UTC.
ZONE: Final = timezone(timedelta(hours=2))
FEED_LENGTH: Final = 15
SECTION_LENGTH: Final = 25
SITEMAP_LAG: Final = timedelta(hours=2)
#: News sitemaps hold two days.
REACH: Final = timedelta(days=2)
#: How many in a hundred stories each route ever shows.
SHARES: Final = {"feed": 95, "section": 80, "sitemap": 90}
#: Stories an hour, from midnight on where it is published: it wakes, dines, and goes to bed.
_HOURS: Final = (1, 1, 0, 0, 1, 3, 8, 12, 13, 12, 11, 10, 9, 9, 10, 11, 12, 12, 11, 9, 7, 5, 3, 2)
_START: Final = datetime(2026, 11, 23, tzinfo=ZONE)

_WHO: Final = ("The harbour office", "A lock keeper", "The ferry line", "The night school")
_WHAT: Final = ("counted", "repaired", "lost", "found", "painted", "lent out", "weighed", "sold")
_WHICH: Final = ("lanterns", "mooring ropes", "signal flags", "oars", "tide tables", "buoys")


@dataclass(frozen=True, slots=True)
class Story:
    """A story, and the routes that ever show it."""

    slug: str
    title: str
    at: datetime
    routes: frozenset[str]

    @property
    def path(self) -> str:
        """Where it lies."""
        return f"/{self.at:%Y/%m/%d}/{self.slug}"


class Ticker:
    """The site as it is at the moment its clock shows."""

    def __init__(self) -> None:
        self.now = _START

    def shown(self, route: str) -> list[Story]:
        """Return what a route shows now, newest first."""
        late = SITEMAP_LAG if route == "sitemap" else timedelta()
        until = self.now - late
        stories = [
            story
            for story in _lately(self.now)
            if self.now - REACH < story.at <= until and route in story.routes
        ]
        length = {"feed": FEED_LENGTH, "section": SECTION_LENGTH}.get(route)
        return stories[:length]

    def answer(self, request: Request) -> Reply:
        """Answer for one address."""
        base, path = f"http://{request.host}", request.path
        match path:
            case "/robots.txt":
                return _text("text/plain", f"User-agent: *\nAllow: /\nSitemap: {base}/news.xml\n")
            case "/feed.xml":
                return _text("application/rss+xml; charset=utf-8", _rss(self.shown("feed"), base))
            case "/news.xml":
                return _text(
                    "application/xml; charset=utf-8", _sitemap(self.shown("sitemap"), base)
                )
            case "/" | "/latest":
                return _text(HTML, _section(self.shown("section")))
        known = {story.path: story for story in _lately(self.now) if story.at <= self.now}
        return _text(HTML, _page(known[path])) if path in known else nothing(404)


def stories(day: date) -> list[Story]:
    """Return the stories of a day where it is published, oldest first."""
    start = datetime.combine(day, time(), ZONE)
    return [
        _story(start + timedelta(hours=hour, minutes=60 * number / many), f"{hour}-{number}")
        for hour, many in enumerate(_HOURS)
        for number in range(many)
    ]


def _lately(now: datetime) -> list[Story]:
    today = now.astimezone(ZONE).date()
    days = [today - timedelta(days=n) for n in range(REACH.days + 1)]
    return [story for day in days for story in reversed(stories(day))]


def _story(at: datetime, number: str) -> Story:
    drawn = hashlib.blake2b(f"{at:%Y-%m-%d} {number}".encode(), digest_size=8).digest()
    who, what, which = _WHO[drawn[0] % 4], _WHAT[drawn[1] % 8], _WHICH[drawn[2] % 6]
    many = 2 + drawn[3] % 90
    routes = frozenset(
        route
        for place, (route, share) in zip(drawn[4:], SHARES.items(), strict=False)
        if place * 100 < share * 256
    )
    slug = f"{number}-{what.replace(' ', '-')}-{which.replace(' ', '-')}"
    return Story(slug, f"{who} {what} {many} {which}", at, routes)


def _text(kind: str, text: str) -> Reply:
    body = text.encode()
    tag = hashlib.blake2b(body, digest_size=8).hexdigest()
    return Reply(200, body, (("Content-Type", kind), ("ETag", f'"{tag}"')))


def _rss(shown: Sequence[Story], base: str) -> str:
    items = "".join(
        f"<item><title>{story.title}</title><link>{base}{story.path}</link>"
        f"<pubDate>{format_datetime(story.at)}</pubDate></item>\n"
        for story in shown
    )
    head = f"<title>The Ticker</title><link>{base}/</link><description>All day</description>"
    return f'<?xml version="1.0"?>\n<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n'


def _sitemap(shown: Sequence[Story], base: str) -> str:
    urls = "".join(
        f"<url><loc>{base}{story.path}</loc><n:news><n:publication><n:name>The Ticker</n:name>"
        "<n:language>en</n:language></n:publication>"
        f"<n:publication_date>{story.at.astimezone(UTC).isoformat()}</n:publication_date>"
        f"<n:title>{story.title}</n:title></n:news></url>\n"
        for story in shown
    )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f'<?xml version="1.0"?>\n<urlset {spaces}>\n{urls}</urlset>\n'


def _section(shown: Sequence[Story]) -> str:
    links = "".join(f'<li><a href="{story.path}">{story.title}</a></li>\n' for story in shown)
    nav = '<nav><a href="/latest">Latest</a> <a href="/about">About us</a></nav>'
    return f"<!doctype html><title>The Ticker</title>{nav}<ul>\n{links}</ul>\n"


def _page(story: Story) -> str:
    said = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.at.isoformat(),
    }
    day = f"{story.at:%A, %d %B}"
    lines = [
        f"{story.title} on {day}, at {story.at:%H:%M}, and told nobody why until the evening boat",
        "had left and the last of the porters had gone up the hill.",
        "Whoever was on the quay at that hour remembers it differently, and the log book, in which",
        "such things are written down, has no more than a line on it. The matter will be looked",
        f"into when the water is low; the file has the number {story.slug.upper()}.",
    ]
    return (
        f'<!doctype html><html lang="en"><head><title>{story.title} - The Ticker</title>'
        f'<script type="application/ld+json">{json.dumps(said)}</script></head>'
        f"<body><article><h1>{story.title}</h1>\n<p>{' '.join(lines)}</p></article></body></html>\n"
    )
