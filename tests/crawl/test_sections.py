"""Section pages: which links are articles, what they claim, and how far a section is read."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pipeline.crawl.discover import discover
from pipeline.crawl.listings import read_listing
from pipeline.model import Slot
from pipeline.ports import Ports
from pipeline.sources import Listing
from tests.crawl.conftest import fetcher_for, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, reset

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Slot.parse("2026-11-21T09:00")
BASE = "https://paper.example/politics/"
ARTICLE = re.compile(r"/20\d\d/")


def read(html, base=BASE, content_type="text/html; charset=utf-8", article=ARTICLE):
    body = html if isinstance(html, bytes) else html.encode()
    return read_listing(body, content_type, base, UTC, article)


def links(html, **given):
    return [(entry.url, entry.title) for entry in read(html, **given).entries]


def test_links_that_match_are_articles_with_their_text_as_title():
    html = """<!doctype html><nav><a href="/about">About</a> <a href="/2026/">2026</a></nav>
        <a href="/2026/11/storm">Storm over <b>the  harbour</b></a>
        <a href="https://paper.example/2026/11/bridge#comments">Bridge &amp; ferry reopen</a>
        <a href="mailto:desk@paper.example?/2026/">Write</a>
        <a href="javascript:open('/2026/')">Open</a><a>none</a><a href="">none</a>"""
    found = read(html, article=re.compile(r"/2026/\d\d/"))
    assert found.via == "section"
    assert [(e.url, e.title) for e in found.entries] == [
        ("https://paper.example/2026/11/storm", "Storm over the harbour"),
        ("https://paper.example/2026/11/bridge", "Bridge & ferry reopen"),
    ]


@pytest.mark.parametrize(
    ("html", "title"),
    [
        (
            """<a href="/2026/a"><img alt=""></a><h3><a href="/2026/a">Storm</a></h3>
            <a href="/2026/a?utm_source=x#more">Read the whole of this story</a>""",
            "Storm",
        ),
        (
            '<a href="/2026/a">12 comments</a><a href="/2026/a">Storm over the harbour wall</a>',
            "Storm over the harbour wall",
        ),
        ('<a href="/2026/a"><h2>Storm</h2><p>It came at night.</p></a>', "Storm"),
        ('<a href="/2026/a">' + "It came at night. " * 40 + "</a>", None),
        ('<a href="/2026/a" title="Storm"><img></a>', "Storm"),
    ],
)
def test_of_several_links_to_one_article_the_best_title_counts(html, title):
    assert links(f"<html><body>{html}</body></html>") == [("https://paper.example/2026/a", title)]


def test_the_page_itself_is_no_article_and_base_is_heeded():
    html = """<html><head><base href="https://paper.example/archive/">
        <link rel="canonical" href="/2026/all"></head><body>
        <a href="2026/a">Storm</a><a href="/2026/all?page=1#top">Top</a>
        <a href="/2026/all">All</a><a href="#/2026/">Here</a></body></html>"""
    base = "https://paper.example/2026/all?page=1"
    assert links(html, base=base) == [("https://paper.example/archive/2026/a", "Storm")]
    assert read(html, base=base).page == "https://paper.example/2026/all"


def test_a_time_beside_a_link_is_its_claim():
    html = """<ul><li><a href="/2026/a">Storm</a> <time datetime="2026-11-20T08:30+02:00">20 Nov</time>
        <li><a href="/2026/b">Ferry</a> <a href="/2026/c">Bridge</a>
        <time datetime="2026-11-19">1</time><time datetime="2026-11-18">2</time></ul>"""
    dates = {entry.url[-1]: entry.published_at for entry in read(html).entries}
    assert dates == {"a": datetime(2026, 11, 20, 6, 30, tzinfo=UTC), "b": None, "c": None}


def test_charsets_and_broken_markup():
    russian = '<a href="/2026/a">Новости дня в городе</a>'
    assert links(russian.encode("cp1251"), content_type="text/html; charset=windows-1251") == [
        ("https://paper.example/2026/a", "Новости дня в городе")
    ]
    meta = '<meta charset="windows-1251">' + russian
    assert links(meta.encode("cp1251"), content_type="text/html")[0][1] == "Новости дня в городе"
    broken = "<div><a href=/2026/a>Storm</i><div></a></b><a href='/2026/b'>Ferry"
    assert [url[-1] for url, _ in links(broken)] == ["a", "b"]
    assert read("").problem == "it is empty"


def test_a_feed_in_the_place_of_a_section_is_read_as_a_feed():
    feed = "<rss version='2.0'><channel><item><link>https://paper.example/1</link></item></channel></rss>"
    assert (read(feed).via, len(read(feed).entries)) == ("feed", 1)
    assert "HTML page" in read_listing(b"<html></html>", "text/html", BASE).problem


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "section"}, "needs `article`"),
        ({"kind": "feed", "article": "/x/"}, "are for `kind: section`"),
        ({"kind": "section", "article": "("}, "not a regular expression"),
        ({"kind": "section", "article": "/x/", "pages": "https://p.example/2"}, "must contain {n}"),
        ({"kind": "section", "article": "/x/", "pages": "ftp://p/{n}"}, "no http"),
    ],
)
def test_a_seed_that_cannot_work_is_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        Listing.model_validate({"url": "https://paper.example/politics"} | fields)


# --- over HTTP ---


def page_of(*numbers, canonical=""):
    links = "".join(f'<li><a href="/2026/{n}">Story number {n} of the year</a>' for n in numbers)
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return answer(200, f"<!doctype html><head>{head}</head><ul>{links}</ul>".encode())


def section_of(server, **fields):
    listing = {
        "url": server.url("/politics"),
        "kind": "section",
        "article": r"/2026/\d+$",
        "pages": server.url("/politics?page={n}").replace("%7B", "{").replace("%7D", "}"),
        "max_pages": 4,
    }
    return source_of(server.port, listings=[listing | fields])


async def polls_at(ports, source, *, remember=True, **later):
    at = Ports(ports.store, ports.ledger, lambda: NINE + timedelta(**later))
    async with fetcher_for(at) as fetcher:
        polls = [poll async for poll in discover({source.id: source}, fetcher, at)]
    for poll in polls:
        if remember or poll.state is None:  # a run is killed before its last poll
            at.ledger.remember(poll.links, [poll.state] if poll.state else [], SLOT)
    return polls


def asked(server):
    return [path for path in server.paths() if path != "/robots.txt"]


def test_a_section_is_read_page_by_page_until_nothing_is_new(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", in_turn(page_of(5, 6), page_of(7, 8)))
            second = [page_of(3, 4), page_of(5, 6), page_of(5, 6)]
            server.on("/politics?page=2", in_turn(*second))
            server.on("/politics?page=3", answer(404))
            source = section_of(server)
            first = await polls_at(ports, source)
            paths = asked(server)
            server.log.clear()
            second = await polls_at(ports, source, hours=1)
            return first, paths, second, asked(server)

    first, paths, second, again = asyncio.run(run())
    assert paths == ["/politics", "/politics?page=2", "/politics?page=3"]
    assert [poll.state is None for poll in first] == [True, True, False]
    urls = {link.url.rpartition("/")[2] for poll in first for link in poll.links}
    assert urls == {"3", "4", "5", "6"}
    link = first[1].links[0]
    assert (link.found_via, link.title) == ("section", "Story number 3 of the year")
    assert link.found_in.endswith("/politics")
    assert (first[-1].state.failures, first[-1].state.gaps) == (0, 0)
    assert again == ["/politics", "/politics?page=2"]
    assert [bool(poll.gap) for poll in second] == [False, False]


def test_a_section_without_an_end_is_read_so_far_and_a_repeated_page_ends_it(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", page_of(1))
            for number in (2, 3, 4, 5):
                server.on(f"/politics?page={number}", page_of(number))
            await polls_at(ports, section_of(server))
            endless = asked(server)
            server.log.clear()
            server.on("/again", page_of(11, canonical="/again"))
            server.on("/again?page=2", page_of(12, canonical="/again"))
            url = server.url("/again")
            source = section_of(server, url=url, pages=url + "?page={n}")
            await polls_at(ports, source)
            return endless, asked(server)

    endless, repeated = asyncio.run(run())
    assert endless == ["/politics", *(f"/politics?page={n}" for n in (2, 3, 4))]
    assert repeated == ["/again", "/again?page=2"]


def test_a_kill_between_two_pages_loses_no_link(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", page_of(3, 4))
            server.on("/politics?page=2", page_of(1, 2))
            server.on("/politics?page=3", answer(404))
            source = section_of(server)
            await polls_at(ports, source, remember=False)
            return await polls_at(ports, source, minutes=1)

    polls = asyncio.run(run())
    assert {link.url[-1] for poll in polls for link in poll.links} == {"1", "2", "3", "4"}


def test_a_page_that_fails_is_asked_for_again(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", page_of(3, 4))
            server.on("/politics?page=2", in_turn(reset, page_of(1, 2)))
            server.on("/politics?page=3", answer(404))
            source = section_of(server)
            first = await polls_at(ports, source)
            return first, await polls_at(ports, source, hours=3)

    first, second = asyncio.run(run())
    assert (first[-1].state.failures, first[-1].state.body_sha256) == (1, None)
    assert first[-1].state.detail.startswith("page 2: network")
    assert {link.url[-1] for poll in second for link in poll.links} == {"1", "2", "3", "4"}
    assert second[-1].state.failures == 0


def test_a_section_that_moved_on_by_all_its_pages_is_a_gap(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", in_turn(page_of(1, 2), page_of(91, 92)))
            server.on("/politics?page=2", in_turn(answer(404), page_of(81, 82)))
            source = section_of(server, max_pages=2)
            await polls_at(ports, source)
            return await polls_at(ports, source, hours=1)

    polls = asyncio.run(run())
    assert [bool(poll.gap) for poll in polls] == [False, True]
    assert polls[-1].state.gaps == 1


def test_a_section_whose_pattern_matches_nothing_is_a_failure(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/politics", page_of(1))
            return await polls_at(ports, section_of(server, article="/never/"))

    (poll,) = asyncio.run(run())
    assert poll.state.detail == "none of its links matches the `article` of the seed"
    assert poll.state.weight == 3
