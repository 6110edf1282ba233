from __future__ import annotations

import io
from datetime import date, timedelta

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.adapters.store import open_store
from pipeline.errors import BrokenContract, FixSeed, TryLater
from pipeline.model import Slot
from pipeline.publish.encode import encode
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake, of_slot
from pipeline.publish.tables import TABLES
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, moment, reject
from tests.servers import free_port

NEXT, LATER = Slot.parse("2026-11-21T10:00"), Slot.parse("2026-11-22T00:00")


def rows(numbers, slot=SLOT, **fields):
    return to_table([article(n, slot, **fields) for n in numbers], ARTICLE)


@pytest.fixture(params=["local", "s3"])
def store(request, tmp_path):
    if request.param == "local":
        return open_store(str(tmp_path / "lake"))
    return open_store(request.getfixturevalue("s3_address"))


@pytest.fixture
def local(tmp_path):
    return open_store(str(tmp_path / "lake"))


def objects(store, name="articles"):
    return [info.key for info in store.list(f"{name}/date=")]


def versions(store, name="articles"):
    return [i.key for i in store.list(f"{name}/_delta_log/") if i.key.endswith(".json")]


# Publishing


def test_a_slot_is_published_once(store):
    lake = Lake(store)
    first = lake.publish("articles", SLOT, rows(range(10)))
    assert (first.change, first.rows) == ("added", 10)
    assert first.key.startswith(f"articles/date={SLOT.date}/{SLOT.id}-")
    again = lake.publish("articles", SLOT, rows(reversed(range(10))))
    assert (again.change, again.key) == ("unchanged", first.key)
    assert lake.live_files("articles") == objects(store) == [first.key]
    # each publication is a version of the slot's, also one that changes nothing (`test_claim.py`)
    assert len(versions(store)) == 3


def test_a_slot_made_again_takes_the_place_of_the_first(store):
    lake = Lake(store)
    other = lake.publish("articles", NEXT, rows([7], NEXT))
    first = lake.publish("articles", SLOT, rows(range(10)))
    second = lake.publish("articles", SLOT, rows(range(5)))
    assert second.change == "replaced"
    assert lake.live_files("articles") == sorted([second.key, other.key])
    assert lake.read("articles").num_rows == 6
    back = lake.publish("articles", SLOT, rows(range(10)))
    assert back.change == "replaced"
    assert back.key.rpartition("-")[2] == first.key.rpartition("-")[2]  # the same bytes
    assert lake.live_files("articles") == sorted([back.key, other.key])
    assert lake.read("articles", filter=of_slot(SLOT)).num_rows == 10


def test_no_rows_take_the_earlier_ones_away(store):
    lake = Lake(store)
    nothing = rows([])
    assert lake.publish("articles", SLOT, nothing).change == "empty"
    assert lake.publish("articles", SLOT, rows([1])).change == "added"
    assert lake.publish("articles", SLOT, nothing).change == "removed"
    assert lake.publish("articles", SLOT, nothing).change == "empty"
    assert lake.live_files("articles") == []
    assert lake.read("articles").num_rows == 0


def test_what_was_killed_between_object_and_commit_is_taken_up(store):
    lake = Lake(store)
    lake.publish("articles", NEXT, rows([1], NEXT))
    encoded = encode(rows(range(10)), TABLES["articles"].layout)
    key = f"articles/date={SLOT.date}/{SLOT.id}-1-{encoded.digest}.parquet"
    store.put(key, encoded.body)
    assert key not in lake.live_files("articles")
    done = lake.publish("articles", SLOT, rows(range(10)))
    assert (done.key, done.change) == (key, "added")
    assert key in lake.live_files("articles")


def test_rows_that_do_not_fit_leave_the_lake_alone(local):
    lake = Lake(local)
    good = rows([1])
    odd = [
        good.drop_columns(["title"]),
        good.select(list(reversed(good.column_names))),
        good.set_column(0, "article_id", pa.array([1])),
        good.set_column(0, pa.field("article_id", pa.string()), pa.array([None], pa.string())),
    ]
    for table in odd:
        with pytest.raises(BrokenContract, match=r"articles: .*(title|order|article_id)"):
            lake.publish("articles", SLOT, table)
    assert list(local.list("articles/")) == []


