"""What an article that is taken down leaves in memory: nothing that it alone said."""

from __future__ import annotations

import gzip

import pytest

from pipeline.adapters.local_store import LocalStore
from pipeline.extract.lines import tokens
from pipeline.extract.memory import rule_id
from pipeline.memory.archive import MemoryArchive
from pipeline.memory.learn import LearnedRule
from pipeline.model import Slot
from tests.memory.pages import SIGN_OFF, day, page, row

SECRET = "Berth nine is let to the widow Ozola"
GONE = row(7)


def slot(number):
    return Slot.parse(f"{day(number)}T09:00")


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


@pytest.fixture
def archive(store):
    """Six days of pages; the seventh page has a line of its own, and was fetched twice."""
    found = MemoryArchive(store, "lantern")
    for d in range(6):
        pages = [page(10 * d + n, tail=[SIGN_OFF]) for n in range(3)]
        found.keep_evidence(slot(d), "0", [*pages, page(7, tail=[SECRET, SIGN_OFF])][: 3 + (d < 2)])
        found.settle(day(d))
    found.settle(day(6))
    return found


def stored(store):
    """All that is in the memory, unpacked."""
    for info in store.list("memory/"):
        body = store.get(info.key)
        yield gzip.decompress(body) if info.key.endswith(".gz") else body


def holders(store, text):
    return sum(text.encode() in body for body in stored(store))


def test_what_only_it_said_goes_and_what_others_say_too_stays(archive, store):
    assert holders(store, SECRET) > 2
    memory = archive.memory(archive.known(day(6)))
    gone = archive.forget([GONE.article_id])
    assert (gone.evidence, gone.pages) == (2, 1)
    assert gone.lines == 4, "that line and its three paragraphs"
    for trace in (SECRET, GONE.url, GONE.article_id[:16]):
        assert not holders(store, trace)
    assert archive.memory(archive.known(day(6))).lines == memory.lines
    assert rule_id(tokens(SIGN_OFF)) in memory.lines
    assert archive.forget([GONE.article_id]).evidence == 0, "it is gone"


def test_the_other_days_and_slots_are_left_as_they_are(archive, store):
    untouched = {info.key: store.get(info.key) for info in store.list("memory/")}
    archive.forget(["0" * 32])
    assert {info.key: store.get(info.key) for info in store.list("memory/")} == untouched


def test_the_operators_word_on_its_line_goes_with_it(archive):
    for line in (SECRET, SIGN_OFF):
        rule = LearnedRule(
            id=rule_id(tokens(line)), line=line, first_seen="", last_seen="", seen={}, places={}
        )
        archive.decide(rule, "accepted", "2026-11-21T10:00:00Z")
    archive.forget([GONE.article_id])
    assert [said["line"] for said in archive.decisions().values()] == [SIGN_OFF]


def test_a_copy_of_it_keeps_what_the_copy_says(archive):
    copy = {"text": page_text(SECRET), "url": "https://lantern.example/copy"}
    archive.keep_evidence(slot(6), "0", [page(70, **copy)])
    archive.settle(day(7))
    archive.forget([GONE.article_id])
    assert rule_id(tokens(SECRET)) in archive.known(day(7)).rules
    assert rule_id(tokens(SECRET)) not in archive.known(day(6)).rules


def page_text(line):
    return f"{row(7, tail=[SIGN_OFF]).text}\n{line}"


def test_all_that_was_learned_can_go_and_is_learned_again(archive, store):
    archive.decide(archive.known(day(6)).rules[rule_id(tokens(SIGN_OFF))], "refused", "2026-11-21")
    assert archive.forget_all() == 6 + 7
    assert [info.key for info in store.list("memory/")] == ["memory/lantern/decisions.json"]
    assert not archive.settle(day(6)).rules
