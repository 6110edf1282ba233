"""Which listings are worth crawling, and why the others are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.crawl.entries import Entry
from pipeline.scout.candidates import articles_a_day, is_of_articles, measure, rank
from pipeline.scout.clues import Candidate, clues_of, sitemap_lines
from pipeline.scout.sample import spread
from pipeline.trial import generic_source

HOME = "https://paper.example/"
SOURCE = generic_source(HOME)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def entries(numbers, every=timedelta(hours=6), base=HOME):
    return [
        Entry(url=f"{base}news/{n}", published_at=None if every is None else NOON - n * every)
        for n in numbers
    ]


def listing(path, numbers, via="feed", language="", **more):
    candidate = Candidate(f"{HOME}{path}", "link element", language=language)
    return measure(candidate, candidate.url, via, entries(numbers, **more), SOURCE)


def whys(found, language=""):
    return {
        one.listing.url.removeprefix(HOME): one.why for one in rank(found, language) if not one.use
    }


def used(found, language=""):
    return [one.listing.url.removeprefix(HOME) for one in rank(found, language) if one.use]


def test_a_category_feed_within_the_main_feed_is_left_out():
    main, city = listing("feed", range(20)), listing("city/feed", range(0, 20, 3))
    assert used([city, main]) == ["feed"]
    assert whys([city, main]) == {"city/feed": f"adds nothing to {HOME}feed"}


def test_a_category_feed_that_reaches_further_is_kept():
    main, arts = listing("feed", range(20)), listing("arts/feed", range(10, 30))
    assert used([main, arts]) == ["feed", "arts/feed"]


def test_a_feed_and_a_news_sitemap_of_the_same_articles_are_both_kept():
    assert set(
        used([listing("feed", range(10)), listing("news.xml", range(20), "news_sitemap")])
    ) == {
        "feed",
        "news.xml",
    }


def test_comments_tags_strangers_and_what_is_not_kept_up_are_left_out():
    comments = measure(
        Candidate(f"{HOME}all", "link element"),
        f"{HOME}all",
        "feed",
        [Entry(url=f"{HOME}news/{n}#comment-{n}") for n in range(9)],
        SOURCE,
    )
    found = [
        listing("feed", range(10)),
        comments,
        listing("comments/feed/", range(10)),
        listing("post_tag-sitemap.xml", range(100, 120), "sitemap"),
        listing("partner.rss", range(10), base="https://other.example/"),
        listing("old.xml", range(400, 420)),
        listing("ru.rss", range(500, 510), language="ru"),
        listing("empty.rss", []),
    ]
    assert used(found, "en") == ["feed"]
    told = whys(found, "en")
    assert told["all"] == told["comments/feed/"] == "readers' comments, not articles"
    assert "by its name" in told["post_tag-sitemap.xml"]
    assert told["partner.rss"] == "10 of 10 links lead to other sites or the home page"
    assert told["old.xml"] == "not kept up: its newest date is 2026-08-12"
    assert told["ru.rss"] == "the edition in another language (ru)"
    assert told["empty.rss"] == "it is empty"


def test_an_archive_is_for_a_backfill_unless_there_is_nothing_else():
    archive = listing("sitemap.xml", range(2000), "sitemap")
    assert "for a backfill" in whys([listing("feed", range(10)), archive])["sitemap.xml"]
    [only] = rank([archive], "")
    assert (only.use, only.sure) == (True, False)


@pytest.mark.parametrize(
    ("name", "is_articles"),
    [
        ("post-sitemap12.xml", True),
        ("news-sitemap.xml", True),
        ("sitemap-2026-11.xml", True),
        ("post_tag-sitemap3.xml", False),
        ("author-sitemap.xml", False),
        ("wp-sitemap-taxonomies-category-1.xml", False),
        ("wp-sitemap-users-1.xml", False),
        ("sitemap_video.xml", False),
        ("page-sitemap.xml", False),
    ],
)
def test_sitemaps_by_name(name, is_articles):
    assert is_of_articles(HOME + name) is is_articles


def test_articles_a_day_counts_each_article_once_and_the_last_week_only():
    sitemap = listing("news.xml", range(100), "news_sitemap")  # 25 days, four a day
    feed = listing("feed", range(10))
    assert articles_a_day([feed, sitemap]) == pytest.approx(4, abs=0.1)
    assert articles_a_day([listing("feed", range(2))]) is None
    assert articles_a_day([listing("feed", range(20), every=timedelta(0))]) is None


def test_samples_are_spread_over_listings_and_time():
    feed, far = listing("feed", range(10)), listing("far.xml", range(50, 100))
    chosen = spread([feed, far], 6)
    assert [url.rpartition("/")[2] for url, _ in chosen] == ["0", "50", "9", "99", "4", "74"]
    assert len(spread([feed, feed], 20)) == 10


def test_a_page_names_feeds_editions_country_and_itself():
    page = """<html lang="en-GB"><head><title>Paper</title><meta property="og:site_name" content="The Paper">
    <link rel="alternate" type="application/rss+xml" title="News &amp; more" href="/feed">
    <link rel="alternate" type="application/rss+xml" hreflang="ru" href="/ru/feed">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">
    <link rel="alternate" hreflang="ru" href="/ru/"></head>
    <body><a href="/sport/rss.xml">Sport</a><a href="/feedback">Write to us</a></body></html>"""
    clues = clues_of(page.encode(), "text/html", HOME)
    assert [(one.url.removeprefix(HOME), one.how, one.language) for one in clues.feeds] == [
        ("feed", "link element", ""),
        ("ru/feed", "link element", "ru"),
        ("sport/rss.xml", "link on a page", ""),
    ]
    assert clues.feeds[0].title == "News & more"
    assert (clues.language, clues.country, clues.name) == ("en", "GB", "The Paper")
    assert clues.editions == (("ru", f"{HOME}ru/"),)
    assert clues_of(b"", None, HOME).feeds == ()


def test_robots_name_sitemaps_relative_ones_too():
    robots = (
        b"\xef\xbb\xbfUser-agent: *\nSitemap: /map.xml\nSITEMAP: https://paper.example/news.xml\n"
    )
    assert [one.url for one in sitemap_lines(robots, HOME)] == [f"{HOME}map.xml", f"{HOME}news.xml"]
