"""Words in their normal form, found by shortcuts: the same as without them."""

from __future__ import annotations

import re

import pytest

from pipeline.extract.lines import lines_of, spaced, tidy, tokens

_EVERY = [chr(code) for code in range(0x3100)]


def _plainly(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def test_a_mark_of_any_kind_parts_words_or_is_part_of_one() -> None:
    for char in _EVERY:
        text = f"mill{char}race {char}"
        assert spaced(text) == _plainly(text), hex(ord(char))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "The mill_race, it said, is 3.5 m wide; “not 4”.\nA second line — short",
        "Die Mühle läuft wieder, so die Gemeinde. Das freut 1 200 Leute.",
        "नदी पर बना पुराना पुल फिर से खुला।",
        "古い水車が再び動き始めた。",
    ],
)
def test_marks_never_join_words(text: str) -> None:
    assert spaced(text) == _plainly(text)


def test_texts_that_differ_in_marks_alone_are_equal() -> None:
    assert tokens("The “Old Mill”, reopened…") == tokens('the "old mill" - reopened!')


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("It\u2019s <br> here", "It\u2019s here"),
        ("It&#x20\u200b19;s here", "It\u2019s here"),
        ("&#38;lt;p&#38;gt;The mill</p>", "The mill"),
        ("The mill</d\u2060iv>", "The mill"),
        ("&\u00adamp;quot;", '"'),
        ("mill\u200e\u200crace", "millrace"),
        ("\U0001f600\u00ad\u200c\u3000", "\U0001f600"),
        ("\u212b\u200cr", "År"),
        ("mill\ufffe\uffff\ufdd0", "mill"),
        ("&#82&#8203;03;" * 50, None),
        ("Ask AT&T; 3 < 4", "Ask AT&T; 3 < 4"),
    ],
)
def test_a_line_that_is_tidied_is_tidy_once_and_for_all(text: str, line: str | None) -> None:
    again = tidy(text)
    assert line is None or again == line
    assert tidy(again) == again
    assert [tidy(found) for found in lines_of(text)] == lines_of(text)
