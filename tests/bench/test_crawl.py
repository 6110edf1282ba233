"""A small run of the benchmark: that it measures what it says, not how fast anything is."""

from __future__ import annotations

import sys

import pytest

from bench import crawl, ledger
from bench.farm import farm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127/8")


def test_every_crawler_gets_every_page():
    ours = (sys.executable, "-m", "bench.crawler", "--delay", "0")
    with farm(3) as port:
        works = ("aiohttp", "archive")
        told = [crawl.measured((*ours, "--work", w), port, hosts=3, pages=4) for w in works]
        feeds = crawl.measured((*ours, "--work", "feeds"), port, hosts=3)
    assert [(one["pages"], one["missed"]) for one in told] == [(12, 0)] * 2
    assert len({one["bytes"] for one in told}) == 1
    assert told[0]["bytes"] > 12 * 60_000
    assert feeds["pages"] == 90


def test_costs_of_a_page_and_of_a_site_are_told_apart(capsys):
    costs = [crawl.Cost("aiohttp alone", 0.5, 1, 40, 0), crawl.Cost("ours, polite", 1, 3, 60, 2)]
    crawl.show_costs(costs)
    assert "| ours, polite | 1.00 | 1,000 | 2.0 | 1.0 | 3.0 | 60 | 2 |" in capsys.readouterr().out
    crawl.show_ledgers({"SQLite": {"known": ledger.Rate(20_000.0, 1.0, 1.0)}})
    assert "| known | 20,000 | 10,000 |" in capsys.readouterr().out
