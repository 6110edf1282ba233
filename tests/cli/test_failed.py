"""What was given up, and another chance for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.crawl import polling
from pipeline.model import Link, Miss, Reason, Slot, State
from pipeline.ports import ListingState
from pipeline.sources import load_source
from pipeline.urls import url_key
from tests.cli.conftest import SEED
from tests.cli.test_terminal import on_terminal

NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
SLOT = Slot.containing(NOW)
HOME = "https://lantern.example/"


def link(name, source="lantern"):
    url = HOME + name
    return Link(source=source, url=url, url_key=url_key(url), found_at=NOW, found_in=HOME + "feed")


@pytest.fixture
def given_up(tmp_path, command):
    """Run a command over a ledger in which three URLs have failed and a listing is dead."""
    run = command(str(tmp_path / "lake"))
    url = f"sqlite:///{tmp_path}/ledger.db"
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "lantern.yml").write_text(SEED)
    run.env.update(BROADSHEET_LEDGER=url, BROADSHEET_SOURCES=str(seeds))
    ledger = SqlLedger(url, 5)
    links = [link("gone"), link("hidden"), link("gone", "harbour")]
    source = load_source(seeds / "lantern.yml")
    dead = ListingState(url=HOME + "feed", source="lantern")
    for day in range(5):
        dead = polling.failed(dead, source, NOW + timedelta(days=day), "gone: 404")
    ledger.remember(links, [dead], SLOT)
    reasons = (Reason.GONE, Reason.ROBOTS, Reason.GONE)
    misses = [
        Miss(link=of, reason=reason, detail="no", fetched_at=NOW)
        for of, reason in zip(links, reasons, strict=True)
    ]
    ledger.settle_fetched(misses, SLOT, NOW)
    return run, ledger


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_given_up_is_listed_by_source_reason_and_day(given_up):
    run, _ = given_up
    rows = lines(run("failed"))
    assert len(rows) == 3
    assert rows[0]["tried_at"] == "2026-11-21T09:05:00Z"
    chosen = lines(run("failed", "--source", "lantern", "--reason", "robots"))
    assert [(row["url"], row["detail"]) for row in chosen] == [(HOME + "hidden", "no")]
    assert lines(run("failed", "--since", "2026-11-22")) == []
    assert run("failed", "--since", "soon").returncode == 2


def test_a_second_chance_by_filter_or_by_name(given_up):
    run, ledger = given_up
    assert run("retry").returncode == 2
    done = run("retry", "--source", "lantern", "--reason", "gone")
    assert (done.returncode, done.stderr) == (0, b"1 URLs will be asked for in the next crawl\n")
    (known,) = [s for s in ledger.find(url_key(HOME + "gone")) if s.link.source == "lantern"]
    assert known.state == State.PENDING
    again = run("retry", HOME + "hidden?utm_source=x", HOME + "unknown")
    assert again.returncode == 1
    assert b"1 URLs will" in again.stderr
    assert b"unknown: not among those that were given up" in again.stderr
    assert [row["source"] for row in lines(run("failed"))] == ["harbour"]


def test_a_dead_listing_is_reported_and_can_be_woken(given_up):
    run, ledger = given_up
    (report,) = lines(run("report"))
    assert "dead since 2026-11-21: asked once a day" in report["listings"][0]
    done = run("sources", "wake", "lantern")
    assert done.stderr == b"lantern: 1 listings will be asked in the next crawl\n"
    (state,) = ledger.listings("lantern").values()
    assert state == replace(state, weight=0, next_check_at=None, failing_since=None)
    assert run("sources", "wake", "nobody").returncode == 78


def test_of_a_url_that_was_given_up_why_says_what_would_help(given_up):
    run, _ = given_up
    shown = " ".join(on_terminal(run, "why", HOME + "hidden").split())
    assert "asked no more unless `broadsheet retry`" in shown
    run("retry", HOME + "hidden")
    shown = " ".join(on_terminal(run, "why", HOME + "hidden").split())
    assert "lantern: pending" in shown
    assert "asked no more" not in shown
    assert "robots: no" in shown, "the try before is still told"
