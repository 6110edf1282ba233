"""What a site says of the use of its pages: read wherever it is said, heeded where the seed says so."""

from __future__ import annotations

import asyncio
import json

import pytest

from pipeline.crawl.opt_outs import Reservation, read_tdmrep, said_by_robots, said_of_page
from pipeline.crawl.raw import RawArchive, read_pages, recover
from pipeline.crawl.robots import Rules, read_rules
from pipeline.model import Page, Reason, Slot
from tests.crawl.conftest import due_of, fetcher_for, source_of
from tests.crawl.hostile import HostileServer, answer, robots

US = Rules("TestBot")
SLOT = Slot.parse("2026-11-21T09:00")
NOTHING = Reservation()


def head(markup):
    return f"<html><head>{markup}</head><body><meta name=robots content=noai></body>".encode()


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Robots-Tag": "noindex, NoArchive"}, ["noarchive@header", "noindex@header"]),
        ({"x-robots-tag": "none"}, ["noindex@header"]),
        ({"X-Robots-Tag": "otherbot: noindex"}, []),
        ({"X-Robots-Tag": "otherbot: noindex, noai, testbot: noarchive"}, ["noarchive@header"]),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2010, noai"}, ["noai@header"]),
        ({"X-Robots-Tag": "max-snippet: -1, index, follow"}, []),
        ({"TDM-Reservation": "1", "tdm-policy": "https://p.example/t"}, ["tdm@header"]),
        ({"tdm-reservation": "0"}, []),
        ({"Content-Usage": "train-ai=n, search=y"}, ["train-ai=n@header"]),
        ({"Content-Usage": "train-ai = n;x, bots=no"}, ["bots=no@header", "train-ai=n@header"]),
    ],
)
def test_headers(headers, found):
    assert list(said_of_page(tuple(headers.items()), b"", US, NOTHING).opt_outs) == found


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<meta name="robots" content="noindex,nofollow">', ["noindex@meta"]),
        ("<META CONTENT='NOAI, noimageai' NAME='ROBOTS'/>", ["noai@meta", "noimageai@meta"]),
        ("<meta name=testbot content=noarchive>", ["noarchive@meta"]),
        ("<meta name=googlebot content=noindex>", []),
        ('<!-- <meta name="robots" content="noindex"> -->', []),
        ("<script>var a = '<meta name=robots content=noindex>'</script>", []),
        ('<meta name="tdm-reservation" content="1">', ["tdm@meta"]),
        ('<meta name="description" content="robots, noindex">', []),
        ('<meta property="og:title" content="The robots" />', []),
    ],
)
def test_robots_meta_in_the_head(markup, found):
    assert list(said_of_page((), head(markup), US, NOTHING).opt_outs) == found


@pytest.mark.parametrize(
    "markup",
    ["<meta " * 40_000, "<meta robots>" * 20_000, f"<meta robots {'a' * 250_000}>"],
    ids=["open", "many", "long"],
)
def test_a_head_of_nothing_but_metas_takes_no_minute(markup):
    assert said_of_page((), markup.encode(), US, NOTHING).opt_outs == ()


def test_of_reservations_the_one_nearest_to_the_page_holds():
    meta = head('<meta name="tdm-reservation" content="0">')
    header = (("tdm-reservation", "1"), ("tdm-policy", "https://h.example/p"))
    file = Reservation(reserved=True, policy="https://f.example/p")
    assert said_of_page(header, meta, US, file).opt_outs == ()
    said = said_of_page(header, b"", US, file)
    assert (said.opt_outs, said.tdm_policy) == (("tdm@header",), "https://h.example/p")
    said = said_of_page((), b"", US, file)
    assert (said.opt_outs, said.tdm_policy) == (("tdm@tdmrep.json",), "https://f.example/p")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("User-agent: GPTBot\nUser-agent: ccbot\nDisallow: /", ["CCBot", "GPTBot"]),
        ("User-agent: GPTBot\nDisallow: /private", []),
        ("User-agent: otherbot\nDisallow: /", []),
        ("User-agent: *\nDisallow: /\nUser-agent: TestBot\nAllow: /", []),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", ["ai-train=no"]),
        ("User-Agent: *\nContent-Usage: /a train-ai=n\nAllow: /", ["train-ai=n"]),
    ],
)
def test_what_robots_says_of_ai(text, found):
    rules = read_rules(200, text.encode(), "TestBot")
    assert list(said_by_robots(rules)) == [f"{word}@robots.txt" for word in found]


@pytest.mark.parametrize(
    ("location", "path", "fits"),
    [
        ("/", "/a", True),
        ("/a/", "/a", False),
        ("/*.html", "/x/y.html?p=1", True),
        ("/*.html$", "/x/y.html?p=1", False),
        ("/*.html$", "/a.html.html", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a*a$", "/a", False),
        ("/*/b/*/d", "/a/b/c/d", True),
        ("/*a*a*a*a*a*a*a*a*b$", "/" + "a" * 5000, False),
        ("/%7Eann/%61", "/~ann/a", True),
        ("/~ann/", "/%7eann/a", True),
        ("/a%2fb", "/a%2Fb", True),
        ("/a%2Fb", "/a/b", False),
        ("/foo-%24", "/foo-$", True),
        ("/foo-%24$", "/foo-$", True),
        ("/f$o", "/f$oo", True),
        ("/%2A", "/*", True),
        ("/%2A", "/a", False),
        ("/новости/", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", True),
        ("/A", "/a", False),
    ],
)
def test_a_tdmrep_rule_and_the_paths_it_is_for(location, path, fits):
    body = json.dumps([{"location": location, "tdm-reservation": 1}]).encode()
    assert (read_tdmrep(body, f"https://e.example{path}").reserved is True) is fits


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"\xff", b"<html>", b"[" * 100_000, b'[{"location": 1}]']
)
def test_a_tdmrep_that_is_none_says_nothing(body):
    assert read_tdmrep(body, "https://e.example/a") == NOTHING


