from __future__ import annotations

import json

from tests.cli.conftest import FEED, GAP

URL = "https://lantern.example/news/"


def test_the_story_is_one_object_when_piped(in_lake):
    done = in_lake("why", URL + "copied-bridge?utm_source=mail")
    assert done.returncode == 0
    story = json.loads(done.stdout)
    assert [standing["state"] for standing in story["standings"]] == ["duplicate"]
    stages = [(outcome["stage"], outcome["reason"]) for outcome in story["outcomes"]]
    assert stages == [
        ("discover", "ok"),
        ("fetch", "ok"),
        ("extract", "ok"),
        ("publish", "duplicate"),
    ]
    [article] = story["articles"]
    assert article["duplicate_of_url"] == URL + "bridge"
    assert article["filename"].endswith(".parquet")
    assert "/articles/date=2026-11-19/" in article["filename"]
    assert [cut["category"] for cut in article["cuts"]] == ["related", "share"]
    assert story["rejects"] == []


def test_where_a_redirect_ended_leads_to_the_link(in_lake):
    story = json.loads(in_lake("why", "https://lantern.example/moved/harbour").stdout)
    assert story["articles"][0]["url"] == URL + "harbour"


def test_an_unknown_address_gets_a_hint_and_exit_code_1(in_lake):
    done = in_lake("why", URL + "bridg")
    assert done.returncode == 1
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert lines[0] == f"broadsheet: {URL}bridg: never found here"
    assert lines[1] == f"  perhaps {URL}bridge"


def test_of_an_unknown_address_the_gaps_of_its_site_are_told(in_lake):
    done = in_lake("why", "https://www.lantern.example/sport/nowhere-near")
    assert done.returncode == 1
    assert f"perhaps missed: lantern: {FEED}: {GAP}" in done.stderr.decode()
    assert b"perhaps missed" not in in_lake("why", "https://tern.example/a").stderr


def test_of_a_listing_what_it_answered_last_is_told(in_lake):
    story = json.loads(in_lake("why", FEED).stdout)
    assert [(poll["gap"], poll["reason"]) for poll in story["polls"]] == [
        (False, "ok"),
        (True, "ok"),
    ]


def test_what_is_no_address_at_all_is_unknown_too(in_lake):
    done = in_lake("why", "it's % nothing")
    assert done.returncode == 1
    assert b"never found here" in done.stderr
