import re
from itertools import combinations

import pytest
from press.edition import load_sites
from press.truth import expected, totals

SITES = load_sites()
TRUTH = expected()
STORED = {url: item for url, item in TRUTH.items() if item.lines}
BIG = ("lantern", "vestnik", "meridian", "causeway")
#: Pairs that share a text on purpose: (one, other, to the letter?).
SHARED = {
    frozenset(("causeway/grain-barges-wait", "lantern/grain-barges-wait")),
    frozenset(("lantern/bog-drinks-again", "meridian/a-drained-bog-drinks")),
}


def name(item):
    return f"{item.site}/{item.slug}"


def words(item):
    return re.findall(r"\w+", " ".join(item.lines).lower())


@pytest.mark.parametrize("site", BIG)
def test_each_big_site_has_a_dozen_articles_over_several_days(site):
    articles = [item for item in STORED.values() if item.site == site]
    assert len(articles) >= 12
    assert {item.published_at.day for item in articles} == {16, 17, 18, 19, 20}


@pytest.mark.parametrize("url", STORED)
def test_an_article_is_a_report_of_several_paragraphs(url):
    item = STORED[url]
    assert 120 <= len(words(item)) <= 400
    assert len(item.lines) >= 5
    assert len(set(item.lines)) == len(item.lines)
    assert item.title not in item.lines


def test_articles_share_no_sentences_but_the_two_that_are_meant_to():
    shingles = {
        name(item): {tuple(text[n : n + 5]) for n in range(len(text) - 4)}
        for item in STORED.values()
        for text in [words(item)]
    }
    alike = {
        frozenset(pair)
        for pair in combinations(shingles, 2)
        if len(shingles[pair[0]] & shingles[pair[1]]) > 6
    }
    assert alike == SHARED


def test_one_story_is_carried_to_the_letter_and_one_with_small_edits():
    by_name = {name(item): item for item in STORED.values()}
    copy, owner = by_name["lantern/grain-barges-wait"], by_name["causeway/grain-barges-wait"]
    assert copy.lines == owner.lines
    assert (copy.state, copy.duplicate_of) == ("duplicate", owner.url)
    assert owner.published_at < copy.published_at
    one, other = by_name["lantern/bog-drinks-again"], by_name["meridian/a-drained-bog-drinks"]
    first, second = (
        {tuple(w[n : n + 3]) for n in range(len(w) - 2)} for w in map(words, (one, other))
    )
    assert 0.5 <= len(first & second) / len(first | second) < 1


@pytest.mark.parametrize("url", STORED)
def test_what_must_be_absent_is_no_part_of_the_article(url):
    item = STORED[url]
    text = "\n".join(item.lines)
    assert item.absent
    assert [string for string in item.absent if string in text] == []


def test_totals_add_up():
    for site, counts in totals().items():
        ends = sum(
            counts.get(state, 0)
            for state in ("published", "duplicate", "rejected", "failed", "pending")
        )
        assert counts["discovered"] == ends, site


def test_held_articles_are_expected_only_once_released():
    held = [article for site in SITES.values() for article in site.articles if article.held]
    assert held
    assert not {article.slug for article in held} & {item.slug for item in TRUTH.values()}


@pytest.mark.parametrize("site", SITES)
def test_each_string_a_site_calls_boilerplate_is_really_on_its_pages(site):
    shown = {string for item in STORED.values() if item.site == site for string in item.absent}
    threads = [text for _, _, text in SITES[site].discussion]
    assert [s for s in (*SITES[site].boilerplate, *threads) if s not in shown] == []
