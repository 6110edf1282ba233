"""When a listing is asked next, over what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.crawl import polling
from pipeline.model import Miss, Reason
from pipeline.ports import ListingState
from tests.crawl.conftest import due_of, source_of

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "http://paper.localhost/feed"
NEW = ListingState(url=URL, source="paper", selection="s")


def source(**seed):
    return source_of(80, seed=seed)


def missed(reason, status=None, **fields):
    return Miss(link=due_of(URL).link, reason=reason, detail="", status=status, fetched_at=NINE,
                **fields)  # fmt: skip


def polled(paper, news):
    """Return the intervals in minutes after answers that bring news (+) or none (-), when due."""
    state, now, intervals = NEW, NINE, []
    for one in news:
        state = polling.answered(state, paper, now, news=one == "+")
        now = state.next_check_at
        intervals.append(state.interval_s / 60)
    return intervals


def test_news_brings_a_listing_sooner_and_silence_later_within_bounds():
    assert polled(source(), "+++") == [60, 48, pytest.approx(38.4)]
    assert polled(source(), "---") == [60, 90, 135]
    assert polled(source(), "+" * 20)[-1] == 15
    assert polled(source(), "-" * 20)[-1] == 360
    assert polled(source(min_minutes=50, max_minutes=70), "+" * 9)[-1] == 50
    assert polled(source(min_minutes=50, max_minutes=70), "-" * 9)[-1] == 70


def test_a_listing_is_due_when_its_interval_is_over_a_little_early():
    paper = source()
    state = polling.answered(NEW, paper, NINE, news=True)
    minutes = [
        n for n in range(0, 70, 2) if polling.is_due(state, paper, NINE + n * HOUR / 60, "s")
    ]
    assert minutes[0] == 54
    assert polling.is_due(NEW, paper, NINE, "s")
    assert polling.is_due(state, paper, NINE, "edited")
    assert polling.is_due(state, source(every_minutes=0), NINE, "s")


def test_it_is_never_asked_more_often_than_the_site_may_be():
    assert polling.bounds(source_of(80, delay_s=900, seed={"every_minutes": 10})) == (
        900,
        900,
        3600,
    )


@pytest.mark.parametrize(
    ("miss", "weight"),
    [
        (missed(Reason.TIMEOUT), 1),
        (missed(Reason.NETWORK), 1),
        (missed(Reason.HTTP_ERROR, 503), 1),
        (missed(Reason.HTTP_ERROR, 429), 1),
        (missed(Reason.GONE, 404), 3),
        (missed(Reason.HTTP_ERROR, 403), 3),
        (missed(Reason.ROBOTS), 3),
        (missed(Reason.TOO_LARGE), 3),
        (None, 3),
        (missed(Reason.HOST_GIVEN_UP), 0),
        (missed(Reason.DEADLINE), 0),
    ],
)
def test_failures_weigh_by_what_they_say_of_the_listing(miss, weight):
    state = polling.failed(NEW, source(), NINE, "away", miss)
    assert (state.weight, state.failures, state.failing_since) == (weight, 1, NINE)
    assert state.next_check_at == NINE + (1 + weight) * HOUR


def test_a_host_that_says_when_to_come_back_is_not_asked_before():
    miss = missed(Reason.HTTP_ERROR, 503, retry_at=NINE + 9 * HOUR)
    assert polling.failed(NEW, source(), NINE, "", miss).next_check_at == NINE + 9 * HOUR


def test_a_dead_listing_is_asked_daily_for_a_month_and_then_rests():
    paper, state, now, asked = source(), NEW, NINE, []
    while now < NINE + 90 * DAY:
        if polling.is_due(state, paper, now, "s"):
            asked.append(now)
            state = polling.failed(state, paper, now, "gone: 404", missed(Reason.GONE, 404))
        now += HOUR
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[:3] == [4 * HOUR, 7 * HOUR, 9 * HOUR]
    assert all(gap <= DAY for gap in gaps)
    assert 30 <= len(asked) <= 40
    assert polling.is_dead(state)
    assert polling.is_resting(state)
    assert "dead since 2026-11-21, so it is asked no more" in state.detail
    assert "sources wake paper" in state.detail
    assert polling.is_due(state, paper, now, "edited")
    assert polling.is_due(polling.awake(state), paper, now, "s")
    well = polling.answered(polling.awake(state), paper, now, news=True)
    assert (well.failures, well.weight, well.failing_since, well.detail) == (0, 0, None, "")


def test_an_answer_makes_well_what_was_dead():
    state = NEW
    for day in range(5):
        state = polling.failed(state, source(), NINE + day * DAY, "it is HTML")
    assert "asked once a day until 2026-12-21" in state.detail
    state = polling.answered(state, source(), NINE + 6 * DAY, news=True)
    assert not polling.is_dead(state)
    assert state.next_check_at <= NINE + 6 * DAY + HOUR


def window(*numbers, widest=0):
    keys = tuple(f"{n:032x}" for n in numbers)
    return replace(NEW, window=polling.sample(keys), widest=widest or len(keys)), keys


def test_only_full_windows_without_a_common_link_are_a_gap():
    before, _ = window(*range(20))
    assert polling.is_gap(before, window(*range(20, 40))[1])
    assert not polling.is_gap(before, window(*range(19, 39))[1])
    assert not polling.is_gap(before, window(*range(20, 30))[1])  # a new day's sitemap begins
    assert not polling.is_gap(window(*range(3))[0], window(*range(5, 8))[1])
    assert not polling.is_gap(window(*range(20), widest=100)[0], window(*range(20, 40))[1])
    assert not polling.is_gap(NEW, window(*range(20))[1])


def test_a_sample_of_a_great_window_is_enough():
    before, _ = window(*range(0, 50_000, 2))
    assert len(before.window) == polling.SAMPLE
    assert not polling.is_gap(before, window(*range(1000, 51_000))[1])
    assert polling.is_gap(before, window(*range(1, 50_001, 2))[1])


def test_a_floor_holds_whatever_the_seed_and_the_slack_say():
    floor = timedelta(minutes=30)
    paper = source(every_minutes=10)
    state = polling.answered(NEW, paper, NINE, news=True, gap=True, floor=floor)
    assert state.next_check_at == NINE + floor
    for minutes, due in ((26, False), (29, False), (30, True)):
        at = NINE + timedelta(minutes=minutes)
        assert polling.is_due(state, paper, at, "s", floor) is due
        assert polling.is_due(state, source(every_minutes=0), at, "s", floor) is due
        assert polling.is_due(state, paper, at, "edited", floor) is due
        assert polling.is_child_due(state, NINE + DAY, paper, at, "s", floor=floor) is due
