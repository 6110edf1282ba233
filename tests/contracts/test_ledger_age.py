"""A ledger of an older version opens: what it lacks is added, and what it knows stays."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

from pipeline.adapters.database import open_engine
from pipeline.adapters.ledger import SqlLedger
from pipeline.errors import FixSeed
from pipeline.model import Slot, State
from pipeline.ports import ListingState
from tests.contracts.answers import NOW, link, page

SLOT = Slot.parse("2026-11-21T09:00")
#: What the first edition did not have: the columns by table, and whole tables.
YOUNGER = {
    "links": ("authors", "words"),
    "listings": (
        *("next_check_at", "interval_s", "whole_at", "distrusted", "selection", "failing_since"),
        *("weight", '"window"', "widest", "gaps", "children", "stated_at"),
    ),
}
TABLES = ("sightings", "tries")
#: Its indexes that are others now, by what they were of.
INDEXES = {"links_due": "source, due_at"} | {
    f"links_{slot}": slot for slot in ("tried_slot", "fetched_slot", "settled_slot")
}
YOUNGER_INDEXES = ("to_fetch", "tried_later", "fetched_later", "settled_later")


@pytest.fixture(params=["sqlite", "postgres"])
def old(request, tmp_path):
    """A ledger as the first edition left it, with a link and a listing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        url = request.getfixturevalue("postgres_url")
    ledger = SqlLedger(url, 3)
    listing = ListingState(url="https://lantern.example/feed", source="lantern", etag='"1"')
    ledger.remember([link()], [listing], SLOT)
    ledger.settle_fetched([page(link())], SLOT, NOW)
    ledger.close()
    engine = open_engine(url)
    with engine.begin() as connection:
        for table, columns in YOUNGER.items():
            for column in columns:
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        for name in YOUNGER_INDEXES:
            connection.execute(text(f"DROP INDEX links_{name}"))
        for name, of in INDEXES.items():
            connection.execute(text(f"CREATE INDEX {name} ON links ({of})"))
        for table in TABLES:
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    return url


def test_an_older_ledger_opens_and_keeps_what_it_knows(old):
    ledger = SqlLedger(old, 3)
    (known,) = ledger.find(link().url_key)
    assert (known.link, known.state) == (link(), State.FETCHED)
    assert ledger.listings("lantern")["https://lantern.example/feed"] == ListingState(
        url="https://lantern.example/feed", source="lantern", etag='"1"'
    )
    assert ledger.places(link().url_key) == ledger.tries(link().url_key) == []
    again = link(found_in="https://lantern.example/map.xml", authors=("Ana Ozola",))
    ledger.remember([again, link(1)], [], SLOT)
    assert [place.link for place in ledger.places(link().url_key)] == [again]
    ledger.close()


def test_an_older_ledger_gets_the_indexes_of_today(old):
    SqlLedger(old, 3).counts()
    engine = open_engine(old)
    names = {index["name"] for index in inspect(engine).get_indexes("links")}
    engine.dispose()
    assert names == {f"links_{name}" for name in ("found_slot", *YOUNGER_INDEXES)}


def test_a_ledger_that_cannot_be_made_to_fit_says_what_to_do(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE links (url_key TEXT PRIMARY KEY, url TEXT)"))
    engine.dispose()
    with pytest.raises(FixSeed, match=r"ledger\.db.*older version.*--rebuild-ledger"):
        SqlLedger(url, 3).counts()
