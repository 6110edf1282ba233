"""Which of a page's dates is the day it was published, on invented pages."""

import json

import pytest

from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.parse import parse
from pipeline.extract.published import read_day, read_published
from pipeline.extract.scan import Claims
from pipeline.extract.title import read_title

HEAD = "Ferry to the outer islands sails again"
H1 = f"<h1>{HEAD}</h1>"


def ld(**fields):
    node = json.dumps({"@type": "NewsArticle", **fields})
    return f'<script type="application/ld+json">{node}</script>'


@pytest.fixture
def claims(make_page, make_source):
    def make(head="", body="", url="https://lantern.example/harbour/a1", **source):
        html = f"<html><head>{head}</head><body>{body}</body></html>"
        tree = parse(html)
        return Claims(
            tree,
            read_jsonld(tree),
            make_page(html, url=url),
            make_source(**{"timezone": "UTC"} | source),
        )

    return make


@pytest.fixture
def day(claims):
    def run(head="", body="", **page):
        moment = read_published(claims(head, body, **page))
        return moment and moment.at.date().isoformat()

    return run


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("2026/11/19/ferry", "2026-11-19"),
        ("2026/3/5/ferry", "2026-03-05"),
        ("news/20261119/ferry", "2026-11-19"),
        ("ferry-sails-20261119", "2026-11-19"),
        ("ferry-sails-2026-11-19/", "2026-11-19"),
        ("2026/1119/ferry.html", "2026-11-19"),
        ("ferry-120261119", None),
        ("20261319/ferry", None),
        ("202611190930/ferry", None),
    ],
)
def test_an_address_may_hold_the_day(day, path, expected):
    assert day(url=f"https://lantern.example/{path}") == expected


def test_what_says_that_it_is_the_publication_goes_first(day):
    body = (
        f"{H1}<p><span>Updated:</span> <span>November 20, 2026</span></p>"
        "<p><span>Published:</span> <span>November 3, 2026</span></p>"
    )
    assert day(body=body) == "2026-11-03"


@pytest.mark.parametrize("label", ["Veröffentlicht am", "Publié le", "Опубликовано", "公開日："])
def test_labels_in_other_languages(day, label):
    assert day(body=f"{H1}<p>19.11.2026</p><p>{label} 03.11.2026</p>") == "2026-11-03"


def test_the_day_of_the_visit_above_the_page_is_not_the_articles(day):
    banner = "<div class='date'>Friday, November 20, 2026</div>" + "<p>Harbour</p>" * 19
    assert day(body=f"{banner}{H1}<div>12 November 2026</div>") == "2026-11-12"


def test_dates_of_teasers_far_below_are_not_the_articles(day):
    teasers = "<p>A line.</p>" * 150 + "<div class='teaser-date'>November 18, 2026</div>"
    assert day(body=f"{H1}<p>November 2, 2026</p>{teasers}") == "2026-11-02"


def test_a_change_is_better_than_nothing_and_than_a_teaser_far_below(day):
    teasers = "<p>A line.</p>" * 300 + "<div class='teaser-date'>November 18, 2026</div>"
    assert (
        day(body=f"<p><b>Last updated:</b> <span>November 9, 2026</span></p>{H1}") == "2026-11-09"
    )
    assert day(body=f"{H1}<p>Updated November 9, 2026</p>{teasers}") == "2026-11-09"


def test_a_date_without_a_label_goes_before_that_of_a_change(day):
    assert day(body=f"{H1}<p>Updated November 9, 2026</p><p>November 3, 2026</p>") == "2026-11-03"


def test_a_change_does_not_say_when_on_the_day_of_the_address_it_was_published(claims):
    url = "https://lantern.example/2026/11/09/ferry"
    moment = read_published(claims(body=f"{H1}<p>Updated November 9, 2026, 18:05</p>", url=url))
    assert (moment.source, moment.precision) == ("url", "day")


def test_at_the_articles_end_only_what_says_that_it_is_the_publication_counts(day):
    end = "<p>A line.</p>" * 300 + "<p><b>First published</b> November 3, 2026</p>"
    assert day(body=f"{H1}{end}<p>November 18, 2026</p>") == "2026-11-03"
    assert day(body=f"{H1}<p>November 9, 2026</p>{end}") == "2026-11-09"


@pytest.mark.parametrize("name", ["published_on", "bt:pubdate", "citation_date", "release_date"])
def test_systems_have_names_of_their_own_for_it(day, name):
    assert day(f'<meta name="{name}" content="2026-11-19T08:00:00+02:00">') == "2026-11-19"


def test_a_second_heading_stands_for_the_headline_where_no_first_is(day):
    banner = "<div class='date'>20 November 2026</div>" + "<p>Harbour</p>" * 20
    body = f"{banner}<h2>{HEAD}</h2><p>The Courier<br>13 November 2026, 22:11 GMT</p>"
    assert day(f"<title>{HEAD} | The Lantern</title>", body) == "2026-11-13"


def test_a_day_that_is_also_the_last_changes_gives_way_to_an_earlier_one_that_is_shown(day):
    head = ld(datePublished="Nov 20, 2026", dateModified="Nov 20, 2026")
    assert day(head, f"{H1}<div class='date'>August 2, 2026</div>") == "2026-08-02"
    assert day(head, f"{H1}<div class='date'>November 21, 2026</div>") == "2026-11-20"
    timed = ld(datePublished="2026-11-20T08:00:00Z", dateModified="2026-11-20T08:00:00Z")
    assert day(timed, f"{H1}<div class='date'>August 2, 2026</div>") == "2026-11-20"


def test_numbers_are_meant_as_the_country_means_them(day):
    date = '<meta property="article:published_time" content="03/09/2026">'
    us = '<meta property="og:locale" content="en_US">'
    assert day(date) == "2026-09-03"
    assert day(us + date) == "2026-03-09"
    assert day(us + date, extract={"date_order": "dmy"}) == "2026-09-03"
    assert day(us + date.replace("03/09", "19/11")) == "2026-11-19"


BROKEN = """<script type="application/ld+json">{"@context": "https://schema.org",
 "@type": "NewsArticle", "headline": "The \\"flour\\" ferry sails again today",
 "description": "A "short" quote too many", "datePublished": "2026-11-19T08:00:00Z",
}}</script>"""


def test_of_a_broken_node_its_plain_values_are_read(claims):
    found = claims(BROKEN)
    assert read_published(found).source == "json_ld"
    assert read_title(found) == 'The "flour" ferry sails again today'


def test_a_broken_node_of_something_else_says_nothing(claims):
    assert claims(BROKEN.replace("NewsArticle", "Organization")).jsonld.nodes == ()


def test_the_address_names_the_day_of_a_time_in_utc(claims):
    head = '<meta property="article:published_time" content="2026-11-20T23:15:00Z">'
    found = claims(head, url="https://lantern.example/2026/11/21/ferry")
    moment = read_published(found)
    assert moment.at.day == 20
    assert read_day(found, moment).day == 21
    assert read_day(found, None) is None
