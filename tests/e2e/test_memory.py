"""Site memory through the jobs: learned over days, applied, the same again, refusable, dated."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from pipeline import desk, jobs
from pipeline.errors import FixSeed
from pipeline.model import Slot
from pipeline.publish.stage import read_staged
from pipeline.settings import load_settings

#: In no rule, and in no article.
LINE = "The Lantern is set by hand in a cellar below the fish market"
DAYS = [f"2026-11-{day}T09:00" for day in (21, 22, 23, 24)]


@pytest.fixture
def lantern(demo, stand, monkeypatch):
    """One site that gives five articles a run, each with the line below it."""
    seed = demo / "sources" / "lantern.yml"
    seed.write_text(
        re.sub(r"^fetch:\n", "fetch:\n  max_pages: 5\n", seed.read_text(), flags=re.MULTILINE)
    )
    monkeypatch.setenv("BROADSHEET_EXTRACT_WORKERS", "0")
    stand.control("redesign", {"site": "lantern", "below": LINE})
    return stand


def articles(slot):
    """What was staged, but for live blogs: only what stands in an entry is theirs."""
    store = jobs.open_ports(load_settings()).store
    rows = read_staged(store, Slot.parse(slot))[0].to_pylist()
    return [row for row in rows if row["form"] != "live"]


def staged():
    store = jobs.open_ports(load_settings()).store
    return {info.key: store.get(info.key) for info in store.list("staged/")}


def extract(slot):
    return [jobs.extract(slot, shard) for shard in jobs.shards()]


def run(slot):
    for shard in jobs.shards():
        jobs.crawl(slot, shard, ["lantern"])
    return extract(slot)


@pytest.mark.usefixtures("lantern")
def test_what_a_site_prints_below_every_article_is_learned_and_cut(monkeypatch):
    for slot in DAYS[:2]:
        run(slot)
    monkeypatch.setenv("BROADSHEET_EXTRACT_WORKERS", "1")
    run(DAYS[2])
    monkeypatch.setenv("BROADSHEET_EXTRACT_WORKERS", "0")
    first, third = articles(DAYS[0]), articles(DAYS[2])
    assert first
    assert third
    assert all(LINE in row["text"] for row in first)
    for row in third:
        assert LINE not in row["text"]
        (cut,) = [cut for cut in row["cuts"] if cut["category"] == "memory"]
        assert cut["text"] == LINE
    assert {row["rules_version"] for row in first}.isdisjoint(row["rules_version"] for row in third)

    book = desk.site_rules("lantern", "2026-11-24")
    (rule,) = [view for view in book.rules if view.line == LINE]
    assert rule.rule == cut["rule"]
    assert (rule.standing, rule.first_seen, rule.days) == ("applied", "2026-11-21", 3)
    assert rule.example.startswith("http://lantern.localhost")

    before = staged()
    for slot in reversed(DAYS[:3]):
        extract(slot)
    assert staged() == before, "each slot goes by what was known before its own day"

    desk.decide_rule("lantern", rule.rule, "refused")
    extract(DAYS[2])
    assert all(LINE in row["text"] for row in articles(DAYS[2]))
    desk.decide_rule("lantern", rule.rule, None)
    with pytest.raises(FixSeed, match="sources rules lantern"):
        desk.decide_rule("lantern", "line-nowhere", "accepted")


def test_a_redesign_is_noticed_within_one_run_and_the_rows_are_written(lantern):
    for slot in DAYS[:3]:
        reports = run(slot)
        assert not any("layout" in line for report in reports for line in report.warnings)
    lantern.control("redesign", {"site": "lantern", "box": "longform"})
    at = (jobs.utc_now() + timedelta(seconds=5)).isoformat(timespec="seconds")
    truth = [
        e for e in lantern.expected().values() if e.site == "lantern" and e.state == "published"
    ]
    for expected in truth[:6]:
        lantern.control("edit", {"site": "lantern", "slug": expected.slug, "at": at})
    warnings = [line for report in run(DAYS[3]) for line in report.warnings]
    (line,) = [line for line in warnings if "the layout has changed" in line]
    assert line.startswith("lantern: ")
    assert "section.longform>div.longform-column" in line
    assert articles(DAYS[3])
