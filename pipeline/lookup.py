"""Which rules may know a line, without trying them all.

Nearly every line of a page is prose that no rule knows. So rules are filed under the first letters
of the lines they can match: a line whose first letters no rule begins with costs one look into a
dict. Phrases are found by hash, where a line's first two words are those of one; patterns are tried
only where their own first letters fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from pipeline.heads import ANYTHING, LETTERS, head, lower, may_open_with_letter, starts

R = TypeVar("R")

_DIGITS = re.compile(r"\d+(?:[.,\s]?\d+)*")
_WORD = re.compile(r"[^\W_]+")
#: What stands for a number in a phrase.
_NUMBER: Final = "#"
#: What may part a lead-in from the headline behind it: `Read also: Mill to reopen`.
_PARTING = re.compile(r"[:：|>»–—]")
_PARTING_DASH: Final = " - "
#: Characters of the longest word at large; a line longer than that many a word is no line of words.
_WORD_CHARS: Final = 16
#: Characters of a line that a phrase can take up: the longest has some hundred.
_PHRASE_CHARS: Final = 160
#: Scripts that write no space behind a word, or join particles to it.
_DENSE_CHARS: Final = "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
_DENSE = re.compile(f"{_DENSE_CHARS}$")
_ANY_DENSE = re.compile(_DENSE_CHARS)
_TWO_WORDS = re.compile(r"[\W_]*([^\W_]+)(?:[\W_]+([^\W_]+))?")


def normal(text: str) -> str:
    """Return a line as phrases are compared: its words in lower case, numbers as `0`."""
    text = lower(text)
    if not text.isascii():
        text = text.casefold()
    return " ".join(_WORD.findall(_DIGITS.sub("0", text)))


def opening(line: str) -> tuple[str, tuple[str, ...]]:
    """Return a line's head, and its first word and first two words in normal form.

    No words where they are not told apart: numbers take up what stands behind them, and words of a
    dense script end anywhere.
    """
    found = _TWO_WORDS.match(line)
    if found is None or not found[1].isalpha():
        return head(line), ()
    first, second = found.groups()
    letters = lower(first[:LETTERS])
    if second is not None and not second.isalpha():
        return letters, ()
    if found[0].isascii():
        first = first.lower()
        return letters, (first,) if second is None else (first, f"{first} {second.lower()}")
    if _ANY_DENSE.search(found[0]):
        return letters, ()
    words = normal(found[0]).split()
    return letters, (words[0], " ".join(words[:2]))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a rule, in normal form.

    As a rule writes it, `#` stands for a number, `: …` at the end for a colon (or dash, or arrow)
    and whatever follows, and `…` alone for whatever follows.
    """

    words: str
    follows: str  # "nothing", "parted" or "anything"

    @classmethod
    def read(cls, written: str) -> Phrase:
        """Read a phrase as a rule writes it."""
        text = written.replace(_NUMBER, "0").strip()
        follows = "nothing"
        if text.endswith("…"):
            text = text[:-1].rstrip()
            follows = "parted" if text.endswith((":", "：")) else "anything"
        return cls(normal(text), follows)

    def begins(self, line: str) -> bool:
        """Whether a line in normal form begins with the phrase's words."""
        if not line.startswith(self.words):
            return False
        behind = line[len(self.words) : len(self.words) + 1]
        return behind in {"", " "} or bool(_DENSE.search(self.words) or _DENSE.search(behind))


def sample(written: str) -> str:
    """Return a line that a phrase, as a rule writes it, must know."""
    return written.replace("#", "12").replace(" …", " x").replace("…", "。。中")


@dataclass(slots=True)
class _Shelf(Generic[R]):
    """What is filed under one head, and the most characters of a line that it may know."""

    chars: int = -1
    lines: dict[str, list[R]] = field(default_factory=dict)
    parted: dict[str, list[R]] = field(default_factory=dict)
    opened: list[tuple[Phrase, R]] = field(default_factory=list)
    #: How the lines of `opened` begin: for `str.startswith`, before any is looked at.
    openings: tuple[str, ...] = ()
    #: Characters that a phrase of each kind takes up at the most; 0 where there is none.
    whole: int = 0
    parting: int = 0
    opening: int = 0
    #: The first two words of all phrases, or the only one.
    first_words: set[str] = field(default_factory=set)
    patterns: list[tuple[Callable[[str], object], int, str, R]] = field(default_factory=list)

    def add_phrase(self, phrase: Phrase, rule: R, max_words: int) -> None:
        """File a rule under one of its phrases."""
        room = min(_PHRASE_CHARS, 2 * len(phrase.words) + _WORD_CHARS)
        if phrase.follows == "nothing":
            self.lines.setdefault(phrase.words, []).append(rule)
            self.whole = max(self.whole, room)
        elif phrase.follows == "parted":
            self.parted.setdefault(phrase.words, []).append(rule)
            self.parting = max(self.parting, room)
        else:
            self.opened.append((phrase, rule))
            self.openings = (*self.openings, phrase.words)
            self.opening = max(self.opening, room)
        self.first_words.add(" ".join(phrase.words.split()[:2]))
        self.chars = max(self.chars, room, _WORD_CHARS * max_words * (phrase.follows != "nothing"))

    def add_pattern(self, pattern: re.Pattern[str], rule: R, max_words: int, place: str) -> None:
        """File a rule with its pattern."""
        chars = _WORD_CHARS * max_words
        self.patterns.append((pattern.fullmatch, chars, place, rule))
        self.chars = max(self.chars, chars)

    def by_phrase(self, line: str) -> list[R]:
        """Return the rules with a phrase that knows the line."""
        found: list[R] = []
        if len(line) <= self.whole:
            found += self.lines.get(normal(line), ())
        if self.parting and (before := _before_parting(line, self.parting)):
            found += self.parted.get(normal(before), ())
        if self.opening:
            words = normal(line[: self.opening])
            if words.startswith(self.openings):
                found += [rule for phrase, rule in self.opened if phrase.begins(words)]
        return found