def test_a_table_made_with_other_columns_is_named(local):
    DeltaTable.create(local.uri("articles"), pa.schema([("article_id", pa.string())]))
    with pytest.raises(BrokenContract, match=r"lacks .*word_count"):
        Lake(local).publish("articles", SLOT, rows([1]))


def test_tables_do_not_mix(store):
    lake = Lake(store)
    lake.publish("articles", SLOT, rows([1]))
    lake.publish("rejects", SLOT, to_table([reject(2), reject(3)], REJECT))
    assert lake.read("rejects", ["url"]).num_rows == 2
    assert lake.read("articles", ["url"]).num_rows == 1


@pytest.mark.usefixtures("s3_address")
def test_a_bucket_that_is_missing_or_down_is_named(monkeypatch):
    lake = Lake(open_store("s3://no-such-bucket/lake"))
    for use in (lambda: lake.publish("articles", SLOT, rows([1])), lambda: lake.read("articles")):
        with pytest.raises(FixSeed, match="no bucket no-such-bucket"):
            use()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(TryLater, match="AWS_ENDPOINT_URL"):
        Lake(open_store("s3://bucket/lake")).uris("articles")


# Reading


def test_a_lake_that_is_not_there_reads_as_empty(store):
    lake = Lake(store)
    assert lake.read("articles").num_rows == 0
    assert lake.read("articles", ["url", "date"]).column_names == ["url", "date"]
    assert (lake.live_files("articles"), lake.uris("articles")) == ([], [])
    assert lake.earlier_texts(SLOT, 14) == {}


def test_reads_columns_and_days(store):
    lake = Lake(store)
    for slot in (SLOT, NEXT, LATER):
        lake.publish("articles", slot, rows([1, 2], slot))
    day = pc.field("date") == date(2026, 11, 21)
    found = lake.read("articles", ["date", "slot", "article_id"], day)
    assert set(found["slot"].to_pylist()) == {SLOT.key, NEXT.key}
    assert found.num_rows == 4
    assert lake.read("articles", ["slot"], of_slot(LATER)).num_rows == 2


def test_every_reader_sees_the_same_rows(local):
    lake = Lake(local)
    for slot in (SLOT, NEXT, LATER):
        lake.publish("articles", slot, rows(range(50), slot))
    lake.publish("rejects", SLOT, to_table([reject(1)], REJECT))
    expected = lake.read("articles", ["article_id", "slot", "date", "published_at"])
    order = [("slot", "ascending"), ("article_id", "ascending")]
    expected = expected.sort_by(order).to_pylist()
    assert len(expected) == 150
    root = local.uri("articles")
    glob = f"{root}/date=*/*.parquet"
    columns = "article_id, slot, date, published_at"
    duck = f"select {columns} from read_parquet({{}}, hive_partitioning=true) order by slot, article_id"
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    answers = {
        "deltalake": DeltaTable(root).to_pyarrow_table(),
        "polars delta": pl.scan_delta(root).collect().to_arrow(),
        "polars glob": pl.scan_parquet(glob, hive_partitioning=True).collect().to_arrow(),
        "duckdb glob": connection.sql(duck.format(f"'{glob}'")).arrow().read_all(),
        "duckdb live": connection.sql(duck.format(lake.uris("articles"))).arrow().read_all(),
        "pyarrow glob": ds.dataset(
            root, format="parquet", exclude_invalid_files=False,
            partitioning=ds.partitioning(pa.schema([("date", pa.date32())]), flavor="hive"),
        ).to_table(),
    }  # fmt: skip
    for reader, table in answers.items():
        got = table.select(["article_id", "slot", "date", "published_at"])
        assert got.sort_by(order).to_pylist() == expected, reader


def test_nested_columns_come_back_from_other_readers(local):
    lake = Lake(local)
    lake.publish("articles", SLOT, rows([1]))
    (row,) = pl.scan_delta(local.uri("articles")).collect().to_dicts()
    assert row["cuts"] == [{"category": "share", "rule": "share-line", "text": "Share this"}]
    assert row["tags"] == ["ferry", "sea"]


