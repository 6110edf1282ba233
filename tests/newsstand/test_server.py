import gzip
import re
from email.utils import parsedate_to_datetime
from html import unescape

import pytest
from press.edition import load_sites

SITES = load_sites()
FEEDS = [(site.id, site.feed_path) for site in SITES.values()]


# --- sites, hosts, pages ---


def test_a_site_is_picked_by_host_whatever_the_domain(ask, stand):
    page = ask(stand.url("lantern")).body.decode()
    assert "<title>The Lantern</title>" in page
    alias = ask(f"http://lantern.newsstand:{stand.port}/").body.decode()
    assert f"http://lantern.newsstand:{stand.port}/2026/11/" in alias
    assert ask("http://causeway.newsstand/").status == 200


def test_an_unknown_host_shows_the_sites_and_an_about_page(ask, stand):
    index = ask(f"http://localhost:{stand.port}/")
    assert index.status == 200
    for site in SITES:
        assert f'href="http://{site}.localhost:{stand.port}/"' in index.body.decode()
    assert "demo" in ask(f"http://localhost:{stand.port}/about").body.decode()
    assert ask(f"http://localhost:{stand.port}/nothing").status == 404


def test_every_listed_page_answers_as_it_is_expected_to(ask, stand):
    ask(stand.url("flaky", "/story/seals-outnumber-islanders"))
    wanted = {"ok": 200, "duplicate": 200, "gone": 410, "redirect_loop": 302, "bad_scheme": 302}
    wanted |= {"blocked_address": 302, "robots": 200, "paywall": 200, "too_large": 200}
    wanted |= {"login_wall": 302}
    for item in stand.expected().values():
        moved = item.url != item.final_url
        status = 301 if moved else wanted.get(item.reason, 200)
        status = 302 if item.slug == "back-to-the-landing" else status
        assert ask(item.url).status == status, item.url


def test_what_must_survive_and_what_must_go_are_both_on_the_page(ask, stand):
    for item in stand.expected().values():
        if not item.lines:
            continue
        ask(item.final_url)
        urls = [item.final_url, *(f"{item.final_url}{n}/" for n in range(2, 1 + item.pages))]
        page = unescape("".join(ask(url).body.decode(item.encoding) for url in urls))
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
        for string in (*item.lines, item.title, *item.absent):
            assert string in text, item.url
        assert [name for name in item.authors if name not in page] == []


def test_every_picture_and_unknown_page_has_an_answer(ask, stand):
    assert ask(stand.url("lantern", "/img/frost-1.gif")).headers["content-type"] == "image/gif"
    assert ask(stand.url("lantern", "/no/such/page")).status == 404


# --- listings ---


@pytest.mark.parametrize("site", SITES)
def test_the_sitemap_named_in_robots_lists_every_expected_url(ask, stand, site, listed):
    robots = ask(stand.url(site, "/robots.txt")).body.decode()
    (address,) = re.findall(r"^Sitemap: (\S+)$", robots, re.MULTILINE)
    urls = listed(address)
    assert len(urls) == len(set(urls))
    assert set(urls) == {url for url, item in stand.expected().items() if item.site == site}


def test_causeway_has_a_gzipped_sitemap_index(ask, stand):
    answer = ask(stand.url("causeway", "/sitemaps/index.xml.gz"))
    assert answer.headers["content-type"] == "application/gzip"
    assert b"<sitemapindex" in gzip.decompress(answer.body)


@pytest.mark.parametrize(("site", "path"), FEEDS)
def test_feeds_are_read_by_feedparser_with_times_and_titles(ask, stand, site, path):
    feedparser = pytest.importorskip("feedparser")
    ask(stand.url(site, path))
    answer = ask(stand.url(site, path))
    feed = feedparser.parse(answer.body, response_headers=answer.headers)
    assert not feed.bozo
    truth = stand.expected()
    for entry in feed.entries:
        item = truth[entry.link.partition("?")[0]]
        assert (entry.title, entry.published_parsed[:6]) == (
            item.title,
            item.published_at.timetuple()[:6],
        )
    sizes = {"lantern": 10}
    total = sum(item.site == site for item in truth.values())
    assert len(feed.entries) == sizes.get(site, total)