class Lookup(Generic[R]):
    """Rules by the lines they know."""

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf[R]] = {}
        self._partial: dict[str, _Shelf[R]] = {}
        self._initials: frozenset[str] = frozenset()
        #: Patterns that may begin with anything, and those of them that may begin with a letter.
        self._anywhere: tuple[_Shelf[R], _Shelf[R]] = (_Shelf(), _Shelf())
        self._placed: dict[tuple[frozenset[str] | None, bool], _Shelf[R]] = {}

    def add_phrases(self, phrases: Iterable[str], rule: R, max_words: int) -> None:
        """File a rule under each of its phrases."""
        for written in phrases:
            shelf = self._shelf(head(written.replace(_NUMBER, "0")))
            shelf.add_phrase(Phrase.read(written), rule, max_words)

    def add_pattern(
        self, pattern: re.Pattern[str], rule: R, max_words: int, place: str = ""
    ) -> None:
        """File a rule under the letters its pattern can begin with.

        `place` is the only part of a text where the pattern is tried.
        """
        for first in starts(pattern.pattern):
            if first == ANYTHING:
                shelves = self._anywhere[: 1 + may_open_with_letter(pattern.pattern)]
            elif first.endswith(ANYTHING):
                shelves = (self._partial.setdefault(first[:-1], _Shelf()),)
                self._initials |= {first[0]}
            else:
                shelves = (self._shelf(first),)
            for shelf in shelves:
                shelf.add_pattern(pattern, rule, max_words, place)
        self._placed.clear()

    def find(self, line: str, places: frozenset[str] | None = None) -> list[R]:
        """Return the rules that match a line's key (see `pipeline.boilerplate.key`).

        Of patterns only those for the given places, where any are given.
        """
        found: list[R] = []
        length = len(line)
        first, words = opening(line)
        near = [shelf for shelf in self._near(first) if length <= shelf.chars]
        for shelf in near:
            # Nine lines in ten end here: to bring all of a line into normal form takes thrice as long.
            if not (words and shelf.first_words.isdisjoint(words)):
                found += shelf.by_phrase(line)
        near.append(self._headless(line, places))
        for shelf in near:
            for fits, chars, place, rule in shelf.patterns:
                if length <= chars and (places is None or place in places) and fits(line):
                    found.append(rule)
        return found

    def _near(self, first: str) -> list[_Shelf[R]]:
        shelf = self._shelves.get(first)
        near = [] if shelf is None else [shelf]
        if first[:1] in self._initials:
            # A pattern may fix fewer letters than a line has.
            starts = (self._partial.get(first[:length]) for length in range(1, len(first) + 1))
            near.extend(shelf for shelf in starts if shelf is not None)
        return near

    def _headless(self, line: str, places: frozenset[str] | None) -> _Shelf[R]:
        """Return the patterns that may begin with anything, of those for the given places."""
        which = places, line[:1].isalnum()
        shelf = self._placed.get(which)
        if shelf is None:
            shelf = self._placed[which] = _Shelf()
            for pattern in self._anywhere[which[1]].patterns:
                if places is None or pattern[2] in places:
                    shelf.patterns.append(pattern)
                    shelf.chars = max(shelf.chars, pattern[1])
        return shelf

    def _shelf(self, first: str) -> _Shelf[R]:
        shelf = self._shelves.get(first)
        if shelf is None:
            shelf = self._shelves[first] = _Shelf()
        return shelf


def _before_parting(line: str, most: int) -> str:
    """Return what stands before a colon or its like, among so many characters; else nothing."""
    parting = _PARTING.search(line, 1, most)
    end = parting.start() if parting else most
    dash = line.find(_PARTING_DASH, 1, end)
    return line[:dash] if dash > 0 else line[:end] if parting else ""
