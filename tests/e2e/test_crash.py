"""Killed anywhere and run again: the same rows, nothing lost, nothing doubled, nothing asked twice.

Every chain of kills is drawn from a seed that the test's name shows, so a failure can be repeated.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline import jobs
from pipeline.publish.table import Lake
from pipeline.settings import load_settings

SLOT = "2026-11-21T09:00"
MORTAL = str(Path(__file__).with_name("mortal.py"))
#: What a row says of when and where it was fetched; all else must come out the same.
OF_THE_FETCH = {"found_at", "fetched_at", "raw_key", "at", "elapsed_ms", "attempts", "robots_at"}


class Mortals:
    """Does jobs in processes with a fuse (mortal.py)."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, MORTAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._parent.communicate()

    def work(self, job, *args, fuse):
        """Do a job; return whether its process lived to finish."""
        self._parent.stdin.write(f"{fuse} {job} {' '.join(args)}\n")
        self._parent.stdin.flush()
        end = os.waitstatus_to_exitcode(int(self._parent.stdout.readline()))
        assert end in {0, -signal.SIGKILL}
        return end == 0

    def work_until_done(self, dice, job, *args, longest):
        """Let a job be killed again and again, each time a little later, until it lives."""
        kills = 0
        while not self.work(job, *args, fuse=dice.randint(1, longest) + 2 * kills):
            kills += 1
        return kills


@pytest.fixture
def mortals(demo, monkeypatch):
    """Mortal processes that work in the demo's lake, and judge pages themselves."""
    assert demo.is_dir()
    # The undisturbed run has workers; without them and with kills the rows must be the same.
    monkeypatch.setenv("BROADSHEET_EXTRACT_WORKERS", "0")
    with Mortals() as parent:
        monkeypatch.delenv("BROADSHEET_EXTRACT_WORKERS")
        yield parent


def rows(name):
    lake = Lake(jobs.open_ports(load_settings()).store)
    table = lake.read(name).to_pylist()
    plain = [{k: v for k, v in row.items() if k not in OF_THE_FETCH} for row in table]
    return sorted(plain, key=repr)


def everything():
    return {name: rows(name) for name in ("articles", "rejects", "outcomes")}


@pytest.fixture
def undisturbed(demo, stand, monkeypatch):
    """The rows of a run that nobody killed, in a lake of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("BROADSHEET_STORE", str(demo / "undisturbed"))
        jobs.run(SLOT)
        expected = everything()
    stand.desk.reset()
    stand.log.clear()
    return expected


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("BROADSHEET_CRASH_CHAINS", "1"))))
def test_a_run_that_is_killed_again_and_again_ends_like_one_that_was_not(
    undisturbed, mortals, seed
):
    dice = random.Random(seed)
    kills = 0
    for shard in ("0", "1"):
        kills += mortals.work_until_done(dice, "crawl", SLOT, shard, longest=12)
    for shard in ("0", "1"):
        kills += mortals.work_until_done(dice, "extract", SLOT, shard, longest=10)
    kills += mortals.work_until_done(dice, "publish", SLOT, longest=10)
    jobs.gate(SLOT, [])
    assert kills > 0
    assert everything() == undisturbed


def test_pages_that_are_durable_are_not_asked_for_again(demo, stand, mortals):
    mortals.work("crawl", SLOT, "0", fuse=10**6)
    mortals.work("crawl", SLOT, "1", fuse=10**6)
    (demo / "lake" / "_ledger" / "ledger.db").unlink()  # as if killed before it was told
    for spare in ("ledger.db-wal", "ledger.db-shm"):
        (demo / "lake" / "_ledger" / spare).unlink(missing_ok=True)
    asked = Counter((e.host, e.path) for e in stand.log)
    stand.log.clear()
    mortals.work("crawl", SLOT, "0", fuse=10**6)
    mortals.work("crawl", SLOT, "1", fuse=10**6)
    again = {(e.host, e.path) for e in stand.log}
    pages = {urlsplit(url).path for url in stand.expected()}
    assert not {key for key in again if key in asked and key[1] in pages}
