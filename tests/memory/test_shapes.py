"""Where a site keeps text, and where what is none: learned, and heeded where the filter is in doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.entry import page_of
from bench.entry import rules as general_rules
from pipeline.adapters.local_store import LocalStore
from pipeline.extract import extract_page
from pipeline.extract.cut import cut
from pipeline.extract.memory import Memory
from pipeline.extract.parse import parse
from pipeline.extract.shapes import Shape, settled, shapes_of
from pipeline.memory.archive import MemoryArchive
from pipeline.memory.learn import Learned, learn, memory_of, moved_to
from pipeline.memory.places import LearnedShape
from pipeline.memory.rulebook import rulebook
from pipeline.model import Slot
from pipeline.workers import Judge, Observer
from tests.memory.pages import day, page, prose, slot_name

CAPTION, TEXT = "figure>div.caption>p", "article>div.story-body>p"
NOTHING = Learned(source="lantern", day=day(0))
HTML = (
    "<html><body><article class='story'><h1>The quay</h1><div class='story-body x9f3a1'>"
    + "".join(f"<p>{prose(n)}</p>" for n in range(6))
    + "<figure><div class='caption'><p>The quay at night, seen from the boat.</p></div></figure>"
    + "</div></article></body></html>"
)


def shapes(caption=-12, text=38):
    return (Shape(TEXT, 9, text), Shape(CAPTION, 1, caption))


def weeks(days=2, per_day=3, **odds):
    return {
        slot_name(d): [page(10 * d + n, shapes=shapes(**odds)) for n in range(per_day)]
        for d in range(days)
    }


def known(evidence):
    return learn(NOTHING, evidence, day(9))


@pytest.fixture
def blocks():
    return cut(parse(HTML), general_rules().for_source(page_of(HTML, "")[1])).blocks


def test_paths_are_of_tags_and_written_names_not_of_a_builds_hashes(blocks):
    found = shapes_of(blocks, np.full(len(blocks), 0.9))
    assert {shape.path: shape.blocks for shape in found} == {
        "body>article.story>h1": 1,
        "article.story>div.story-body>p": 6,
        "figure>div.caption>p": 1,
    }
    assert {shape.odds for shape in found} == {22}


def test_only_what_is_in_doubt_takes_the_side_of_its_shape(blocks):
    at = next(i for i, block in enumerate(blocks) if block.text.startswith("The quay at"))
    known_shapes = {"figure>div.caption>p": False, "article.story>div.story-body>p": True}
    for before, after in ((0.6, 0.4), (0.4, 0.4), (0.9, 0.9), (0.1, 0.1)):
        scores = np.full(len(blocks), 0.95)
        scores[at] = before
        given = scores.copy()
        assert settled(blocks, scores, known_shapes)[at] == pytest.approx(after)
        assert (scores == given).all(), "scores are the caller's"
    assert settled(blocks, scores, {}) is scores


def test_three_stories_are_enough_and_two_are_not():
    assert memory_of(known(weeks(1))).shapes == {CAPTION: False, TEXT: True}
    assert not memory_of(known(weeks(1, 2))).shapes


def test_a_shape_on_which_pages_disagree_decides_nothing():
    evidence = weeks(1) | {
        slot_name(4): [page(90 + n, shapes=shapes(caption=13)) for n in range(3)]
    }
    assert memory_of(known(evidence)).shapes == {TEXT: True}


def test_copies_teach_once():
    same = "\n".join(prose(n) for n in range(3))
    copies = [page(n, text=same, shapes=shapes()) for n in range(5)]
    assert not memory_of(known({slot_name(0): copies})).shapes


def test_it_is_forgotten_refused_accepted_and_not_lent_to_another_time():
    learned = known(weeks(1))
    (caption,) = (shape for shape in learned.shapes.values() if shape.path == CAPTION)
    assert CAPTION not in memory_of(learned, refused=[caption.id]).shapes
    few = known(weeks(1, 1))
    assert memory_of(few, accepted={caption.id: CAPTION}).shapes == {CAPTION: False}
    assert not memory_of(few, accepted={caption.id: CAPTION}).lines
    assert not moved_to(learned, "2024-05-02").shapes
    assert not learn(learned, {}, day(60)).shapes


def test_it_is_the_same_read_back_and_shown_with_examples_and_without_a_forgotten_page(tmp_path):
    archive = MemoryArchive(LocalStore(tmp_path), "lantern")
    pages = [page(n, shapes=shapes(caption=-9 + 10 * (n == 0))) for n in range(4)]
    archive.keep_evidence(Slot.parse(day(0)), "0", pages)
    learned = archive.settle(day(1))
    assert archive.known(day(1)) == learned
    (view,) = rulebook(learned, {}).rules
    assert (view.line, view.in_doubt, view.standing) == (CAPTION, "dropped", "applied")
    assert (view.places, view.stories) == ({"text": 1, "other": 3}, 4)
    assert view.example != view.counter_example != ""
    whole = rulebook(learned, {}, everything=True).rules
    assert {v.in_doubt for v in whole if v.line == TEXT} == {"kept"}
    archive.forget([page.page for page in pages])
    assert all(s.text == s.other == "" for s in archive.known(day(1)).shapes.values())
    archive.decide(learned.shapes[view.rule], "refused", "2026-11-21")
    assert not archive.memory(learned).shapes.get(CAPTION)


def test_a_row_says_that_shapes_had_a_part_in_it():
    plain = Memory("lantern", day(0))
    assert not plain.digest
    assert replace(plain, shapes={TEXT: True}).digest != replace(plain, shapes={TEXT: False}).digest


def test_pages_teach_what_the_filter_alone_says_and_only_where_memory_asks():
    read, source = page_of(HTML, "https://lantern.example/quay")
    slot = Slot(read.fetched_at)
    heard = []
    extract_page(read, source, general_rules(), slot, on_shapes=heard.append)
    assert heard == [()]
    taught = []
    for path in ({}, {TEXT: False, CAPTION: True}):
        memory = Memory("bench", day(0), shapes=path)
        judge = Judge({source.id: source}, general_rules(), slot, {source.id: memory})
        seen = Observer(judge)(read)
        assert seen.row == judge(read)
        taught.append(seen.shapes)
    assert taught[0] == taught[1] != ()


def test_what_is_known_of_a_shape():
    shape = LearnedShape(
        path=TEXT,
        first_seen=day(0),
        last_seen=day(1),
        days={day(0): (2, 1, 10), day(1): (2, 2, 50)},
    )
    assert (shape.support, shape.texts, shape.odds) == (4, 3, 1.5)
