"""One contract for the ledger, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from pipeline.adapters.ledger import SqlLedger
from pipeline.model import Reason, Slot, State
from pipeline.ports import ListingState, Settlement
from tests.contracts.answers import ATTEMPTS, NOW, link, miss, page

SLOT, NEXT, LATER = (Slot.parse(f"2026-11-21T{hour:02d}") for hour in (9, 10, 11))
HOUR = timedelta(hours=1)


def standing(ledger, of):
    return next(s for s in ledger.find(of.url_key) if s.link.source == of.source)


def state(ledger, of):
    return standing(ledger, of).state


def publish(ledger, of, slot=SLOT, ends=State.PUBLISHED, reason="ok"):
    ledger.settle([Settlement(of.url_key, of.source, ends, reason)], slot)


def test_a_new_link_is_pending_and_due(ledger):
    first = link()
    assert ledger.remember([first], [], SLOT) == 1
    known = standing(ledger, first)
    assert (known.link, known.state, known.reason) == (first, State.PENDING, "not_yet")
    assert (known.found_slot, known.attempts, known.due_at) == (SLOT.key, 0, NOW)
    assert [due.link for due in ledger.due("lantern", NOW, 10)] == [first]
    assert ledger.due("lantern", NOW - HOUR, 10) == []
    assert ledger.due("other", NOW, 10) == []


def test_a_known_link_stays_as_it_was(ledger):
    ledger.remember([link()], [], SLOT)
    again = link(found_at=NOW + HOUR, title="Another title")
    assert ledger.remember([again], [], NEXT) == 0
    assert standing(ledger, again).link == link()
    assert [s.link.url for s in ledger.found(SLOT)] == [again.url]
    assert list(ledger.found(NEXT)) == []


def test_the_same_url_may_belong_to_two_sources(ledger):
    ours, theirs = link(), link(source="harbour")
    assert ledger.remember([ours, theirs], [], SLOT) == 2
    ledger.settle_fetched([page(ours)], SLOT, NOW)
    assert [(s.link.source, s.state) for s in ledger.find(ours.url_key)] == [
        ("harbour", State.PENDING),
        ("lantern", State.FETCHED),
    ]


def test_due_gives_the_newest_first_and_keeps_to_its_limit(ledger):
    links = [link(n, found_at=NOW - n * HOUR) for n in range(5)]
    ledger.remember(links, [], SLOT)
    assert [d.link.title for d in ledger.due("lantern", NOW, 3)] == [
        "Story 0",
        "Story 1",
        "Story 2",
    ]


def test_a_page_is_fetched_and_no_longer_due(ledger):
    ledger.remember([link()], [], SLOT)
    ledger.settle_fetched([page(link())], SLOT, NOW)
    known = standing(ledger, link())
    assert (known.state, known.due_at, known.fetched_slot) == (State.FETCHED, None, SLOT.key)
    assert (known.fetched_at, known.raw_key) == (NOW, "raw/date=2026-11-21/x.parquet")
    assert known.digest == page(link()).digest
    assert ledger.due("lantern", NOW + 9 * HOUR, 10) == []


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.GONE, 410),
        (Reason.ROBOTS, None),
        (Reason.BAD_URL, None),
        (Reason.BAD_SCHEME, None),
        (Reason.BLOCKED_ADDRESS, None),
        (Reason.TOO_LARGE, 200),
        (Reason.REDIRECT_LOOP, 302),
        (Reason.UNDECODABLE, 200),
        (Reason.HTTP_ERROR, 404),
        (Reason.HTTP_ERROR, 403),
    ],
)
def test_a_terminal_miss_is_a_failure_at_once(ledger, reason, status):
    ledger.remember([link()], [], SLOT)
    ledger.settle_fetched([miss(link(), reason, status=status)], SLOT, NOW)
    known = standing(ledger, link())
    assert (known.state, known.reason, known.due_at) == (State.FAILED, reason, None)
    assert known.detail == f"it was {reason}"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.TIMEOUT, None),
        (Reason.NETWORK, None),
        (Reason.HTTP_ERROR, 503),
        (Reason.HTTP_ERROR, 429),
        (Reason.HTTP_ERROR, 500),
    ],
)
def test_a_passing_miss_waits_longer_each_time_and_fails_in_the_end(ledger, reason, status):
    ledger.remember([link()], [], SLOT)
    at, waits = NOW, []
    for _ in range(ATTEMPTS - 1):
        ledger.settle_fetched([miss(link(), reason, at, status=status)], SLOT, at)
        known = standing(ledger, link())
        assert (known.state, known.reason) == (State.PENDING, reason)
        waits.append(known.due_at - at)
        at = known.due_at
        assert ledger.due("lantern", at, 1)[0].attempts == len(waits)
    assert waits == sorted(waits)
    assert waits[0] > timedelta(0)
    ledger.settle_fetched([miss(link(), reason, at, status=status)], NEXT, at)
    known = standing(ledger, link())
    assert (known.state, known.due_at, known.attempts) == (State.FAILED, None, ATTEMPTS)


def test_a_host_that_says_when_is_asked_then(ledger):
    ledger.remember([link()], [], SLOT)
    when = NOW + timedelta(minutes=7)
    ledger.settle_fetched([miss(link(), Reason.HTTP_ERROR, status=503, retry_at=when)], SLOT, NOW)
    assert standing(ledger, link()).due_at == when


@pytest.mark.parametrize("reason", [Reason.HOST_GIVEN_UP, Reason.DEADLINE])
def test_a_url_that_was_not_asked_uses_up_no_attempt(ledger, reason):
    ledger.remember([link()], [], SLOT)
    for hours in range(ATTEMPTS * 2):
        at = NOW + hours * HOUR
        ledger.settle_fetched([miss(link(), reason, at)], SLOT, at)
        assert (state(ledger, link()), ledger.due("lantern", at, 1)[0].attempts) == (
            State.PENDING,
            0,
        )


def test_an_answer_told_twice_counts_once(ledger):
    ledger.remember([link()], [], SLOT)
    answer = miss(link(), Reason.TIMEOUT)
    for _ in range(ATTEMPTS + 1):
        ledger.settle_fetched([answer, answer], SLOT, NOW)
    known = standing(ledger, link())
    assert (known.state, known.attempts) == (State.PENDING, 1)


def test_a_page_told_again_after_it_was_published_stays_published(ledger):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    publish(ledger, link())
    ledger.settle_fetched([page(link())], SLOT, NOW + HOUR)
    assert state(ledger, link()) == State.PUBLISHED


def test_answers_of_one_batch_count_in_the_order_they_came(ledger):
    ledger.remember([link()], [], SLOT)
    answers = [page(link(), NOW + HOUR), miss(link(), Reason.TIMEOUT, NOW)]
    ledger.settle_fetched(answers, SLOT, NOW + HOUR)
    assert state(ledger, link()) == State.FETCHED


def test_an_answer_to_a_link_the_ledger_lost_brings_it_back(ledger):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    known = standing(ledger, link())
    assert (known.link, known.state, known.found_slot) == (link(), State.FETCHED, SLOT.key)


def test_settling_says_how_a_url_ended(ledger):
    links = [link(n) for n in range(3)]
    ledger.settle_fetched([page(item) for item in links], SLOT, NOW)
    ends = [
        Settlement(links[0].url_key, "lantern", State.PUBLISHED, "ok"),
        Settlement(links[1].url_key, "lantern", State.DUPLICATE, "duplicate", "same text as x"),
        Settlement(links[2].url_key, "lantern", State.REJECTED, "paywall", "a stub"),
    ]
    ledger.settle(ends, SLOT)
    ledger.settle(ends, SLOT)
    assert [state(ledger, item) for item in links] == [end.state for end in ends]
    assert standing(ledger, links[2]).detail == "a stub"
    assert standing(ledger, links[0]).settled_slot == SLOT.key
    assert ledger.counts() == {
        "lantern": {
            ("published", "ok"): 1,
            ("duplicate", "duplicate"): 1,
            ("rejected", "paywall"): 1,
        }
    }
    assert ledger.counts(["other"]) == {}


def test_settling_an_unknown_url_is_no_error(ledger):
    publish(ledger, link())
    assert ledger.find(link().url_key) == []


def test_an_earlier_slot_does_not_overwrite_a_later_one(ledger):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    publish(ledger, link(), SLOT)
    newer = page(link(), NOW + HOUR)
    ledger.settle_fetched([newer], NEXT, NOW + HOUR)
    publish(ledger, link(), SLOT, State.REJECTED, "paywall")  # made again while NEXT is under way
    assert state(ledger, link()) == State.FETCHED
    publish(ledger, link(), NEXT)
    publish(ledger, link(), SLOT, State.REJECTED, "paywall")
    assert state(ledger, link()) == State.PUBLISHED
    publish(
        ledger, link(), NEXT, State.REJECTED, "not_article"
    )  # the same slot may change its mind
    assert state(ledger, link()) == State.REJECTED


def test_a_change_its_listing_claims_makes_it_due_with_validators(ledger):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    publish(ledger, link())
    changed = link(modified_at=NOW + timedelta(minutes=1), found_at=NOW + HOUR)
    assert ledger.remember([changed], [], NEXT) == 0
    due = ledger.due("lantern", NOW + HOUR, 10)
    assert [(d.etag, d.last_modified) for d in due] == [('"v1"', "Sat, 21 Nov 2026 08:00:00 GMT")]
    assert state(ledger, link()) == State.PUBLISHED  # still what readers see
    ledger.settle_fetched([page(link(), NOW + HOUR, headers=())], NEXT, NOW + HOUR)
    known = standing(ledger, link())
    assert (known.state, known.fetched_slot) == (State.FETCHED, NEXT.key)


def test_a_change_that_was_claimed_before_is_no_news(ledger):
    future = link(modified_at=NOW + 99 * HOUR)
    ledger.remember([future], [], SLOT)
    ledger.settle_fetched([page(future)], SLOT, NOW)
    ledger.remember([replace(future, found_at=NOW + HOUR)], [], NEXT)
    assert ledger.due("lantern", NOW + 9 * HOUR, 10) == []
    older = link(modified_at=NOW - HOUR)
    ledger.remember([older], [], NEXT)
    assert ledger.due("lantern", NOW + 9 * HOUR, 10) == []


def test_not_modified_goes_back_to_what_it_was(ledger):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    publish(ledger, link())
    ledger.remember([link(modified_at=NOW + HOUR, found_at=NOW + HOUR)], [], NEXT)
    answer = miss(link(), Reason.NOT_MODIFIED, NOW + 2 * HOUR, status=304)
    ledger.settle_fetched([answer], LATER, NOW + 2 * HOUR)
    known = standing(ledger, link())
    assert (known.state, known.reason, known.due_at) == (State.PUBLISHED, "ok", None)
    assert (known.fetched_slot, known.tried_slot) == (SLOT.key, LATER.key)


@pytest.mark.parametrize(("reason", "status"), [(Reason.GONE, 410), (Reason.TIMEOUT, None)])
def test_a_second_look_that_fails_leaves_what_is_published(ledger, reason, status):
    ledger.settle_fetched([page(link())], SLOT, NOW)
    publish(ledger, link())
    ledger.remember([link(modified_at=NOW + HOUR, found_at=NOW + HOUR)], [], NEXT)
    at = NOW + 2 * HOUR
    ledger.settle_fetched([miss(link(), reason, at, status=status)], NEXT, at)
    known = standing(ledger, link())
    assert (known.state, known.reason) == (State.PUBLISHED, "ok")
    assert (known.due_at is None) == (reason == Reason.GONE)


def test_a_failed_url_that_is_listed_as_changed_gets_another_chance(ledger):
    ledger.settle_fetched([miss(link(), Reason.GONE, status=410)], SLOT, NOW)
    ledger.remember([link(modified_at=NOW + HOUR, found_at=NOW + HOUR)], [], NEXT)
    assert state(ledger, link()) == State.PENDING
    assert [d.link.url for d in ledger.due("lantern", NOW + HOUR, 1)] == [link().url]


def test_touched_gives_what_was_found_tried_fetched_or_settled(ledger):
    found, fetched, failed = (link(n) for n in range(3))
    ledger.remember([found, fetched, failed], [], SLOT)
    ledger.settle_fetched(
        [page(fetched, NOW + HOUR), miss(failed, Reason.GONE, NOW + HOUR)], NEXT, NOW + HOUR
    )
    publish(ledger, fetched, LATER)
    assert {s.link for s in ledger.touched(SLOT)} == {found, fetched, failed}
    assert {s.link for s in ledger.touched(NEXT)} == {fetched, failed}
    assert {s.link for s in ledger.touched(LATER)} == {fetched}


def test_listings_are_remembered_with_their_links(ledger):
    one = ListingState(url="https://lantern.example/feed", source="lantern", checked_at=NOW)
    two = replace(one, url="https://lantern.example/map.xml", etag='"x"', failures=2, detail="503")
    ledger.remember([], [one, two], SLOT)
    ledger.remember([], [replace(one, failures=1, changed_at=NOW)], NEXT)
    assert ledger.listings("lantern") == {
        one.url: replace(one, failures=1, changed_at=NOW),
        two.url: two,
    }
    assert ledger.listings("other") == {}


def test_moments_keep_their_zone_and_microseconds(ledger):
    odd = datetime(2026, 11, 21, 14, 5, 0, 123456, tzinfo=datetime.strptime("+05:30", "%z").tzinfo)
    ledger.remember([link(found_at=odd, published_at=odd)], [], SLOT)
    known = standing(ledger, link())
    assert known.link.published_at == odd
    assert known.link.published_at.tzinfo == UTC
    with pytest.raises(StatementError, match="aware"):
        ledger.due("lantern", odd.replace(tzinfo=None), 1)


def test_many_links_at_once_and_among_each_other(ledger):
    links = [link(n) for n in range(1300)]
    assert ledger.remember(reversed(links), [], SLOT) == 1300
    assert ledger.remember(links[600:] + links[:700], [], SLOT) == 0
    ledger.settle_fetched([page(item) for item in links], SLOT, NOW)
    ledger.settle((Settlement(i.url_key, i.source, State.PUBLISHED, "ok") for i in links), SLOT)
    assert ledger.counts() == {"lantern": {("published", "ok"): 1300}}
    assert len(list(ledger.found(SLOT))) == 1300


def test_racing_writers_count_a_link_once(url):
    links = [link(n) for n in range(200)]

    def write(number: int) -> int:
        own = SqlLedger(url, ATTEMPTS)  # opens, and makes the tables, at the same moment
        turned = links[number * 20 :] + links[: number * 20]
        new = own.remember(turned, [], SLOT)
        own.settle_fetched([page(item) for item in turned], SLOT, NOW)
        own.close()
        return new

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(write, range(6))) == 200
    ledger = SqlLedger(url, ATTEMPTS)
    assert ledger.counts() == {"lantern": {("fetched", "not_yet"): 200}}
    ledger.close()


def test_a_reader_does_not_wait_for_a_writer(ledger):
    ledger.remember([link(n) for n in range(600)], [], SLOT)
    reading = ledger.found(SLOT)
    next(reading)
    ledger.settle_fetched([page(link())], SLOT, NOW)
    assert len(list(reading)) == 599
