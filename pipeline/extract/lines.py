"""Text as lines: a paragraph, heading or list item each, free of what no reader can see."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Soft hyphens, zero-width spaces, word joiners, direction marks around nothing, byte order marks;
#: the zero-width joiners U+200C and U+200D spell words in Persian and Indic scripts and stay.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffc]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"[\n\r\v\f\x85]+")
_BLANK = re.compile(r"[^\S\n]+")
_WORD: Final = re.compile(r"\w+")
#: Scripts written without spaces: a character counts as half a word there, as editors count them.
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
#: Words of a paragraph, whatever it ends in: headlines are shorter, and end without a full stop …
_PARAGRAPH: Final = 20
#: … and words of a paragraph that ends as a sentence does.
_SENTENCE: Final = 12
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*$")


def tidy(text: str) -> str:
    """Return one line: invisible and control characters gone, blanks single, NFC."""
    return _BLANK.sub(" ", visible(_BREAK.sub(" ", text))).strip()


def visible(text: str) -> str:
    """Drop control and zero-width characters; compose accents (NFC)."""
    if text.isascii():
        return _CONTROL.sub("", text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _CONTROL.sub("", text)))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold something, tidied."""
    return [line for raw in _BREAK.split(text) if (line := tidy(raw))]


def words(text: str) -> int:
    """Count words; where a script writes no spaces, two characters make one."""
    dense = len(_DENSE.findall(text)) if not text.isascii() else 0
    if not dense:
        return len(text.split())
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2


def tokens(text: str) -> str:
    """Return the words of a text in their normal form: what equality of content is decided on."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def ends_sentence(line: str) -> bool:
    """Whether a line closes with a sentence's end, quotes and brackets allowed behind it."""
    return bool(_SENTENCE_END.search(line[-6:]))


def is_prose(line: str) -> bool:
    """Whether a line is a paragraph rather than a heading, a caption or a link."""
    count = words(line)
    return count >= _PARAGRAPH or (count >= _SENTENCE and ends_sentence(line))
