"""Which of a page's headlines is the one: rules in order, on invented pages."""

import json

import pytest

from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.parse import parse
from pipeline.extract.scan import Claims
from pipeline.extract.title import read_title

WHOLE = "Ferry to the outer islands sails again"


def ld(headline, kind="NewsArticle"):
    node = {"@type": kind, "headline": headline}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def og(text):
    return f'<meta property="og:title" content="{text}">'


@pytest.fixture
def read(make_page, make_source):
    def run(head="", body=""):
        html = f"<html><head>{head}</head><body>{body}</body></html>"
        tree = parse(html)
        page = make_page(html, url="https://lantern.example/harbour/a1")
        return read_title(Claims(tree, read_jsonld(tree), page, make_source()))

    return run


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        (f"{WHOLE} | Harbour News", WHOLE),
        (f"{WHOLE} | Harbour | Islands and Sea", WHOLE),
        (f"Opinion | {WHOLE}", WHOLE),
        (f"Islands » {WHOLE}", WHOLE),
        ("外岛渡轮今日再次启航_港口_灯塔日报", "外岛渡轮今日再次启航"),
        ("渡輪再次啟航｜港口", "渡輪再次啟航"),
        ("Read a_b and c_d", "Read a_b and c_d"),
        ("Ferry | Bus", "Ferry"),
        (" | ", None),
    ],
)
def test_sections_behind_bars_are_no_part_of_a_headline(read, title, headline):
    assert read(f"<title>{title}</title>") == headline


@pytest.mark.parametrize(
    "h1",
    [
        "Ferry to the outer<br>islands sails again",
        "<div>Ferry to the outer <em>islands</em></div> sails again",
        "Ferry to the <i>outer</i> isl<b>ands</b> sails again",
    ],
)
def test_lines_of_a_heading_are_not_run_together(read, h1):
    assert read(body=f"<h1>{h1}</h1>") == WHOLE


def test_a_kicker_in_a_box_of_its_own_is_not_glued_to_the_headline(read):
    assert read(body=f"<h1><span>Harbour</span><span>{WHOLE}</span></h1>") == f"Harbour {WHOLE}"


def test_what_a_news_article_declares_goes_before_the_rest(read):
    shown = "<h1>LIVE: islanders greet the first ferry +++ flour sold out</h1>"
    assert read(ld(WHOLE) + og("First ferry greeted: live"), shown) == WHOLE


def test_what_is_shown_and_declared_goes_before_a_plugins_guess(read):
    head = ld("Ferry timetable and prices", "BlogPosting") + og(WHOLE)
    assert read(head, f"<h1>{WHOLE}</h1>") == WHOLE


def test_of_several_shown_the_one_that_is_declared(read):
    body = f"<h1>The harbour journal of record</h1><h1>{WHOLE}</h1>"
    assert read(og(WHOLE), body) == WHOLE


def test_headings_of_the_text_are_none_of_the_article(read):
    body = "<h1>But what do the islanders say?</h1><h1>And what comes next for them?</h1>"
    assert read(og(WHOLE), body) == WHOLE


def test_a_heading_marked_as_the_headline_needs_no_other_voice(read):
    body = f"<h1>The harbour journal of record</h1><h1 itemprop='headline'>{WHOLE}</h1>"
    assert read(og("Guess which boat is back on the sea"), body) == WHOLE


@pytest.mark.parametrize("h1", [f"21 November 2026 {WHOLE}", f"{WHOLE} Posted on July 1, 2024"])
def test_a_date_in_a_heading_is_no_part_of_it(read, h1):
    assert read(og(WHOLE) + f"<title>{WHOLE}</title>", f"<h1>{h1}</h1>") == WHOLE


def test_a_short_heading_that_nothing_else_says_gives_way_to_the_pages_title(read):
    assert read(f"<title>{WHOLE}</title>", "<h1>Original text</h1>") == WHOLE


def test_a_short_heading_that_the_title_says_too_is_the_headline(read):
    head = "<title>Ferry sails | Harbour and Sea Rescue Service</title>"
    assert read(head, "<h1>Ferry sails</h1>") == "Ferry sails"


def test_a_wording_for_search_machines_gives_way_to_the_one_that_is_shown(read):
    head = ld("Ferry islands 2026: times") + "<title>Ferry islands 2026: times</title>" + og(WHOLE)
    assert read(head, f"<h1>{WHOLE}</h1>") == WHOLE


def test_a_title_that_names_the_site_is_none_for_search_machines(read):
    head = ld(WHOLE) + f"<title>{WHOLE} | The Lantern</title>" + og("Islanders greet first ferry")
    assert read(head, "<h1>Islanders greet first ferry</h1>") == WHOLE


@pytest.mark.parametrize(
    "heading",
    [
        f"<h1><span>Harbour</span> – <span>{WHOLE}</span></h1>",
        f"<h2>Harbour – <span>{WHOLE}</span></h2>",
        f"<h2>{WHOLE}</h2><h2>Flour sold out</h2>",
    ],
)
def test_a_box_of_a_heading_that_the_page_declares_is_the_headline(read, heading):
    head = ld("Harbour ferry timetable news", "BlogPosting") + og(WHOLE)
    assert read(head, heading) == WHOLE


def test_of_several_headings_only_one_is_long_enough_for_a_headline(read):
    body = f"<h1>{WHOLE}</h1><h1>Write to us</h1>"
    assert read(og("Guess which boat is back on the sea"), body) == WHOLE
