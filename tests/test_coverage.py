"""Coverage from a lake of made-up sightings: real Delta tables, read as an operator's are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.adapters.store import open_store
from pipeline.coverage import Span, coverage, short
from pipeline.crawl.discover import Poll
from pipeline.crawl.raw import RawArchive, read_fetches
from pipeline.model import Link, Miss, Page, Reason, Slot
from pipeline.ports import Sighting
from pipeline.publish.polled import poll_rows
from pipeline.publish.rows import to_table
from pipeline.publish.seen import sighting_rows
from pipeline.publish.table import Lake
from pipeline.query import Tables
from schemas.article import ARTICLE
from schemas.poll import POLL
from schemas.reject import REJECT
from schemas.sighting import SIGHTING
from tests.publish.rows import article, digest, reject

SLOT = Slot.parse("2026-11-21T09:00")
DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def seen(number, *kinds, source="lantern", published=NOON, found=NOON, slot=SLOT):
    """What each kind of listing says of one URL."""
    url = f"https://{source}.example/{number}"
    for kind in kinds:
        link = Link(
            source=source,
            url=url,
            url_key=digest(url),
            found_at=found,
            found_in=f"https://{source}.example/{kind}",
            found_via=kind,
            published_at=published,
        )
        yield Sighting(link=link, found_slot=slot.key, seen_at=found)


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "lake"))


def publish(store, sightings, articles=(), rejects=(), slot=SLOT):
    lake = Lake(store)
    lake.publish("sightings", slot, sighting_rows(sightings))
    lake.publish("articles", slot, to_table(articles, ARTICLE))
    lake.publish("rejects", slot, to_table(rejects, REJECT))


def covered(store, since=DAY, until=DAY, *, zones=None, only=(), today=date(2026, 11, 25)):
    lake, span = Lake(store), Span(since, until, only)
    schemas = {"sightings": SIGHTING, "articles": ARTICLE, "rejects": REJECT, "polls": POLL}
    tables = Tables(schemas, {name: lake.uris(name) for name in schemas}, store.options())
    return coverage(tables, span, zones or {}, today)


def test_routes_are_counted_alone_and_together(store):
    rows = [
        *(s for n in range(40) for s in seen(n, "feed", "section")),
        *(s for n in range(40, 60) for s in seen(n, "feed")),
        *(s for n in range(60, 70) for s in seen(n, "section")),
    ]
    publish(store, rows)
    (day,) = covered(store)
    assert (day.source, day.day, day.found, day.undated) == ("lantern", DAY, 70, 0)
    assert {kind: (s.found, s.alone) for kind, s in day.kinds.items()} == {
        "feed": (60, 20),
        "section": (50, 10),
    }
    assert day.together == {"feed": 20, "feed+section": 40, "section": 10}
    assert day.listings["https://lantern.example/feed"].found == 60
    assert day.estimate == pytest.approx(61 * 51 / 41 - 1)
    assert day.missed == pytest.approx(day.estimate - 70)
    assert (day.method, day.partial, day.gaps) == ("chapman", "", [])
    assert short([day], 0.99) == [day]
    assert short([day], 0.9) == []


def test_sitemaps_of_both_kinds_are_one_route(store):
    publish(store, [s for n in range(9) for s in seen(n, "sitemap", "news_sitemap")])
    (day,) = covered(store)
    assert day.together == {"news_sitemap+sitemap": 9}
    assert (day.estimate, day.caveats) == (None, ["one_route"])


def test_copies_of_one_story_are_one_and_what_is_no_article_is_none(store):
    first = article(0)
    copy = article(1, text=first.text, duplicate_of=first.article_id)
    rows = [*seen(0, "feed"), *seen(1, "section"), *seen(2, "feed", "section"), *seen(3, "feed")]
    refused = [reject(2, reason=Reason.NOT_ARTICLE), reject(3, reason=Reason.PAYWALL)]
    publish(store, rows, [first, copy], refused)
    (day,) = covered(store)
    assert day.together == {"feed": 1, "feed+section": 1}


def test_a_page_that_became_an_article_later_counts(store):
    later = Slot.parse("2026-11-21T10:00")
    publish(store, seen(0, "feed"), rejects=[reject(0, reason=Reason.NOT_ARTICLE)])
    publish(store, [], [article(0, later)], slot=later)
    assert [day.found for day in covered(store)] == [1]


def test_the_day_is_the_pages_then_the_listings_then_the_find(store):
    night = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    rows = [
        *seen(0, "feed", published=night - timedelta(days=3)),
        *seen(1, "feed", published=night),
        *seen(2, "feed", published=None, found=night),
    ]
    publish(store, rows, [article(0, published_day=DAY)])
    (before, day) = covered(store, DAY - timedelta(days=1))
    assert (before.day, before.found, before.undated) == (date(2026, 11, 20), 2, 1)
    assert (day.day, day.found, day.undated) == (DAY, 1, 0)
    # Where it is past midnight already, both belong to the next day.
    (day,) = covered(store, DAY - timedelta(days=1), zones={"lantern": "Europe/Riga"})
    assert (day.day, day.found, day.undated) == (DAY, 3, 1)


def test_days_that_are_not_whole_say_so(store):
    rows = [*seen(0, "feed", published=NOON - timedelta(days=1)), *seen(1, "feed")]
    publish(store, rows)
    days = covered(store, DAY - timedelta(days=1), today=DAY)
    assert [(day.day, day.partial) for day in days] == [
        (date(2026, 11, 20), "before"),
        (DAY, "open"),
    ]
    assert short(days, 1) == []


def test_only_the_sources_asked_for(store):
    publish(store, [*seen(0, "feed"), *seen(0, "feed", source="vestnik")])
    assert [day.source for day in covered(store)] == ["lantern", "vestnik"]
    assert [day.source for day in covered(store, only=("vestnik",))] == ["vestnik"]


def test_an_import_is_no_route(store):
    publish(store, seen(0, "text"))
    assert covered(store) == []


async def _once(polls):
    for poll in polls:
        yield poll


def test_gaps_of_polling_are_in_the_lake(store):
    import asyncio

    (one,) = seen(0, "feed")
    page = Page(
        link=one.link, final_url=one.link.url, status=200, headers=(), body=b"x", fetched_at=NOON
    )
    miss = Miss(link=one.link, reason=Reason.NOT_MODIFIED, detail="304", fetched_at=NOON)
    polls = [Poll(page, (), None, "gap: none of the 10 links …"), Poll(miss, (), None)]

    async def keep():
        archive = RawArchive(store, SLOT, "0")
        return [kept async for kept in archive.keep_polls(_once(polls))]

    asyncio.run(keep())
    publish(store, seen(0, "feed"))
    polled = poll_rows(read_fetches(store, SLOT))
    assert polled["gap"].to_pylist() == [True, False]
    assert polled["reason"].to_pylist() == ["ok", "not_modified"]
    Lake(store).publish("polls", SLOT, polled)
    (day,) = covered(store)
    assert [(gap.listing, gap.detail) for gap in day.gaps] == [
        (one.link.url, "gap: none of the 10 links …")
    ]


def test_an_empty_lake_has_no_days(store):
    assert covered(store) == []
