from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest

from pipeline import doctor
from pipeline.adapters.store import open_store
from pipeline.settings import Settings


def findings(done) -> dict[str, list[dict]]:
    by_check: dict[str, list[dict]] = {}
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        by_check.setdefault(finding["check"], []).append(finding)
    return by_check


def test_a_healthy_deployment_ends_with_0(in_lake):
    done = in_lake("doctor", BROADSHEET_USER_AGENT="Test/1.0 (+https://example.org/bot)")
    assert done.returncode == 0, done.stdout
    found = findings(done)
    levels = {finding["level"] for group in found.values() for finding in group}
    assert levels <= {"ok", "warn"}
    assert {"settings", "user agent", "disk", "store", "store race", "lake", "ledger"} <= set(found)
    assert {"seeds", "rules"} <= set(found)


def test_each_trouble_is_a_finding_with_advice(broadsheet):
    sources, rules = broadsheet.folder / "sources", broadsheet.folder / "rules"
    (sources / "broken.yml").write_text("id: broken\n")
    rule = (rules / "related.yml").read_text()
    (rules / "related.yml").write_text(rule.replace("Also read: the", "Nothing of the"))
    done = broadsheet("doctor")
    assert done.returncode == 1
    found = findings(done)
    assert "broken.yml: name: " in found["seeds"][0]["detail"]
    assert "also-read" in found["rules"][0]["detail"]
    wrong = [f for group in found.values() for f in group if f["level"] == "wrong"]
    assert {"user agent", "seeds", "rules"} == {finding["check"] for finding in wrong}
    assert all(finding["advice"] for finding in wrong)


def test_a_lake_that_cannot_be_written_is_a_finding(broadsheet):
    (broadsheet.folder / "lake").write_text("in the way")
    done = broadsheet("doctor")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert "wrong" in {finding["level"] for finding in findings(done)["store"]}


def test_a_wrong_setting_is_a_finding(broadsheet):
    done = broadsheet("doctor", BROADSHEET_QUORUM="7")
    assert done.returncode == 1
    assert "BROADSHEET_QUORUM" in findings(done)["settings"][0]["detail"]


def test_an_object_that_the_log_promises_but_is_gone(tmp_path):
    store = open_store(str(tmp_path))
    store.put("articles/date=2026-11-19/there.parquet", b"x")
    store.put("articles/date=2026-11-19/spare.parquet", b"x")
    live = {"articles": [f"articles/date=2026-11-19/{n}.parquet" for n in ("there", "lost")]}
    told = [(finding.level, finding.detail) for finding in doctor.lake(store, live)]
    assert told[0] == ("wrong", "articles/date=2026-11-19/lost.parquet: in the log, but not there")
    assert told[1][0] == "ok"
    assert "1 superseded or orphaned" in told[1][1]


class Careless:
    """A store that tells every writer that it won, as some gateways do."""

    def __init__(self):
        self.objects, self.lock = {}, threading.Lock()

    def create(self, key, body):
        with self.lock:
            self.objects[key] = body
        return True

    def get(self, key):
        return self.objects[key]


def test_a_store_that_lets_two_writers_win_is_found_out(tmp_path):
    assert doctor.race(Careless(), "k").level == "wrong"
    assert doctor.race(open_store(str(tmp_path)), "k").level == "ok"


def test_the_race_on_a_bucket_has_one_winner(s3_address):
    assert doctor.race(open_store(s3_address), "race").level == "ok"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me:secret@db/ledger", "postgresql+psycopg://me:…@db/ledger"),
        ("postgresql+psycopg://me@db/ledger", "postgresql+psycopg://me@db/ledger"),
        ("sqlite:////var/lake/ledger.db", "sqlite:////var/lake/ledger.db"),
    ],
)
def test_a_password_is_never_shown(url, shown):
    ports = SimpleNamespace(ledger=SimpleNamespace(counts=dict))
    [finding] = doctor.ledger(Settings(ledger=url), ports)
    assert finding.detail.startswith(f"{shown}: ")
