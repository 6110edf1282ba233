"""How a task ends when a job raises: one line, an exit code, and a retry only where time may help."""

from __future__ import annotations

import logging

import pytest

from pipeline import jobs
from pipeline.airflow import FIRST_PAUSE_S, PoliteRetry, tell
from pipeline.errors import BrokenContract, FixSeed, SiteChanged, TryLater


def decide(error: BaseException, try_number: int = 1):
    return PoliteRetry().evaluate(error, try_number, 3)


def left_by(error: BaseException) -> SystemExit:
    ended = SystemExit(1)
    ended.__cause__ = error
    return ended


@pytest.mark.parametrize("kind", [FixSeed, SiteChanged, BrokenContract])
def test_what_only_a_person_can_mend_fails_at_once(kind):
    decision = decide(left_by(kind("seeds/x.yml: home: missing")))
    assert decision.action.value == "fail"
    assert decision.reason == "seeds/x.yml: home: missing"


def test_what_time_may_cure_is_tried_again_ever_later():
    pauses = [decide(left_by(TryLater("busy")), n).retry_delay.total_seconds() for n in (1, 2, 3)]
    for pause, least in zip(pauses, (1, 3, 9), strict=True):
        assert FIRST_PAUSE_S * least <= pause <= FIRST_PAUSE_S * least * 1.5


def test_nobody_comes_back_before_the_time_that_was_asked_for():
    decision = decide(left_by(TryLater("busy", retry_after_s=600)))
    assert decision.retry_delay.total_seconds() >= 600


def test_shards_do_not_come_back_all_at_once():
    assert len({decide(left_by(TryLater("busy"))).retry_delay for _ in range(20)}) > 15


@pytest.mark.parametrize("error", [ValueError("?"), SystemExit(3), left_by(OSError("?"))])
def test_a_stranger_is_left_to_airflow(error):
    assert decide(error).action.value == "default"


def test_a_job_s_error_is_one_line_and_its_exit_code(monkeypatch, caplog, tmp_path):
    monkeypatch.setenv("BROADSHEET_SOURCES", str(tmp_path / "nowhere"))
    with caplog.at_level(logging.INFO), pytest.raises(SystemExit) as ended:
        tell("plan", None, [])
    assert ended.value.code == FixSeed.exit_code
    assert decide(ended.value).action.value == "fail"
    (record,) = (record for record in caplog.records if record.name == "broadsheet")
    assert "nowhere" in record.getMessage()
    assert record.exc_info is None


def test_a_report_is_logged_and_handed_on_as_plain_values(monkeypatch, caplog, tmp_path):
    seed = "{id: %s, name: P, home: 'http://p.example/', languages: [en], listings: [{url: 'http://p.example/f'}]}"
    (tmp_path / "paper.yml").write_text(seed % "paper")
    (tmp_path / "typo.yml").write_text(seed % "other")
    monkeypatch.setenv("BROADSHEET_SOURCES", str(tmp_path))
    with caplog.at_level(logging.INFO):
        told = tell("plan", "2026-11-21T09:00", [])
    assert told["slot"] == "2026-11-21T09:00"
    assert told["counts"]["paper"] == {"listings": 1}
    assert "paper: 1 listings" in caplog.messages
    assert any("typo.yml" in r.getMessage() for r in caplog.records if r.levelname == "WARNING")


def test_every_job_that_a_dag_names_is_there():
    for name in ("plan", "crawl", "extract", "publish", "gate"):
        assert callable(getattr(jobs, name))
