"""Which rules may know a line, without trying them all.

Nearly every line of a page is prose that no rule knows. So rules are filed under the first letters
of the lines they can match: a line whose first letters no rule begins with costs one look into a
dict. Phrases are found by hash; patterns are tried only where their own first letters fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar

R = TypeVar("R")

#: Letters of a line's first word that rules are filed under: more would tell few more apart.
_LETTERS: Final = 3
#: The head of patterns that may begin with anything.
ANYTHING: Final = "*"
#: The head of a line that begins with a number.
NUMBER: Final = "#"
_DIGITS = re.compile(r"\d+(?:[.,\s]?\d+)*")
_WORD = re.compile(r"[^\W_]+")
_FIRST = re.compile(rf"\d|[^\W\d_]{{1,{_LETTERS}}}")
#: What may part a lead-in from the headline behind it: `Read also: Mill to reopen`.
_PARTING = re.compile(r"[:：|>»–—]")
_PARTING_DASH: Final = " - "
#: Characters of the longest word at large; a line longer than that many a word is no line of words.
_WORD_CHARS: Final = 16
#: Characters of a line that a phrase can take up: the longest has some hundred.
_PHRASE_CHARS: Final = 160
#: Scripts that write no space behind a word, or join particles to it.
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]$")


def head(line: str) -> str:
    """Return the first letters of a line's first word, lower case; `#` for a number, or nothing."""
    first = _FIRST.search(line)
    if first is None:
        return ""
    return NUMBER if first[0][0].isdigit() else _lower(first[0])


def normal(text: str) -> str:
    """Return a line as phrases are compared: its words in lower case, numbers as `0`."""
    text = _lower(text)
    if not text.isascii():
        text = text.casefold()
    return " ".join(_WORD.findall(_DIGITS.sub("0", text)))


