from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.adapters.store import open_store
from pipeline.errors import BrokenContract
from pipeline.model import Slot
from pipeline.publish import stage as module
from pipeline.publish.stage import read_staged, stage
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, reject

BATCH = 100


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "lake"))


def urls(table):
    return sorted(table["url"].to_pylist())


def test_verdicts_of_all_shards_come_back(store):
    stage([article(1), reject(2)], store, SLOT, "0")
    stage([article(3)], store, SLOT, "1")
    stage([article(4, source="import")], store, SLOT, "text")
    articles, rejects = read_staged(store, SLOT)
    assert urls(articles) == [
        "https://import.example/4",
        "https://lantern.example/1",
        "https://lantern.example/3",
    ]
    assert urls(rejects) == ["https://lantern.example/2"]
    assert articles.schema.equals(ARTICLE, check_metadata=True)
    assert rejects.schema.equals(REJECT, check_metadata=True)


def test_staging_again_replaces_and_gives_the_same_bytes(store):
    stage([article(1), article(2)], store, SLOT, "0")
    key = f"staged/{SLOT.id}/0-articles.parquet"
    first = store.get(key)
    stage([article(1), article(2)], store, SLOT, "0")
    assert store.get(key) == first
    stage([], store, SLOT, "0")
    assert read_staged(store, SLOT)[0].num_rows == 0


def test_a_slot_that_was_never_staged_is_empty(store):
    stage([article(1)], store, SLOT, "0")
    articles, rejects = read_staged(store, Slot.parse("2026-11-21T10:00"))
    assert (articles.num_rows, rejects.num_rows) == (0, 0)


def test_of_a_url_seen_twice_the_last_fetched_counts(store):
    late = article(1).fetched_at + timedelta(minutes=5)
    stage([article(1), article(2), reject(3), reject(4)], store, SLOT, "0")
    newer = article(1, title="Newer", fetched_at=late)
    stage([newer, reject(2, fetched_at=late), article(3, fetched_at=late)], store, SLOT, "1")
    articles, rejects = read_staged(store, SLOT)
    assert dict(zip(articles["url"].to_pylist(), articles["title"].to_pylist(), strict=True)) == {
        "https://lantern.example/1": "Newer",
        "https://lantern.example/3": "Ferry 3 leaves",
    }
    assert urls(rejects) == ["https://lantern.example/2", "https://lantern.example/4"]


def test_the_same_url_of_two_sources_is_two_articles(store):
    stage([article(1, source="a", url="https://x.example/1")], store, SLOT, "0")
    stage([article(1, source="b", url="https://x.example/1")], store, SLOT, "1")
    assert read_staged(store, SLOT)[0]["source"].to_pylist() == ["a", "b"]


def test_counts_say_what_was_found(store):
    report = stage([article(1), reject(2), reject(3, source="b")], store, SLOT, "0")
    assert report.counts["lantern"] == {
        "articles": 1,
        "rejects": 1,
        "reject_not_article": 1,
        "cut_share": 2,
    }
    assert report.counts["b"]["rejects"] == 1


def test_memory_does_not_grow_with_the_articles(store, monkeypatch):
    monkeypatch.setattr(module, "BATCH", BATCH)

    def peak(number: int) -> int:
        tracemalloc.start()
        stage((article(n, text="word " * 2000) for n in range(number)), store, SLOT, "0")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(4 * BATCH) < 1.3 * peak(BATCH)


def test_staged_rows_of_another_schema_are_refused(store):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"article_id": ["x"]}), sink)
    store.put(f"staged/{SLOT.id}/0-articles.parquet", sink.getvalue().to_pybytes())
    with pytest.raises(BrokenContract, match=r"0-articles\.parquet .* broadsheet extract"):
        read_staged(store, SLOT)
