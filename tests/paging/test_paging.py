"""Which links lead to an article's next page. All addresses and pages are made up."""

from __future__ import annotations

import pytest
from lxml import html

from pipeline.paging import first_page, is_page, may_have_next, next_page

FIRST = "https://gull.example/2026/11/long-read/"
FILE = "https://gull.example/news/long-read.html"
QUERY = "https://gull.example/story?id=77"
DRUPAL = '<ul class="pager"><li><a href="?page=1">2</a></li><li><a href="?page=2">3</a></li></ul>'


def offered(markup, first=FIRST, number=2, page_url=None, *, head="", classes="single"):
    page = f'<html><head>{head}</head><body class="{classes}"><p>Text.</p>{markup}</body></html>'
    page_url = page_url or first
    found = next_page(html.document_fromstring(page), page_url, first, number)
    # What is found must never be hidden by the cheap look that comes first.
    assert found is None or may_have_next(page.encode(), page_url, first, number)
    return found


@pytest.mark.parametrize(
    ("first", "href"),
    [
        (FIRST, "/2026/11/long-read/2/"),
        (FIRST, "2/"),
        (FIRST, "https://gull.example/2026/11/long-read/2"),
        (FIRST, "/2026/11/long-read/page/2/"),
        (FIRST, "/2026/11/long-read/seite-2"),
        (FIRST, "/2026/11/long-read/seite-2/komplett/../"),
        (FIRST, "/2026/11/long-read-page-2/"),
        (FIRST, "?page=2"),
        (FIRST, "?paged=02"),
        (FIRST, "?utm_source=pager&amp;page=2"),
        (FILE, "long-read-2.html"),
        (FILE, "long-read_2.html"),
        (FILE, "/news/long-read,2.html"),
        (FILE, "/news/long-read.2.html"),
        (FILE, "/news/long-read.html/2"),
        (FILE, "/news/long-read-page-2.html"),
        (FILE, "/news/long-read,strona-2.html"),
        (FILE, "/news/long-read/2.html"),
        (FILE, "?p=2"),
        (QUERY, "?id=77&amp;page=2"),
        (QUERY, "/story?page=2&amp;id=77"),
        (QUERY + "&page=1", "?id=77&amp;page=2"),
        (FIRST + "page/1/", "/2026/11/long-read/page/2/"),
        (FIRST + "?utm_source=feed", "/2026/11/long-read/2/"),
        ("https://gull.example/длинное-чтение", "/длинное-чтение?страница=2"),
    ],
)
def test_a_number_in_a_pager_leads_on(first, href):
    found = offered(f'<div class="pages"><b>1</b> <a href="{href}">2</a></div>', first)
    assert found is not None
    assert is_page(found, first, 2)


@pytest.mark.parametrize(
    "link",
    [
        '<a rel="next" href="2/">Where the ferry went</a>',
        '<a href="2/">Next page »</a>',
        '<a href="2/">Weiter</a>',
        '<a href="2/">Следующая страница</a>',
        '<a href="2/">次のページ</a>',
        '<a href="2/" aria-label="Next page"><svg></svg></a>',
        '<a href="2/">›</a>',
        '<a href="2/">Page 2</a>',
        '<a href="2/">2. oldal</a>',
        '<nav class="pagination"><a href="2/">The second day</a></nav>',
        "<A HREF=2/>2</A>",
    ],
)
def test_a_pager_may_speak_many_languages(link):
    assert offered(link) == FIRST + "2/"


def test_a_link_in_the_head_leads_on():
    assert offered("", head=f'<link rel="next" href="{FIRST}2/">') == FIRST + "2/"


def test_a_base_is_heeded():
    pager = '<a href="11/long-read/2/">2</a>'
    assert offered(pager, head='<base href="https://gull.example/2026/">') == FIRST + "2/"


