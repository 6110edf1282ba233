"""Feeds and sitemaps of every make: what they list, and that no document does harm."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.crawl import listings
from pipeline.crawl.listings import read_listing
from pipeline.crawl.sitemaps import Child, recent

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "listings.jsonl"
BASE = "https://ex.org/feed"
KYIV = timezone(timedelta(hours=2))


def packed(body: bytes, times: int) -> bytes:
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    return body


def cases():
    if not CASES.exists():
        return []
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def rss(items, attributes=""):
    return f'<rss version="2.0" {attributes}><channel>{items}</channel></rss>'.encode()


def item(title="A", link="https://ex.org/a", more=""):
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def urlset(*urls):
    return f"<urlset>{''.join(f'<url>{url}</url>' for url in urls)}</urlset>".encode()


def first(body, content_type="application/rss+xml", zone=UTC):
    reading = read_listing(body, content_type, BASE, zone)
    assert not reading.problem
    return reading.entries[0]


@pytest.mark.skipif(not CASES.exists(), reason="no ../shared/cases here")
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['kind']}-{case['case']}")
def test_the_shared_cases(case):
    expect = case["expect"]
    body = base64.b64decode(case["body_base64"])
    reading = read_listing(body, case.get("content_type"), case["base_url"])
    entries = reading.entries
    assert len(entries) == expect.get("n", len(entries))
    assert len(entries) >= expect.get("n_min", 0)
    assert sum(e.published_at is not None for e in entries) >= expect.get("dates", 0)
    if entries:
        found = entries[0]
        assert found.title == expect.get("title", found.title)
        assert found.url == expect.get("link", found.url)
        assert expect.get("content", "") in (found.content or "")
        assert found.image == expect.get("media", found.image)
        assert expect.get("author", "") in " ".join(found.authors)
        assert (
            (found.published_at or datetime.max.replace(tzinfo=UTC))
            .isoformat()
            .startswith(expect.get("date", ""))
        )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"<!DOCTYPE html><html><body>Hello</body></html>", "HTML"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>', "HTML"),
        (b"<!-- a --><html></html>", "HTML"),
        (b"Nothing here.", "neither"),
        (b"<note>no feed</note>", "neither"),
        (b'{"items": 3}', "neither"),
        (b'{"items": [', "broken JSON"),
        (b'{"a":' * 100_000, "broken JSON"),
        (b"\x1f\x8bbroken", "gzip is broken"),
        (rss("<a/>" * 500_000), "tags"),
    ],
)
def test_what_is_no_listing_says_so(body, problem):
    reading = read_listing(body, "application/rss+xml", BASE)
    assert problem in reading.problem
    assert not reading.entries


def test_an_empty_feed_is_no_problem():
    assert not read_listing(rss(""), None, BASE).problem
    assert not read_listing(b"<urlset></urlset>", None, BASE).problem


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("A &amp; B", "A & B"),
        ("<![CDATA[ Two <b>bold</b>\n lines ]]>", "Two bold lines"),
        ("1 &lt; 2", "1 < 2"),
        ("&lt;i&gt;Tilted&lt;/i&gt;", "Tilted"),
        ("Rock &amp;#8217;n&amp;#8217; roll", "Rock ’n’ roll"),
        ("", None),
    ],
)
def test_titles_are_plain(title, plain):
    assert first(rss(item(title))).title == plain


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        ("Fri, 20 Nov 2026 10:30:00 +0200", "2026-11-20T08:30"),
        ("Fri, 20 Nov 2026 10:30:00 GMT", "2026-11-20T10:30"),
        ("Fri, 20 Nov 2026 10:30:00 EST", "2026-11-20T15:30"),
        ("Fri, 20 Nov 2026 10:30:00 MSK", "2026-11-20T07:30"),
        ("Fri, 20 Nov 2026 10:30:00", "2026-11-20T08:30"),
        ("2026-11-20T10:30:00.123+02:00", "2026-11-20T08:30"),
        ("2026-11-20 10:30:00 +0200", "2026-11-20T08:30"),
        ("2026-11-20 10:30", "2026-11-20T08:30"),
        ("2026-11-20", "2026-11-19T22:00"),
    ],
)
def test_dates_are_utc_and_without_a_zone_of_the_source(date, utc):
    entry = first(rss(item(more=f"<pubDate>{date}</pubDate>")), zone=KYIV)
    assert entry.published_at.isoformat().startswith(utc)


@pytest.mark.parametrize("date", ["yesterday", "", "Thu, 31 Nov 2026 10:00:00 GMT", "0001-01-01"])
def test_what_is_no_date_is_none(date):
    entry = first(rss(item(more=f"<pubDate>{date}</pubDate>")), zone=KYIV)
    assert entry.published_at is None


def test_an_update_is_not_taken_for_a_publication():
    entry = first(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/a"/>'
        b"<updated>2026-11-20T08:30:00Z</updated></entry></feed>"
    )
    assert (entry.url, entry.published_at) == ("https://ex.org/a", None)
    assert entry.modified_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_odd_links_are_mended_or_left_out():
    items = [
        item(link="  /rel?x=1&amp;y=2 "),
        item(link="https://ex.org/b?x=1&y=2"),
        item(link="http://["),
        "<item><title>no link</title></item>",
    ]
    urls = [e.url for e in read_listing(rss("".join(items)), None, BASE).entries]
    assert urls == ["https://ex.org/rel?x=1&y=2", "https://ex.org/b?x=1&y=2"]


def test_no_file_and_no_entity_is_read():
    subset = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    body = f'<?xml version="1.0"?>{subset}'.encode()
    assert first(body + rss(item("[&x;]"))).title in {"[&x;]", "[]"}
    entry = first(body + urlset("<loc>https://ex.org/a</loc><title>&x;</title>"))
    assert entry.title in {None, "&x;"}


def test_a_news_sitemap_keeps_its_claims_apart():
    entry = first(
        urlset(
            "<loc>\n https://ex.org/a </loc><lastmod>2026-11-20T09:00:00Z</lastmod>"
            "<news:news><news:publication><news:name>Ex</news:name></news:publication>"
            "<news:publication_date>2026-11-20T08:00:00Z</news:publication_date>"
            "<news:title>Ferry &amp; fog</news:title></news:news>"
            "<image:image><image:loc>https://ex.org/i.jpg</image:loc>"
            "<image:title>A ferry</image:title></image:image>"
        )
    )
    assert (entry.url, entry.title) == ("https://ex.org/a", "Ferry & fog")
    assert (entry.published_at.hour, entry.modified_at.hour) == (8, 9)


def test_nothing_leaks_from_one_entry_into_the_next():
    body = urlset(
        "<loc>https://ex.org/a</loc><lastmod>2026-11-20</lastmod>",
        "<lastmod>2026-11-21</lastmod>",
        "<loc>https://ex.org/b</loc>",
    )
    entries = read_listing(body, None, BASE).entries
    assert [(e.url[-1], e.modified_at is None) for e in entries] == [("a", False), ("b", True)]


def test_a_url_cut_off_in_the_middle_is_no_url():
    body = urlset("<loc>https://ex.org/a</loc>", "<loc>https://ex.org/long</loc>")
    for cut in range(
        len(body) - len(b"ng</loc></url></urlset>"), len(body) - len("</url></urlset>")
    ):
        assert [e.url for e in read_listing(body[:cut], None, BASE).entries] == ["https://ex.org/a"]


def test_limits_hold(monkeypatch):
    monkeypatch.setattr(listings, "MAX_BYTES", 1000)
    reading = read_listing(gzip.compress(bytes(5000)), None, BASE)
    assert "unpacks to more" in reading.problem
    within = gzip.compress(gzip.compress(bytes(5000)))
    assert "unpacks to more" in read_listing(within, None, BASE).problem
    together = packed(urlset("<loc>https://ex.org/a</loc>", f"<!--{'x' * 850}-->"), times=2)
    assert "unpacks to more" in read_listing(together, None, BASE).problem
    many = urlset(*(f"<loc>https://ex.org/{n}</loc>" for n in range(50_010)))
    assert len(read_listing(many, None, BASE).entries) == 50_000


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_sitemap_is_unpacked_as_often_as_it_was_packed(times):
    body = packed(urlset("<loc>https://ex.org/a</loc>"), times)
    reading = read_listing(body, "application/xml", BASE)
    assert (reading.problem, [e.url for e in reading.entries]) == ("", ["https://ex.org/a"])


def test_what_is_packed_without_end_says_so():
    body = packed(urlset("<loc>https://ex.org/a</loc>"), times=4)
    assert "more than 3 times" in read_listing(body, None, BASE).problem


def test_text_sitemaps_may_have_marks_and_noise():
    body = b"\xef\xbb\xbfhttps://ex.org/a\r\n\r\n# no\r\nhttps://ex.org/b\r\n"
    reading = read_listing(body, "text/plain", BASE)
    assert reading.via == "sitemap"
    assert [e.url for e in reading.entries] == ["https://ex.org/a", "https://ex.org/b"]


def test_a_json_feed_may_miss_much():
    body = json.dumps({
        "items": [{"id": "x"}, 3, {"url": "/a", "title": None, "authors": [None]}, {"id": 5}]
    })
    entries = read_listing(body.encode(), None, "https://ex.org/feed").entries
    assert [e.url for e in entries] == ["https://ex.org/x", "https://ex.org/a"]


def children(*pairs):
    dates = {None: None, **{n: datetime(2026, 11, n, tzinfo=UTC) for n in range(1, 28)}}
    return [Child(f"https://ex.org/{name}", dates[day]) for name, day in pairs]


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([("a.xml", None), ("b.xml", None)], ["a.xml", "b.xml"]),
        ([("a.xml", 2), ("b.xml", 20), ("c.xml", None)], ["b.xml", "c.xml"]),
        ([("2026-09.xml", None), ("2026-10.xml", None), ("2026-11.xml", None)], ["2026-11.xml"]),
        ([("s?yyyy=2026&mm=10", None), ("s?yyyy=2026&mm=11", None)], ["s?yyyy=2026&mm=11"]),
        ([("2026/11/02.xml", None), ("2026/11/20.xml", None)], ["2026/11/20.xml"]),
        ([("2019.xml", 20), ("2020.xml", 2)], ["2019.xml"]),
    ],
)
def test_an_index_is_followed_where_it_is_recent(found, kept):
    assert sorted(child.url.split("org/")[1] for child in recent(children(*found))) == sorted(kept)


@pytest.mark.parametrize(
    ("loc", "url"),
    [
        ("https://ex.org/a?x=1&y=2", "https://ex.org/a?x=1&y=2"),
        ("https://ex.org/a?x=1&copy=2&amp;z=3", "https://ex.org/a?x=1&copy=2&z=3"),
        ("https://ex.org/a?x=1&", "https://ex.org/a?x=1&"),
        ("<![CDATA[https://ex.org/a?x=1&y=2]]>", "https://ex.org/a?x=1&y=2"),
        ("https://ex.org/a?x=1&#38;y=2", "https://ex.org/a?x=1&y=2"),
    ],
)
def test_an_ampersand_that_is_not_escaped_loses_no_part_of_an_address(loc, url):
    records = f"<url><loc>{loc}</loc></url><url><loc>https://ex.org/b&c</loc></url>"
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{records}</urlset>'
    found = [entry.url for entry in read_listing(body.encode(), None, BASE).entries]
    assert found == [url, "https://ex.org/b&c"]


def test_the_last_record_of_a_cut_sitemap_is_not_read():
    body = b"<urlset><url><loc>https://ex.org/a?x=1&y=2</loc></url><url><loc>https://ex.org/b"
    found = [entry.url for entry in read_listing(body, None, BASE).entries]
    assert found == ["https://ex.org/a?x=1&y=2"]


def test_a_json_feed_may_begin_with_a_byte_order_mark():
    body = b'\xef\xbb\xbf{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a"}]}'
    assert [entry.url for entry in read_listing(body, None, BASE).entries] == ["https://ex.org/a"]


def test_a_feed_gives_the_words_of_its_whole_texts_and_its_authors():
    body = b"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><link>https://ex.org/a</link>
        <dc:creator>Ana Ozola</dc:creator><dc:creator>B. Lee</dc:creator>
        <content:encoded><![CDATA[<p>It came <b>at night</b></p><p>Nobody slept.</p>]]></content:encoded>
        </item><item><link>https://ex.org/b</link><description>A summary only</description></item>
        </channel></rss>"""
    first, second = read_listing(body, None, BASE).entries
    assert (first.words, first.authors) == (6, ("Ana Ozola", "B. Lee"))
    assert (second.words, second.authors) == (None, ())
