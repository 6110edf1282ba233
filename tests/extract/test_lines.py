"""Words in their normal form, found by shortcuts: the same as without them."""

from __future__ import annotations

import re

import pytest

from pipeline.extract.lines import spaced, tokens

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
