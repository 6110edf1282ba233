import numpy as np
import pytest

from pipeline.boilerplate import RuleSet
from pipeline.extract.body import choose
from pipeline.extract.clues import Clues
from pipeline.extract.cut import cut
from pipeline.extract.features import features
from pipeline.extract.parse import parse

STORY = [
    "The harbour was closed on Monday after a crane fell into the water, its master said.",
    "Nobody was hurt, and two ferries were sent to the next port down the coast instead.",
    "Divers will look at the berth on Tuesday, when the wind is expected to die down.",
]
TEASER = "A mill that had stood idle for ten years is to grind again, says its new owner, a baker."
PAGE = f"""
<html><body><div><article>{"".join(f"<p>{line}</p>" for line in STORY)}</article>
<div><section><p>{TEASER}</p></section></div></div></body></html>
"""


@pytest.fixture
def chosen():
    """Choose among the blocks of PAGE, each as likely as it is said to be."""

    def choose_by(*scores, page=PAGE):
        tree = parse(page)
        blocks = cut(tree, RuleSet((), (), "")).blocks
        numbers = features(blocks, Clues())
        return choose(tree, blocks, numbers, np.array(scores), "https://lantern.example/crane")

    return choose_by


def test_trafilatura_is_not_shown_what_is_unlikely(chosen):
    assert list(chosen(0.6, 0.6, 0.6, 0.01).lines) == STORY
    assert TEASER in chosen(0.6, 0.6, 0.6, 0.4).lines


def test_trafilatura_is_shown_all_where_nothing_is_likely(chosen):
    assert set(STORY) < set(chosen(0.01, 0.01, 0.01, 0.01).lines)


def test_an_answer_without_anything_of_what_is_surest_is_not_taken(chosen):
    """trafilatura leaves out what stands in a footer, whatever it is."""
    page = PAGE.replace("article>", "footer>").replace(TEASER, f"{TEASER} {TEASER} {TEASER}")
    assert chosen(0.6, 0.6, 0.6, 0.5, page=page).lines == (f"{TEASER} {TEASER} {TEASER}",)
    page = page.replace(STORY[0], f"{STORY[0]} {STORY[0]}")
    assert list(chosen(0.9, 0.9, 0.9, 0.45, page=page).lines)[1:] == STORY[1:]


def test_readings_above_characters_are_no_text():
    page = "<html><body><p>港の船が<ruby>再<rp>(</rp><rt>ふたた</rt><rp>)</rp></ruby>び出た。</p></body></html>"
    (block,) = cut(parse(page), RuleSet((), (), "")).blocks
    assert block.text == "港の船が再び出た。"
