"""What a ledger says when its database is broken, locked, away or no database at all."""

from __future__ import annotations

import sqlite3

import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.errors import FixSeed, TryLater
from pipeline.model import Slot
from tests.contracts.answers import link
from tests.servers import free_port

SLOT = Slot.parse("2026-11-21T09:00")


def test_a_broken_database_is_named(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"no database at all, just some bytes in a file" * 99)
    with pytest.raises(FixSeed, match=r"ledger\.db.*file is not a database.*BROADSHEET_LEDGER"):
        SqlLedger(f"sqlite:///{path}", 3).counts()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FixSeed, match=r"in the way|file.*BROADSHEET_LEDGER"):
        SqlLedger(f"sqlite:///{tmp_path}/file/ledger.db", 3).counts()


def test_a_locked_database_is_for_later(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.adapters.database.BUSY_MS", 50)
    path = tmp_path / "ledger.db"
    ledger = SqlLedger(f"sqlite:///{path}", 3)
    ledger.remember([link()], [], SLOT)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryLater, match="database is locked"):
        ledger.remember([link(1)], [], SLOT)
    other.execute("ROLLBACK")
    assert ledger.remember([link(1)], [], SLOT) == 1


@pytest.mark.parametrize("url", ["nonsense", "oracledb9://x/y", "http://x"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(FixSeed, match="BROADSHEET_LEDGER"):
        SqlLedger(url, 3)


def test_a_server_that_is_down_is_for_later_and_its_password_stays_unsaid():
    url = f"postgresql://user:s3cret@127.0.0.1:{free_port()}/news"
    with pytest.raises(TryLater) as caught:
        SqlLedger(url, 3).counts()
    assert "127.0.0.1" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_database_that_does_not_exist_is_named(postgres):
    with pytest.raises(FixSeed, match=r'database "nowhere" does not exist.*BROADSHEET_LEDGER'):
        SqlLedger(postgres.replace("/postgres", "/nowhere"), 3).counts()
