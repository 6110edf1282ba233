"""The same bytes and rules give the same row: on any worker, in any order, whatever the hash seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from bench.fuzz import judge, page_of, seeds
from bench.mutate import mutate
from pipeline.settings import ROOT
from pipeline.workers import Limits, Workers


@pytest.fixture(scope="module")
def pages():
    bodies, dice = seeds(), random.Random(3)
    bodies = (bodies + [mutate(dice.choice(bodies), bodies, dice) for _ in range(50)])[:50]
    links = [
        replace(page_of(b).link, url_key=f"https://fuzz.example/{n}") for n, b in enumerate(bodies)
    ]
    return [replace(page_of(b), link=link) for b, link in zip(bodies, links, strict=True)]


def rows(pages, **limits):
    with Workers(judge(), Limits(**limits)) as workers:
        found = {v.url_key: v for v in workers.judge(pages)}
    assert len(found) == len(pages)
    return found


def test_rows_do_not_depend_on_workers_and_order(pages):
    shuffled = random.Random(5).sample(pages, len(pages))
    here = rows(pages, workers=0)
    assert rows(shuffled, workers=1) == here
    assert rows(shuffled[::-1], workers=2, pages_each=7) == here


def test_a_brief_fuzz_breaks_no_promise_and_no_hash_seed_changes_it(tmp_path):
    said = []
    for hash_seed in ("0", "4242"):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench.fuzz",
                "--real",
                "0",
                "--pages",
                "40",
                "--seed",
                "11",
                "--folder",
                tmp_path,
            ],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]
