"""A whole crawl, from listing to ledger, stopped wherever it hurts and run again."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from pipeline import flow
from pipeline.crawl.raw import read_fetches, read_pages
from pipeline.model import Slot, State
from tests.crawl.conftest import fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer, robots

SLOT = Slot.parse("2026-11-21T09:00")
PAGES = 30


def site(server):
    items = "".join(f"<item><link>{server.url(f'/a{n}')}</link></item>" for n in range(PAGES))
    feed = f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
    server.on("/feed", answer(200, feed, etag='"1"'))
    server.on("/robots.txt", robots("User-agent: *\nDisallow: /a7\n"))
    for n in range(PAGES):
        server.on(f"/a{n}", answer(410 if n == 3 else 200, f"<p>Article {n}.</p>".encode()))


async def crawl(ports, server):
    sources = {"paper": source_of(server.port, delay_s=0.002)}
    async with fetcher_for(ports) as fetcher:
        deadline = now() + timedelta(hours=1)
        return await flow.crawl(sources, SLOT, "0", ports, fetcher=fetcher, deadline=deadline)


def test_a_crawl_ends_with_everything_in_raw_and_ledger(ports):
    async def run():
        async with HostileServer() as server:
            site(server)
            first = await crawl(ports, server)
            asked = len(server.log)
            second = await crawl(ports, server)
            return first, second, asked, len(server.log)

    first, second, asked, asked_in_all = asyncio.run(run())
    assert first.counts["paper"] == {
        "listings": 1,
        "links": PAGES,
        "pages": PAGES - 2,
        "miss_gone": 1,
        "miss_robots": 1,
    }
    assert not second.counts
    assert asked_in_all == asked
    assert read_fetches(ports.store, SLOT).num_rows == PAGES + 1
    assert ports.ledger.counts()["paper"] == {
        (State.FETCHED, "not_yet"): PAGES - 2,
        (State.FAILED, "gone"): 1,
        (State.FAILED, "robots"): 1,
    }


@pytest.mark.parametrize("seed", range(4))
def test_a_crawl_stopped_anywhere_loses_nothing_and_repeats_nothing_durable(ports, seed):
    chance = random.Random(seed)

    async def run():
        async with HostileServer() as server:
            site(server)
            for _ in range(3):
                task = asyncio.create_task(crawl(ports, server))
                await asyncio.wait({task}, timeout=chance.uniform(0.02, 0.2))
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            kept = {page.link.url for page in read_pages(ports.store, SLOT, "0")}
            before = len(server.log)
            await crawl(ports, server)
            return {server.url(r.path) for r in server.log[before:]} & kept

    assert asyncio.run(run()) == set()
    assert len(list(read_pages(ports.store, SLOT, "0"))) == PAGES - 2
    assert sum(ports.ledger.counts()["paper"].values()) == PAGES
    assert not [s for s in ports.ledger.counts()["paper"] if s[0] == State.PENDING]
