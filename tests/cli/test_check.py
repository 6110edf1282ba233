"""`broadsheet sources check` against the newsstand: answers, samples, what is not as expected."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from pipeline.adapters.ledger import SqlLedger
from pipeline.expect import silence
from pipeline.model import Slot
from pipeline.ports import ListingState
from tests.cli.conftest import ROOT
from tests.cli.test_terminal import on_terminal
from tests.stand import Newsstand

EXPECT = {
    "articles": 0.9,
    "words": 210,
    "filled": {"title": 1.0, "authors": 1.0, "published_at": 1.0},
    "sampled": 20,
}


@pytest.fixture(scope="module")
def running():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def stand(running):
    running.desk.reset()
    return running


@pytest.fixture
def run(stand, command, tmp_path):
    made = command(str(tmp_path / "lake"))
    made.env.update(
        BROADSHEET_SOURCES=str(stand.write_sources(tmp_path / "seeds")),
        BROADSHEET_BOILERPLATE=str(ROOT / "seeds" / "boilerplate"),
        BROADSHEET_ALLOW_NETWORKS="127.0.0.0/8,::1/128",
        BROADSHEET_USER_AGENT="BroadsheetTest/1.0 (+http://localhost/about)",
        BROADSHEET_EXTRACT_WORKERS="0",
    )
    for site in ("lantern", "flaky"):
        path = tmp_path / "seeds" / f"{site}.yml"
        seed = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump(seed | {"expect": EXPECT}, allow_unicode=True))
    return made


def checks_of(run, *arguments):
    done = run("sources", "check", *arguments)
    assert done.returncode != 70, done.stderr
    assert not done.stderr
    return done.returncode, {
        check["source"]: check for check in map(json.loads, done.stdout.splitlines())
    }


def test_a_site_that_is_as_expected(run, stand, tmp_path):
    stand.log.clear()
    code, checks = checks_of(run, "lantern", "--sample", "6")
    assert code == 0
    lantern = checks["lantern"]
    assert lantern["departures"] == []
    assert lantern["sample"]["sampled"] >= 5
    assert lantern["sample"]["articles"] >= 4
    assert 2 < lantern["articles_a_day"] < 6
    assert not (tmp_path / "lake").exists()
    pages = [entry.path for entry in stand.log if entry.path.startswith(("/2026", "/gallery"))]
    assert len(pages) <= 7


def test_without_a_sample_no_page_is_asked_for(run, stand):
    stand.log.clear()
    code, checks = checks_of(run, "lantern", "--sample", "0")
    assert (code, checks["lantern"]["sample"]) == (0, None)
    assert {entry.path for entry in stand.log} == {"/robots.txt", "/feed/", "/news-sitemap.xml"}


def test_articles_of_another_length_are_told(run, tmp_path):
    seed = tmp_path / "seeds" / "flaky.yml"
    seed.write_text(seed.read_text().replace("words: 210", "words: 900"))
    code, checks = checks_of(run, "flaky", "lantern")
    assert code == 65
    [line] = checks["flaky"]["departures"]
    assert "words in the median, 900 were expected" in line
    assert checks["lantern"]["departures"] == []


def test_a_gap_since_the_last_crawl_is_told(run, stand, tmp_path):
    (tmp_path / "lake" / "_ledger").mkdir(parents=True)
    ledger = SqlLedger(f"sqlite:///{tmp_path}/lake/_ledger/ledger.db", 5)
    url = stand.url("lantern", "/feed/")
    window = tuple(f"{n:032x}" for n in range(10))
    seen = ListingState(url=url, source="lantern", window=window, widest=10)
    ledger.remember([], [seen], Slot.parse("2026-11-20T09"))
    code, checks = checks_of(run, "lantern", "--sample", "0")
    answers = {answer["what"]: answer for answer in checks["lantern"]["answers"]}
    assert code == 0
    assert answers[url]["gap"] is True
    assert "none of its links" in answers[url]["detail"]
    assert not answers[stand.url("lantern", "/news-sitemap.xml")]["gap"]


def test_a_person_sees_a_table_and_what_is_wrong(run, stand):
    stand.desk.break_feed("vestnik", "error")
    shown = on_terminal(run, "sources", "check", "lantern", "vestnik", "--sample", "3")
    assert "3 of 3" in shown or "2 of 3" in shown
    assert "as expected" in shown
    assert "1 of 2" in shown
    assert "/rss/all.xml" in shown


def test_silence_is_told_when_chance_and_holidays_do_not_explain_it():
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert not silence(now - timedelta(days=2), 100, now)
    assert not silence(now - timedelta(days=8), 1, now)
    assert "nothing new since 2026-11-17" in silence(now - timedelta(days=4), 3, now)
    assert not silence(None, 3, now)
