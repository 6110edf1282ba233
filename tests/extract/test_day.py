"""The day of publication where the publisher is."""

from datetime import date

import pytest

from pipeline.extract.dates import read_date
from pipeline.extract.day import day_of
from pipeline.extract.draft import Moment

LATE = "2026-11-20T23:15:00Z"


def moment(text, source="json_ld", zone="UTC"):
    written = read_date(text, zone)
    return Moment(written.at, text, source, written.precision, written.zone, written.local)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        (LATE, "UTC", 20),
        (LATE, "Europe/Riga", 21),
        (LATE, "America/New_York", 20),
        ("2026-11-21T03:15:00Z", "America/New_York", 20),
        ("2026-11-20T23:15:00-05:00", "UTC", 20),
        ("2026-11-20T23:15:00-05:00", "Europe/Riga", 20),
        ("2026-11-21T01:15", "Europe/Riga", 21),
        ("2026-11-21", "Europe/Riga", 21),
        ("2026-11-21", "UTC", 21),
    ],
)
def test_it_is_as_written_or_in_the_sources_zone(text, zone, day):
    assert day_of(moment(text, zone=zone), zone, iter(())) == date(2026, 11, day)


@pytest.mark.parametrize(
    ("other", "day"),
    [
        ("2026-11-21", 21),
        ("2026-11-19", 20),
        ("2026-11-22", 20),
        ("2026-11-21T00:15:00+01:00", 21),
        ("2026-11-21T09:00:00+01:00", 20),
        ("2026-11-20T23:15:00+00:00", 20),
    ],
)
def test_a_claim_that_can_mean_the_same_moment_names_the_day(other, day):
    assert day_of(moment(LATE), "UTC", iter([moment(other, "time")])) == date(2026, 11, day)
