"""What a listing promised of a page, and what a page shows whatever was promised.

An error page that repeats the address, the time or a few other headlines is never the same twice.
What gives several of them away: one headline and one wording, where listings promised different
stories. Recurring pages (weather, draws, briefs) keep what was promised, or are promised alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

#: Shorter words are in any headline.
_LETTERS: Final = 4
#: Words of a promise that say what it is about, at least.
_WORDS: Final = 2
#: Words of prose that a page has, at least: fewer are any page's.
_PROSE: Final = 6
_DIGITS = re.compile(r"\d+")
_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'»”’)\]]*$")
_ADDRESS = re.compile(r"\S*(?:/|www\.)\S*")

Promise = frozenset[str]


def promise(title: str | None, url: str) -> Promise:
    """Return the words of what was promised: the listing's title, else the address; may be empty."""
    said = _words(title) if title else _words(_slug(url))
    return said if len(said) >= _WORDS else frozenset()


def is_broken(said: Promise, title: str | None) -> bool:
    """Whether a page's headline has not a word of what was promised; False if it cannot be told."""
    shown = _words(title or "")
    return bool(said and shown) and said.isdisjoint(shown)


def differ(promises: Iterable[Promise]) -> bool:
    """Whether no word is in all promises: those of a column that recurs have its name in common."""
    return not frozenset.intersection(*promises)


def face(title: str | None, text: str, url: str, promised: str | None) -> str:
    """Return headline and sentences of a page without what is its address', its date or a link's.

    Empty if there are too few to go by. Headlines of other stories are no sentences.
    """
    own = [name for name in (_phrase(_slug(url)), _phrase(promised or "")) if name]
    lines = [_masked(line, own) for line in text.split("\n") if _SENTENCE.search(line)]
    prose = " ".join(lines)
    if len(prose.split()) < _PROSE:
        return ""
    return f"{_masked(title or '', own)}\n{prose}"


def _masked(line: str, own: Iterable[str]) -> str:
    """Return the words of a line, for numbers `0`, without addresses and the page's own names."""
    spoken = f" {_phrase(line)} "
    for name in own:
        spoken = spoken.replace(f" {name} ", " ")
    return " ".join(spoken.split())


def _phrase(text: str) -> str:
    """Return the words of a text in one form, for numbers `0`, without addresses."""
    plain = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", text)).casefold()
    return " ".join(re.findall(r"[^\W_]+", _DIGITS.sub("0", plain)))


def _slug(url: str) -> str:
    """Return the words of an address: its last part that has any."""
    parts = [unquote(part) for part in urlsplit(url).path.split("/")]
    spoken = (re.sub(r"\.\w{2,5}$", "", part) for part in reversed(parts))
    return next((part for part in spoken if len(_words(part)) >= _WORDS), "")


def _words(text: str) -> Promise:
    """Return the longer words of a text, without accents: addresses have none."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return frozenset(
        word for word in re.findall(r"[^\W\d_]+", re.sub(r"[\u0300-\u036f]", "", plain))
        if len(word) >= _LETTERS
    )  # fmt: skip
