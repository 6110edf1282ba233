"""A page's whole way: what is stored, what is cut, what is refused and why."""

import json
from datetime import UTC, date, datetime

import pytest

from pipeline.model import Article, Reason, Reject

PARAGRAPHS = [
    "The ferry to the outer islands sailed again on Monday, two weeks after the storm broke its pier in three places.",
    "The harbour master said that the new timbers, floated down from the inland mills, would last for at least forty years.",
    "Islanders had lived on flour and dried fish, and on what the coastguard could drop from the air on calm mornings.",
    "The council will debate on Thursday whether the fare, unchanged for a decade, should pay for a second boat.",
]
LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#org", "name": "The Lantern"},
        {"@type": "Person", "@id": "#anna", "name": "Anna Mill"},
        {
            "@type": "NewsArticle",
            "headline": "Ferry back after storm",
            "datePublished": "2026-11-18T07:30:00+02:00",
            "dateModified": "2026-11-18T09:00:00+02:00",
            "author": [{"@id": "#anna"}, {"@type": "Person", "name": "Karl Pier"}],
            "publisher": {"@id": "#org", "name": "The Lantern"},
            "articleSection": "Harbour",
            "keywords": "ferry, storm, islands",
            "image": {
                "@type": "ImageObject",
                "url": "/img/ferry.jpg",
                "caption": "The ferry on Monday",
            },
        },
    ],
}


def html(body=None, head="", attributes="", ld=LD):
    body = body if body is not None else "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><title>Ferry back after storm | The Lantern</title>'
        f'<meta property="og:site_name" content="The Lantern">{head}{script}</head>'
        f"<body {attributes}><nav><a href='/'>Front page</a></nav><main><article><h1>Ferry back after storm</h1>"
        f"{body}</article></main><footer>Imprint</footer></body></html>"
    )


def test_an_article_as_it_is_stored(judge):
    article = judge(
        html(
            "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
            + '<div class="sharedaddy"><p>Share this: X</p></div><p>Also read: Mill to reopen in spring</p>'
            + '<div id="disqus_thread"><p>Nice to hear!</p></div>',
            head='<link rel="canonical" href="/ferry-back"><meta property="og:description" content="It sails again.">',
        )
    )
    assert isinstance(article, Article)
    assert article.text.split("\n") == PARAGRAPHS
    assert article.title == "Ferry back after storm"
    assert article.authors == ("Anna Mill", "Karl Pier")
    assert article.section == "Harbour"
    assert article.tags == ("ferry", "storm", "islands")
    assert article.description == "It sails again."
    assert (article.language, article.language_declared) == ("en", "en")
    assert article.published_at == datetime(2026, 11, 18, 5, 30, tzinfo=UTC)
    assert (article.published_source, article.published_precision, article.published_tz) == (
        "json_ld",
        "second",
        "explicit",
    )
    assert article.modified_at == datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
    assert article.url_canonical == "https://lantern.example/ferry-back"
    assert article.image_url == "https://lantern.example/img/ferry.jpg"
    assert article.image_caption == "The ferry on Monday"
    assert (article.paragraph_count, article.char_count) == (4, len(article.text))
    assert not article.paywalled
    cut = {(c.category, c.text) for c in article.cuts}
    assert ("share", "Share this: X") in cut
    assert ("comments", "Nice to hear!") in cut
    assert ("related", "Also read: Mill to reopen in spring") in cut
    assert ("navigation", "Front page") in cut


def test_the_feeds_time_comes_first(judge):
    at = datetime(2026, 11, 18, 5, 29, tzinfo=UTC)
    article = judge(html(), published_at=at, found_via="sitemap")
    assert (article.published_at, article.published_source) == (at, "sitemap")


def test_a_day_gives_way_to_a_time_of_the_same_day(judge):
    ld = {
        "@type": "NewsArticle",
        "headline": "Ferry back after storm",
        "datePublished": "2026-11-18",
    }
    article = judge(
        html(ld=ld, head='<meta property="article:published_time" content="2026-11-18T10:00:00Z">')
    )
    assert (article.published_precision, article.published_source) == ("second", "meta")


def test_the_urls_day_is_in_the_sources_zone(judge):
    article = judge(html(ld=None))
    assert article.published_at == datetime(2026, 11, 17, 22, tzinfo=UTC)
    assert article.published_day == date(2026, 11, 18)
    assert (article.published_source, article.published_precision, article.published_tz) == (
        "url",
        "day",
        "source_default",
    )


