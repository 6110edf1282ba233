"""Memory in the lake: written once a day, the same for whoever asks, dated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.adapters.local_store import LocalStore
from pipeline.errors import BrokenContract
from pipeline.extract.lines import tokens
from pipeline.extract.memory import rule_id
from pipeline.extract.shapes import Seen
from pipeline.memory.archive import MemoryArchive, changes
from pipeline.memory.learn import learn
from pipeline.memory.watch import Watch
from pipeline.model import Slot
from pipeline.report import Report
from tests.memory.pages import SIGN_OFF, day, page, row


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


@pytest.fixture
def archive(store):
    return MemoryArchive(store, "lantern")


def slot(number, hour=9):
    return Slot.parse(f"{day(number)}T{hour:02d}:00")


def fill(archive, days, **fields):
    for d in days:
        archive.keep_evidence(slot(d), "0", [page(10 * d + n, **fields) for n in range(3)])


def lines(archive, at):
    return archive.memory(archive.settle(at)).lines


def keys(store):
    return [info.key for info in store.list("memory/")]


def test_a_source_nothing_is_known_of_has_an_empty_memory_and_it_is_settled(archive, store):
    assert not lines(archive, day(0))
    assert keys(store) == [f"memory/lantern/days/{day(0)}.json.gz"]


def test_a_day_knows_what_the_days_before_it_showed(archive):
    fill(archive, range(6), tail=[SIGN_OFF])
    assert not archive.memory(archive.known(day(1))).lines
    assert lines(archive, day(6))


def test_what_comes_back_is_what_was_learned(archive):
    fill(archive, range(6), tail=[SIGN_OFF])
    assert archive.known(day(6)) == archive.settle(day(6)) == archive.known(day(6))


def test_a_settled_day_stays_whatever_comes_later(archive):
    fill(archive, range(3), tail=[SIGN_OFF])
    settled = archive.settle(day(6))
    fill(archive, range(3, 6), tail=[SIGN_OFF])
    assert archive.settle(day(6)) == settled
    assert archive.known(day(7)).count("pages") == 18, "late evidence is learned from a day later"


class Beaten(LocalStore):
    """A store in which somebody else is always a moment faster, and knows more."""

    def create(self, key, body, content_type=""):
        other = MemoryArchive(LocalStore(self._root), "lantern")
        fill(other, [4], tail=[SIGN_OFF])
        other.settle(day(6))
        return super().create(key, body, content_type)


def test_of_many_who_settle_a_day_the_first_holds(archive, tmp_path):
    fill(archive, range(4), tail=[SIGN_OFF])
    slow = MemoryArchive(Beaten(tmp_path), "lantern").settle(day(6))
    assert slow == archive.settle(day(6))
    assert slow.count("pages") == 15


def test_evidence_of_a_slot_replaces_itself_and_is_the_same_in_any_order(archive, store):
    pages = [page(n, tail=[SIGN_OFF]) for n in range(4)]
    archive.keep_evidence(slot(1), "0", pages)
    (key,) = keys(store)
    body = store.get(key)
    archive.keep_evidence(slot(1), "0", pages[::-1])
    assert keys(store) == [key]
    assert store.get(key) == body


def test_a_day_long_ago_borrows_and_then_learns_its_own(archive):
    fill(archive, range(6), tail=[SIGN_OFF])
    archive.settle(day(6))
    assert lines(archive, "2024-05-02"), "nothing was known before: the nearest"
    old = "The Lantern of old was set by hand"
    for d in ("2024-05-02", "2024-05-03", "2024-05-04"):
        archive.keep_evidence(
            Slot.parse(d), "0", [page(hash(d) % 1000 + n, tail=[old]) for n in range(4)]
        )
    known = archive.known("2024-05-05")
    assert any(rule.line == old for rule in known.rules.values())
    assert rule_id(tokens(SIGN_OFF)) in lines(archive, day(6)), "the later day is as it was"


def test_learning_in_steps_is_learning_at_once(archive):
    fill(archive, range(6), tail=[SIGN_OFF])
    at_once = archive.known(day(6))
    for d in range(6):
        archive.settle(day(d))
    stepwise = archive.known(day(6))
    assert stepwise.rules == at_once.rules
    assert archive.memory(stepwise) == archive.memory(at_once)


def test_decisions_hold_at_once_and_can_be_taken_back(archive):
    fill(archive, range(6), tail=[SIGN_OFF])
    known = archive.settle(day(6))
    rule = known.rules[rule_id(tokens(SIGN_OFF))]
    archive.decide(rule, "refused", "2026-11-21T10:00:00Z")
    assert not archive.memory(known).lines
    archive.decide(rule, "accepted", "2026-11-21T10:01:00Z")
    assert archive.memory(archive.known(day(1))).lines
    archive.decide(rule, None, "2026-11-21T10:02:00Z")
    assert archive.decisions() == {}


def test_a_spoiled_object_is_named(archive, store):
    archive.settle(day(6))
    store.put(f"memory/lantern/days/{day(6)}.json.gz", b"{}")
    with pytest.raises(BrokenContract, match=f"memory/lantern/days/{day(6)}"):
        archive.settle(day(6))


def test_a_watch_gives_out_what_was_known_and_keeps_what_it_saw(archive, store):
    fill(archive, range(8), tail=[SIGN_OFF])
    watch = Watch(store, slot(9), "1")
    memory = watch.memory("lantern")
    assert memory.lines
    rows = [replace(row(900 + n), layout="div.new>div.text") for n in range(6)]
    assert list(watch.over(map(Seen, rows))) == rows
    report = watch.close(Report("extract", slot(9).key))
    assert any("the layout has changed" in line for line in report.warnings)
    assert changes(store, slot(9)) == changes(store) == report.warnings
    assert changes(store, slot(9, 10)) == []
    again = Watch(store, slot(9), "1")
    assert not list(again.over([]))
    again.close(Report("extract", slot(9).key))
    assert changes(store) == []
    assert f"memory/lantern/evidence/{slot(9).id}-1.json.gz" in keys(store)
    assert Watch(store, slot(9, 23), "1").memory("lantern") == memory, (
        "all slots of a day know the same"
    )
    assert learn(archive.known(day(9)), {}, day(9)) == archive.known(day(9))
