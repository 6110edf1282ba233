"""`broadsheet sources rules`: what was learned of a site, and the operator's word on it."""

from __future__ import annotations

import gzip
import json

import pytest

from pipeline.adapters.local_store import LocalStore
from pipeline.memory.archive import MemoryArchive
from pipeline.model import Slot
from pipeline.urls import article_id, url_key
from tests.memory.pages import SIGN_OFF, page

#: Long ago: what the command knows "up to now" has no part in the test.
DAYS = [Slot.parse(f"2026-03-0{day}") for day in range(1, 7)]
DAY = "2026-03-07"


@pytest.fixture
def rules(command, tmp_path):
    """The command on a source of which something was learned; its exit code, rules and words."""
    archive = MemoryArchive(LocalStore(tmp_path / "lake"), "lantern")
    for n, slot in enumerate(DAYS):
        pages = [page(10 * n + k, tail=[SIGN_OFF], inside=["Berths"]) for k in range(3)]
        archive.keep_evidence(slot, "0", pages)
    archive.settle(DAY)
    run = command(str(tmp_path / "lake"))

    def ended(*arguments):
        done = run("sources", "rules", "lantern", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, lines, done.stderr.decode()

    return ended


def test_rules_come_with_standing_support_and_examples(rules):
    code, [applied, proposed], _ = rules("--day", DAY)
    assert code == 0
    assert (applied["line"], applied["standing"], applied["stories"]) == (SIGN_OFF, "applied", 18)
    assert (applied["days"], applied["share"], applied["cut"]) == (
        6,
        1.0,
        ["head", "heading", "inside", "tail"],
    )
    assert (applied["first_seen"], applied["last_seen"], applied["expires"]) == (
        "2026-03-01",
        "2026-03-06",
        "2026-04-03",
    )
    assert applied["example"].startswith("https://lantern.example/")
    assert applied["counter_example"] == ""
    assert (proposed["line"], proposed["standing"], proposed["cut"]) == ("Berths", "proposed", [])
    assert proposed["places"] == {"heading": 18}
    assert proposed["counter_example"]


def test_the_operators_word_goes_before_what_was_learned_and_can_be_taken_back(rules):
    _, [applied, proposed], _ = rules("--day", DAY)
    words = ("--refuse", applied["rule"], "--accept", proposed["rule"])
    _, lines, _ = rules("--day", DAY, *words)
    assert [(r["line"], r["standing"], bool(r["cut"])) for r in lines] == [
        ("Berths", "accepted", True),
        (SIGN_OFF, "refused", False),
    ]
    _, later, _ = rules("--day", "2026-09-01")
    assert [r["standing"] for r in later] == ["accepted", "refused"], "it outlasts what is seen"
    code, lines, _ = rules("--day", DAY, "--undo", applied["rule"], "--undo", proposed["rule"])
    assert (code, lines) == (0, [applied, proposed])


def test_a_day_before_knows_less(rules):
    assert rules("--day", "2026-03-01")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--day", "yesterday"), "write it like 2026-11-21"),
        (("--accept", "line-nowhere"), "sources rules lantern"),
    ],
)
def test_what_is_wrong_is_told(rules, arguments, told):
    code, lines, words = rules(*arguments)
    assert (code, lines) == (78, [])
    assert told in words
    assert "Traceback" not in words


def test_an_article_is_forgotten_by_its_address_and_then_all(rules, tmp_path):
    store = LocalStore(tmp_path / "lake")
    archive = MemoryArchive(store, "lantern")
    url = "https://lantern.example/ferry?utm_source=mail"
    ident = article_id("lantern", url_key("https://lantern.example/ferry"))
    archive.keep_evidence(DAYS[0], "1", [page(99, article_id=ident, tail=["Its own line"])])
    code, _, words = rules("--day", DAY, "--forget", url)
    assert code == 0
    assert "forgot 1 pages of lantern, 1 entries of evidence" in words
    assert b"Its own line" not in gzip.decompress(
        store.get("memory/lantern/evidence/20260301T0000Z-1.json.gz")
    )
    _, lines, words = rules("--day", DAY, "--forget-all")
    assert lines == []
    assert "removed 8 objects" in words


def test_a_source_without_a_seed_is_named(command, tmp_path):
    done = command(str(tmp_path / "lake"))("sources", "rules", "nowhere")
    assert done.returncode == 78
    assert b"no source nowhere" in done.stderr
