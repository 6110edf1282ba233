"""What the ledger knows of hosts, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from pipeline.model import Purpose, Request
from pipeline.ports import Gate, Spent
from tests.contracts.answers import NOW

HOUR = timedelta(hours=1)


def test_robots_and_rests_are_kept(ledger):
    origin = "https://lantern.example"
    assert ledger.robots(origin) is None
    ledger.keep_robots(origin, NOW, 200, b"User-agent: *\nDisallow:\xff\x00")
    ledger.keep_robots(origin, NOW + HOUR, 404, b"")
    assert ledger.robots(origin) == (NOW + HOUR, 404, b"")
    host = "lantern.example:443"
    assert ledger.gate(host) == Gate(host)
    ledger.keep_gate(Gate(host, NOW, 3, "it failed"))
    ledger.keep_gate(Gate(host, NOW + HOUR, 0, "it asked for rest"))
    assert ledger.gate(host) == Gate(host, NOW + HOUR, 0, "it asked for rest")


def test_a_hosts_day_is_shared_by_all_who_ask_it(ledger):
    host, day = "lantern.example:443", NOW.date()
    yesterday = day - timedelta(days=1)

    def room(spent):
        return 100 - spent.daily - spent.backfill

    assert ledger.spent(host, day) == Spent(0, 0, None)
    assert ledger.spend(host, yesterday, Purpose.DAILY, 70, room) == 70
    assert ledger.spend(host, day, Purpose.DAILY, 60, room) == 60
    assert ledger.spend(host, day, Purpose.BACKFILL, 60, room) == 40
    assert ledger.spend(host, day, Purpose.DAILY, 1, room) == 0
    assert ledger.spent(host, day) == Spent(60, 40, 70)
    ledger.give_back(host, day, Purpose.BACKFILL, 15)
    assert ledger.spend(host, day, Purpose.DAILY, 60, room) == 15
    assert ledger.spend("other.example:443", day, Purpose.DAILY, 60, room) == 60
    later = day + timedelta(days=8)
    assert ledger.spent(host, later) == Spent(0, 0, None)


def test_no_two_askers_take_the_same_request(ledger):
    def take(_):
        return ledger.spend("busy.example:80", NOW.date(), Purpose.DAILY, 7, left)

    def left(spent):
        return 50 - spent.daily

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(16))) == 50


def test_requests_are_noted_until_they_are_in_the_lake(ledger):
    first = Request(
        host="h:80",
        source="s",
        purpose="daily",
        kind="page",
        url="http://h/1",
        sent=True,
        at=NOW,
        robots_at=NOW - HOUR,
        waited_s=0.5,
    )
    second = replace(first, url="http://h/2", at=NOW + HOUR, status=200)
    other = replace(first, host="i:80")
    ledger.journal("0", [second, first])
    ledger.journal("0", [first])
    ledger.journal("1", [other])
    assert ledger.journalled("0") == [first, second]
    assert ledger.journalled(host="i:80") == [other]
    assert len(ledger.journalled()) == 3
    ledger.forget([first, other])
    assert ledger.journalled() == [second]
