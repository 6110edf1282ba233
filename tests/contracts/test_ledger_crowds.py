"""Many writers at once, writers that die, and values of every kind: nothing is lost or doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, Table, Text, select

from pipeline.adapters import ledger_database
from pipeline.adapters.bulk import change, given, giving, insert_free, upsert
from pipeline.adapters.database import open_engine
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.ledger_tables import Utc, Words
from pipeline.model import Reason, Slot, State
from pipeline.ports import ListingState, Settlement
from tests.contracts.answers import ATTEMPTS, NOW, link, miss, page

SLOT, NEXT = (Slot.parse(f"2026-11-21T{hour:02d}") for hour in (9, 10))
ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)


def rows(ledger):
    """All that a ledger says of the links of these tests."""
    keys = [link(number).url_key for number in range(130)]
    told = [(ledger.find(key), ledger.places(key), ledger.tries(key)) for key in keys]
    return told, ledger.listings("lantern")


def write(ledger, order):
    """Tell a ledger a day: found in two places, asked, changed, some lost, some at an end."""
    links = [link(number) for number in order]
    listing = ListingState(url="https://lantern.example/feed", source="lantern", checked_at=NOW)
    again = [
        link(number, found_in="https://lantern.example/map", modified_at=NOW + 2 * HOUR)
        for number in order
    ]
    ledger.remember(links, [listing], SLOT)
    answers = [
        page(item) if number % 3 else miss(item, Reason.TIMEOUT)
        for number, item in zip(order, links, strict=True)
    ]
    lost = [page(link(number)) for number in range(120, 130)]
    ledger.settle_fetched([*answers, *lost], SLOT, NOW)
    ledger.remember(again, [], NEXT)
    ends = (Settlement(item.url_key, item.source, State.PUBLISHED, "ok") for item in links)
    ledger.settle(ends, SLOT)


def test_writers_in_any_order_end_with_the_rows_of_one(url, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_database, "BATCH", 7)  # so that writers meet within transactions
    alone = SqlLedger(f"sqlite:///{tmp_path}/alone.db", ATTEMPTS)
    write(alone, range(120))
    write(alone, range(120))

    def crowd(seed: int) -> None:
        own = SqlLedger(url, ATTEMPTS)
        order = list(range(120))
        random.Random(seed).shuffle(order)
        write(own, order)
        own.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(crowd, range(4)))
    ledger = SqlLedger(url, ATTEMPTS)
    write(ledger, range(120))
    assert rows(ledger) == rows(alone)
    ledger.close()
    alone.close()


DYING = """
import os, sys
from sqlalchemy import Engine, event
from pipeline.adapters import ledger_database
from pipeline.adapters.ledger import SqlLedger
from tests.contracts.test_ledger_crowds import ATTEMPTS, write
ledger_database.BATCH = 40
ledger, left = SqlLedger(sys.argv[1], ATTEMPTS), [int(sys.argv[2])]
ledger.counts()
@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)
write(ledger, range(120))
"""


def test_a_writer_that_is_killed_leaves_whole_calls(url, tmp_path):
    for statement in (3, 13, 20, 41):
        done = subprocess.run(
            [sys.executable, "-c", DYING, url, str(statement)], cwd=ROOT, check=False
        )
        assert done.returncode == -signal.SIGKILL
        ledger = SqlLedger(url, ATTEMPTS)
        assert sum(ledger.counts().get("lantern", {}).values()) in {0, 120, 130}
        ledger.close()
    alone = SqlLedger(f"sqlite:///{tmp_path}/alone.db", ATTEMPTS)
    ledger = SqlLedger(url, ATTEMPTS)
    for each in (alone, ledger):
        write(each, range(120))
        write(each, range(120))
    assert rows(ledger) == rows(alone)
    ledger.close()
    alone.close()


KINDS = Table(
    "kinds",
    MetaData(),
    Column("key", Text, primary_key=True),
    Column("text", Text),
    Column("number", Integer),
    Column("flag", Boolean),
    Column("body", LargeBinary),
    Column("day", Date),
    Column("moment", Utc),
    Column("words", Words),
)
TEXTS = [
    "",
    "a",
    "NULL",
    'a "quoted" {one}, two',
    "back\\slash\\",
    "жлоба 猫 🐈",
    "a\nb\tc",
    "'%s%%",
    None,
]


@pytest.mark.parametrize("alike", [False, True])
def test_every_kind_of_value_comes_back(url, alike):
    given_rows = [
        {
            "key": text or f"none {number}",
            "text": TEXTS[3] if alike else text,
            "number": None if alike else number - 3,
            "flag": True if alike else (None, True, False)[number % 3],
            "body": b'\x00\xff"\\' if alike else (text or "").encode(),
            "day": NOW.date() if alike else NOW.date() + timedelta(days=number),
            "moment": NOW if alike else NOW + timedelta(microseconds=number),
            "words": ('a "b"', "c\\") if alike else (text or "",) * number,
        }
        for number, text in enumerate(TEXTS)
    ]
    names = tuple(given_rows[0])
    engine = open_engine(url.replace("deep/down/", ""))
    with engine.begin() as connection:
        KINDS.create(connection)
        assert insert_free(connection, KINDS, given_rows[:4]) == 4
        assert insert_free(connection, KINDS, given_rows) == len(TEXTS) - 4
        query = select(KINDS).order_by(KINDS.c.key)
        expected = sorted(given_rows, key=lambda row: row["key"])

        def stored():
            by_key = [dict(row) for row in connection.execute(query).mappings()]
            return sorted(by_key, key=lambda row: row["key"])

        assert stored() == expected
        turned = [row | {"text": f"{row['key']}!", "number": 7} for row in given_rows]
        upsert(connection, KINDS, turned, renewed=("text",))
        assert [row["text"] for row in stored()] == [f"{row['key']}!" for row in expected]
        change(connection, KINDS, names, given_rows)
        assert stored() == expected
        among = KINDS.c.key.in_(given(connection.dialect, KINDS, ("key",)))
        keys = [(row["key"],) for row in given_rows[::2]]
        found = connection.scalars(
            select(KINDS.c.key).where(among), giving(connection.dialect, ("key",), keys)
        )
        assert sorted(found) == sorted(key for (key,) in keys)
        none = giving(connection.dialect, ("key",), [])
        assert not connection.scalars(select(KINDS.c.key).where(among), none).all()
    engine.dispose()