def test_the_first_rule_of_a_tdmrep_that_fits_holds():
    rules = [
        {"location": "/open/", "tdm-reservation": 0},
        {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://e.example/policy"},
    ]
    body = json.dumps(rules).encode()
    assert read_tdmrep(body, "https://e.example/open/1").reserved is False
    assert read_tdmrep(body, "https://e.example/1") == Reservation(
        reserved=True, policy="https://e.example/policy"
    )


@pytest.mark.parametrize(
    ("first", "reserved"),
    [
        ({"location": "/"}, True),  # no rule: both properties are mandatory
        ({"tdm-reservation": 0}, True),
        ({"location": "/", "tdm-reservation": 2}, None),  # unset, and the first that fits
        ({"location": "/", "tdm-reservation": True}, None),
    ],
)
def test_a_rule_without_its_properties_is_none_and_a_wrong_value_says_nothing(first, reserved):
    body = json.dumps([first, {"location": "/", "tdm-reservation": 1}]).encode()
    assert read_tdmrep(body, "https://e.example/a").reserved is reserved


def test_a_policy_counts_only_where_mining_is_reserved():
    header = (("tdm-policy", "https://h.example/p"),)
    assert said_of_page(header, b"", US, NOTHING).tdm_policy is None
    assert said_of_page((("tdm-reservation", "0"), *header), b"", US, NOTHING).tdm_policy is None
    file = Reservation(reserved=True, policy="https://f.example/p")
    said = said_of_page(header, b"", US, file)
    assert (said.opt_outs, said.tdm_policy) == (("tdm@tdmrep.json",), "https://h.example/p")


def site(server):
    server.on("/robots.txt", robots("User-agent: GPTBot\nDisallow: /\nUser-agent: *\nAllow: /"))
    server.on("/a", answer(200, head("<meta name=robots content=noarchive>"), x_robots_tag="noai"))
    rules = b'[{"location": "/b", "tdm-reservation": 1, "tdm-policy": "https://e.example/p"}]'
    server.on("/.well-known/tdmrep.json", answer(200, rules, content_type="application/json"))
    server.on("/b", answer(200))


async def ask(ports, heed, path):
    async with HostileServer() as server:
        site(server)
        source = source_of(server.port, heed=heed, tdmrep=True)
        async with fetcher_for(ports) as fetcher:
            fetched = await fetcher.article(due_of(server.url(path)), source)
            await fetcher.article(due_of(server.url("/b")), source)
            return fetched, server.paths()


def test_all_is_recorded_and_nothing_heeded_unless_the_seed_says_so(ports):
    page, asked = asyncio.run(ask(ports, [], "/a"))
    assert isinstance(page, Page)
    assert page.terms.opt_outs == ("GPTBot@robots.txt", "noai@header", "noarchive@meta")
    assert page.terms.robots_digest
    assert asked.count("/.well-known/tdmrep.json") == 1
    archive = RawArchive(ports.store, SLOT, "0")
    archive.keep([page])
    [back] = read_pages(ports.store, SLOT, "0")
    assert back.terms == page.terms
    assert next(iter(recover(ports.store, SLOT))).terms == page.terms


@pytest.mark.parametrize(
    ("heed", "path", "word", "is_asked"),
    [
        (["noai"], "/a", "noai@header", True),
        (["noindex", "noarchive"], "/a", "noarchive@meta", True),
        (["ai"], "/a", "GPTBot@robots.txt", False),
        (["tdm"], "/b", "tdm@tdmrep.json", False),
        (["noindex", "usage", "tdm"], "/a", None, True),
        (["noai"], "/b", None, True),
    ],
)
def test_what_the_seed_heeds_excludes(ports, heed, path, word, is_asked):
    fetched, asked = asyncio.run(ask(ports, heed, path))
    assert (path in asked) is is_asked
    if word is None:
        assert isinstance(fetched, Page)
    else:
        assert fetched.reason == Reason.OPTED_OUT
        assert fetched.detail.startswith(word)


def test_a_tdmrep_is_asked_for_once_a_day_and_binds_nobody_when_it_fails(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/.well-known/tdmrep.json", answer(404))
            for path in ("/a", "/b"):
                server.on(path, answer(200))
                source = source_of(server.port, tdmrep=True, heed=["tdm"])
                async with fetcher_for(ports) as fetcher:
                    page = await fetcher.article(due_of(server.url(path)), source)
                    assert page.terms.opt_outs == ()
            return server.paths()

    assert asyncio.run(run()).count("/.well-known/tdmrep.json") == 1
