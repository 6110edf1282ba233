import random
from collections import Counter

import pytest

from pipeline.estimate import Caveat, estimate


def counted(**by_routes):
    return {frozenset(name.split("_")): n for name, n in by_routes.items()}


def drawn(total, chances, seed):
    """What routes find of so many stories, each with its own chance."""
    chance = random.Random(seed)
    found = Counter()
    for _ in range(total):
        found[frozenset(name for name, p in chances.items() if chance.random() < p)] += 1
    found.pop(frozenset(), None)
    return found


def test_two_routes_are_chapmans():
    # Seber (1982), p. 60: 200 marked, 150 caught, 50 of them marked.
    told = estimate(counted(feed=150, section=100, feed_section=50))
    assert told.total == pytest.approx(201 * 151 / 51 - 1)
    assert (told.found, told.method, told.caveats) == (300, "chapman", ())
    assert told.low < told.total < told.high


def test_three_independent_routes_are_darrochs():
    # 1,000 stories, routes that find 90, 50 and 20 %: the counts that chance makes likeliest.
    told = estimate(
        counted(a=360, b=40, c=10, a_b=360, a_c=90, b_c=10, a_b_c=90),
    )
    assert told.total == pytest.approx(1000, abs=1)
    assert (told.found, told.method, told.caveats) == (960, "darroch", ())


@pytest.mark.parametrize("total", [40, 160, 600])
@pytest.mark.parametrize(
    "chances",
    [
        {"feed": 0.9, "section": 0.7},
        {"feed": 0.9, "section": 0.2},
        {"feed": 0.9, "sitemap": 0.7, "section": 0.8},
        {"feed": 0.9, "sitemap": 0.2, "section": 0.1},
        {"a": 0.5, "b": 0.5, "c": 0.4, "d": 0.6},
    ],
)
def test_the_interval_holds_the_truth_nine_times_in_ten(total, chances):
    told = [estimate(drawn(total, chances, seed)) for seed in range(100)]
    held = sum(one.low <= total <= one.high for one in told)
    assert held >= 90
    mean = sum(one.total for one in told) / len(told)
    assert mean == pytest.approx(total, rel=0.05)
    assert all(one.found <= one.low <= one.high for one in told)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({}, Caveat.NOTHING_FOUND),
        (counted(feed=9), Caveat.ONE_ROUTE),
        (counted(feed=9, section=4), Caveat.NO_OVERLAP),
    ],
)
def test_where_nothing_is_found_twice_there_is_no_estimate(counts, why):
    told = estimate(counts)
    assert (told.total, told.low, told.high, told.caveats) == (None, None, None, (why,))
    assert told.found == sum(counts.values())


def test_a_route_within_another_is_said_to_tell_little():
    told = estimate(counted(sitemap=40, feed_sitemap=30))
    assert told.total == told.found == 70
    assert told.high > 70  # of 30, all found twice: the sitemap may still miss some
    assert told.caveats == (Caveat.NESTED,)


def test_few_found_twice_are_a_hint_only():
    assert Caveat.FEW_TWICE in estimate(counted(feed=5, section=4, feed_section=3)).caveats


def test_routes_made_from_one_list_are_seen_to_depend():
    # Feed and sitemap leave out the same half; the section finds half of everything.
    told = estimate(counted(feed_sitemap=50, feed_section_sitemap=50, section=50))
    assert Caveat.DEPENDENT in told.caveats
    assert told.total < 200  # there are 200: an estimate that is too low, as it says
