"""What memory takes out of an article, and what it never takes."""

from __future__ import annotations

import pickle

import pytest

from pipeline.extract.lines import tokens
from pipeline.extract.memory import Facts, Memory, places, recall, rule_id, shown
from tests.memory.pages import HEADING, NOTICE, PROMPT, SIGN_OFF, prose, row, text

EVERYWHERE = frozenset({"head", "tail", "inside", "heading"})
NOBODY = Facts()


def memory(*lines, at=EVERYWHERE):
    ids = {rule_id(tokens(line)): line for line in lines}
    known = {rule: (shown(line, rule), frozenset(at)) for rule, line in ids.items()}
    return Memory.of("lantern", "2026-11-21", known)


def left(lines, *args):
    found = recall(lines, *args)
    assert len(found.kept) + len(found.cuts) == len(lines)
    return [lines[i] for i in found.kept]


def test_a_known_line_goes_whatever_its_case_and_signs_and_says_which_rule_took_it():
    lines = text(1, tail=[f"» {PROMPT.upper()}!"]).split("\n")
    found = recall(lines, memory(PROMPT), NOBODY)
    assert [lines[i] for i in found.kept] == lines[:-1]
    (cut,) = found.cuts
    assert (cut.category, cut.rule, cut.text) == ("memory", rule_id(tokens(PROMPT)), lines[-1])


def test_a_known_paragraph_goes_and_one_that_only_begins_like_it_stays():
    other = NOTICE.replace("whenever they wish", "if they are asked to")
    lines = [prose(1), prose(2), prose(3), prose(4), other, prose(5), NOTICE]
    assert left(lines, memory(NOTICE), NOBODY) == lines[:-1]


def test_without_memory_nothing_goes():
    lines = text(1, tail=[PROMPT]).split("\n")
    assert left(lines, None, NOBODY) == lines
    assert left(lines, Memory("lantern", "2026-11-21"), NOBODY) == lines


def test_places_are_told_by_the_paragraphs_around():
    told = {
        PROMPT: "head",
        prose(1): "head",
        HEADING: "heading",
        prose(2): "inside",
        "A long day, they said, but a good one.": "inside",
        "Photographs of it all": "inside",
        "They stood there till dark.": "inside",
        prose(3): "tail",
        SIGN_OFF: "tail",
    }
    assert places(list(told), range(len(told))) == list(told.values())


@pytest.mark.parametrize(("at", "stays"), [(("tail",), True), (("head", "inside"), False)])
def test_a_line_goes_only_where_its_rule_holds(at, stays):
    lines = text(1, inside=[SIGN_OFF, SIGN_OFF + "."]).split("\n")
    assert (SIGN_OFF in left(lines, memory(SIGN_OFF, at=at), NOBODY)) == stays


@pytest.mark.parametrize(
    "facts",
    [
        Facts.of(f"{PROMPT} and other letters", ()),
        Facts.of("Ferry", ("Harbour Brief",)),
        Facts.of("Harbour Brief", ()),
    ],
)
def test_a_line_with_the_articles_own_facts_stays(facts):
    lines = text(1, tail=[PROMPT]).split("\n")
    assert left(lines, memory(PROMPT), facts) == lines


def test_what_people_say_stays():
    lines = text(1, tail=[f"“{PROMPT}”"]).split("\n")
    assert left(lines, memory(PROMPT), NOBODY) == lines


def test_memory_never_takes_much_of_an_article():
    lines = ["One line.", PROMPT, SIGN_OFF]
    assert left(lines, memory(PROMPT, SIGN_OFF), NOBODY) == lines


def test_recalling_twice_is_recalling_once():
    lines = text(1, head=[PROMPT], inside=[SIGN_OFF], tail=[PROMPT]).split("\n")
    known = memory(PROMPT, SIGN_OFF)
    once = left(lines, known, NOBODY)
    assert left(once, known, NOBODY) == once


def test_a_row_tells_of_the_memory_it_was_made_with():
    plain, known = row(1), memory(PROMPT)
    assert Memory("lantern", "2026-11-21").stamp(plain) == plain
    stamped = known.stamp(plain)
    assert stamped.rules_version != plain.rules_version
    assert pickle.loads(pickle.dumps(known)).stamp(plain) == stamped
    assert memory(PROMPT, SIGN_OFF).stamp(plain).rules_version != stamped.rules_version
