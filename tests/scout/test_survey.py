"""The way through a site that has a bit of everything, and through sites that do not answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.boilerplate import load_rules
from pipeline.errors import SiteChanged, TryLater
from pipeline.jobs import utc_now
from pipeline.model import Slot
from pipeline.ports import Ports
from pipeline.scout.asking import MOST_REQUESTS, Asking
from pipeline.scout.survey import survey
from pipeline.scout.write import seed_text
from pipeline.trial import generic_source
from pipeline.workers import Judge
from tests.cli.conftest import ROOT
from tests.crawl.conftest import AGENT, fetcher_for
from tests.crawl.hostile import HostileServer, answer, bomb, robots, stall

NOW = utc_now()
RULES = load_rules(ROOT / "seeds" / "boilerplate", ROOT / "seeds" / "walls")
SENTENCE = (
    "The keeper of lamp {n} wrote that the night was calm, that the sea was low, and that boat {n} "
    "came home before the rain began to fall on the harbour and on the roofs above it. "
)


def article(n, lang="en"):
    head = f'<meta property="article:published_time" content="{when(n).isoformat()}">'
    text = "".join(f"<p>{SENTENCE.format(n=n + k)}</p>" for k in range(6))
    return f'<html lang="{lang}"><head><title>Night {n}</title>{head}</head><body><article><h1>Night {n} was calm at the lamp</h1>{text}</article></body></html>'.encode()


def when(n):
    return (NOW - n * timedelta(hours=3)).replace(microsecond=0)


def feed(server, numbers, suffix="", path="/2026/night-{n}-was-calm/"):
    items = "".join(
        f"<item><title>Night {n}</title><link>{server.url(path.format(n=n))}{suffix}</link>"
        f"<pubDate>{format_datetime(when(n))}</pubDate></item>"
        for n in numbers
    )
    body = f"<rss version='2.0'><channel><title>Lamp</title>{items}</channel></rss>"
    return answer(200, body.encode(), content_type="application/rss+xml")


def sitemap(server, paths, kind="url"):
    entries = "".join(f"<{kind}><loc>{server.url(path)}</loc></{kind}>" for path in paths)
    root = "urlset" if kind == "url" else "sitemapindex"
    return answer(200, f"<{root}>{entries}</{root}>".encode(), content_type="application/xml")


HOME = b"""<html lang="en"><head><title>The Lamp</title>
<link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" href="/replies/">
<link rel="alternate" type="application/rss+xml" href="/harbour/feed/">
<link rel="alternate" type="application/rss+xml" hreflang="ru" href="/ru/feed/">
<link rel="alternate" type="application/rss+xml" href="/slow/">
<link rel="alternate" type="application/rss+xml" href="/bomb/">
<link rel="alternate" hreflang="ru" href="/ru/"></head><body><a href="/feed/">RSS</a></body></html>"""


def furnish(server):
    """A site with feeds of all sorts, and an index of sitemaps of which one is of articles."""
    server.on("/robots.txt", robots("Sitemap: /map.xml\nUser-agent: *\nCrawl-delay: 0.01\n"))
    server.on("/", answer(200, HOME))
    for n in range(40):
        server.on(f"/2026/night-{n}-was-calm/", answer(200, article(n)))
    server.on("/feed/", feed(server, range(12)))
    server.on("/comments/feed/", feed(server, range(11)))
    server.on("/replies/", feed(server, range(12), "#comment-7"))
    server.on("/harbour/feed/", feed(server, range(0, 12, 3)))
    server.on("/ru/feed/", feed(server, range(12), path="/ru/noch-{n}/"))
    server.on("/slow/", stall)
    server.on("/bomb/", bomb(megabytes=64))
    parts = ["/post-sitemap.xml", "/post_tag-sitemap.xml", "/author-sitemap.xml"]
    server.on("/map.xml", sitemap(server, parts, "sitemap"))
    nights = [f"/2026/night-{n}-was-calm/" for n in range(40)]
    server.on("/post-sitemap.xml", sitemap(server, nights))


@pytest.fixture
def look(tmp_path):
    """Survey a site on the hostile server; return what was found and the server."""

    def looked(arrange, start="/", host="paper.localhost"):
        async def run():
            async with HostileServer() as server:
                arrange(server)
                return await surveyed(server), server

        async def surveyed(server):
            url = server.url(start, host)
            source = generic_source(url)
            gentle = {"delay_s": 0, "timeout_s": 1.5, "retries": 0, "tdmrep": False}
            source = source.model_copy(update={"fetch": source.fetch.model_copy(update=gentle)})
            ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}", 5)
            ports = Ports(open_store(str(tmp_path / "lake")), ledger, utc_now)
            judge = Judge({source.id: source}, RULES, Slot.containing(NOW))
            async with fetcher_for(ports) as fetcher:
                asking = Asking(fetcher, ports, source, utc_now() + timedelta(minutes=5))
                return await survey(url, asking, lambda pages: [judge(p) for p in pages], AGENT)

        return asyncio.run(run())

    return looked


def paths(found, *, used=True):
    return {one.listing.url.partition("/")[2].partition("/")[2].partition("/")[2]: one.why for one in found.listings if one.use is used}  # fmt: skip


def test_the_best_listings_are_used_and_the_others_are_told(look):
    found, server = look(furnish)
    assert set(paths(found)) == {"feed/", "post-sitemap.xml"}
    left_out = paths(found, used=False)
    assert left_out["comments/feed/"] == left_out["replies/"] == "readers' comments, not articles"
    assert left_out["harbour/feed/"].startswith("adds nothing to")
    assert left_out["ru/feed/"] == "the edition in another language (ru)"
    assert left_out["slow/"].startswith("timeout")
    assert left_out["bomb/"].startswith("too_large")
    assert "/post_tag-sitemap.xml" not in server.paths()
    assert found.editions == (("ru", server.url("/ru/")),)
    assert (found.name, found.languages, len(found.samples)) == ("The Lamp", ("en",), 20)
    assert found.articles_a_day == pytest.approx(8, abs=0.5)
    assert server.paths().count("/feed/") == 1


def test_the_seed_says_what_was_shared_and_what_a_person_should_look_at(look):
    found, server = look(furnish)
    text = seed_text(found, "lamp", NOW.date(), {})
    assert "12 of them are listed above, too" in " ".join(text.replace("#", " ").split())
    assert f"- {server.url('/slow/')}: timeout" in text
    assert "Another edition, ru:" in text
    hostile = replace(found, name='Lamp: "1" # x\nlistings: []\x1b[31m', home="https://a.example/")
    assert "name: 'Lamp: \"1\" # x listings: [] [31m'" in seed_text(hostile, "lamp", NOW.date(), {})


@pytest.mark.parametrize("start", ["/map.xml", "/harbour/feed/", "/2026/night-3-was-calm/"])
def test_wherever_it_begins(look, start):
    found, server = look(furnish, start)
    assert {"feed/", "post-sitemap.xml"} <= set(paths(found))
    assert found.home == server.url("/")


def test_a_feed_that_lies_elsewhere_leads_to_its_site(look):
    def arrange(server):
        furnish(server)
        server.on("/lamp.rss", feed(server, range(15)), host="feeds.other.example.localhost")

    found, server = look(arrange, "/lamp.rss", host="feeds.other.example.localhost")
    assert found.home == server.url("/")
    assert found.samples


def test_requests_are_bounded_however_much_a_site_names(look):
    def arrange(server):
        furnish(server)
        lines = "".join(f"Sitemap: /maps/{n}.xml\n" for n in range(500))
        server.on("/robots.txt", robots(lines))
        for n in range(500):
            nights = [f"/2026/night-{k}-was-calm/?m={n}" for k in range(9)]
            server.on(f"/maps/{n}.xml", sitemap(server, nights))

    found, server = look(arrange)
    assert found.requests <= MOST_REQUESTS
    assert len(server.log) <= MOST_REQUESTS + 2


def test_a_site_whose_robots_cannot_be_read_is_for_later(look):
    with pytest.raises(TryLater, match=r"robots\.txt cannot be read"):
        look(lambda server: (furnish(server), server.on("/robots.txt", stall)))


def test_a_page_without_links_says_what_to_do(look):
    with pytest.raises(SiteChanged, match="Give the address of a section"):
        look(lambda server: server.on("/", answer(200, b"<html><body>Soon</body></html>")))
