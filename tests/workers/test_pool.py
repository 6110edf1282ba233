"""No page can hurt a run: not its time, its memory, its order, nor the pages beside it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import FixSeed, TryLater
from pipeline.model import Reason
from pipeline.settings import ROOT
from pipeline.workers import Judge, Limits, Workers
from pipeline.workers.limits import memory
from tests.workers.conftest import SLOT
from tests.workers.judges import Obedient


@pytest.fixture
def judge(rules, sources, tmp_path):
    return Obedient(sources, rules, SLOT, folder=str(tmp_path))


def verdicts(judge, pages, **limits):
    with Workers(
        judge, Limits(**{"workers": 2, "page_seconds": 0.5, "page_bytes": 60_000_000} | limits)
    ) as workers:
        return list(workers.judge(pages))


def begun(judge, word):
    return [pid for f in Path(judge.folder).glob(f"{word}-*") for pid in f.read_text().split()]


def test_a_page_that_kills_its_worker_is_a_reject_and_the_others_are_unharmed(judge, page):
    deadly = {
        "spin": (Reason.TOO_SLOW, "took more than 0.5 s of CPU"),
        "crash": (Reason.EXTRACTOR_FAILED, "ended its worker with SIGSEGV, 2 times"),
        "fail": (Reason.EXTRACTOR_FAILED, "ended its worker with exit status 1, 2 times"),
        "hoard": (Reason.TOO_LARGE, "took more than 60 MB of memory"),
    }
    words = [word for deed in deadly for word in (deed, "calm")]
    found = verdicts(judge, [page(word, n) for n, word in enumerate(words)])
    assert [v.url.rpartition("/")[2] for v in found] == [str(n) for n in range(len(words))]
    assert {v.reason for v in found[1::2]} == {Reason.OK}
    assert [(v.reason, v.detail) for v in found[::2]] == list(deadly.values())
    assert [v.raw_digest for v in found] == [page(word).digest for word in words]
    # Time is not tried twice.
    assert [len(begun(judge, word)) for word in deadly] == [1, 2, 2, 2]


def test_a_page_whose_worker_was_killed_by_another_is_judged_by_the_next(judge, page):
    (found,) = verdicts(judge, [page("stumble")])
    assert found.reason == Reason.OK
    assert len(set(begun(judge, "stumble"))) == 2


def test_a_page_that_stands_still_does_not_hold_up_a_run(judge, page):
    (found,) = verdicts(judge, [page("sleep")], page_seconds=0.02)
    assert (found.reason, "stood still" in found.detail) == (Reason.TOO_SLOW, True)


def test_memory_that_the_extractor_runs_out_of_is_a_page_too_large(rules, sources, page):
    words = "<html><body>" + "<p>word " * 20_000
    (found,) = verdicts(
        Judge(sources, rules, SLOT), [page(words)], page_bytes=10_000_000, page_seconds=9
    )
    assert found.reason == Reason.TOO_LARGE


def test_order_is_kept_and_no_more_is_read_ahead_than_allowed(judge, page):
    given = []

    def pages():
        for n in range(60):
            given.append(n)
            yield page("calm", n)

    with Workers(judge, Limits(workers=2, ahead=3)) as workers:
        for n, verdict in enumerate(workers.judge(pages())):
            assert verdict.url.endswith(f"/{n}")
            assert len(given) <= n + 1 + 2 * 3
    assert len(given) == 60


def test_big_pages_are_held_by_their_bytes(judge, page):
    given = []

    def pages():
        for n in range(6):
            given.append(n)
            yield page("calm" + " " * 1_000_000, n)

    with Workers(judge, Limits(workers=1, ahead_bytes=2_500_000)) as workers:
        for n, _ in enumerate(workers.judge(pages())):
            assert len(given) <= n + 3


def test_workers_are_replaced_after_their_pages_and_when_they_have_grown(judge, page):
    pages = [page("calm", n) for n in range(6)]
    verdicts(judge, pages, workers=1, pages_each=2)
    assert len(set(begun(judge, "calm"))) == 3
    verdicts(judge, [page("again", n) for n in range(4)], workers=1, growth=-1)
    assert len(set(begun(judge, "again"))) == 4


def test_no_worker_is_started_for_no_page(judge):
    with Workers(judge, Limits()) as workers:
        assert list(workers.judge([])) == []
        assert workers._nursery is None


def test_without_workers_pages_are_judged_here(judge, page):
    (found,) = verdicts(judge, [page("calm")], workers=0)
    assert found.reason == Reason.OK
    assert begun(judge, "calm") == [str(os.getpid())]


def test_what_an_operator_must_mend_is_raised(judge, page):
    with pytest.raises(FixSeed, match=r"lantern\.yml"):
        verdicts(judge, [page("seedless"), page("sleep", 1)])


def test_a_nursery_that_cannot_start_is_said_in_one_line(judge, page, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(Path(judge.folder) / "no-python"))
    with pytest.raises(TryLater, match="BROADSHEET_EXTRACT_WORKERS"):
        verdicts(judge, [page("calm")])


PARENT = """
import pickle
import signal
import sys
from pipeline.workers import Limits, Workers
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
judge, page = pickle.loads(sys.stdin.buffer.read())
with Workers(judge, Limits(workers=2, page_seconds=600)) as workers:
    list(workers.judge([page, page]))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc who lives")
@pytest.mark.parametrize("how", ["TERM", "INT", "KILL"])
def test_nobody_outlives_the_process_that_asked(judge, page, how):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    parent.stdin.write(pickle.dumps((judge, page("sleep"))))
    parent.stdin.close()
    until(lambda: len(begun(judge, "sleep")) == 2)
    workers = begun(judge, "sleep")
    parent.send_signal(getattr(signal, f"SIG{how}"))
    try:
        parent.wait(timeout=60)
    finally:
        parent.kill()
    until(lambda: not any(lives(pid) for pid in workers))


def lives(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def until(what):
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_memory_is_counted_in_bytes_where_there_is_no_proc(tmp_path):
    held, data = memory()
    peak, assumed = memory(tmp_path / "statm")
    assert held <= peak * 1.02
    assert peak == assumed
    assert min(held, data) > 10_000_000
