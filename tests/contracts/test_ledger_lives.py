"""Whatever happens to a URL, it stands in one state, and each state has what it needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.transitions import after_fetch, claimed, found, may_settle, replayed
from pipeline.model import Reason, Slot, State
from tests.contracts.answers import ATTEMPTS, NOW, link, miss, page

HOUR = timedelta(hours=1)
TERMINAL = {State.PUBLISHED, State.DUPLICATE, State.REJECTED, State.FAILED}
SETTLED = TERMINAL - {State.FAILED}
#: All that can befall a URL; each takes an hour.
EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("missed"),
            st.sampled_from([
                (Reason.TIMEOUT, None),
                (Reason.HTTP_ERROR, 503),
                (Reason.HTTP_ERROR, 403),
                (Reason.GONE, 410),
                (Reason.ROBOTS, None),
                (Reason.DEADLINE, None),
                (Reason.HOST_GIVEN_UP, None),
                (Reason.NOT_MODIFIED, 304),
            ]),
        ),
        st.tuples(st.just("fetched"), st.none()),
        st.tuples(st.just("settled"), st.sampled_from(sorted(SETTLED))),
        st.tuples(st.just("listed"), st.integers(-2, 2)),
        st.tuples(st.just("replayed"), st.none()),
    ),
    max_size=14,
)


def answered(row, _, what, at):
    """What comes of an answer; nobody asks for what is not due."""
    if row["due_at"] is None:
        return {}
    reason, status = what or (None, None)
    answer = miss(link(), reason, at, status=status) if reason else page(link(), at)
    return after_fetch(row, answer, Slot.containing(at), at, ATTEMPTS)


def settled(row, _, what, at):
    slot = Slot.containing(at)
    if row["state"] != State.FETCHED or not may_settle(row, slot):
        return {}
    return {"state": what, "reason": "ok", "detail": "", "settled_slot": slot.key}


CHANGES = {
    "missed": answered,
    "fetched": answered,
    "settled": settled,
    "listed": lambda row, _, hours, at: claimed(
        row, link(found_at=at, modified_at=at + hours * HOUR)
    ),
    "replayed": lambda row, _, __, at: replayed(row, at),
}


def change(row, event, what, at):
    return CHANGES[event](row, event, what, at)


@settings(max_examples=300, deadline=None)
@given(EVENTS)
def test_a_url_stands_in_one_state_that_has_what_it_needs(events):
    row = found(link(), Slot.containing(NOW).key)
    for number, (event, what) in enumerate(events):
        before = dict(row)
        row |= change(row, event, what, NOW + (number + 1) * HOUR)
        assert row["state"] in set(State)
        assert row["attempts"] < ATTEMPTS or row["due_at"] is None, (before, event, what)
        if row["state"] == State.PENDING:
            assert row["due_at"] is not None, "a pending URL is tried again"
        if row["state"] == State.FAILED:
            assert row["due_at"] is None, "what was given up is not tried again by itself"
        if row["state"] in SETTLED | {State.FETCHED}:
            assert row["digest"], "only what was fetched is judged"
        if before["state"] in TERMINAL and row["state"] != before["state"]:
            assert event in {"fetched", "missed", "listed", "replayed"}, "no end without a cause"


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_a_url_that_keeps_failing_comes_to_an_end(events):
    row = found(link(), Slot.containing(NOW).key)
    for number, (event, what) in enumerate(events):
        row |= change(row, event, what, NOW + (number + 1) * HOUR)
    at = NOW + (len(events) + 1) * HOUR
    for number in range(ATTEMPTS):
        row |= change(row, "missed", (Reason.TIMEOUT, None), at + number * HOUR)
    assert row["due_at"] is None
    assert row["state"] in TERMINAL | {State.FETCHED}


def standing(ledger, of):
    (known,) = ledger.find(of.url_key)
    return known


def test_what_was_given_up_is_listed_and_gets_another_chance(ledger):
    slot, later = Slot.containing(NOW), Slot.containing(NOW + HOUR)
    gone, forbidden, well, other = link(1), link(2), link(3), link(4, source="harbour")
    ledger.remember([gone, forbidden, well, other], [], slot)
    answers = [
        miss(gone, Reason.GONE, status=410),
        miss(forbidden, Reason.ROBOTS, NOW + HOUR),
        page(well),
        miss(other, Reason.GONE, status=404),
    ]
    ledger.settle_fetched(answers, slot, NOW)

    def urls(*filters):
        return {s.link.url for s in ledger.failed(*filters)}

    assert urls() == {gone.url, forbidden.url, other.url}
    assert urls(["lantern"]) == {gone.url, forbidden.url}
    assert urls((), ["gone"]) == {gone.url, other.url}
    assert urls((), (), NOW + HOUR) == {forbidden.url}
    assert urls(["lantern"], ["gone"]) == {gone.url}
    everything = [(item.url_key, item.source) for item in (gone, well, other, link(9))]
    assert ledger.replay(everything, NOW + HOUR) == 2
    assert ledger.replay(everything, NOW + HOUR) == 0
    again = standing(ledger, gone)
    assert (again.state, again.due_at, again.attempts) == (State.PENDING, NOW + HOUR, 0)
    assert again.detail == "given another chance after gone"
    assert standing(ledger, well).state == State.FETCHED
    assert urls() == {forbidden.url}
    for number in range(ATTEMPTS):
        at = NOW + (2 + number) * HOUR
        ledger.settle_fetched([miss(gone, Reason.TIMEOUT, at)], later, at)
    assert standing(ledger, gone).state == State.FAILED
    assert len(ledger.tries(gone.url_key)) == 1 + ATTEMPTS


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.TIMEOUT])
def test_a_second_chance_is_the_same_in_a_ledger_made_again(tmp_path, reason):
    """A replay is not in the lake: its answers alone must lead to where the URL stands."""
    slot = Slot.containing(NOW)
    answers = [miss(link(), reason, NOW + n * HOUR) for n in range(ATTEMPTS)]
    after = miss(link(), Reason.TIMEOUT, NOW + 9 * HOUR)
    lived = SqlLedger(f"sqlite:///{tmp_path}/lived.db", ATTEMPTS)
    made = SqlLedger(f"sqlite:///{tmp_path}/made.db", ATTEMPTS)
    first = answers if reason == Reason.TIMEOUT else answers[:1]
    for ledger in (lived, made):
        ledger.remember([link()], [], slot)
        ledger.settle_fetched(first, slot, NOW)
        assert standing(ledger, link()).state == State.FAILED
    lived.replay([(link().url_key, "lantern")], NOW + 8 * HOUR)
    for ledger in (lived, made):
        ledger.settle_fetched([after], slot, NOW + 9 * HOUR)
    assert standing(lived, link()) == standing(made, link())
    assert standing(made, link()).attempts == 1
