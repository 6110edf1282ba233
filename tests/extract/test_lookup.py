import re

import pytest

from pipeline.heads import head, may_open_with_letter, starts
from pipeline.lookup import Lookup, normal


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("Share this", "sha"),
        ("— Ólafur said", "óla"),
        ("12 comments", "#"),
        ("l'article", "l"),
        ("İlgili haberler", "ilg"),
        ("***", ""),
    ],
)
def test_a_line_is_filed_under_its_first_letters(line, first):
    assert head(line) == first


@pytest.mark.parametrize(
    ("pattern", "heads"),
    [
        ("share this", {"sha"}),
        ("(?:please )?(?:share|tweet)", {"ple", "sha", "twe"}),
        (r"\d+ comments", {"#"}),
        (r"[\W_]{1,80}", {""}),
        (r"\[?photo|l'image", {"pho", "l"}),
        ("x{0,2}ab", {"ab", "xab", "xxa", "xxx"}),
        ("a.b|(?=now)cde|(?-i:Efg)", {"a*", "cde", "efg"}),
        (r"\w+ news", {"*"}),
        ("[ab]c[de]", {"acd", "ace", "bcd", "bce"}),
    ],
)
def test_a_pattern_is_filed_under_all_it_can_begin_with(pattern, heads):
    assert starts(pattern) == heads


def known(line, *phrases, pattern=None):
    lookup = Lookup()
    lookup.add_phrases(phrases, "rule", 25)
    if pattern:
        lookup.add_pattern(re.compile(pattern, re.IGNORECASE), "rule", 25)
    return lookup.find(line) == ["rule"]


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("SHARE, this — article!", "Share this article"),
        ("1,204 comments", "# comments"),
        ("Read also: Mill to reopen", "Read also: …"),
        ("READ ALSO – Mill to reopen", "Read also: …"),
        ("Read also - Mill: the owner speaks", "Read also: …"),
        ("Click here to see the tide table", "Click here to …"),
        ("相关阅读：港口重新开放", "相关阅读: …"),
        ("关注我们的公众号", "关注我们…"),
        ("İLGİLİ HABERLER", "İlgili haberler"),
        ("editor's picks", "Editor's picks"),
        ("— Covid 1 204: the figures", "Covid #: …"),
        ("Foto：港口", "Foto…"),
        ("Share 这篇文章", "Share 这…"),
        ("PHOTO: the mill", "Photo: …"),
        ("Groß–Straße, heute", "GROSS STRASSE …"),
    ],
)
def test_a_phrase_knows_its_line(line, phrase):
    assert known(line, phrase)


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("Share this article of faith", "Share this article"),
        ("comments", "# comments"),
        ("Read also the small print", "Read also: …"),
        ("Clicked here", "Click …"),
        ("Share " + "this " * 200, "Share this"),
    ],
)
def test_a_phrase_knows_no_other(line, phrase):
    assert not known(line, phrase)


def test_a_pattern_is_tried_where_its_letters_fit():
    assert known("Follow us on X", pattern=r"follow (?:us|me) on \w+")
    assert not known("I follow us on X", pattern=r"follow (?:us|me) on \w+")


@pytest.mark.parametrize(
    ("pattern", "may"),
    [
        (r"[#＃]\w+", False),
        (r"[©ⓒ]\s?.{2,80}|\(c\) \w+", False),
        (r"©?\s*\w+ news", True),
        (r"(?=\D{0,60}\d)(?:\W|on .*)", True),
        (r".{2,5}!", True),
    ],
)
def test_a_pattern_is_tried_on_words_if_one_may_open_it(pattern, may):
    assert may_open_with_letter(pattern) is may


def test_a_pattern_of_marks_knows_its_line():
    assert known("#harbour", pattern=r"[#＃]\w+")
    assert not known("harbour", pattern=r"[#＃]\w+")


def test_the_normal_form_is_words_alone():
    assert normal("  “Straße” — 1 204, ИЛИ ещё?") == "strasse 0 или ещё"
