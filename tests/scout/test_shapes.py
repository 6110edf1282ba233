"""Addresses of articles -> a pattern that they match and other pages do not."""

from __future__ import annotations

import re

import pytest

from pipeline.scout.shapes import is_promising, pattern_of, shape_of

SITE = "https://paper.example"
CASES = {
    "dated headlines, a short one too": (
        ["/2026/11/20/grain-barges-wait-for-water/", "/2026/11/19/chess-grandmother/"],
        ["/2025/01/02/an-older-headline-stands/"],
        ["/2026/11/", "/tag/2026/", "/about/"],
    ),
    "numbers before headlines": (
        ["/news/681004_saltworks-pipeline.html", "/news/970174_dredgers-for-tavla.html"],
        ["/news/1_000.html?utm_source=x".replace("1_000", "230310_bus-in-the-hills")],
        ["/news/", "/news/archive.html"],
    ),
    "headlines alone": (
        ["/story/jetty-box-letters", "/story/turbine-teaches-physics"],
        ["/story/lifeboat-gets-a-name/"],
        ["/story/", "/story/archive", "/about-us"],
    ),
    "headlines in many sections": (
        ["/city/one-two-three", "/sport/four-five-six-seven", "/arts/eight-nine-ten"],
        ["/food/eleven-twelve-thirteen"],
        ["/city/", "/one-two-three"],
    ),
    "numbers at the end": (
        ["/a-headline-of-four-1234567", "/another-headline-stands-here-7654321"],
        ["/more-1111111"],
        ["/city", "/contact"],
    ),
    "codes": (
        ["/news/articles/clymn8zyrp9o", "/news/articles/c4g2x7qq1rmo"],
        ["/news/articles/cd11gzk0y9mo"],
        ["/news/articles", "/news/articles/archive"],
    ),
    "months by name": (
        ["/news/2026/apr/28/state-budget-goes-through/", "/news/2026/nov/2/snow-on-the-pass/"],
        ["/news/2026/may/1/parade/"],
        ["/news/2026/apr/", "/news/"],
    ),
    "a number in the query": (
        ["/article.php?id=17", "/article.php?id=4711&print=1"],
        ["/article.php?id=9"],
        ["/article.php", "/section.php?id=9"],
    ),
}


@pytest.mark.parametrize(("articles", "like", "others"), CASES.values(), ids=CASES)
def test_a_pattern_is_of_the_shape_and_not_of_the_pages(articles, like, others):
    found = pattern_of([SITE + path for path in articles], [SITE + path for path in others])
    assert found
    assert all(re.search(found, SITE + path) for path in (*articles, *like))
    assert not any(re.search(found, SITE + path) for path in others)


def test_sections_are_named_where_any_word_would_take_in_other_pages():
    articles = [f"{SITE}/{word}/three-words-here" for word in ("city", "sport", "arts")]
    found = pattern_of(articles, [f"{SITE}/help/how-to-subscribe"])
    assert found is not None
    assert all(re.search(found, url) for url in articles)
    assert not re.search(found, f"{SITE}/help/how-to-subscribe")


def test_no_pattern_where_articles_and_pages_look_alike():
    assert pattern_of([f"{SITE}/one-two-three"], [f"{SITE}/about-our-paper"]) is None


def test_plain_words_promise_no_article():
    assert not is_promising(shape_of(f"{SITE}/sport/football/"))
    assert not is_promising(shape_of(f"{SITE}/index.html"))
    assert is_promising(shape_of(f"{SITE}/sport/123456"))
