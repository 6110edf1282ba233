"""A store and a ledger of their own."""

from __future__ import annotations

import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.ports import Ports
from tests.publish.rows import SLOT


@pytest.fixture
def ports(tmp_path):
    store = open_store(str(tmp_path / "lake"))
    return Ports(store, SqlLedger(f"sqlite:///{tmp_path}/ledger.db", 3), lambda: SLOT.start)