def test_delta_readers_skip_files_by_their_statistics(local):
    lake = Lake(local)
    odd = moment("2026-11-21T07:00") + timedelta(microseconds=999_999)
    lake.publish("articles", SLOT, rows([1], published_at=odd))
    actions = pa.table(DeltaTable(local.uri("articles")).get_add_actions(flatten=True))
    assert actions["min.source"].to_pylist() == ["lantern"]
    assert actions["num_records"].to_pylist() == [1]
    assert (
        actions["max.published_at"].to_pylist()[0]
        >= odd
        >= actions["min.published_at"].to_pylist()[0]
    )
    found = pl.scan_delta(local.uri("articles")).filter(pl.col("published_at") == odd).collect()
    assert len(found) == 1
    assert lake.read("articles", filter=pc.field("published_at") == pa.scalar(odd)).num_rows == 1


def test_earlier_texts_are_those_of_earlier_slots_within_the_days(local):
    lake = Lake(local)
    old = Slot.parse("2026-11-10T09:00")
    lake.publish("articles", old, rows([1], old, text="old"))
    lake.publish("articles", SLOT, rows([2], text="same"))
    first, copy = article(2), article(3, NEXT, text="same")
    lake.publish("articles", NEXT, rows([3], NEXT, text="same", duplicate_of=first.article_id))
    key = copy.content_key
    assert lake.earlier_texts(SLOT, 14) == {
        article(1, old, text="old").content_key: article(1, old).article_id
    }
    assert lake.earlier_texts(NEXT, 3) == {key: first.article_id}
    assert lake.earlier_texts(LATER, 0) == {}
    # the first lies out of sight, its copy still leads to it
    lake.publish("articles", SLOT, rows([]))
    assert lake.earlier_texts(LATER, 3) == {key: first.article_id}


# The file


def test_the_same_rows_give_the_same_bytes():
    forwards = encode(rows(range(300)), TABLES["articles"].layout)
    backwards = encode(rows(reversed(range(300))), TABLES["articles"].layout)
    assert forwards == backwards


def test_a_file_keeps_the_parquet_contract():
    encoded = encode(rows(range(4500)), TABLES["articles"].layout)
    file = pq.ParquetFile(io.BytesIO(encoded.body))
    meta = file.metadata
    assert [meta.row_group(n).num_rows for n in range(meta.num_row_groups)] == [2000, 2000, 500]
    columns = {}
    for n in range(meta.row_group(0).num_columns):
        column = meta.row_group(0).column(n)
        columns[column.path_in_schema] = column
    assert {c.compression for c in columns.values()} == {"ZSTD"}
    with_statistics = {path for path, c in columns.items() if c.is_stats_set}
    assert with_statistics == set(TABLES["articles"].layout.keys)
    assert columns["published_at"].has_offset_index
    dictionary = {path for path, c in columns.items() if c.has_dictionary_page}
    assert "text" not in dictionary
    assert {"source", "tags.list.element", "cuts.list.element.category"} <= dictionary
    schema = file.schema_arrow
    assert schema.metadata[b"broadsheet.table"] == b"articles"
    assert schema.field("published_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("text").metadata[b"doc"]
    assert "date" not in schema.names
    table = file.read(["source", "published_at"])
    assert table == table.sort_by([("source", "ascending"), ("published_at", "ascending")])


def test_bloom_filters_let_a_lookup_skip_groups(tmp_path):
    layout = TABLES["articles"].layout
    path = tmp_path / "a.parquet"
    path.write_bytes(encode(rows(range(4500)), layout).body)
    wanted = article(4321).url_key
    probe = duckdb.sql(
        f"select * from parquet_bloom_probe('{path}', 'url_key', '{wanted}')"
    ).fetchall()
    assert len(probe) == 3
    assert sum(not excluded for *_, excluded in probe) == 1


def test_layouts_name_columns_that_are_there():
    for name, table in TABLES.items():
        known = set(table.schema.names)
        layout = table.layout
        named = {
            *layout.order,
            *layout.keys,
            *layout.ids,
            *(f.split(".")[0] for f in layout.few_values),
        }
        assert named <= known, name
