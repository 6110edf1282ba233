import json

import pytest

from pipeline.adapters.store import open_store
from pipeline.model import Link, Slot
from pipeline.ports import Sighting
from pipeline.publish.seen import sighting_rows
from pipeline.publish.table import Lake
from pipeline.urls import url_key

SLOT = Slot.parse("2026-11-19T08:00")
WEEK = ("--since", "2026-11-16", "--until", "2026-11-20")


def sightings():
    """40 stories that feed and section list, 20 of the feed alone, 10 of the section alone."""
    kinds = [("feed", "section")] * 40 + [("feed",)] * 20 + [("section",)] * 10
    for number, listed in enumerate(kinds):
        url = f"https://lantern.example/news/{number}"
        for kind in listed:
            link = Link(
                source="lantern",
                url=url,
                url_key=url_key(url),
                found_at=SLOT.start,
                found_in=f"https://lantern.example/{kind}",
                found_via=kind,
                published_at=SLOT.start,
            )
            yield Sighting(link=link, found_slot=SLOT.key, seen_at=SLOT.start)


@pytest.fixture
def in_covered(command, folder):
    """The command, with a lake whose ledger is gone."""
    Lake(open_store(str(folder / "lake"))).publish("sightings", SLOT, sighting_rows(sightings()))
    return command(str(folder / "lake"))


def test_piped_it_is_a_line_of_json_for_each_day(in_covered):
    done = in_covered("report", "coverage", *WEEK)
    assert done.returncode == 0
    (day,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (day["source"], day["day"], day["found"]) == ("lantern", "2026-11-19", 70)
    assert day["kinds"]["section"] == {"found": 50, "alone": 10}
    assert day["together"] == {"feed": 20, "feed+section": 40, "section": 10}
    assert day["estimate"] == pytest.approx(61 * 51 / 41 - 1)
    assert day["low"] <= 75 <= day["high"]


def test_a_table_shows_routes_estimate_and_what_to_think_of_it(in_covered):
    done = in_covered("report", "coverage", *WEEK, "--format", "table", COLUMNS="160")
    told = done.stdout.decode()
    assert "feed 60 (20), section 50 (10)" in told
    assert "74.9" in told
    listed = in_covered("report", "coverage", *WEEK, "--listings", "--format", "table")
    assert "https://lantern.example/section 50 (10)" in " ".join(listed.stdout.decode().split())


def test_one_route_gives_no_estimate_and_says_why(in_lake):
    done = in_lake("report", "coverage", *WEEK, "--format", "table")
    told = " ".join(done.stdout.decode().split())
    assert "one route: only one route found anything" in told


def test_it_ends_with_1_where_less_was_found_than_is_asked_for(in_covered):
    done = in_covered("report", "coverage", *WEEK, "--least", "99")
    assert done.returncode == 1
    assert b"lantern, 2026-11-19: 93.5% found" in done.stderr
    assert in_covered("report", "coverage", *WEEK, "--least", "90").returncode == 0


def test_a_source_that_nobody_knows_is_wrong(in_covered):
    done = in_covered("report", "coverage", *WEEK, "--source", "lantren")
    assert done.returncode == 78
    assert b"no source lantren" in done.stderr


def test_a_week_without_anything_says_where_to_look(in_covered):
    days = ("--since", "2026-10-01", "--until", "2026-10-02")
    assert in_covered("report", "coverage", *days).stdout == b""
    done = in_covered("report", "coverage", *days, "--format", "table")
    assert b"see --since" in done.stdout
