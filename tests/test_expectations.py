"""Sites that depart from their seeds, told from the rows of a day; a real lake, read as the gate does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.adapters.store import open_store
from pipeline.expectations import misfits
from pipeline.model import Slot
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake
from pipeline.sources import Source
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, reject

EXPECT = {
    "articles_a_day": 24.0,
    "articles": 0.95,
    "words": 9,
    "filled": {"title": 1.0, "authors": 0.9, "image_url": 0.0},
    "sampled": 20,
}


def seed(**fields):
    home = "https://lantern.example/"
    values = {"id": "lantern", "name": "The Lantern", "home": home, "languages": ["en"]}
    values |= {"listings": [{"url": f"{home}feed"}], "expect": EXPECT}
    return {"lantern": Source.model_validate(values | fields)}


@pytest.fixture
def lake(tmp_path):
    return Lake(open_store(str(tmp_path)))


def publish(lake, articles, rejects=(), slot=SLOT):
    lake.publish("articles", slot, to_table(articles, ARTICLE))
    lake.publish("rejects", slot, to_table(list(rejects), REJECT))


def told(lake, sources=None, slot=SLOT, **later):
    return misfits(sources or seed(), slot, lake, SLOT.start + timedelta(hours=1, **later))


def test_what_was_expected_is_no_news_and_an_empty_lake_is_none(lake):
    assert told(lake) == []
    publish(lake, [article(n) for n in range(20)], [reject(n) for n in range(20, 22)])
    assert told(lake) == []


def test_a_site_whose_pages_are_no_articles_any_more(lake):
    publish(lake, [article(0)], [reject(n) for n in range(1, 9)])
    [line] = told(lake)
    assert line == (
        "lantern: 1 of 9 pages are articles, 95% were expected (`broadsheet sources check lantern`)"
    )
    assert told(lake, seed(expect={})) == []


def test_a_field_that_is_gone_and_other_languages_and_lengths(lake):
    rows = [article(n, authors=(), language="ru", word_count=90) for n in range(12)]
    publish(lake, rows)
    authors, words, languages = told(lake)
    assert "authors: on 0 of 12 articles, 90% were expected" in authors
    assert "90 words in the median, 9 were expected" in words
    assert "12 of 12 articles are in other languages than en, most in ru" in languages
    assert list(told(lake, seed(expect={}))) == [languages]
    assert told(lake, seed(expect={}, languages=["en", "ru"])) == []


def test_a_few_odd_pages_of_a_small_run_are_chance_and_those_of_a_day_are_not(lake):
    hours = [Slot(SLOT.start - timedelta(hours=n)) for n in range(6)]
    for n, slot in enumerate(hours):
        publish(lake, [article(n, slot, authors=())], slot=slot)
    assert told(lake, slot=Slot(SLOT.start - timedelta(hours=4))) == []
    assert "authors: on 0 of 6 articles" in told(lake)[0]
    assert told(lake, slot=Slot(SLOT.start + timedelta(hours=40))) == []


def test_a_site_that_has_fallen_silent(lake):
    publish(lake, [article(n) for n in range(20)])
    assert told(lake, days=2) == []
    assert told(lake, days=4)[0].startswith(f"lantern: nothing new since {SLOT.date}, 24 articles")
    assert told(lake, seed(expect={}), days=4) == []
