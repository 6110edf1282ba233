"""Subscriptions to hubs, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.subscriptions import SqlSubscriptions
from pipeline.websub.subscription import ACTIVE, Wish, begun
from tests.contracts.answers import NOW

WISH = Wish(
    "lantern", "https://lantern.example/feed", "https://h.example/", "t", "https://c.example"
)


@pytest.fixture
def held(url):
    opened = SqlSubscriptions(url)
    yield opened
    opened.close()


def test_what_is_kept_comes_back_and_what_is_dropped_does_not(held):
    assert held.subscriptions() == []
    first, second = begun(WISH, NOW), begun(replace(WISH, listing="https://lantern.example/a"), NOW)
    held.keep_subscriptions([first, second])
    later = replace(
        first,
        state=ACTIVE,
        lease_until=NOW + timedelta(days=10),
        pushed_at=NOW,
        failures=2,
        detail="é\n",
    )
    held.keep_subscriptions(iter([later]))
    assert held.subscriptions() == [second, later]
    held.drop_subscriptions([second.token, "unknown"])
    held.drop_subscriptions([])
    held.keep_subscriptions([])
    assert held.subscriptions() == [later]


def test_a_ledger_that_was_there_before_gets_the_table(url):
    ledger = SqlLedger(url, 5)
    ledger.keep_robots("https://lantern.example", NOW, 200, b"")
    held = SqlSubscriptions(url)
    held.keep_subscriptions([begun(WISH, NOW)])
    assert len(held.subscriptions()) == 1
    assert ledger.robots("https://lantern.example") == (NOW, 200, b"")
    held.close()
    ledger.close()
