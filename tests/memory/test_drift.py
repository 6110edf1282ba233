"""A redesign is noticed within one run; an ordinary day is not taken for one."""

from __future__ import annotations

import pytest

from pipeline.extract.layout import layout_of
from pipeline.extract.parse import parse
from pipeline.memory.drift import drift
from pipeline.memory.evidence import evidence_of
from pipeline.memory.learn import Learned, learn
from tests.memory.pages import day, page, prose, slot_name
from tests.publish.rows import reject

OLD = "main.content>article.story"


@pytest.fixture
def known():
    evidence = {slot_name(d): [page(10 * d + n) for n in range(4)] for d in range(5)}
    return learn(Learned(source="lantern", day=day(0)), evidence, day(6))


def run(count, **fields):
    return [page(1000 + n, **fields) for n in range(count)]


def test_an_ordinary_run_says_nothing(known):
    assert drift(known, run(8)) == []


def test_a_new_layout_is_reported_with_both_paths(known):
    (line,) = drift(known, [*run(7, layout="div.page>section.longread"), page(2000)])
    assert line.startswith("lantern: the layout has changed: 7 of 8 pages")
    assert "div.page>section.longread" in line
    assert OLD in line


def test_one_special_page_is_no_redesign(known):
    assert drift(known, [*run(7), page(2000, layout="div.scrolly>div.chapter")]) == []


def test_fill_rates_that_fall_are_reported(known):
    lines = drift(known, run(6, authors=(), published_at=None))
    assert [line.partition(": ")[2].split(":")[0] for line in lines] == [
        "fewer authors",
        "fewer dates of publication",
    ]


def test_pages_that_give_no_article_any_more_are_reported(known):
    pages = [evidence_of(reject(3000 + n)) for n in range(6)]
    assert any("fewer pages that give an article: 0% of 6" in line for line in drift(known, pages))


def test_shorter_texts_are_reported(known):
    (line,) = drift(known, run(6, word_count=4))
    assert "shorter texts: 4 words" in line


def test_a_few_pages_and_a_young_memory_say_nothing(known):
    assert drift(known, run(4, layout="div.new")) == []
    assert drift(Learned(source="lantern", day=day(0)), run(9, layout="div.new")) == []


@pytest.mark.parametrize(
    ("html", "layout"),
    [
        (
            (
                "<body><header><p>Menu</p></header><main class='content wide x9'><article class='story post-12345'>"
                f"<div class='story-body'><p>{prose(1)}</p><p>{prose(2)}</p></div></article></main>"
            ),
            "main.content.wide>article.story>div.story-body",
        ),
        (f"<body><p>{prose(1)}</p>", "body"),
        ("<body><div>No paragraph at all.</div>", ""),
        ("<body><p></p>", ""),
    ],
)
def test_a_layout_is_the_path_to_most_of_the_text(html, layout):
    assert layout_of(parse(f"<html>{html}</html>")) == layout
