"""What was taken down is forgotten by either database, and stays out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pipeline.model import Link, Request, Slot, State
from pipeline.tombstones import ANY
from pipeline.urls import url_key

SLOT = Slot.parse("2026-11-21T09:00")
LATER = SLOT.start + timedelta(days=3)


def link(name, source="lantern"):
    url = f"https://lantern.example/{name}"
    return Link(source=source, url=url, url_key=url_key(url), found_at=SLOT.start,
                found_in="https://lantern.example/feed", title=f"All of {name}")  # fmt: skip


def request(name):
    return Request(host="lantern.example", source="lantern", purpose="daily", kind="page",
                   url=f"https://lantern.example/{name}", sent=True, at=SLOT.start, slot=SLOT.key)  # fmt: skip


def bury(ledger, *entries):
    return ledger.bury(entries, [key for _, key in entries if key], LATER)


def test_a_url_is_forgotten_but_that_it_was_found(ledger):
    one, other = link("one"), link("other")
    ledger.remember([one, other], [], SLOT)
    ledger.journal("0", [request("one"), replace(request("other"), at=LATER)])
    assert bury(ledger, ("lantern", one.url_key)) == 1
    (standing,) = ledger.find(one.url_key)
    assert (standing.state, standing.link.url, standing.link.title) == (State.REMOVED, "", None)
    assert standing.found_slot == SLOT.key
    assert (ledger.places(one.url_key), ledger.tries(one.url_key)) == ([], [])
    assert [due.link for due in ledger.due("lantern", LATER, 9)] == [other]
    assert [r.url for r in ledger.journalled()] == [f"removed:{one.url_key}", request("other").url]
    assert bury(ledger, ("lantern", one.url_key)) == 1


def test_it_stays_out_whatever_is_found_later(ledger):
    one = link("one")
    bury(ledger, (ANY, one.url_key))
    assert ledger.remember([one, replace(one, source="harbour")], [], SLOT) == 0
    assert ledger.find(one.url_key) == []
    known = link("known")
    ledger.remember([known], [], SLOT)
    bury(ledger, ("lantern", known.url_key))
    ledger.remember([replace(known, modified_at=LATER)], [], SLOT)
    (standing,) = ledger.find(known.url_key)
    assert (standing.state, standing.due_at) == (State.REMOVED, None)
    assert ledger.replay([(known.url_key, "lantern")], LATER) == 0


def test_a_whole_source_and_no_other(ledger):
    mine, theirs = link("one"), link("one", "harbour")
    ledger.remember([mine, theirs], [], SLOT)
    assert bury(ledger, ("lantern", ANY)) == 1
    assert ledger.remember([link("new")], [], SLOT) == 0
    assert {s.link.source: s.state for s in ledger.find(mine.url_key)} == {
        "lantern": State.REMOVED, "harbour": State.PENDING
    }  # fmt: skip