def _lower(text: str) -> str:
    # Turkish writes two letters i, and Python folds one of them into two characters.
    if not text.isascii():
        text = text.replace("İ", "i").replace("ı", "i")
    return text.lower()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a rule, in normal form.

    As a rule writes it, `#` stands for a number, `: …` at the end for a colon (or dash, or arrow)
    and whatever follows, and `…` alone for whatever follows.
    """

    words: str
    head: str
    follows: str  # "nothing", "parted" or "anything"

    @classmethod
    def read(cls, written: str) -> Phrase:
        """Read a phrase as a rule writes it."""
        text = written.replace("#", "0").strip()
        follows = "nothing"
        if text.endswith("…"):
            text = text[:-1].rstrip()
            follows = "parted" if text.endswith((":", "：")) else "anything"
        return cls(normal(text), head(text), follows)

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
    patterns: list[tuple[re.Pattern[str], int, str, R]] = field(default_factory=list)

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
        self.chars = max(self.chars, room, _WORD_CHARS * max_words * (phrase.follows != "nothing"))

    def add_pattern(self, pattern: re.Pattern[str], rule: R, max_words: int, place: str) -> None:
        """File a rule with its pattern."""
        chars = _WORD_CHARS * max_words
        self.patterns.append((pattern, chars, place, rule))
        self.chars = max(self.chars, chars)

    def by_phrase(self, line: str) -> Iterator[R]:
        """Yield the rules with a phrase that knows the line."""
        if len(line) <= self.whole:
            yield from self.lines.get(normal(line), ())
        if self.parting and (before := _before_parting(line, self.parting)):
            yield from self.parted.get(normal(before), ())
        if self.opening:
            words = normal(line[: self.opening])
            if words.startswith(self.openings):
                yield from (rule for phrase, rule in self.opened if phrase.begins(words))


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
        for phrase in map(Phrase.read, phrases):
            self._shelf(phrase.head).add_phrase(phrase, rule, max_words)

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

    def may_know(self, line: str, places: frozenset[str] | None = None) -> bool:
        """Whether any rule is filed where the line belongs: what most lines are asked first."""
        length = len(line)
        if length <= self._headless(line, places).chars:
            return True
        return any(length <= shelf.chars for shelf in self._near(head(line)))

    def find(self, line: str, places: frozenset[str] | None = None) -> Iterator[R]:
        """Yield the rules that match a line's key (see `pipeline.boilerplate.key`).

        Of patterns only those for the given places, where any are given.
        """
        length = len(line)
        near = [shelf for shelf in self._near(head(line)) if length <= shelf.chars]
        for shelf in near:
            yield from shelf.by_phrase(line)
        for shelf in (*near, self._headless(line, places)):
            for pattern, chars, place, rule in shelf.patterns:
                if length > chars or (places is not None and place not in places):
                    continue
                if pattern.fullmatch(line):
                    yield rule

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


# --- the letters a pattern can begin with ---------------------------------------------------------

#: Characters of one place in a pattern: what may stand there, or None for anything.
_Place: TypeAlias = "frozenset[str] | list[list[_Piece]] | None"
_GROUP = re.compile(r"\(\?(?:P<\w+>|[aiLmsux]*(?:-[imsx]+)?:)")
_LOOK = re.compile(r"\(\?<?[=!]")
_TIMES = re.compile(r"[?*]|\+|\{(\d*)(,?)\d*\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_MOST_CHOICES: Final = 12
#: Plain text, but for a last character that is repeated or optional.
_PLAIN = re.compile(r"[^\\()\[\]|?*+{}.^$]+(?![?*+{])")


@dataclass(frozen=True, slots=True)
class _Piece:
    place: _Place
    optional: bool = False
    repeated: bool = False


def starts(pattern: str) -> frozenset[str]:
    """Return the heads of all lines a pattern can match, `*` if they cannot be told.

    Never too few; a head like `ab*` stands for all that begin with its letters.
    """
    sequences, _ = _read(pattern, 0)
    heads = {found for found, _ in _grow({("", True)}, [_Piece(sequences)])}
    return frozenset({ANYTHING}) if ANYTHING in heads else frozenset(heads)


def may_open_with_letter(pattern: str) -> bool:
    """Whether a line that a pattern matches may begin with a letter or a digit."""
    return _opens([_Piece(_read(pattern, 0)[0])]) is not False


def _opens(sequence: list[_Piece]) -> bool | None:
    """Whether a sequence may begin with a letter or a digit; None if nothing need stand there."""
    for piece in sequence:
        place = piece.place
        if place is None:
            return True
        if isinstance(place, list):
            found = {_opens(choice) for choice in place}
        else:
            found = {text[:1].isalnum() for text in place}
        if True in found:
            return True
        if None not in found and not piece.optional:
            return False
    return None


def _read(text: str, at: int) -> tuple[list[list[_Piece]], int]:
    """Read alternatives from a place to the end of their group."""
    found: list[list[_Piece]] = [[]]
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            found.append([])
            at += 1
            continue
        place, at = _read_place(text, at)
        optional = repeated = False
        while (times := _TIMES.match(text, at)) is not None:
            optional = optional or times[0] in "?*" or times[1] in {"", "0"}
            repeated = repeated or times[0] != "?"
            at = times.end()
        found[-1].append(_Piece(place, optional, repeated))
    return found, at


def _read_place(text: str, at: int) -> tuple[_Place, int]:
    if look := _LOOK.match(text, at):
        return [[]], _read(text, look.end())[1] + 1
    if text[at] == "(":
        group = _GROUP.match(text, at)
        inner, end = _read(text, group.end() if group else at + 1)
        return inner, end + 1
    if found := _CLASS.match(text, at):
        return _read_class(found[0]), found.end()
    if plain := _PLAIN.match(text, at):
        return frozenset({_lower(plain[0][: _LETTERS + 1])}), plain.end()
    return _read_sign(text, at)


def _read_sign(text: str, at: int) -> tuple[_Place, int]:
    if text[at] == "\\":
        return _read_escape(text[at + 1]), at + 2
    if text[at] in "^$.":
        return None if text[at] == "." else [[]], at + 1
    return frozenset({_lower(text[at])}), at + 1


def _read_escape(letter: str) -> _Place:
    if letter in "bBAZ":
        return [[]]
    if letter.isalnum():
        return {"d": frozenset("0"), "s": frozenset(" "), "W": frozenset(" ")}.get(letter)
    return frozenset({letter})


def _read_class(text: str) -> _Place:
    inner = text[1:-1]
    if inner.startswith("^"):
        return None
    chars: set[str] = set()
    for plain in re.findall(r"\\.|.-.|.", inner):
        if plain in {r"\d", "0-9"}:
            chars.add("0")
        elif plain in {r"\s", r"\W"} or (plain[0] == "\\" and not plain[1].isalnum()):
            chars.add(" ")
        elif len(plain) > 1:
            return None
        else:
            chars.add(_lower(plain))
    return frozenset(chars) if len(chars) <= _MOST_CHOICES else None


#: A head so far, and whether it may still grow.
_Heads: TypeAlias = set[tuple[str, bool]]


def _grow(heads: _Heads, sequence: list[_Piece]) -> _Heads:
    for piece in sequence:
        grown = {state for state in heads if not state[1]}
        if piece.optional:
            grown |= heads
        latest = heads - grown if not piece.optional else heads
        for _ in range(_LETTERS if piece.repeated else 1):
            latest = {new for state in latest if state[1] for new in _grow_one(state, piece.place)}
            grown |= latest
        heads = grown
        if not any(may for _, may in heads):
            break
    return heads


def _grow_one(state: tuple[str, bool], place: _Place) -> _Heads:
    so_far, _ = state
    if place is None:
        return {(so_far + ANYTHING, False)}
    if isinstance(place, list):
        return {grown for sequence in place for grown in _grow({state}, sequence)}
    return {_spell(so_far, text) for text in place}


def _spell(so_far: str, text: str) -> tuple[str, bool]:
    """Return a head with the letters of a text added, and whether it may still grow."""
    for char in text:
        if char.isdigit():
            return so_far or NUMBER, False
        if char.isalnum():
            so_far += char
            if len(so_far) == _LETTERS:
                return so_far, False
        elif so_far:
            # Marks before the first word are passed over; behind it they end it.
            return so_far, False
    return so_far, True
