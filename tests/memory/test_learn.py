"""What is learned from a site's pages, and what is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.lines import tokens
from pipeline.extract.memory import rule_id
from pipeline.memory.learn import Demands, Learned, cut_places, learn, memory_of, moved_to
from tests.memory.pages import HEADING, NOTICE, PROMPT, SIGN_OFF, day, page, prose, slot_name

NOTHING = Learned(source="lantern", day=day(0))


def learned(evidence, at=10, known=NOTHING):
    return learn(known, evidence, day(at))


def weeks(per_day=3, days=6, **fields):
    """Some pages a day, each with what is given."""
    return {slot_name(d): [page(10 * d + n, **fields) for n in range(per_day)] for d in range(days)}


def rule(known, line):
    return known.rules[rule_id(tokens(line))]


def applied(known):
    return set(memory_of(known).lines)


def test_a_line_below_every_article_is_learned_with_its_support_and_examples():
    known = learned(weeks(tail=[SIGN_OFF]))
    found = rule(known, SIGN_OFF)
    assert (found.support, found.first_seen, found.last_seen) == (18, day(0), day(5))
    assert found.expires == day(5 + 28)
    assert found.example.startswith("https://lantern.example/")
    assert applied(known) == {found.id}


def test_two_pages_are_not_enough_nor_is_one_day():
    assert not applied(learned({slot_name(0): [page(1, tail=[PROMPT]), page(2, tail=[PROMPT])]}))
    assert not applied(learned(weeks(per_day=9, days=1, tail=[PROMPT])))


def test_a_paragraph_is_learned_by_its_beginning_if_it_is_nearly_everywhere():
    known = learned(weeks(tail=[NOTICE]))
    found = rule(known, NOTICE)
    assert found.line.endswith(" …")
    assert NOTICE.startswith(found.line.removesuffix(" …"))
    assert applied(known) == {found.id}
    evidence = weeks(per_day=9)
    for d in range(6):
        evidence[slot_name(d, 12)] = [page(500 + 10 * d + n, tail=[NOTICE]) for n in range(2)]
    assert rule(learned(evidence), NOTICE).support == 12
    assert not applied(learned(evidence)), "a background paragraph of a story that goes on"


def test_a_rare_line_is_only_proposed():
    evidence = weeks(per_day=12)
    for d in range(4):
        evidence[slot_name(d, 12)] = [page(500 + d, tail=[PROMPT])]
    known = learned(evidence)
    assert rule(known, PROMPT).support == 4
    assert not applied(known)


def test_a_heading_of_articles_is_not_cut_but_a_prompt_between_their_paragraphs_is():
    known = learned(weeks(inside=[HEADING]))
    assert rule(known, HEADING).places == {"heading": 18}
    assert not applied(known)
    known = learned(weeks(inside=[SIGN_OFF]))
    assert "heading" in cut_places(rule(known, SIGN_OFF), known, Demands())


def test_a_series_with_headings_of_its_own_keeps_them():
    evidence = weeks(per_day=9)
    for d in range(6):
        evidence[slot_name(d, 7)] = [page(700 + d, inside=["Aries", prose(d, "aries"), "Taurus"])]
    assert not applied(learned(evidence))


def test_copies_of_one_article_count_once():
    same = {"text": "\n".join([prose(1), prose(2), prose(3), PROMPT])}
    evidence = {
        slot_name(d): [
            page(10 * d + n, url=f"https://lantern.example/{d}/{n}", **same) for n in range(3)
        ]
        for d in range(6)
    }
    known = learned(evidence)
    assert rule(known, PROMPT).support == 1
    assert known.count("stories") == 1
    assert known.count("pages") == 18


def test_a_page_fetched_again_counts_once():
    evidence = {slot_name(d): [page(1, tail=[PROMPT])] for d in range(8)}
    assert rule(learned(evidence), PROMPT).support == 1


def test_lines_with_the_articles_facts_speak_against_a_rule():
    evidence = weeks(tail=["Harbour desk: Ana Ozola and others"], authors=())
    more = weeks(tail=["Harbour desk: Ana Ozola and others"])
    evidence |= {
        slot_name(d, 15): [
            page(300 + 10 * d + n, tail=["Harbour desk: Ana Ozola and others"]) for n in range(3)
        ]
        for d in range(len(more))
    }
    known = learned(evidence)
    found = rule(known, "Harbour desk: Ana Ozola and others")
    assert found.own == 18
    assert found.counter
    assert found.id not in applied(known)


@pytest.mark.parametrize(
    "line",
    [
        "Published 21 November 2026",
        "Updated at 10:42",
        "“We shall see,” she said",
        "| Boat | Berth |",
    ],
)
def test_dates_quotes_and_rows_of_tables_are_not_learned(line):
    assert rule_id(tokens(line)) not in learned(weeks(tail=[line])).rules


def test_what_is_not_seen_for_four_weeks_is_forgotten():
    known = learned(weeks(tail=[PROMPT]))
    assert applied(learned({}, at=20, known=known))
    later = learned({slot_name(35): [page(900)]}, at=36, known=known)
    assert not applied(later)
    assert rule(later, PROMPT).support == 0, "shown as expired"
    assert rule_id(tokens(PROMPT)) not in learned({}, at=70, known=later).rules


def test_a_refused_rule_is_not_applied_and_an_accepted_line_is_whatever_it_shows():
    known = learned(weeks(tail=[SIGN_OFF]))
    assert not memory_of(known, refused=[rule(known, SIGN_OFF).id]).lines
    ident = rule_id(tokens(PROMPT))
    assert ident in memory_of(NOTHING, accepted={ident: PROMPT}).lines


def test_evidence_is_taken_once():
    evidence = weeks(tail=[PROMPT])
    known = learned(evidence)
    assert learn(known, evidence, day(10)) == known


def test_learning_day_by_day_comes_to_the_same_rules():
    evidence = weeks(tail=[PROMPT], head=[SIGN_OFF])
    by_day = NOTHING
    for d in range(1, 11):
        by_day = learn(by_day, {k: v for k, v in evidence.items() if k < slot_name(d, 0)}, day(d))
    at_once = learned(evidence)
    assert memory_of(by_day).lines == memory_of(at_once).lines
    assert by_day.rules == at_once.rules


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_pages_does_not_matter(dice: random.Random, per_day):
    evidence = weeks(per_day, tail=[PROMPT], inside=[HEADING])
    shuffled = list(evidence.items())
    dice.shuffle(shuffled)
    mixed = {name: dice.sample(pages, len(pages)) for name, pages in shuffled}
    assert learned(mixed) == learned(evidence)


def test_memory_stays_small():
    evidence = {
        slot_name(d): [
            page(1000 * d + n, tail=[f"Note {d} {n} {k}" for k in range(20)]) for n in range(40)
        ]
        for d in range(4)
    }
    known = learned(evidence)
    assert len(known.rules) <= 1500
    assert len(known.recent) <= 300


def test_a_day_before_all_that_is_known_borrows_the_nearest():
    known = learned(weeks(tail=[PROMPT]))
    borrowed = moved_to(known, "2024-05-02")
    assert memory_of(borrowed).lines == memory_of(known).lines
    assert not borrowed.taken
    assert max(found.last_seen for found in borrowed.rules.values()) < "2024-05-02"
    assert not applied(learn(borrowed, {}, "2024-06-02")), "what 2024 does not show is forgotten"