def test_no_feed_carries_the_full_text(ask, stand):
    for site, path in FEEDS:
        ask(stand.url(site, path))
        assert b"encoded" not in ask(stand.url(site, path)).body


def test_the_lantern_feed_adds_a_query_that_its_sitemap_has_not(ask, stand, listed):
    feed = ask(stand.url("lantern", "/feed/")).body.decode()
    assert feed.count("?utm_source=rss&amp;utm_medium=feed</link>") == 10
    assert not any("?" in url for url in listed(stand.url("lantern", "/news-sitemap.xml")))


def test_robots_of_the_lantern_forbid_one_listed_section(ask, stand, end_of):
    from protego import Protego

    rules = Protego.parse(ask(stand.url("lantern", "/robots.txt")).body.decode())
    forbidden = {
        url
        for url, item in stand.expected().items()
        if item.site == "lantern" and not rules.can_fetch(url, "broadsheetdemo")
    }
    assert forbidden == {end_of("lantern", reason="robots").url}


# --- charsets ---


def test_vestnik_is_windows_1251_declared_in_the_header_or_only_in_the_page(ask, stand):
    seen = set()
    for item in stand.expected().values():
        if item.site != "vestnik" or item.state != "published":
            continue
        answer = ask(item.url)
        header = answer.headers["content-type"].partition("charset=")[2]
        meta = re.search(rb'<meta charset="([^"]+)"', answer.body)
        assert item.title in answer.body.decode("windows-1251")
        seen.add((header, meta.group(1).decode() if meta else ""))
    own = "windows-1251"
    assert seen == {(own, own), (own, ""), ("", own), ("utf-8", own)}


@pytest.mark.parametrize(
    ("url", "says", "is_"),
    [
        ("vestnik/zavod-podshipnikov", "utf-8", "windows-1251"),
        ("meridian/school-for-shepherds", "iso-8859-1", "utf-8"),
    ],
)
def test_two_headers_lie_about_the_charset(ask, end_of, url, says, is_):
    site, slug = url.split("/")
    item = end_of(site, slug=slug)
    answer = ask(item.url)
    assert answer.headers["content-type"] == f"text/html; charset={says}"
    assert item.encoding == is_
    assert item.first_line in answer.body.decode(is_)
    assert item.first_line not in answer.body.decode(says, "replace")


# --- validators ---


@pytest.mark.parametrize(
    ("site", "path"), [("lantern", "/feed/"), ("causeway", "/sitemaps/news-1.xml.gz")]
)
def test_etags_are_answered_with_304(ask, stand, site, path):
    first = ask(stand.url(site, path))
    again = ask(stand.url(site, path), if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert ask(stand.url(site, path), if_none_match='"another"').status == 200


def test_articles_can_be_asked_again_conditionally(ask, stand):
    for item in stand.expected().values():
        if item.state != "published" or item.site == "hostile":
            continue
        ask(item.final_url)
        first = ask(item.final_url)
        again = ask(item.final_url, if_modified_since=first.headers["last-modified"])
        assert again.status == 304, item.url


def test_vestnik_sends_a_date_and_no_etag(ask, stand):
    answer = ask(stand.url("vestnik", "/rss/all.xml"))
    assert "etag" not in answer.headers
    changed = parsedate_to_datetime(answer.headers["last-modified"])
    assert changed.isoformat() == "2026-11-20T11:15:00+00:00"


def test_the_lantern_compresses_for_those_who_ask(ask, stand):
    packed = ask(stand.url("lantern"), accept_encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    plain = ask(stand.url("lantern"))
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]


def test_head_gives_the_headers_alone(ask, stand):
    whole = ask(stand.url("lantern"))
    head = ask(stand.url("lantern"), method="HEAD")
    assert head.body == b""
    assert head.headers["content-length"] == str(len(whole.body))