@pytest.mark.parametrize("claim", ["2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "soon"])
def test_an_unbelievable_date_is_no_date_and_no_reason_to_refuse(judge, claim):
    ld = {"@type": "NewsArticle", "headline": "Ferry back after storm", "datePublished": claim}
    article = judge(html(ld=ld), url="https://lantern.example/ferry-back")
    assert isinstance(article, Article)
    assert article.published_at is None
    assert article.published_source is None


@pytest.mark.parametrize("href", ["/", "https://elsewhere.example/ferry", "javascript:void(0)", ""])
def test_a_canonical_address_elsewhere_or_at_home_is_none(judge, href):
    assert judge(html(head=f'<link rel="canonical" href="{href}">')).url_canonical is None


def test_the_h1_wins_where_it_agrees_and_the_site_is_cut_off(judge):
    head = '<meta property="og:title" content="Ferry back after storm - The Lantern">'
    assert judge(html(head=head, ld=None)).title == "Ferry back after storm"


def test_broken_json_ld_is_passed_over(judge):
    page = html(
        ld=None, head='<script type="application/ld+json">{"@type": "NewsArticle", </script>'
    )
    assert isinstance(judge(page), Article)


def test_a_short_real_article_is_kept(judge):
    short = "".join(f"<p>{p}</p>" for p in PARAGRAPHS[:3])
    article = judge(html(short))
    assert isinstance(article, Article)
    assert article.word_count == 63


def refused(verdict, reason, rule):
    assert isinstance(verdict, Reject), verdict
    assert verdict.reason is reason, verdict
    assert rule in verdict.broken_rules, verdict
    assert verdict.detail


def test_a_listing_is_no_article(judge):
    teasers = "".join(
        f"<h2><a href='/a{n}'>Boat number {n} sails from the pier</a></h2><p>More in May.</p>"
        for n in range(12)
    )
    page = html(
        teasers,
        ld={"@type": "CollectionPage", "name": "Harbour"},
        attributes='class="archive category"',
    )
    refused(judge(page), Reason.LISTING_PAGE, "is_no_listing")


def test_the_home_page_is_no_article(judge):
    refused(judge(html(), url="https://lantern.example/"), Reason.HOME_PAGE, "is_no_home_page")


def test_a_gallery_is_no_article(judge):
    figures = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>Boat {n} in the port.</figcaption></figure>"
        for n in range(9)
    )
    page = html(figures, ld={"@type": "ImageGallery", "name": "Boats"})
    verdict = judge(page)
    refused(verdict, Reason.NOT_ARTICLE, "is_no_gallery")


def test_an_error_page_with_status_200_is_no_article(judge):
    page = html(
        "<p>Sorry, the page you asked for has sailed. Try the search.</p>", ld=None
    ).replace("Ferry back after storm", "Page not found")
    refused(judge(page), Reason.SOFT_404, "is_no_error_page")


def test_a_paywalled_stub_names_every_broken_rule(judge):
    ld = {
        "@type": "NewsArticle",
        "headline": "Ferry back after storm",
        "isAccessibleForFree": False,
    }
    page = html(f"<p>{PARAGRAPHS[0]}</p><p>Subscribe to continue reading</p>", ld=ld)
    verdict = judge(page)
    refused(verdict, Reason.PAYWALL, "is_complete")
    assert "is_long_enough" in verdict.broken_rules


def test_a_whole_article_behind_the_flag_is_kept_and_marked(judge):
    ld = {
        "@type": "NewsArticle",
        "headline": "Ferry back after storm",
        "isAccessibleForFree": "False",
    }
    article = judge(html(ld=ld))
    assert isinstance(article, Article)
    assert article.paywalled


def test_min_words_is_the_sources(judge, make_source):
    refused(
        judge(html(), make_source(extract={"min_words": 500})),
        Reason.BROKEN_RULES,
        "is_long_enough",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", Reason.NOT_HTML),
        (b"   \n", "text/html", Reason.NOT_HTML),
        (b"%PDF-1.7 ferry", "text/html", Reason.NOT_HTML),
        (b"\x89PNG\r\n\x1a\n", "image/png", Reason.NOT_HTML),
        (b'{"title": "Ferry"}', "text/html", Reason.NOT_HTML),
        (
            b"<?xml version='1.0'?><rss><channel><title>Ferry</title></channel></rss>",
            "text/html",
            Reason.NOT_HTML,
        ),
        (
            b"<!-- a --><!-- b --><feed xmlns='http://www.w3.org/2005/Atom'></feed>",
            "text/html",
            Reason.NOT_HTML,
        ),
        (b"<html><body></body></html>", "text/html", Reason.NOT_ARTICLE),
        (b"<html>", "text/html", Reason.NOT_ARTICLE),
        (b"<!-- only a comment <p> -->", "text/html", Reason.NOT_ARTICLE),
        (bytes(range(256)) * 50, "text/html", None),
        (b"<p>" * 100_000, "text/html", None),
        (b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000, "text/html", None),
        (b"<p>&#xD800;&#0;&#x1F;" + PARAGRAPHS[0].encode() + b"</p>", "text/html", None),
        (b"\xff\xfe" + b"\x00" * 999, "text/html", None),
        (
            b"<?xml version='1.0' encoding='utf-8'?><html><body><p>Ferry</p></body></html>",
            "application/xhtml+xml",
            None,
        ),
    ],
)
def test_whatever_a_server_sends_is_a_row(judge, body, content_type, reason):
    verdict = judge(body, content_type=content_type)
    assert isinstance(verdict, Reject)
    assert verdict.reason is not Reason.EXTRACTOR_FAILED, verdict
    if reason:
        assert verdict.reason is reason, verdict
    assert "\0" not in verdict.text


