"""What a hub pushes: kept if it is signed, read by the next crawl, its articles fetched once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from pipeline import flow
from pipeline.crawl.pushes import MAX_WAITING, keep_push, pushed_page
from pipeline.crawl.raw import read_fetches
from pipeline.model import Slot, State
from pipeline.urls import url_key
from pipeline.websub.receive import is_signed
from tests.crawl.conftest import fetcher_for, source_of
from tests.crawl.hostile import HostileServer, answer
from tests.websub.conftest import LIMIT, SLOT, START, TOPIC, Subscriber
from tests.websub.hub import Hub, sha1_of

NEXT = Slot.containing(START + timedelta(hours=1))


def feed(*urls, hub="", topic=TOPIC):
    links = f'<a:link rel="hub" href="{hub}"/><a:link rel="self" href="{topic}"/>' if hub else ""
    items = "".join(f"<item><link>{url}</link><title>News</title></item>" for url in urls)
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom">'
    return f"{head}<channel>{links}{items}</channel></rss>".encode()


def with_hub(folder, story, **how):
    async def run():
        async with Hub(**how) as hub, Subscriber(folder, hub) as here:
            here.offers()
            await here.service.round()
            await story(hub, here)

    asyncio.run(run())


async def crawl(here, source, slot):
    async with fetcher_for(here.ports) as fetcher:
        return await flow.crawl(
            {"paper": source},
            slot,
            "0",
            here.ports,
            fetcher=fetcher,
            deadline=here.clock() + timedelta(hours=1),
        )


def test_from_the_first_poll_to_the_article_that_was_pushed(folder):
    async def run():
        async with HostileServer() as site, Hub() as hub, Subscriber(folder, hub) as here:
            source = source_of(site.port, ports=[site.port, hub.port])
            here.sources = {"paper": source}
            known, news = site.url("/2026/known"), site.url("/2026/news")
            for url in (known, news):
                site.on(url.removeprefix(site.url("")), answer(200, b"<p>A page.</p>"))
            listed = feed(known, hub=hub.url)
            site.on("/feed", answer(200, listed, content_type="application/rss+xml"))
            await crawl(here, source, SLOT)
            await here.service.round()
            assert await hub.push(TOPIC, feed(known, news)) == 202
            here.clock.pass_(minutes=5)
            report = await crawl(here, source, NEXT)
            assert report.counts["paper"] == {"links": 2, "pushes": 1, "pages": 1}
            assert site.paths().count("/feed") == 1
            assert site.paths().count("/2026/news") == 1
            assert here.inbox() == []
            (standing,) = here.ports.ledger.find(url_key(news))
            assert standing.state == State.FETCHED
            (place,) = here.ports.ledger.places(url_key(news))
            assert place.link.found_in == source.listings[0].url
            rows = read_fetches(here.ports.store, NEXT).to_pylist()
            told = {(row["kind"], row["found_via"], row["url_final"]) for row in rows}
            assert ("listing", "websub", TOPIC) in told
            # The next poll finds what was pushed, and nothing new: it is asked less often.
            site.on("/feed", answer(200, feed(news, hub=hub.url)))
            before = here.ports.ledger.listings("paper")[source.listings[0].url]
            here.clock.pass_(hours=2)
            report = await crawl(here, source, Slot.containing(here.clock()))
            after = here.ports.ledger.listings("paper")[source.listings[0].url]
            assert report.counts["paper"] == {"links": 1, "listings": 1}
            assert after.interval_s == before.interval_s * 1.5
            assert after.gaps == 0

    asyncio.run(run())


def test_a_crawl_that_was_killed_reads_a_push_again_and_nothing_changes(folder):
    async def story(hub, here):
        source = here.source
        news = f"{source.home}news"
        assert await hub.push(TOPIC, feed(news)) == 202
        (key,) = here.inbox()
        kept = here.ports.store.get(key)
        here.ports.ledger.remember([], [], SLOT)
        await crawl(here, source, SLOT)
        here.ports.store.put(key, kept)  # as if it had been killed before it took it away
        counts = here.ports.ledger.counts()
        await crawl(here, source, SLOT)
        assert here.inbox() == []
        assert {k: sum(v.values()) for k, v in here.ports.ledger.counts().items()} == {
            k: sum(v.values()) for k, v in counts.items()
        }

    with_hub(folder, story)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"notes of an operator",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"listing": 5, "topic": "t", "content_type": "", "at": "2026-11-21T09:00:00+00:00"}',
        b'{"listing": "l", "topic": "t", "content_type": "", "at": "2026-11-21T09:00:00"}',
        b'{"listing": "l"}',
    ],
)
def test_what_is_no_push_is_set_aside_and_told_and_stops_nothing(folder, content):
    async def story(hub, here):
        assert await hub.push(TOPIC, feed(f"{here.source.home}news")) == 202
        here.ports.store.put("inbox/paper/stray.txt", content)
        report = await crawl(here, here.source, SLOT)
        assert report.counts["paper"]["pushes"] == 1
        [line] = [line for line in report.warnings if "stray" in line]
        assert line == (
            "paper: inbox/paper/stray.txt is no push: set aside as aside/inbox/paper/stray.txt; "
            "who wrote it?"
        )
        assert here.inbox() == []
        assert here.ports.store.get("aside/inbox/paper/stray.txt") == content

    with_hub(folder, story)


def test_a_thin_or_broken_push_makes_its_listing_due(folder):
    async def story(hub, here):
        listing = here.listing
        state = here.ports.ledger.listings("paper")[listing]
        assert state.checked_at is None
        for body in (b"", b"something is new", feed()):
            assert await hub.push(TOPIC, body) == 202
            here.clock.pass_(seconds=1)
        assert len(here.inbox()) == 3
        report = await crawl(here, here.source, SLOT)
        assert report.counts["paper"]["pushes"] == 3
        assert report.counts["paper"]["listings"] == 1

    with_hub(folder, story)


def test_what_is_not_signed_by_our_secret_is_thrown_away(folder):
    async def story(hub, here):
        body = feed("https://paper.example/news")
        secret = hub.forms[0]["hub.secret"]
        wrong = ["sha256=" + "0" * 64, "none", "sha256", "md5=" + "0" * 32, "sha256=é"]
        wrong += [sha1_of(secret, body + b" "), sha1_of(secret[:-1], body), "=" + "0" * 64]
        for signature in wrong:
            assert await hub.push(TOPIC, body, signature=signature) == 202
        assert here.inbox() == []
        assert len([line for line in here.told if "signature" in line]) == len(wrong)
        assert await hub.push(TOPIC, body, signature=sha1_of(secret, body).upper()) == 202
        assert len(here.inbox()) == 1

    with_hub(folder, story)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_the_standard_is_read(method):
    import hmac

    digest = hmac.new(b"key", b"body", method).hexdigest()
    assert is_signed("key", f"{method}={digest}", b"body")
    assert not is_signed("other", f"{method}={digest}", b"body")
    assert not is_signed("key", f"sha256={digest[:-1]}", b"body")


def test_a_push_that_comes_again_is_kept_once(folder):
    async def story(hub, here):
        body = feed(f"{here.source.home}news")
        for _ in range(5):
            assert await hub.push(TOPIC, body) == 202
            here.clock.pass_(minutes=1)
        assert len(here.inbox()) == 1
        assert here.one.pushed_at == START

    with_hub(folder, story)


def test_nobody_else_gets_in(folder):
    async def story(hub, here):
        door = hub.forms[0]["hub.callback"].rpartition("/")[0]
        for path in ("x", "", "../in/x", "x/y", "x" * 5000):
            assert await hub.push(TOPIC, b"x" * 9000, callback=f"{door}/{path}") in {400, 404}
        async with hub._client.head(hub.forms[0]["hub.callback"]) as got:
            assert got.status == 405
        async with hub._client.put(hub.forms[0]["hub.callback"]) as got:
            assert got.status == 405
        assert here.inbox() == []

    with_hub(folder, story)


def test_a_push_that_is_too_large_is_not_taken_in(folder):
    async def story(hub, here):
        async def drips():
            for _ in range(10):
                yield b"x" * (LIMIT // 5)

        assert await hub.push(TOPIC, b"x" * (LIMIT + 1)) == 413
        callback = hub.forms[0]["hub.callback"]
        async with hub._client.post(callback, data=drips()) as got:
            assert got.status == 413
        assert here.inbox() == []
        assert await hub.push(TOPIC, b"x" * LIMIT) == 202

    with_hub(folder, story)


def test_an_inbox_that_nobody_empties_takes_no_more(folder):
    async def story(hub, here):
        for number in range(MAX_WAITING):
            page = pushed_page(
                *("paper", here.listing),
                topic=TOPIC,
                content_type="",
                body=b"%d" % number,
                at=here.clock(),
            )
            assert keep_push(here.ports.store, page)
        assert await hub.push(TOPIC, feed("https://paper.example/news")) == 503
        assert len(here.inbox()) == MAX_WAITING
        assert any("inbox" in line for line in here.told)

    with_hub(folder, story)


def test_a_push_of_a_listing_that_the_seed_has_no_more_gives_nothing(folder):
    async def story(hub, here):
        assert await hub.push(TOPIC, feed(f"{here.source.home}news")) == 202
        other = source_of(hub.port, listings=[{"url": f"{here.source.home}other"}])
        report = await crawl(here, other, SLOT)
        assert report.counts["paper"]["links"] == 0
        assert here.inbox() == []

    with_hub(folder, story)
