"""All benchmark pages beside their references: figures only rise, and so do their floors."""

import json
import subprocess

import pytest

from bench.floors import ALL, FILE, below, lowered, measure, raise_floors
from bench.pages import FOLDER, ROOT, names

KEPT = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured():
    return measure()


@pytest.mark.skipif(
    not names(),
    reason=f"the benchmark pages are not here: {FOLDER.name}/ is laid beside the project",
)
@pytest.mark.timeout(1800)  # the first waits for all pages: a minute of two idle processors
@pytest.mark.parametrize("name", KEPT["floors"])
def test_no_figure_falls_below_its_floor(measured, name):
    assert below(measured, KEPT["floors"], (name,)) == []


def git(*arguments):
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if done.returncode:
        pytest.skip(f"not a git checkout: {done.stderr.strip()}")
    return done.stdout


def test_no_floor_was_ever_lowered():
    """A shallow clone shows the versions it has; at the least the one that is committed."""
    name = FILE.relative_to(ROOT).as_posix()
    for commit in git("log", "--format=%H", "--", name).split():
        old = json.loads(git("show", f"{commit}:{name}"))
        assert lowered(old, KEPT) == [], f"lower than in {commit[:9]}; see bench/floors.py"


def test_what_was_lowered_says_why():
    assert [key for key, said in KEPT["lowered"].items() if len(said["why"].split()) < 4] == []


def test_times_and_zones_that_pages_state_have_a_floor():
    assert KEPT["floors"][ALL]["time_and_zone"] >= 0.98


def file(**floors):
    return {"floors": {"set": floors}, "lowered": {}}


def test_floors_rise_and_ceilings_fall():
    measured = {"set": {"f1": 0.9519, "recall": 0.9, "leaks": 3}, "new": {"f1": 1.0}}
    raised = raise_floors(measured, {"set": {"f1": 0.95, "recall": 0.91, "leaks": 7}})
    assert raised == {"set": {"f1": 0.951, "recall": 0.91, "leaks": 3}, "new": {"f1": 1.0}}


def test_a_floor_that_sinks_or_goes_is_named():
    old = file(f1=0.95, leaks=3, recall=0.9)
    assert lowered(old, file(f1=0.96, leaks=2, recall=0.9)) == []
    assert lowered(old, file(f1=0.94, leaks=4)) == [
        "set f1: 0.95 -> 0.94",
        "set leaks: 3 -> 4",
        "set recall: 0.9 -> None",
    ]


def test_a_floor_may_sink_for_a_reason_and_no_further():
    why = {"set.f1": {"to": 0.94, "why": "the reference held the headline"}}
    assert lowered(file(f1=0.95), file(f1=0.94) | {"lowered": why}) == []
    assert lowered(file(f1=0.95), file(f1=0.93) | {"lowered": why}) == ["set f1: 0.95 -> 0.93"]