@pytest.mark.parametrize(
    "link",
    [
        '<a rel="next" href="/2026/11/another-article/">Another article</a>',
        '<a rel="next" href="/2026/11/another-article/2/">2</a>',
        '<a rel="next" href="/2026/11/long-read-2/">Long read, again</a>',
        '<a href="/2026/11/long-read-2/">2</a>',
        '<a rel="next" href="/2026/11/page/2/">Older posts</a>',
        '<a href="/page/2/">2</a>',
        '<a href="/?p=2">2</a>',
        '<a rel="next" href="/2026/11/long-read/">This very page</a>',
        '<a href="#2">2</a>',
        '<a href="/2026/11/long-read/3/">3</a>',
        '<a href="/2026/11/long-read/?page=all">View all</a>',
        '<a href="/2026/11/long-read/print/">Print</a>',
        '<a href="/2026/11/long-read/amp/2/">2</a>',
        '<a href="/2026/11/long-read/comment-page-2/#comments">2</a>',
        '<a href="?cpage=2#comments">2</a>',
        '<a href="?page=2#comments">2</a>',
        '<div class="comments-pager"><a href="?page=2">2</a></div>',
        '<section id="disqus_thread"><nav class="pager"><a rel="next" href="2/">2</a></nav></section>',
        '<a href="https://other.example/2026/11/long-read/2/">2</a>',
        '<a href="http://gull.example/2026/11/long-read/2/">2</a>',
        '<a href="2/"><img src="slide.jpg" alt=""></a>',
        '<a href="2/">Day two: what the divers found</a>',
        '<a href="/2026/11/long-read/2/gallery/">2</a>',
        '<a href="/2026/11/long-read/2026/">2026</a>',
        '<a href="/2026/11/long-read/200/">200</a>',
        '<a href="?page=2&amp;sort=new">2</a>',
        '<a href="javascript:go(2)">2</a>',
        '<a href="http://[2/">2</a>',
        DRUPAL,
        '<nav class="pager"><a href="?page=2">2</a> … <a href="?page=48">48</a></nav>',
    ],
)
def test_what_is_no_pager_of_this_article_is_left_alone(link):
    assert offered(link) is None


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="next" href="/news/long-read-2.html">',
        '<a rel="next" href="/news/long-read-2.html">Long read, again</a>',
        '<div class="post-navigation"><a rel="next" href="long-read-2.html">Next</a></div>',
    ],
)
def test_an_address_that_could_be_another_articles_needs_a_pager(link):
    assert offered(link, FILE) is None
    pager = '<div class="pagination"><a href="/news/long-read-2.html">Next</a></div>'
    assert offered(pager, FILE) == "https://gull.example/news/long-read-2.html"


@pytest.mark.parametrize("kind", ["archive category", "search", "blog", "home"])
def test_a_list_has_no_parts(kind):
    assert offered('<a rel="next" href="page/2/">2</a>', classes=kind) is None


@pytest.mark.parametrize("kind", ["CollectionPage", "SearchResultsPage", "ImageGallery"])
def test_what_calls_itself_a_list_or_gallery_has_no_parts(kind):
    script = f'<script type="application/ld+json">{{"@type": "{kind}"}}</script>'
    assert offered('<a rel="next" href="2/">2</a>', head=script) is None


def test_a_later_page_leads_to_the_one_after_it_and_not_back():
    pager = '<a href="../">1</a> <b>2</b> <a href="../3/">3</a>'
    assert offered(pager, FIRST, 3, FIRST + "2/") == FIRST + "3/"
    last = '<a href="../">1</a> <a href="../2/">2</a> <b>3</b>'
    assert offered(last, FIRST, 4, FIRST + "3/") is None
    assert offered('<a rel="next" href="../2/">2</a>', FIRST, 4, FIRST + "3/") is None


BACK = '<a href="/2026/11/long-read/">1</a> <b>2</b>'


@pytest.mark.parametrize(
    ("url", "markup", "first"),
    [
        (FIRST + "2/", BACK, FIRST[:-1]),
        (FIRST + "7/", BACK, FIRST[:-1]),
        (FIRST + "page/2", BACK, FIRST[:-1]),
        (FIRST + "?page=2", BACK, FIRST),
        (FIRST + "2/", '<link rel="prev" href="/2026/11/long-read/">', FIRST[:-1]),
        ("https://gull.example/news/long-read-2.html", '<a href="long-read.html">1</a>', FILE),
    ],
)
def test_a_later_page_is_known_by_its_way_back(url, markup, first):
    assert first_page(html.document_fromstring(f"<body>{markup}</body>"), url) == first


@pytest.mark.parametrize(
    ("url", "markup"),
    [
        (FIRST, BACK),
        (FIRST + "2/", "<p>Nothing leads back.</p>"),
        (FIRST + "2/", '<a href="/2026/11/long-read/">The long read</a>'),
        (FIRST + "?page=2", f'<link rel="canonical" href="{FIRST}">'),
        ("https://gull.example/articles/45", '<a rel="prev" href="/articles/44">Older</a>'),
        ("https://gull.example/articles/2", '<a href="/articles">Articles</a>'),
        ("https://gull.example/news/storm-2/", '<a rel="prev" href="/news/storm/">Storm</a>'),
        ("https://gull.example/news/storm-2.html", '<a rel="prev" href="storm.html">Storm</a>'),
        ("not an address", BACK),
    ],
)
def test_an_article_of_its_own_is_no_later_page(url, markup):
    assert first_page(html.document_fromstring(f"<body>{markup}</body>"), url) is None


@pytest.mark.parametrize(
    "body", [b"", b"href=", b"<a href=2/>", b"\xff\xfe href='\xff2/'", b"href=" * 99]
)
def test_the_cheap_look_takes_any_bytes(body):
    assert may_have_next(body, FIRST, FIRST, 2) == (body == b"<a href=2/>")
