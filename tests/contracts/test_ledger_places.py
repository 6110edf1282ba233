"""Where URLs were found and how they were tried: one contract for SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pipeline.model import Reason, Slot, State
from tests.contracts.answers import NOW, link, miss, page

SLOT, NEXT = (Slot.parse(f"2026-11-21T{hour:02d}") for hour in (9, 10))
HOUR = timedelta(hours=1)


def test_every_place_that_lists_a_url_is_kept_with_its_claims(ledger):
    feed = link(title="A storm", authors=("Ana Ozola", "B. Lee"), words=412, published_at=NOW)
    theirs = link(source="harbour", title=None)
    plan = link(
        found_in="https://lantern.example/map.xml",
        found_via="news_sitemap",
        title="A great storm",
        url=feed.url + "?utm_source=map",
    )
    assert ledger.remember([feed, plan, theirs], [], SLOT) == 2
    later = replace(feed, found_at=NOW + HOUR, title="Storm over")
    section = replace(later, found_in="https://lantern.example/weather", found_via="section")
    ledger.remember([later, section], [], NEXT)
    places = ledger.places(feed.url_key)
    assert [place.link for place in places] == [theirs, feed, plan, section]
    assert [(p.found_slot, p.seen_at) for p in places] == [
        (SLOT.key, NOW),
        (SLOT.key, NOW + HOUR),
        (SLOT.key, NOW),
        (NEXT.key, NOW + HOUR),
    ]
    assert [seen.link.source for seen in ledger.sightings(SLOT)] == ["harbour", *["lantern"] * 2]
    assert [seen.link for seen in ledger.sightings(NEXT)] == [section]
    assert [known.link for known in ledger.find(feed.url_key)] == [theirs, feed]


def test_a_place_is_kept_once_however_often_it_is_told(ledger):
    for _ in range(2):
        ledger.remember([link(), link(title="again")], [], SLOT)
    assert [place.link for place in ledger.places(link().url_key)] == [link()]


def test_which_urls_are_known_and_since_when(ledger):
    early, late = link(1), link(2, found_at=NOW + HOUR)
    ledger.remember([early, late], [], SLOT)
    keys = [early.url_key, late.url_key, link(3).url_key]
    assert ledger.known("lantern", keys) == {early.url_key, late.url_key}
    assert ledger.known("lantern", keys, NOW) == {early.url_key}
    assert ledger.known("other", keys) == set()
    assert ledger.known("lantern", []) == set()


def test_every_try_is_kept_with_what_came_of_it(ledger):
    ledger.remember([link()], [], SLOT)
    away = miss(link(), Reason.HTTP_ERROR, status=503, attempts=3, retry_at=NOW + 2 * HOUR)
    ledger.settle_fetched([away, away], SLOT, NOW)
    ledger.settle_fetched([page(link(), NOW + 2 * HOUR)], NEXT, NOW + 2 * HOUR)
    first, second = ledger.tries(link().url_key)
    assert (first.reason, first.status, first.requests) == ("http_error", 503, 3)
    assert (first.state, first.due_at) == (State.PENDING, NOW + 2 * HOUR)
    assert (second.reason, second.state, second.due_at) == ("ok", State.FETCHED, None)
    assert [tried.slot for tried in (first, second)] == [SLOT.key, NEXT.key]
