"""Taking an article down from the command line."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import fill

URL = "https://lantern.example/2026/harbour"


@pytest.fixture
def run(tmp_path, command):
    lake = tmp_path / "lake"
    (lake / "_ledger").mkdir(parents=True)
    fill(str(lake), f"sqlite:///{lake}/_ledger/ledger.db")
    return command(str(lake))


def test_it_asks_before_it_acts(run):
    done = run("takedown", "https://lantern.example/nowhere")
    assert done.returncode == 2
    assert b"add --yes" in done.stderr
    assert run("takedown").returncode == 2


def test_an_article_goes_and_why_says_so(run):
    urls = [
        json.loads(line) for line in run("query", "select url from articles").stdout.splitlines()
    ]
    url = next(row["url"] for row in urls if "harbour" in row["url"])
    done = run(
        "takedown",
        url.replace("https://", "http://www.") + "?fbclid=1",
        "--yes",
        "--reason",
        "wrong",
    )
    assert done.returncode == 0, done.stderr
    receipt = json.loads(done.stdout)
    assert (receipt["articles"], receipt["reason"]) == (1, "wrong")
    assert receipt["done_at"]
    left = run("query", "select url from articles").stdout
    assert url.encode() not in left
    assert len(left.splitlines()) == len(urls) - 1
    told = json.loads(run("why", url).stdout)
    (standing,) = told["standings"]
    assert (standing["state"], standing["reason"]) == ("removed", "taken_down")
    assert [row["state"] for row in told["outcomes"]] == ["removed"]
    report = json.loads(run("report").stdout)
    assert sum(book["removed"] for book in report["books"]) == 1


def test_an_id_that_is_unknown_is_refused(run):
    done = run("takedown", "0" * 32, "--yes")
    assert done.returncode == 78
    assert b"no article of the lake" in done.stderr


def test_maintain_completes_and_sweeps(run):
    run("takedown", URL, "--yes")
    done = run("maintain")
    assert done.returncode == 0, done.stderr
    phases = [json.loads(line)["phase"] for line in done.stdout.splitlines()]
    assert phases == ["takedowns", "close", "sweep", "expire", "check"]
