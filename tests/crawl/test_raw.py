"""The raw archive: durable first, deterministic, readable after any kill."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.store import open_store
from pipeline.crawl import raw
from pipeline.crawl.discover import Poll
from pipeline.crawl.raw import (
    RawArchive,
    read_fetches,
    read_pages,
    recover,
    text_page,
)
from pipeline.errors import BrokenContract, FixSeed, TryLater
from pipeline.model import Link, Miss, Page, Reason, Slot
from pipeline.ports import ListingState
from pipeline.urls import url_key

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SLOT = Slot.parse("2026-11-21T09:00")


def link(n, source="lantern"):
    url = f"https://lantern.example/{n}"
    return Link(
        source=source,
        url=url,
        url_key=url_key(url),
        found_at=NOW,
        found_in="https://lantern.example/feed",
        found_via="sitemap",
        title="Заголовок",
        published_at=NOW,
    )


def page(n, body=b"<p>text</p>", source="lantern", at=NOW):
    return Page(
        link=link(n, source),
        final_url=f"https://lantern.example/{n}?final",
        status=200,
        headers=(("Content-Type", "text/html"), ("Set-Cookie", "a: b"), ("Set-Cookie", "c")),
        body=body,
        fetched_at=at,
        attempts=2,
        elapsed_s=0.5,
    )


def miss(n, reason=Reason.TIMEOUT):
    return Miss(link=link(n), reason=reason, detail="it said nothing", fetched_at=NOW, retry_at=NOW)


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "lake"))


async def stream(items, fail=None):
    for item in items:
        yield item
    if fail:
        raise fail


def test_what_was_kept_comes_back_whole(store):
    kept = RawArchive(store, SLOT, "0").keep([page(1), miss(2)])
    assert kept[0].raw_key == kept[1].raw_key
    assert kept[0].raw_key.startswith("raw/date=2026-11-21/20261121T0900Z-0-0000-")
    (back,) = read_pages(store, SLOT, "0")
    assert replace(back, known_digest="") == kept[0]
    assert back.digest == page(1).digest


def test_recovery_needs_no_bodies(store):
    kept = RawArchive(store, SLOT, "0").keep([page(1), miss(2)])
    found, lost = sorted(recover(store, SLOT, "0"), key=lambda item: item.link.url)
    assert (found.body, found.digest, found.raw_key) == (b"", page(1).digest, kept[0].raw_key)
    assert lost == kept[1]


def test_same_responses_same_object_whatever_their_order(tmp_path):
    keys = []
    for name, items in (("a", [page(1), page(2)]), ("b", [page(2), page(1)])):
        store = open_store(str(tmp_path / name))
        keys.append(RawArchive(store, SLOT, "0").keep(items)[0].raw_key)
    assert keys[0] == keys[1]


def test_parts_go_on_after_those_there_and_shards_keep_apart(store):
    RawArchive(store, SLOT, "1").keep([page(1)])
    RawArchive(store, SLOT, "10").keep([page(2)])
    key = RawArchive(store, SLOT, "1").keep([page(3)])[0].raw_key
    assert "-1-0001-" in key
    assert {p.link.url[-2:] for p in read_pages(store, SLOT, "1")} == {"/1", "/3"}
    assert read_fetches(store, SLOT).num_rows == 3


def test_the_last_page_of_a_url_counts_and_a_miss_hides_none(store):
    archive = RawArchive(store, SLOT, "0")
    archive.keep([page(1, b"old"), page(1, b"newer", at=NOW + timedelta(seconds=1)), page(2)])
    archive.keep([page(1, b"newest"), page(1, b"of another source", source="other")])
    archive.keep([miss(1, Reason.NOT_MODIFIED), miss(2, Reason.GONE)])
    bodies = {(p.link.source, p.link.url[-1]): p.body for p in read_pages(store, SLOT, "0")}
    assert bodies == {
        ("lantern", "1"): b"newest",
        ("lantern", "2"): b"<p>text</p>",
        ("other", "1"): b"of another source",
    }


def test_fetches_are_a_table_without_bodies(store):
    kept = RawArchive(store, SLOT, "0").keep([page(1), miss(2)])
    table = read_fetches(store, SLOT)
    assert "body" not in table.column_names
    assert set(table["raw_key"].to_pylist()) == {kept[0].raw_key}
    assert sorted(table["reason"].to_pylist()) == ["ok", "timeout"]
    assert read_fetches(store, SLOT.before(1)).num_rows == 0


def test_batches_are_durable_when_they_are_yielded(store, monkeypatch):
    monkeypatch.setattr(raw, "BATCH_ITEMS", 2)

    async def run():
        archive = RawArchive(store, SLOT, "0")
        sizes = []
        async for batch in archive.keep_fetched(stream([page(n) for n in range(5)])):
            sizes.append(len(batch))
            assert all(store.get(item.raw_key) for item in batch)
            assert {(item.body, item.digest) for item in batch} == {(b"", page(0).digest)}
        return sizes

    assert asyncio.run(run()) == [2, 2, 1]


def test_a_quiet_crawl_is_written_after_a_while(store, monkeypatch):
    monkeypatch.setattr(raw, "BATCH_SECONDS", 0.01)
    written = asyncio.Event()

    async def slow():
        yield page(1)
        await written.wait()
        yield page(2)

    async def run():
        sizes = []
        async for batch in RawArchive(store, SLOT, "0").keep_fetched(slow()):
            sizes.append(len(batch))
            written.set()
        return sizes

    assert asyncio.run(run()) == [1, 1]


def test_trouble_upstream_loses_nothing_that_came_before(store):
    async def run():
        archive = RawArchive(store, SLOT, "0")
        async for _ in archive.keep_fetched(stream([page(1)], TryLater("the ledger is away"))):
            pass

    with pytest.raises(TryLater):
        asyncio.run(run())
    assert [p.link.url[-1] for p in read_pages(store, SLOT, "0")] == ["1"]


def test_a_cancelled_crawl_keeps_what_it_has(store):
    arrived = asyncio.Event()

    async def hanging():
        yield page(1)
        arrived.set()
        await asyncio.Event().wait()

    async def consume():
        async for _ in RawArchive(store, SLOT, "0").keep_fetched(hanging()):
            pass

    async def run():
        task = asyncio.create_task(consume())
        await arrived.wait()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    asyncio.run(run())
    assert len(list(recover(store, SLOT, "0"))) == 1


def test_polls_are_kept_as_listings(store):
    poll = Poll(
        page(1), (link(2),), ListingState(url="https://lantern.example/1", source="lantern")
    )

    async def run():
        archive = RawArchive(store, SLOT, "0")
        return [polls async for polls in archive.keep_polls(stream([poll]))]

    ((kept,),) = asyncio.run(run())
    assert kept.fetched.raw_key
    assert list(read_pages(store, SLOT, "0")) == []
    assert list(recover(store, SLOT, "0")) == []
    assert read_fetches(store, SLOT)["kind"].to_pylist() == ["listing"]


def test_a_foreign_object_is_named(store):
    store.put("raw/date=2026-11-21/20261121T0900Z-0-0000-0123456789abcdef.parquet", b"PK")
    with pytest.raises(BrokenContract, match="20261121T0900Z-0-0000"):
        list(read_pages(store, SLOT, "0"))


def test_a_text_file_becomes_a_page(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("Wind turned the mill.", encoding="utf-8")
    made = text_page(path, "lantern", NOW)
    assert made.link.url.startswith("urn:broadsheet:text:lantern:")
    assert (made.header("Content-Type"), made.link.found_via) == ("text/plain", "text")
    assert made.link.found_in == "one.txt"
    with pytest.raises(FixSeed, match=r"none\.txt"):
        text_page(tmp_path / "none.txt", "lantern", NOW)
