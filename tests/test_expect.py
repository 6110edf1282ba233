"""What a seed expects of its site, and when a sample departs from it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.expect import Expect, Observed, departures, expectation

BEFORE = Observed(20, 19, 300, {"title": 19, "authors": 10, "published_at": 19})
EXPECT = expectation(BEFORE, 12.34)


def test_what_was_observed_is_expected():
    assert EXPECT.model_dump() == {
        "articles_a_day": 12.3,
        "articles": 0.95,
        "words": 300,
        "filled": {"title": 1.0, "authors": 0.53, "published_at": 1.0},
        "sampled": 20,
    }
    assert expectation(Observed(), None) == Expect()
    assert departures(EXPECT, BEFORE, 12.34) == []


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        (Observed(5, 5, 280, {"title": 5, "authors": 1, "published_at": 5}), []),
        (Observed(5, 4, 280, {"title": 4, "authors": 2, "published_at": 4}), []),
        (Observed(5, 1, 280, {"title": 1, "authors": 1, "published_at": 1}), ["1 of 5 pages are"]),
        (Observed(5, 5, 280, {"title": 5, "authors": 2, "published_at": 1}), ["published_at: on 1"]),
        (Observed(5, 5, 120, {"title": 5, "authors": 2, "published_at": 5}), ["120 words in the"]),
        (Observed(0, 0, None, {}), []),
    ],
)  # fmt: skip
def test_departures_are_more_than_chance(observed, told):
    lines = departures(EXPECT, observed, 12)
    assert len(lines) == len(told)
    assert all(line.startswith(start) for line, start in zip(lines, told, strict=True))


def test_volumes_differ_by_a_factor_before_it_is_told():
    assert departures(EXPECT, BEFORE, 5) == []
    assert departures(EXPECT, BEFORE, 2) == [
        "2 articles a day by the listings' dates, 12.3 were expected"
    ]
    assert departures(Expect(), BEFORE, 2) == []


def test_shares_are_of_known_columns():
    with pytest.raises(ValidationError, match="not among title, authors"):
        Expect(filled={"titel": 1.0})
    with pytest.raises(ValidationError, match="must be a share"):
        Expect(filled={"title": 20})
