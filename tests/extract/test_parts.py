"""The pages of an article become one row: text of all, title and metadata of the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.extract import extract_page
from pipeline.model import Article, Link, Miss, Reason, Slot
from tests.extract.conftest import AT, URL

ONE = "The ferry to Gull Rock was late again on Monday, for the fourth time in a single month."
TWO = "Its captain blames the new buoys, which the harbour office moved without telling anyone."
THREE = "The office says that the buoys lie where they have always lain, give or take a mile or so."
FOUR = "Passengers have begun to bring folding chairs, and one of them a stove with two hot plates."
FIVE = "A committee will look into the matter in spring, once its chairman has found the ferry."
STANDFIRST = (
    "Nobody on the quay is surprised any more, and nobody has asked for their money back yet."
)


def markup(*paragraphs, number=1, last=3, title="Ferry late for the fourth time"):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    pager = " ".join(f'<a href="{URL}/{n}/">{n}</a>' for n in range(2, last + 1) if n != number)
    back = f'<a href="{URL}">1</a>' if number > 1 else ""
    return (
        f"<html><head><title>{title} - The Lantern</title></head><body><article>"
        f"<h1>{title}</h1>{text}</article><div class='page-links'>{back} {pager}</div></body></html>"
    )


@pytest.fixture
def joined(rules, make_page, make_source):
    def run(first, *parts, **seed):
        pages = [
            part if isinstance(part, Miss) else make_page(part, url=f"{URL}/{number}/")
            for number, part in enumerate(parts, start=2)
        ]
        page = replace(make_page(first), parts=tuple(pages))
        return extract_page(page, make_source(**seed), rules, Slot(AT))

    return run


def lost():
    link = Link(source="lantern", url=f"{URL}/3/", url_key="3", found_at=AT, found_in=URL)
    return Miss(link=link, reason=Reason.TIMEOUT, detail="late", fetched_at=AT)


def test_the_lines_of_all_pages_follow_each_other(joined):
    verdict = joined(markup(ONE, TWO), markup(THREE, number=2), markup(FOUR, FIVE, number=3))
    assert isinstance(verdict, Article)
    assert verdict.text.split("\n") == [ONE, TWO, THREE, FOUR, FIVE]
    assert verdict.title == "Ferry late for the fourth time"
    assert (verdict.parts, verdict.parts_missing, verdict.paragraph_count) == (3, False, 5)


def test_what_each_page_repeats_is_a_cut(joined):
    verdict = joined(
        markup(STANDFIRST, ONE, TWO),
        markup(STANDFIRST, THREE, FOUR, number=2),
        markup(STANDFIRST, FIVE, number=3),
    )
    assert verdict.text.split("\n") == [STANDFIRST, ONE, TWO, THREE, FOUR, FIVE]
    repeats = [cut for cut in verdict.cuts if cut.rule == "line-of-an-earlier-page"]
    assert [cut.text for cut in repeats] == [STANDFIRST, STANDFIRST]


def test_a_short_line_may_be_said_again_inside_a_page(joined):
    verdict = joined(markup(ONE, "“No.”", TWO), markup(THREE, "“No.”", FOUR, number=2))
    assert verdict.text.split("\n") == [ONE, "“No.”", TWO, THREE, "“No.”", FOUR]


def test_a_site_that_shows_the_same_page_again_adds_nothing(joined):
    verdict = joined(markup(ONE, TWO, THREE), markup(ONE, TWO, THREE, number=2))
    assert verdict.text.split("\n") == [ONE, TWO, THREE]


def test_a_missing_part_is_said(joined):
    verdict = joined(markup(ONE, TWO), markup(THREE, FOUR, number=2), lost())
    assert verdict.text.split("\n") == [ONE, TWO, THREE, FOUR]
    assert (verdict.parts, verdict.parts_missing) == (2, True)


@pytest.mark.parametrize(
    "body", [b"%PDF-1.4", b"", b"{}", "<div>" * 40_000, "<html><body></body></html>"]
)
def test_a_part_that_cannot_be_read_is_missing(joined, body):
    verdict = joined(markup(ONE, TWO, FOUR), body, markup(THREE, FIVE, number=3))
    assert verdict.text.split("\n") == [ONE, TWO, FOUR, THREE, FIVE]
    assert (verdict.parts, verdict.parts_missing) == (2, True)


def test_a_later_page_by_itself_is_no_article(judge, make_source):
    page = {"url": f"{URL}/2/"}
    verdict = judge(markup(THREE, FOUR, number=2), **page)
    assert (verdict.reason, verdict.broken_rules) == (Reason.PART, ("is_first_page",))
    assert URL in verdict.detail
    assert THREE in verdict.text
    alone = make_source(fetch={"max_parts": 1}, extract={"min_words": 10})
    assert isinstance(judge(markup(THREE, FOUR, number=2), alone, **page), Article)


def test_an_article_on_one_page_has_one_part(judge):
    verdict = judge(markup(ONE, TWO, FOUR, last=1))
    assert (verdict.parts, verdict.parts_missing) == (1, False)
