"""The first letters of a line, and those of all lines that a pattern can match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

#: Letters of a line's first word that rules are filed under: more would tell few more apart.
LETTERS: Final = 3
#: The head of patterns that may begin with anything.
ANYTHING: Final = "*"
#: The head of a line that begins with a number.
NUMBER: Final = "#"
_FIRST = re.compile(rf"\d|[^\W\d_]{{1,{LETTERS}}}")

#: Characters of one place in a pattern: what may stand there, or None for anything.
_Place: TypeAlias = "frozenset[str] | list[list[_Piece]] | None"
_GROUP = re.compile(r"\(\?(?:P<\w+>|[aiLmsux]*(?:-[imsx]+)?:)")
_LOOK = re.compile(r"\(\?<?[=!]")
_TIMES = re.compile(r"[?*]|\+|\{(\d*)(,?)\d*\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_MOST_CHOICES: Final = 12
#: Plain text, but for a last character that is repeated or optional.
_PLAIN = re.compile(r"[^\\()\[\]|?*+{}.^$]+(?![?*+{])")


def head(line: str) -> str:
    """Return the first letters of a line's first word, lower case; `#` for a number, or nothing."""
    first = _FIRST.search(line)
    if first is None:
        return ""
    return NUMBER if first[0][0].isdigit() else lower(first[0])


def lower(text: str) -> str:
    """Return a text in lower case; both of Turkish's letters i as one."""
    # Turkish writes two letters i, and Python folds one of them into two characters.
    if not text.isascii():
        text = text.replace("İ", "i").replace("ı", "i")
    return text.lower()


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
        return frozenset({lower(plain[0][: LETTERS + 1])}), plain.end()
    return _read_sign(text, at)


def _read_sign(text: str, at: int) -> tuple[_Place, int]:
    if text[at] == "\\":
        return _read_escape(text[at + 1]), at + 2
    if text[at] in "^$.":
        return None if text[at] == "." else [[]], at + 1
    return frozenset({lower(text[at])}), at + 1


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
            chars.add(lower(plain))
    return frozenset(chars) if len(chars) <= _MOST_CHOICES else None


#: A head so far, and whether it may still grow.
_Heads: TypeAlias = set[tuple[str, bool]]


def _grow(heads: _Heads, sequence: list[_Piece]) -> _Heads:
    for piece in sequence:
        grown = {state for state in heads if not state[1]}
        if piece.optional:
            grown |= heads
        latest = heads - grown if not piece.optional else heads
        for _ in range(LETTERS if piece.repeated else 1):
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
            if len(so_far) == LETTERS:
                return so_far, False
        elif so_far:
            # Marks before the first word are passed over; behind it they end it.
            return so_far, False
    return so_far, True
