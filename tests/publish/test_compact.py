from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.adapters.store import open_store
from pipeline.errors import BrokenContract
from pipeline.model import Slot
from pipeline.publish.claim import Overtaken
from pipeline.publish.compact import close_day, open_days
from pipeline.publish.encode import ROW_GROUP, encode
from pipeline.publish.merge import merge
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake, of_slot
from pipeline.publish.tables import TABLES
from schemas.article import ARTICLE
from tests.publish.rows import article
from tests.publish.test_claim import Killed, Port

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DAY = "2026-11-20"
SLOTS = [Slot.parse(f"{DAY}T{hour:02d}") for hour in range(5)]
LAYOUT = TABLES["articles"].layout


def rows(slot, numbers, **fields):
    """Articles of three sites; some stand in several slots with one time of publication."""
    made = [article(n, slot, source=f"site{n % 3}", published_at=SLOTS[0].start, **fields)
            for n in numbers]  # fmt: skip
    return to_table(made, ARTICLE)


@pytest.fixture(params=["local", "s3"])
def store(request, tmp_path):
    if request.param == "local":
        return open_store(str(tmp_path / "lake"))
    return open_store(request.getfixturevalue("s3_address"))


@pytest.fixture
def local(tmp_path):
    return open_store(str(tmp_path / "lake"))


def filled(store):
    lake = Lake(store)
    for slot in SLOTS:
        lake.publish("articles", slot, rows(slot, range(20)))
    return lake


def content(lake):
    order = [("slot", "ascending"), ("article_id", "ascending")]
    return lake.read("articles").sort_by(order).to_pylist()


def test_a_day_becomes_one_object_with_the_same_rows(store):
    lake = filled(store)
    before, texts = content(lake), lake.earlier_texts(Slot.parse("2026-11-21"), 5)
    assert open_days(store, "articles", "2026-11-20") == []
    assert open_days(store, "articles", "2026-11-21") == [DAY]
    closed = close_day(store, "articles", DAY, NOW)
    assert (closed.objects, closed.rows) == (5, 100)
    assert closed.bytes_after < closed.bytes_before
    (key,) = lake.live_files("articles")
    assert key.startswith(f"articles/date={DAY}/20261120-1-")
    assert content(lake) == before
    assert lake.earlier_texts(Slot.parse("2026-11-21"), 5) == texts
    assert lake.read("articles", filter=of_slot(SLOTS[2])).num_rows == 20
    assert open_days(store, "articles", "2026-11-21") == []
    assert close_day(store, "articles", DAY, NOW) is None


def test_a_closed_day_is_sorted_and_said_to_change_nothing(local):
    lake = filled(local)
    close_day(local, "articles", DAY, NOW)
    (key,) = lake.live_files("articles")
    table = pq.read_table(io.BytesIO(local.get(key)))
    by = [(name, "ascending") for name in (*LAYOUT.order, "slot")]
    assert table == table.sort_by(by)
    log = DeltaTable(local.uri("articles"))
    assert len(log.get_add_actions()) == 1
    assert pl.scan_delta(local.uri("articles")).collect().height == 100
    first = local.get(f"articles/_delta_log/{log.version():020d}.json").decode()
    assert '"dataChange":false' in first
    assert '"dataChange":true' not in first


def test_a_slot_of_a_closed_day_is_published_again(store):
    lake = filled(store)
    close_day(store, "articles", DAY, NOW)
    (whole,) = lake.live_files("articles")
    assert lake.publish("articles", SLOTS[1], rows(SLOTS[1], range(20))).change == "unchanged"
    assert lake.live_files("articles") == [whole]
    done = lake.publish("articles", SLOTS[1], rows(SLOTS[1], range(3), text="Mended."))
    assert (done.change, done.rows) == ("replaced", 3)
    assert lake.live_files("articles") == [done.key]
    found = content(lake)
    assert len(found) == 83
    assert {row["text"] for row in found if row["slot"] == SLOTS[1].key} == {"Mended."}
    assert lake.publish("articles", SLOTS[1], rows(SLOTS[1], [])).change == "removed"
    assert lake.read("articles", filter=of_slot(SLOTS[1])).num_rows == 0
    back = lake.publish("articles", SLOTS[1], rows(SLOTS[1], range(20)))
    assert back.change == "added"
    assert len(content(lake)) == 100
    close_day(store, "articles", DAY, NOW)
    (again,) = lake.live_files("articles")
    assert again.rpartition("-")[2] == whole.rpartition("-")[2]  # the same bytes


def test_a_day_whose_last_slot_goes_is_empty(local):
    lake = Lake(local)
    for slot in SLOTS[:2]:
        lake.publish("articles", slot, rows(slot, [1]))
    close_day(local, "articles", DAY, NOW)
    for slot in SLOTS[:2]:
        lake.publish("articles", slot, rows(slot, []))
    assert lake.live_files("articles") == []
    assert close_day(local, "articles", DAY, NOW) is None


