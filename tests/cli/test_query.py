from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from pipeline.crawl.request_log import encode
from pipeline.errors import FixSeed, TryLater
from pipeline.model import Request
from pipeline.query import Tables, quoted
from schemas.article import ARTICLE
from schemas.outcome import OUTCOME
from schemas.reject import REJECT
from tests.cli.conftest import fill

COUNT = "SELECT source, count(*) AS n, count(duplicate_of) AS twice FROM articles GROUP BY ALL"


def test_rows_are_json_lines_when_piped(in_lake):
    done = in_lake.process("query", COUNT)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"source": "lantern", "n": 3, "twice": 1}


@pytest.fixture
def tables(filled_lake):
    """The tables of the lake, asked in this process."""
    from pipeline.adapters.store import open_store
    from pipeline.publish.table import Lake
    from pipeline.publish.tables import TABLES

    lake = Lake(open_store(str(filled_lake)))
    schemas = {name: definition.schema for name, definition in TABLES.items()}
    return Tables(schemas, {name: lake.uris(name) for name in schemas}, {})


def test_the_views_hold_the_live_files_and_no_other(tables, filled_lake):
    stray = filled_lake / "articles" / "date=2026-11-19" / "stray.parquet"
    pq.write_table(ARTICLE.empty_table(), stray)
    assert next(tables.ask("SELECT count(*) AS n FROM articles").rows())["n"] == 3
    stray.unlink()


def test_the_views_have_the_columns_of_the_schemas_and_the_date(tables):
    for name, schema in {"articles": ARTICLE, "rejects": REJECT, "outcomes": OUTCOME}.items():
        live = tables.ask(f"SELECT * FROM {name}").schema
        empty = Tables(tables.schemas, {}, {}).ask(f"SELECT * FROM {name}").schema
        assert live.names == empty.names == [*schema.names, "date"]
        assert str(live.field("date").type) == str(empty.field("date").type) == "date32[day]"


def test_times_are_utc_and_lists_are_lists(tables):
    row = next(tables.ask("SELECT published_at, authors, cuts FROM articles LIMIT 1").rows())
    assert row["published_at"].isoformat() == "2026-11-19T06:30:00+00:00"
    assert row["authors"] == ["Ina Vale"]
    assert row["cuts"][0]["category"] == "related"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nope FROM articles", "nope"),
        ("SELECT * FROM article", "article"),
        ("SELECT CAST('x' AS INTEGER)", "Could not convert"),
        ("SELECT CAST(title AS INTEGER) FROM articles", "Could not convert"),
    ],
)
def test_wrong_sql_is_one_clear_line(tables, sql, told):
    with pytest.raises(FixSeed, match=told) as caught:
        list(tables.ask(sql).rows())
    assert "\n" not in str(caught.value)
    assert "LINE 1" not in str(caught.value)


def test_a_file_that_is_gone_is_trouble_of_the_store(tables, tmp_path):
    lost = Tables(tables.schemas, {"articles": [str(tmp_path / "lost.parquet")]}, {})
    with pytest.raises(TryLater, match=r"lost\.parquet"):
        list(lost.ask("SELECT count(*) FROM articles").rows())


def test_a_quote_in_a_path_stays_a_quote():
    assert quoted("it's") == "'it''s'"


def asked(path, minute, **fields):
    at = datetime(2026, 11, 19, 9, minute, tzinfo=UTC)
    values = {"host": "lantern.example", "source": "lantern", "purpose": "daily", "kind": "page"}
    url = f"https://lantern.example/{path}"
    return Request(**values, url=url, sent=True, at=at, slot="2026-11-19T09:00", **fields)


def test_the_log_of_requests_is_a_view_and_shows_a_request_once(command, tmp_path):
    lake = tmp_path / "lake"
    folder = lake / "requests" / "date=2026-11-19"
    folder.mkdir(parents=True)
    first, second = asked("a", 1, status=200), asked("b", 2, status=429, rest_s=60.0)
    (folder / "x.parquet").write_bytes(encode([first]))
    (folder / "y.parquet").write_bytes(encode([first, second]))  # a killed crawl's, brought home
    sql = "SELECT host, date, count(*) AS n, count(rest_s) AS rests FROM requests GROUP BY ALL"
    done = command(str(lake))("query", sql)
    [row] = map(json.loads, done.stdout.splitlines())
    assert row == {"host": "lantern.example", "date": "2026-11-19", "n": 2, "rests": 1}
    assert (
        json.loads(command(str(lake))("query", "SELECT count(*) AS n FROM articles").stdout)["n"]
        == 0
    )


def test_tables_can_be_listed(tables):
    names = {row["name"] for row in tables.ask("SHOW TABLES").rows()}
    assert names == set(tables.schemas)


def test_wrong_sql_ends_with_78_and_no_traceback(in_lake):
    done = in_lake("query", "SELECT nope FROM articles")
    assert done.returncode == 78
    assert done.stdout == b""
    assert done.stderr.startswith(b"broadsheet: query: ")
    assert done.stderr.count(b"\n") == 1


def test_csv_and_parquet(in_lake):
    sql = "SELECT url, title, cuts, duplicate_of FROM articles ORDER BY url"
    rows = list(
        csv.DictReader(io.StringIO(in_lake("query", sql, "--format", "csv").stdout.decode()))
    )
    assert [row["url"].rpartition("/")[2] for row in rows] == ["bridge", "copied-bridge", "harbour"]
    assert json.loads(rows[0]["cuts"])[0]["rule"] == "also-read"
    assert rows[0]["duplicate_of"] == ""
    table = pq.read_table(io.BytesIO(in_lake("query", sql, "--format", "parquet").stdout))
    assert table.num_rows == 3


def test_an_empty_lake_is_said_and_gives_no_rows(broadsheet):
    done = broadsheet("query", "SELECT count(*) AS n, max(date) AS latest FROM articles")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"n": 0, "latest": None}
    assert b"nothing is published" in done.stderr


def test_a_query_over_a_bucket(s3_address, folder, command):
    fill(s3_address, f"sqlite:///{folder}/ledger.db")
    done = command(s3_address)(
        "query", f"{COUNT[:-13]} WHERE date = DATE '2026-11-19' GROUP BY ALL"
    )
    assert done.stderr == b""
    assert json.loads(done.stdout) == {"source": "lantern", "n": 3, "twice": 1}
