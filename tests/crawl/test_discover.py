"""Discovery: what is asked, what is taken for a link, what is remembered, what a failure costs."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.crawl.discover import discover
from pipeline.crawl.site import is_wanted
from pipeline.model import Page, Reason, Slot
from pipeline.ports import Ports
from pipeline.report import Tally
from tests.crawl.conftest import fetcher_for, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, reset, robots

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Slot.parse("2026-11-21T09:00")


def rss(server, *paths):
    items = "".join(f"<item><link>{server.url(path)}</link></item>" for path in paths)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def index(server, *children):
    rows = "".join(
        f"<sitemap><loc>{server.url(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
        for path, day in children
    )
    return f"<sitemapindex>{rows}</sitemapindex>".encode()


def sitemap(server, *paths):
    rows = "".join(f"<url><loc>{server.url(path)}</loc></url>" for path in paths)
    return f"<urlset>{rows}</urlset>".encode()


def listing(server, *paths):
    return [{"url": server.url(path)} for path in paths]


async def polls_of(ports, *sources, remember=True) -> list:
    async with fetcher_for(ports) as fetcher:
        found = [poll async for poll in discover({s.id: s for s in sources}, fetcher, ports)]
    if remember:
        links = [link for poll in found for link in poll.links]
        ports.ledger.remember(links, [poll.state for poll in found if poll.state], SLOT)
    return found


@pytest.fixture
def ports(ports):
    return Ports(ports.store, ports.ledger, lambda: NINE)


def later(ports, **ago) -> Ports:
    return Ports(ports.store, ports.ledger, lambda: NINE + timedelta(**ago))


def test_a_round_of_listings_takes_as_many_crawl_delays_as_there_are(ports):
    """With a crawl-delay of 10 minutes and three listings on the host, each is asked every half hour.

    The seed would have them asked in every run; the pause itself is cut to what is waited out.
    """
    names = ("/feed", "/news", "/sport")

    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots("User-agent: *\nCrawl-delay: 600\n"))
            for name in names:
                server.on(name, answer(200, rss(server, f"{name}/1")))
            one = source_of(
                server.port,
                listings=listing(server, *names[:2]),
                longest_wait_s=0.01,
                seed={"every_minutes": 0},
            )
            other = source_of(
                server.port, name="other", listings=listing(server, names[2]), longest_wait_s=0.01
            )
            asked = []
            for minutes in (0, 10, 29, 30, 59, 61):
                before = len(server.log)
                await polls_of(later(ports, minutes=minutes), one, other)
                asked.append(sum(request.path in names[:2] for request in server.log[before:]))
            return asked

    assert asyncio.run(run()) == [2, 0, 0, 2, 0, 2]


def paths(links):
    return [link.url.rpartition("/")[2] for link in links]


def test_links_carry_where_and_how_they_were_found(ports):
    async def run():
        async with HostileServer() as server:
            server.on(
                "/feed", answer(200, rss(server, "/a", "/a?utm_source=rss", "/b"), etag='"1"')
            )
            server.on("/map.gz", answer(200, gzip.compress(sitemap(server, "/c"))))
            source = source_of(server.port, listings=listing(server, "/feed", "/map.gz"))
            return server, await polls_of(ports, source)

    server, (feed, plan) = asyncio.run(run())
    assert paths(feed.links) == ["a", "b"]
    assert {(link.found_in, link.found_via) for link in feed.links} == {
        (server.url("/feed"), "feed")
    }
    assert [link.found_via for link in plan.links] == ["sitemap"]
    assert isinstance(feed.fetched, Page)
    assert (feed.fetched.link.found_via, feed.fetched.link.found_in) == ("seed", "seed")
    assert (feed.state.etag, feed.state.failures) == ('"1"', 0)
    assert feed.state.body_sha256 == feed.fetched.digest
    assert feed.state.detail == "1 of 3 links left out"


def test_only_the_sites_own_articles_are_links():
    source = source_of(
        80,
        home="http://paper.example",
        seed={
            "hosts": ["Sister.example"],
            "include": [r"/news/"],
            "exclude": [r"/news/video"],
        },
    )
    wanted = [
        "http://paper.example/news/1",
        "https://www.paper.example/news/2",
        "https://sister.example/news/3",
        "https://m.sister.example/news/4",
    ]
    unwanted = [
        "http://paper.example/about",
        "http://paper.example/news/video/5",
        "https://other.example/news/6",
        "https://notsister.example/news/7",
        "mailto:desk@paper.example?/news/",
        "javascript:'/news/'",
        "http://[/news/",
    ]
    assert [url for url in wanted + unwanted if is_wanted(source, url)] == wanted
    everything = source_of(80, home="http://paper.example")
    assert not is_wanted(everything, "https://paper.example/#top")
    assert not is_wanted(everything, "http://www.paper.example/")


def test_a_listing_is_asked_when_it_is_due_and_with_its_validators(ports):
    async def run():
        async with HostileServer() as server:
            whole = answer(200, rss(server, "/a"), etag='W/"1"', last_modified="then")
            server.on("/feed", in_turn(whole, answer(304, b"")))
            source = source_of(server.port)
            await polls_of(ports, source)
            at_once = await polls_of(ports, source)
            hour_later = await polls_of(later(ports, hours=1), source)
            return at_once, hour_later, server.log[-1]

    at_once, (poll,), request = asyncio.run(run())
    assert at_once == []
    assert poll.fetched.reason == Reason.NOT_MODIFIED
    assert (poll.links, poll.state.failures, poll.state.etag) == ((), 0, 'W/"1"')
    assert request.headers["if-none-match"] == 'W/"1"'
    assert request.headers["if-modified-since"] == "then"


def test_validators_of_another_day_are_not_trusted(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/feed", answer(200, rss(server, "/a"), etag='"1"'))
            source = source_of(server.port)
            await polls_of(ports, source)
            again = await polls_of(later(ports, days=1), source)
            return again, server.log

    (again,), log = asyncio.run(run())
    assert not [request for request in log if "if-none-match" in request.headers]
    assert (again.links, again.state.failures) == ((), 0)


def test_a_failing_listing_is_a_poll_and_the_others_go_on(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/html", answer(200, b"<!doctype html><html></html>"))
            server.on("/gone", answer(410))
            server.on("/down", reset)
            server.on("/feed", answer(200, rss(server, "/a")))
            names = ("/html", "/gone", "/down", "/feed")
            sick = source_of(server.port, listings=listing(server, *names))
            well = source_of(server.port, name="well", home="http://well.localhost")
            return await polls_of(ports, sick, well)

    polls = {poll.state.url.rpartition("/")[2]: poll for poll in asyncio.run(run())}
    assert "HTML page" in polls["html"].state.detail
    assert polls["gone"].state.detail == "gone: 410 Gone"
    assert polls["down"].state.detail.startswith("network: ")
    assert [polls[name].state.failures for name in ("html", "gone", "down")] == [1, 1, 1]
    assert all(polls[name].state.checked_at for name in polls)


def test_a_failing_listing_is_asked_less_often_and_comes_back(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/feed", in_turn(answer(404), answer(404), answer(200, rss(server, "/a"))))
            source = source_of(server.port)
            asked = []
            for minutes in (0, 60, 180, 240, 360, 660):
                polls = await polls_of(later(ports, minutes=minutes), source)
                asked.append([poll.state.failures for poll in polls])
            return asked

    assert asyncio.run(run()) == [[1], [], [], [2], [], [0]]  # a 404 counts three


def test_a_failure_keeps_what_was_known(ports):
    async def run():
        async with HostileServer() as server:
            whole = answer(200, rss(server, "/a"), etag='"1"')
            server.on("/feed", in_turn(whole, answer(200, b"<html></html>", etag='"2"')))
            source = source_of(server.port)
            first = await polls_of(ports, source)
            second = await polls_of(later(ports, hours=1), source)
            return first[0].state, second[0].state

    first, second = asyncio.run(run())
    assert (second.etag, second.body_sha256) == (first.etag, first.body_sha256)
    assert (second.failures, second.changed_at) == (1, first.changed_at)


def test_an_index_leads_to_its_recent_children_three_levels_deep(ports):
    async def run():
        async with HostileServer() as server:
            top = index(server, ("/old.xml", "2020-01-01"), ("/1.xml", "2026-11-20"))
            server.on("/0.xml", answer(200, top, etag='"top"'))
            server.on("/old.xml", answer(200, sitemap(server, "/old")))
            for level in (1, 2, 3):
                body = index(server, (f"/{level + 1}.xml", None), ("/0.xml", None))
                server.on(f"/{level}.xml", answer(200, body))
            server.on("/2.xml", answer(200, index(server, ("/3.xml", None), ("/map.xml", None))))
            server.on("/map.xml", answer(200, sitemap(server, "/a"), etag='"m"'))
            source = source_of(server.port, listings=listing(server, "/0.xml"))
            polls = await polls_of(ports, source)
            return polls, [path for path in server.paths() if path != "/robots.txt"]

    polls, asked = asyncio.run(run())
    assert asked == ["/0.xml", "/1.xml", "/2.xml", "/3.xml", "/map.xml"]
    states = {poll.state.url.rpartition("/")[2]: poll.state for poll in polls}
    assert (states["0.xml"].etag, states["map.xml"].etag) == ('"top"', '"m"')
    assert [paths(poll.links) for poll in polls if poll.links] == [["a"]]
    parents = {p.state.url.rpartition("/")[2]: p.fetched.link.found_in for p in polls}
    assert parents["map.xml"].endswith("/2.xml")


def test_an_index_that_stays_the_same_hides_no_change_below(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/0.xml", answer(200, index(server, ("/map.xml", None)), etag='"top"'))
            both = (sitemap(server, "/a"), sitemap(server, "/a", "/b"))
            server.on("/map.xml", in_turn(*(answer(200, body) for body in both)))
            source = source_of(server.port, listings=listing(server, "/0.xml"))
            await polls_of(ports, source)
            polls = await polls_of(later(ports, hours=1), source)
            return [link for poll in polls for link in poll.links]

    assert paths(asyncio.run(run())) == ["a", "b"]


def test_a_kill_between_listing_and_ledger_loses_no_link(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/feed", answer(200, rss(server, "/a"), etag='"1"'))
            source = source_of(server.port)
            killed = await polls_of(ports, source, remember=False)
            again = await polls_of(ports, source)
            return killed, again

    killed, again = asyncio.run(run())
    assert paths(killed[0].links) == paths(again[0].links) == ["a"]


def test_an_unchanged_index_is_not_read_again_and_its_children_are_asked_by_what_it_states(ports):
    async def run():
        async with HostileServer() as server:
            tops = [
                index(server, ("/1.xml", day), ("/2.xml", "2026-11-20"))
                for day in ("2026-11-20", "2026-11-21")
            ]
            changed = answer(200, tops[1], etag='"2"')
            server.on("/0.xml", in_turn(answer(200, tops[0], etag='"1"'), answer(304), changed))
            first, second = sitemap(server, "/a"), sitemap(server, "/a", "/b")
            server.on("/1.xml", in_turn(answer(200, first), answer(200, second)))
            server.on("/2.xml", answer(200, sitemap(server, "/c"), etag='"c"'))
            source = source_of(server.port, listings=listing(server, "/0.xml"))
            asked = []
            for hours in (0, 2, 5, 29):
                server.log.clear()
                polls = await polls_of(later(ports, hours=hours), source)
                links = [link for poll in polls for link in poll.links]
                asked.append((server.paths(), paths(links)))
            return asked

    everything = ["/0.xml", "/1.xml", "/2.xml"]
    assert asyncio.run(run()) == [
        (["/robots.txt", *everything], ["a", "c"]),
        (["/0.xml"], []),
        (["/0.xml", "/1.xml"], ["a", "b"]),
        (["/robots.txt", *everything], []),  # once a day they are asked, whatever it states
    ]


def test_an_edited_selection_offers_the_links_of_an_unchanged_listing_again(ports):
    async def run():
        async with HostileServer() as server:
            body = rss(server, "/news/1", "/sport/2")
            server.on("/feed", answer(200, body, etag='"1"'))
            for seed in ({"include": ["/news/"]}, {"include": ["/news/", "/sport/"]}):
                polls = await polls_of(ports, source_of(server.port, seed=seed))
            return polls, server.log[-1]

    (poll,), request = asyncio.run(run())
    assert paths(poll.links) == ["1", "2"]
    assert "if-none-match" not in request.headers


def test_validators_that_do_not_change_with_the_listing_are_no_longer_sent(ports):
    async def run():
        async with HostileServer() as server:
            bodies = [rss(server, "/a"), rss(server, "/a", "/b"), rss(server, "/b", "/c")]
            server.on("/feed", in_turn(*(answer(200, body, etag='"1"') for body in bodies)))
            source = source_of(server.port)
            states = []
            for days in (0, 1, 1.1):
                ((poll),) = await polls_of(later(ports, days=days), source)
                states.append((poll.state.distrusted, poll.state.etag))
            return states, [request.headers.get("if-none-match") for request in server.log]

    states, sent = asyncio.run(run())
    assert states == [(False, '"1"'), (True, None), (True, None)]
    assert set(sent) == {None}


def test_a_window_that_overflowed_is_a_gap_and_is_asked_sooner(ports):
    async def run():
        async with HostileServer() as server:
            windows = [range(8), range(4, 12), range(20, 28)]
            bodies = [rss(server, *(f"/{n}" for n in window)) for window in windows]
            server.on("/feed", in_turn(*(answer(200, body) for body in bodies)))
            source = source_of(server.port, seed={"every_minutes": 60, "min_minutes": 10})
            return [(await polls_of(later(ports, hours=hours), source))[0] for hours in range(3)]

    polls = asyncio.run(run())
    assert [bool(poll.gap) for poll in polls] == [False, False, True]
    assert polls[-1].gap == (
        "gap: none of the 8 links of 2026-11-21 11:00 is among the 8 of 2026-11-21 10:00; what "
        "was listed between is missed. It is asked every 10 minutes from now on"
    )
    assert [poll.state.gaps for poll in polls] == [0, 0, 1]
    tally = Tally("crawl", SLOT)
    tally.polls(polls)
    report = tally.report()
    assert report.counts["paper"] == {"links": 24, "listings": 3, "gaps": 1}
    assert report.warnings[0].startswith("paper: http://paper.localhost:")


def test_discovery_can_be_stopped(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/feed", answer(200, rss(server, "/a")))
            sources = {
                name: source_of(server.port, name=name, home=f"http://{name}.localhost")
                for name in ("one", "two")
            }
            async with fetcher_for(ports) as fetcher:
                polls = discover(sources, fetcher, ports)
                first = await anext(polls)
                await polls.aclose()
            return first

    assert asyncio.run(run()).state.checked_at
