"""Pages that stand in an article's place: each is known by its signs, and no article is taken for one."""

from dataclasses import replace

import pytest

from pipeline.errors import FixSeed
from pipeline.extract import extract_page
from pipeline.model import Article, Reason, Slot
from pipeline.walls import FOLDER, disagreements, load_walls, read_walls
from tests.extract.conftest import AT
from tests.extract.wall_pages import CONSENT_EN, page, paragraphs, samples

WALLS = [Reason.BOT_CHALLENGE, Reason.CONSENT_WALL, Reason.SOFT_404, Reason.LOGIN_WALL]
FILES = sorted(FOLDER.glob("*.yml"))
SAMPLES = samples()


@pytest.fixture
def verdict(rules, make_source, make_page):
    def judge(sample):
        made = make_page(sample.html, url=sample.url)
        made = replace(
            made, final_url=sample.final_url or sample.url, headers=made.headers + sample.headers
        )
        return extract_page(made, make_source(languages=["en", "de", "ru"]), rules, Slot(AT))

    return judge


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{s.expect}: {s.name}" for s in SAMPLES])
def test_a_page_is_what_it_is(verdict, sample):
    found = verdict(sample)
    reason = "ok" if isinstance(found, Article) else str(found.reason)
    assert reason == sample.expect, found
    if reason in WALLS and "sent " not in sample.name:
        assert "Signs: " in found.detail


def test_a_reject_names_its_signs(verdict):
    sample = next(s for s in SAMPLES if s.name == "sourcepoint, en")
    detail = verdict(sample).detail
    assert "consent-title (title)" in detail
    assert "consent-text (most of the text)" in detail
    assert "consent-platform (markup)" in detail


def test_one_sign_is_not_believed(verdict):
    """A banner's text, a platform's script and buttons are on every page; a film has no text besides."""
    film = (
        "<main><h1>The launch</h1><iframe src='https://player.vimeo.com/video/1'></iframe></main>"
    )
    banner = f"<div id='onetrust-banner-sdk'>{CONSENT_EN}<button>Accept all</button></div>"
    sample = replace(SAMPLES[0], html=page("The launch", film + banner))
    assert verdict(sample).reason is Reason.NOT_ARTICLE


def test_a_dated_article_takes_a_third_sign(verdict):
    ld = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-11-18T07:30:00Z"}</script>'
    text = paragraphs(
        "The page you are looking for, said the monk, is the one that the abbot burned in the kitchen stove.",
        "Nobody had read it for four hundred years, and nobody but the cook was there when it went up in smoke.",
        "The library will show the binding, without the page, from the first Sunday of Advent until the spring.",
    )
    body = f"<main><article><h1>Page not found</h1>{text}</article></main>"
    kept = replace(SAMPLES[0], html=page("Page not found", body, head=ld))
    assert isinstance(verdict(kept), Article)
    refused = replace(SAMPLES[0], html=page("Page not found", body))
    assert verdict(refused).reason is Reason.SOFT_404


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_signs_agree_with_their_examples(path):
    assert disagreements(read_walls(path)) == []


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_signs_speak_twenty_languages(path):
    rules = [rule for rule in read_walls(path).signs if rule.title or rule.text]
    assert all(len(rule.title or rule.text or {}) >= 20 for rule in rules)


def test_every_kind_of_wall_has_its_file():
    assert [kind.reason for kind in load_walls().kinds] == WALLS


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("reason: ok\ndoc: x\nmost_words: 5\nsigns: [{id: a, markup: [x], hit: [x], miss: [y]}]", "reason"),
        ("reason: soft_404\ndoc: x\nmost_words: 5\nsigns: [{id: a, markup: [x], text: {en: [x]}, hit: [x], miss: [y]}]", "exactly one"),
        ("reason: soft_404\ndoc: x\nmost_words: 5\nsigns: [{id: a, address: ['('], hit: [x], miss: [y]}]", "regular expression"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_named(tmp_path, written, named):
    path = tmp_path / "wall.yml"
    path.write_text(written)
    with pytest.raises(FixSeed, match=named) as error:
        load_walls(tmp_path)
    assert str(path) in str(error.value)
