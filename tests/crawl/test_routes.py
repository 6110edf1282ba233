"""One site by all its routes at once: feed, JSON feed, sitemap and archive of the newsstand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.crawl.discover import discover
from pipeline.model import Slot
from pipeline.ports import Ports
from pipeline.urls import url_key
from tests.crawl.conftest import fetcher_for, source_of
from tests.stand import Newsstand

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Slot.containing(NINE)


@pytest.fixture
def stand():
    with Newsstand() as stand:
        yield stand


def lantern(stand, **seed):
    base = stand.url("lantern", "")
    listings = [
        {"url": f"{base}/feed/"},
        {"url": f"{base}/feed.json"},
        {"url": f"{base}/news-sitemap.xml"},
        {
            "url": f"{base}/archive/",
            "kind": "section",
            "article": r"^http://[^/]+/(?!about|archive|img)[^?]+$",
            "pages": f"{base}/archive/page/{{n}}/",
            "max_pages": 10,
        },
    ]
    home = "http://lantern.localhost"
    return source_of(stand.port, name="lantern", home=home, listings=listings, seed=seed)


async def crawl(ports, source, **later):
    at = Ports(ports.store, ports.ledger, lambda: NINE + timedelta(**later))
    async with fetcher_for(at) as fetcher:
        polls = [poll async for poll in discover({source.id: source}, fetcher, at)]
    links = [link for poll in polls for link in poll.links]
    new = at.ledger.remember(links, [poll.state for poll in polls if poll.state], SLOT)
    return polls, new


def routes(ports, url):
    places = ports.ledger.places(url_key(url))
    return {(place.link.found_via, place.link.found_in.rpartition("localhost:")[2][5:].strip("/"))
            for place in places}  # fmt: skip


def test_every_article_is_found_and_remembers_by_which_routes(ports, stand):
    polls, new = asyncio.run(crawl(ports, lantern(stand)))
    wanted = [item for item in stand.expected().values() if item.site == "lantern"]
    assert new == len(wanted)
    found = {link.url_key for poll in polls for link in poll.links if link.found_via == "section"}
    assert found == {url_key(item.url) for item in wanted}, "the archive alone finds all"
    newest = max(wanted, key=lambda item: item.published_at)
    names = {via for via, _ in routes(ports, newest.url)}
    assert names == {"feed", "news_sitemap", "section"}
    claims = ports.ledger.places(url_key(newest.url))
    assert len(claims) == 4
    assert len({place.link.title for place in claims}) == 1
    assert len({place.link.published_at for place in claims}) == 1


def test_an_article_that_comes_out_later_is_found_by_all_routes(ports, stand):
    source = lantern(stand, every_minutes=0)
    asyncio.run(crawl(ports, source))
    stand.desk.release("lantern", "snow-plough-names")
    polls, new = asyncio.run(crawl(ports, source, hours=1))
    assert new == 1
    assert not [poll.gap for poll in polls if poll.gap]
    (plough,) = [
        place
        for place in {link.url for poll in polls for link in poll.links}
        if "snow-plough" in place and "?" not in place
    ]
    assert len(routes(ports, plough)) == 4
