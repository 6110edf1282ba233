"""Text as lines: a paragraph, heading or list item each, free of what no reader can see."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.entities import html5
from typing import Final

#: Soft hyphens, zero-width spaces, word joiners, embeddings, isolates, byte order marks.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffc]"
)
#: Marks of direction say where a number or a Latin name stands in a line written from the right …
_DIRECTION = re.compile("[\u200e\u200f\u061c]")
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
#: … and joiners spell words in Persian and Indic scripts and compose emoji; beside a blank, a Latin
#: or a Cyrillic letter they do nothing.
_LOOSE_JOINER = re.compile(
    "(?<![\u0600-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0600-\U0010ffff])"
)
_JOINER = re.compile("[\u200c\u200d]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: Windows' quotes and dashes, read as Latin-1 on their way here, as browsers read them.
_WINDOWS: Final = {
    code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))
}
#: What is left of a reference to no character, where it stands alone.
_LOST = re.compile(r"(?<!\S)\ufffd+(?!\S)")
#: References that were escaped twice, and tags that were escaped once.
_REFERENCE = re.compile(r"&(?:amp;)*(#\d{1,8}|#[xX][\da-fA-F]{1,6}|[A-Za-z]{2,8}\d{0,2});")
_CLOSING_TAG = re.compile(
    r"</[a-zA-Z][a-zA-Z1-6]{0,9}\s*>|<(?:br|p|img)\b[^<>]{0,300}>", re.IGNORECASE
)
_BLOCK_TAG = re.compile(
    r"</?(?:p|br|div|ul|ol|li|h[1-6]|blockquote|figure|figcaption|hr|table|tr)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_INLINE_TAG = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|img|sup|sub|small|s|cite|iframe|td|th)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
#: Pages escape twice, mails thrice; who goes on would never end.
_ROUNDS: Final = 5
_BREAK = re.compile("[\n\r\v\f\u2028\u2029]+")
#: U+0085 breaks lines for Unicode, and is an ellipsis for Windows.
_BLANK = re.compile(r"[^\S\n\x85]+")
_WORD: Final = re.compile(r"\w+")
#: What mostly stands between and around words.
_MARKS: Final = ".,:;!?…'\"()[]-–—“”„‘’«»/%$€£&+*=#@|•·<>\n"
#: Of these what English typography knows: without them most English texts are ASCII.
_TYPESET: Final = "’“”‘–—…\u00a0"
#: The same for ASCII alone, where one pass does: what is no word's is a blank.
_ASCII: Final = "".join(c if (c := chr(code)).isalnum() or c == "_" else " " for code in range(128))
#: Scripts written without spaces: a character counts as half a word there, as editors count them.
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
#: Words of a paragraph, whatever it ends in: headlines are shorter, and end without a full stop …
_PARAGRAPH: Final = 20
#: … and words of a paragraph that ends as a sentence does.
_SENTENCE: Final = 12
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*$")


def tidy(text: str) -> str:
    """Return one line: no markup, invisible or control characters, blanks single, NFC."""
    text = _plain(text)
    return _settled(text) if "&" in text or "<" in text else text


def _settled(text: str) -> str:
    """Tidy a text until tidying changes nothing: what is unseen may stand amid a reference."""
    for _ in range(_ROUNDS):
        read = _unescaped(text)
        if read == text:
            return text
        text = _plain(read)
    return _plain(text.replace("&", "").replace("<", ""))


def _plain(text: str) -> str:
    if "\x85" not in text:
        text = " ".join(text.split())  # a tenth of the time of a pattern
        if text.isascii() and text.isprintable():  # three in four are
            return text
    if not text.isprintable() or "  " in text or "\ufffd" in text:
        # Blanks first, for joiners beside them are loose; and again, for what stood between two.
        text = _BLANK.sub(" ", visible(_BLANK.sub(" ", _BREAK.sub(" ", text))))
    elif not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def visible(text: str) -> str:
    """Drop control and zero-width characters that show nothing; compose accents (NFC)."""
    if text.isascii():
        return _CONTROL.sub("", text)
    if not text.isprintable():
        text = _INVISIBLE.sub("", _CONTROL.sub("", text.translate(_WINDOWS)))
        if not _FROM_RIGHT.search(text):
            text = _DIRECTION.sub("", text)
        if _JOINER.search(text):
            text = _LOOSE_JOINER.sub("", unicodedata.normalize("NFC", text))
    if "\ufffd" in text:
        text = _LOST.sub("", text)
    return unicodedata.normalize("NFC", text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold something, tidied."""
    if "<" in text or "&" in text:
        text = _unescaped(text, block="\n")
    return [line for raw in _BREAK.split(text) if (line := tidy(raw))]


def code_lines(text: str) -> list[tuple[str, str]]:
    """Return the lines of code that hold something: the blanks each begins with, and the rest.

    Blanks within a line stay, and so do tags and references: code shows them on purpose.
    """
    found = []
    for raw in _BREAK.split(text):
        line = visible(raw.replace("\u00a0", " ")).rstrip()
        if rest := line.lstrip():
            found.append(("".join(c for c in line[: -len(rest)] if c in " \t"), rest))
    return found


def _unescaped(text: str, block: str = " ") -> str:
    """Resolve what was escaped once too often: `&amp;quot;`, and tags that readers see as text."""
    if "&" in text:
        text = _REFERENCE.sub(_resolved, text)
    if "<" in text and _CLOSING_TAG.search(text):
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(block, text))
    return text


def _resolved(reference: re.Match[str]) -> str:
    name = reference[1]
    if name.startswith("#"):
        char = unescape(f"&{name};")
        return "" if char == "\ufffd" else char
    return html5.get(f"{name};", reference[0])


def words(text: str) -> int:
    """Count words; where a script writes no spaces, two characters make one."""
    dense = 0 if _without_typeset(text).isascii() else len(_DENSE.findall(text))
    if not dense:
        return len(text.split())
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2


def tokens(text: str) -> str:
    """Return the words of a text in their normal form: what equality of content is decided on."""
    return spaced(folded(_without_typeset(text)))


def _without_typeset(text: str) -> str:
    if not text.isascii():
        for mark in _TYPESET:  # no part of words, and a tenth of the time of a search for others
            text = text.replace(mark, " ")
    return text


def folded(text: str) -> str:
    """Return a text without differences of case, width or composition (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


def spaced(text: str) -> str:
    """Return the words of a text, a blank between two, as `_WORD` finds them."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    plain = text
    for mark in _MARKS:
        plain = plain.replace(mark, " ")
    plain = " ".join(plain.split())
    # A letter or a digit is what a pattern's \w matches, and the underscore.
    if plain.replace(" ", "").replace("_", "").isalnum():
        return plain
    return " ".join(_WORD.findall(text))


def ends_sentence(line: str) -> bool:
    """Whether a line closes with a sentence's end, quotes and brackets allowed behind it."""
    return bool(_SENTENCE_END.search(line[-6:]))


def is_prose(line: str) -> bool:
    """Whether a line is a paragraph rather than a heading, a caption or a link."""
    count = words(line)
    return count >= _PARAGRAPH or (count >= _SENTENCE and ends_sentence(line))