def test_a_claim_outlives_the_closing_of_its_day_but_not_its_successor(local):
    lake = filled(local)
    claim, late = lake.claim(SLOTS[3]), lake.claim(SLOTS[3])
    close_day(local, "articles", DAY, NOW)
    assert claim.publish("articles", rows(SLOTS[3], range(5))).change == "replaced"
    with pytest.raises(Overtaken):
        late.publish("articles", rows(SLOTS[3], [1]))
    assert len(content(lake)) == 85


def test_a_slot_published_while_its_day_is_closed_is_neither_lost_nor_doubled(local):
    """A publisher gets in between what closing has read and its commit."""
    lake = filled(local)
    new = Slot.parse(f"{DAY}T20")

    def between() -> None:
        lake.publish("articles", SLOTS[0], rows(SLOTS[0], range(7)))
        lake.publish("articles", new, rows(new, [1]))

    close_day(Port(local, "create", "articles/", between), "articles", DAY, NOW)
    assert len(lake.live_files("articles")) == 1
    assert lake.read("articles", filter=of_slot(SLOTS[0])).num_rows == 7
    assert len(content(lake)) == 88


def test_a_day_closed_while_its_slot_is_published_is_neither_lost_nor_doubled(local):
    lake = filled(local)
    slow = Lake(Port(local, "create", "articles/", lambda: close_day(local, "articles", DAY, NOW)))
    assert slow.publish("articles", SLOTS[0], rows(SLOTS[0], range(7))).rows == 7
    assert len(lake.live_files("articles")) == 1
    assert len(content(lake)) == 87


def test_many_close_and_publish_at_once(local):
    lake = filled(local)
    go = Event()

    def publish(number: int) -> None:
        go.wait()
        lake.publish("articles", SLOTS[number], rows(SLOTS[number], range(number, number + 10)))

    def close(_: int) -> None:
        go.wait()
        close_day(local, "articles", DAY, NOW)

    with ThreadPoolExecutor(7) as threads:
        work = [threads.submit(publish, n) for n in range(5)]
        work += [threads.submit(close, n) for n in range(2)]
        go.set()
        for done in work:
            done.result(60)
    close_day(local, "articles", DAY, NOW)
    assert len(lake.live_files("articles")) == 1
    found = [(row["slot"], row["article_id"]) for row in content(lake)]
    assert len(found) == len(set(found)) == 50


@pytest.mark.parametrize("after", [False, True])
def test_closing_that_is_killed_is_done_by_the_next(local, after):
    lake = filled(local)
    before = content(lake)

    class Mortal(Port):
        def __getattr__(self, name):
            found = getattr(local, name)
            if name != "create":
                return found

            def create(*args):
                if after:
                    found(*args)
                raise Killed

            return create

    with pytest.raises(Killed):
        close_day(Mortal(local, "", "", None), "articles", DAY, NOW)
    assert content(lake) == before
    close_day(local, "articles", DAY, NOW)
    assert content(lake) == before
    days = [i.key for i in local.list(f"articles/date={DAY}/20261120-")]
    assert days == lake.live_files("articles")


def test_an_object_that_lost_rows_is_not_closed_over(local):
    lake = filled(local)
    key = lake.live_files("articles")[0]
    local.put(key, encode(rows(SLOTS[0], range(19)), LAYOUT).body)
    with pytest.raises(BrokenContract, match=r"100 rows by its log and 99"):
        close_day(local, "articles", DAY, NOW)
    assert len(lake.live_files("articles")) == 5


# The merge


def test_a_merge_of_large_objects_is_what_a_sort_gives():
    parts = [rows(slot, range(n, n + 2100)) for n, slot in enumerate(SLOTS[:3])]
    whole = pa.concat_tables(parts)
    by = [(name, "ascending") for name in (*LAYOUT.order, "slot")]
    merged = merge("articles", [encode(part, LAYOUT).body for part in parts])
    assert merged.rows == 6300
    file = pq.ParquetFile(io.BytesIO(merged.body))
    groups = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
    assert groups == [ROW_GROUP] * 3 + [300]
    assert file.read() == whole.sort_by(by).combine_chunks()
    odd = merge("articles", [_unsorted(part) for part in reversed(parts)])
    assert odd == merged
    some = merge(
        "articles",
        [encode(part, LAYOUT).body for part in parts[:2]],
        keep=lambda keys: [slot != SLOTS[0].key for slot in keys["slot"].to_pylist()],
        extra=parts[2],
    )
    assert some == merge("articles", [encode(part, LAYOUT).body for part in parts[1:]])


def _unsorted(table):
    sink = io.BytesIO()
    pq.write_table(table.sort_by([("url", "descending")]), sink, row_group_size=999)
    return sink.getvalue()


def test_an_object_of_an_older_version_is_merged_with_nulls():
    old = rows(SLOTS[0], [1]).drop_columns(["agency"])
    sink = io.BytesIO()
    pq.write_table(old, sink)
    merged = merge("articles", [sink.getvalue(), encode(rows(SLOTS[1], [2]), LAYOUT).body])
    table = pq.read_table(io.BytesIO(merged.body))
    assert table["agency"].null_count == 2
    assert table.schema == ARTICLE
    sink = io.BytesIO()
    pq.write_table(old.drop_columns(["title_key", "text"]), sink)
    with pytest.raises(BrokenContract, match="lacks the columns text"):
        merge("articles", [sink.getvalue()])