def test_a_page_that_breaks_the_extractor_is_a_row(judge, monkeypatch):
    import trafilatura

    def broken(*_args, **_more):
        msg = "out of\nrope"
        raise RuntimeError(msg)

    monkeypatch.setattr(trafilatura, "extract", broken)
    # It is asked where the filter is in doubt, as on a page with next to no text.
    verdict = judge("<html><body><p>The harbour is shut.</p></body></html>")
    assert verdict.reason is Reason.EXTRACTOR_FAILED
    assert verdict.detail == "RuntimeError: out of rope"


def test_the_bodys_selector_is_obeyed(judge, make_source):
    other = "<div class='story'>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS[:3]) + "</div>"
    page = html(f"{other}<div class='old'><p>{PARAGRAPHS[3]}</p></div>")
    article = judge(page, make_source(extract={"body": "div.story"}))
    assert article.text.split("\n") == PARAGRAPHS[:3]


def test_a_widget_that_holds_the_article_is_none(judge):
    page = html("<div class='related'>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS) + "</div>")
    assert judge(page).text.split("\n")[:1] == PARAGRAPHS[:1]


def test_invisible_characters_go(judge):
    soft = (
        PARAGRAPHS[0]
        .replace("ferry", "fer\u00adry")
        .replace("storm", "sto\u200brm")
        .replace(" ", "\u00a0")
    )
    article = judge(html(f"<p>{soft}</p>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS[1:])))
    assert article.text.split("\n") == PARAGRAPHS


def test_a_text_dump_goes_the_same_way(judge):
    dump = "\n\n".join([
        "Lantern",
        "Ferry back after storm on the outer islands",
        *PARAGRAPHS,
        "Share this article",
        "#ferry #storm",
    ])
    article = judge(dump, url="urn:broadsheet:text:1", content_type="text/plain")
    assert isinstance(article, Article)
    assert article.title == "Ferry back after storm on the outer islands"
    assert article.text.split("\n") == PARAGRAPHS
    assert [cut.category for cut in article.cuts] == ["share", "hashtags", "navigation", "headline"]
    assert article.published_at is None


def test_a_text_dump_that_begins_with_a_paragraph_has_no_title(judge):
    article = judge("\n".join(PARAGRAPHS), url="urn:broadsheet:text:2", content_type="text/plain")
    assert isinstance(article, Article)
    assert (article.title, article.title_key) == (None, None)
    assert article.text.split("\n") == PARAGRAPHS


def test_the_same_bytes_give_the_same_row_in_any_order(judge):
    first = judge(html())
    judge(html("<p>Something else.</p>"))
    assert judge(html()) == first


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Anna Mill and Karl Pier", ("Anna Mill", "Karl Pier")),
        ("Автор: Анна Мельник", ("Анна Мельник",)),
        ("By noon the pier was crowded", ()),
        ("By land and by sea", ()),
    ],
)
def test_a_dumps_byline_names_its_authors(judge, line, authors):
    dump = "\n".join(["Ferry back after storm on the outer islands", line, *PARAGRAPHS])
    article = judge(dump, url="urn:broadsheet:text:3", content_type="text/plain")
    assert article.authors == authors
    assert (line in article.text) == (not authors)


def test_a_widget_within_a_widget_is_cut_once(judge):
    thread = '<div id="comments"><div class="comments-area"><form class="comment-form">Say it</form></div></div>'
    article = judge(html("".join(f"<p>{p}</p>" for p in PARAGRAPHS) + thread))
    assert [cut.text for cut in article.cuts].count("Say it") == 1


def test_a_dump_of_endless_lines_is_refused(judge):
    dump = "\n".join(f"line {n}" for n in range(20_001))
    refused = judge(dump, url="urn:broadsheet:text:4", content_type="text/plain")
    assert (refused.reason, refused.broken_rules) == (Reason.TOO_LARGE, ("is_readable",))


def test_a_cell_outside_of_any_row_is_a_line_of_its_own(judge):
    cells = "<td>Ferry</td><td>Monday</td>"
    article = judge(
        html(cells + "".join(f"<p>{p}</p>" for p in PARAGRAPHS) + f"<div>{cells}</div>")
    )
    assert isinstance(article, Article)
    assert " | " not in article.text


@pytest.mark.parametrize(
    "mark", ["\f", "\ufffe", "\uffff", "&#1;", "&#x1F", "&#0012;", "&#xFFFE;", "&#65535;", "&#x0b;"]
)
def test_characters_that_no_tree_takes_back_may_stand_beside_a_widget(judge, mark):
    share = f'{mark}<div class="sharedaddy">Share</div>{mark}<script>x</script>{mark}'
    article = judge(html("".join(f"<p>{p}</p>{share}" for p in PARAGRAPHS)))
    assert isinstance(article, Article)
    assert article.text.split("\n") == PARAGRAPHS


def test_characters_that_no_tree_takes_back_do_not_end_a_page_with_joiners(judge):
    words = "می\u200cرود &#1;&#11;&#xFFFE;\u200d مرد در شهر می\u200cماند"
    verdict = judge(html(f"<div>{words}</div><ul><li>{words}</li></ul>", ld=None))
    assert verdict.reason != Reason.EXTRACTOR_FAILED
