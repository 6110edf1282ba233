"""A ledger on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import pytest

from pipeline.adapters.ledger import SqlLedger
from tests.contracts.answers import ATTEMPTS


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/down/ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def ledger(url):
    opened = SqlLedger(url, ATTEMPTS)
    yield opened
    opened.close()
