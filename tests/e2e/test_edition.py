"""The whole path over the newsstand: every URL ends as its ground truth says, and stays so."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from pipeline import jobs
from pipeline.crawl.raw import read_fetches
from pipeline.model import Slot
from pipeline.publish.table import Lake
from pipeline.settings import load_settings
from pipeline.urls import url_key

SLOT = "2026-11-21T09:00"
NEXT = "2026-11-21T10:00"


def table(name):
    lake = Lake(jobs.open_ports(load_settings()).store)
    return lake.read(name).to_pylist()


def standing(url):
    (found,) = jobs.open_ports(load_settings()).ledger.find(url_key(url))
    return found


def test_every_url_ends_as_it_must(edition):
    ends = {url: (str(s.state), s.reason) for url in edition.expected() for s in [standing(url)]}
    assert ends == {url: (e.state, e.reason) for url, e in edition.expected().items()}


def test_articles_hold_their_text_and_nothing_else(edition):
    rows = {row["url_key"]: row for row in table("articles")}
    wrong = []
    for url, truth in edition.expected().items():
        if truth.state not in {"published", "duplicate"}:
            continue
        row = rows.pop(url_key(url))
        lines = [line.removeprefix("- ") for line in row["text"].split("\n")]
        kept = [line for line in lines if line not in truth.optional]
        lost = [line for line in truth.lines if line not in lines and line not in truth.optional]
        added = [line for line in kept if line not in truth.lines]
        left = [text for text in truth.absent if any(text in line for line in lines)]
        if lost or added or left:
            wrong.append((url, {"lost": lost, "added": added, "left": left}))
    assert not wrong
    assert not rows


def test_articles_hold_their_metadata(edition):
    rows = {row["url_key"]: row for row in table("articles")}
    wrong = []
    for url, truth in edition.expected().items():
        if truth.state not in {"published", "duplicate"}:
            continue
        row = rows[url_key(url)]
        got = {
            "title": row["title"],
            "authors": tuple(row["authors"]),
            "published_at": row["published_at"],
            "language": row["language"],
            "url_final": url_key(row["url_final"]),
            "parts": row["parts"],
            "form": row["form"],
            "entries": len(row["entries"]),
            "preview": row["preview"],
        }
        want = {
            "title": truth.title,
            "authors": truth.authors,
            "published_at": truth.published_at,
            "language": truth.language,
            "url_final": url_key(truth.final_url),
            "parts": truth.pages,
            "form": truth.form,
            "entries": truth.entries,
            "preview": truth.is_preview,
        }
        if got != want:
            differs = {k: (got[k], want[k]) for k in got if got[k] != want[k]}
            wrong.append((url, differs))
    assert not wrong


def test_a_duplicate_names_the_article_it_repeats(edition):
    rows = {row["url_key"]: row for row in table("articles")}
    for url, truth in edition.expected().items():
        if truth.duplicate_of:
            original = rows[url_key(truth.duplicate_of)]
            assert rows[url_key(url)]["duplicate_of"] == original["article_id"]


def test_an_article_split_over_pages_is_one_row_and_its_parts_are_no_urls(edition):
    (url,) = [url for url, truth in edition.expected().items() if truth.pages > 1]
    (row,) = [row for row in table("articles") if row["url_key"] == url_key(url)]
    assert (row["parts"], row["parts_missing"]) == (3, False)
    raw = read_fetches(jobs.open_ports(load_settings()).store, Slot.parse(SLOT)).to_pylist()
    parts = [fetch for fetch in raw if fetch["part_of"] == row["url_key"]]
    assert [(part["part"], part["kind"], part["url"]) for part in parts] == [
        (2, "part", f"{url}2/"),
        (3, "part", f"{url}3/"),
    ]
    assert {part["raw_key"] for part in parts} == {row["raw_key"]}, "one object: all or none"
    # The second page is listed, too: it is known, and no article. The third is no URL at all.
    assert (standing(f"{url}2/").state, standing(f"{url}2/").reason) == ("rejected", "part")
    assert not jobs.open_ports(load_settings()).ledger.find(url_key(f"{url}3/"))


@pytest.mark.usefixtures("edition")
def test_what_was_cut_is_kept_beside_what_was_left():
    for row in table("articles"):
        assert row["cuts"], row["url"]
        assert all(cut["category"] and cut["rule"] and cut["text"] for cut in row["cuts"])


def test_the_books_balance_and_every_url_has_its_outcomes(edition):
    outcomes = table("outcomes")
    stages = {(row["url_key"], row["stage"]): row for row in outcomes}
    assert len(stages) == len(outcomes)
    for url, truth in edition.expected().items():
        key = url_key(url)
        assert (key, "discover") in stages
        assert (key, "fetch") in stages
        last = next(
            stages[key, stage]
            for stage in ("publish", "extract", "fetch")
            if (key, stage) in stages
        )
        assert (last["state"], last["reason"]) == (truth.state, truth.reason), url


@pytest.mark.usefixtures("demo")
def test_running_again_adds_no_row_and_an_edit_adds_a_version(stand):
    jobs.run(SLOT)
    first = {name: table(name) for name in ("articles", "rejects")}
    jobs.run(SLOT)
    assert {name: table(name) for name in first} == first, "the same slot again"
    jobs.run(NEXT)
    assert {name: table(name) for name in first} == first, "the next slot"

    url, truth = next((u, e) for u, e in stand.expected().items() if e.state == "published")
    at = (jobs.utc_now() + timedelta(seconds=5)).isoformat(timespec="seconds")
    stand.control("edit", {"site": truth.site, "slug": truth.slug, "at": at})
    jobs.run(NEXT)
    versions = [row for row in table("articles") if row["url_key"] == url_key(url)]
    assert sorted(row["slot"] for row in versions) == [SLOT, NEXT]
    assert len({row["article_id"] for row in versions}) == 1
    assert len({row["content_key"] for row in versions}) == 2


@pytest.mark.usefixtures("demo")
def test_a_broken_feed_stops_nobody_else(stand):
    stand.control("break-feed", {"site": "meridian"})
    jobs.run(SLOT)
    others = {u: e for u, e in stand.expected().items() if e.site != "meridian"}
    assert {(str(standing(u).state), standing(u).reason) for u in others} == {
        (e.state, e.reason) for e in others.values()
    }


def test_a_seed_with_a_typo_stops_nobody_else(demo):
    seed = demo / "sources" / "meridian.yml"
    seed.write_text(seed.read_text().replace("timezone:", "timezon:"))
    planned, *_ = jobs.run(SLOT)
    assert any("meridian.yml: timezon" in line for line in planned.warnings)
    assert len(table("articles")) > 30


def test_a_lost_ledger_is_filled_from_the_lake_and_nothing_is_asked_again(demo, stand):
    jobs.run(SLOT)
    ledger = jobs.open_ports(load_settings()).ledger
    before = ledger.counts()
    ledger.close()
    for path in (demo / "lake" / "_ledger").iterdir():
        path.unlink()
    jobs.rebuild_ledger()
    assert jobs.open_ports(load_settings()).ledger.counts() == before
    stand.log.clear()
    jobs.run(NEXT)
    pages = {urlsplit(url).path for url in stand.expected()}
    assert not [entry.path for entry in stand.log if entry.path in pages]
