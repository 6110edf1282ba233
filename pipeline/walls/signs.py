"""WallFile -> Signs: what looks for one kind's signs, place by place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import urlsplit

from pipeline.model import Reason
from pipeline.walls.files import SignRule, WallFile, flat

#: A page is all wall of whose words this share stands in lines with a wall's phrases.
_MOSTLY: Final = 0.5
#: The place of a sign that is so.
MOST: Final = "most of the text"
#: What parts a page's own title from its site's name.
_PARTING = re.compile(r"\s*[|·•»]\s*|\s+[-–—]\s+")
_WORD = re.compile(r"[^\W_]+")
#: The same for ASCII, in a third of the time.
_ASCII_WORDS: Final = {n: " " for n in range(128) if not chr(n).isalnum()}
_LONGEST_TITLE: Final = 160
#: Scripts that write no blanks between words.
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


#: A phrase as lines hold it, and its rule.
_Filed = tuple[str, SignRule]


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that was found: its name, where it stands, what it weighs."""

    id: str
    place: str
    weight: int = 1

    def __str__(self) -> str:
        return f"{self.id} ({self.place})"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its words in lower case with a blank at each end, and how many there are.

    `first` are the words a phrase may begin with; `is_dense` says whether it is, or may be, of a
    script without blanks.
    """

    key: str
    words: int
    first: frozenset[str]
    is_dense: bool

    @classmethod
    def of(cls, text: str, words: int) -> Line:
        """Return a line to look for phrases in, made once for all kinds."""
        plain = key(text)
        dense = not plain.isascii() and _DENSE.search(plain) is not None
        return cls(f" {plain} ", words, frozenset(plain.split()), dense)


@dataclass(frozen=True)
class Signs:
    """The signs of one kind of wall, ready to be looked for."""

    file: WallFile

    @property
    def reason(self) -> Reason:
        """What a page of this kind is rejected as."""
        return self.file.reason

    def in_headers(self, headers: Iterable[tuple[str, str]]) -> Iterator[Sign]:
        """Yield the signs in response headers."""
        rules = [rule for rule in self.file.signs if rule.headers]
        for name, value in headers if rules else ():
            for rule in rules:
                pattern = (rule.headers or {}).get(name.lower())
                if pattern and re.fullmatch(pattern, value.strip(), re.IGNORECASE):
                    yield Sign(rule.id, f"header {name.lower()}", rule.weight)

    @cached_property
    def meta_names(self) -> tuple[str, ...]:
        """The meta elements that can hold a sign, in lower case."""
        return tuple(dict.fromkeys(n.lower() for r in self.file.signs for n in r.meta or ()))

    def in_meta(self, metas: Iterable[tuple[str, str]]) -> Iterator[Sign]:
        """Yield the signs in meta elements: names of `meta_names` and what they say."""
        for name, said in metas:
            for rule in self.file.signs:
                pattern = (rule.meta or {}).get(name.lower())
                if pattern and re.fullmatch(pattern, said.strip(), re.IGNORECASE):
                    yield Sign(rule.id, f"meta {name.lower()}", rule.weight)

    def in_markup(self, lower: bytes, *, ordinary: bool = True) -> Iterator[Sign]:
        """Yield the signs in HTML that is in lower case; with those of ordinary pages, or without."""
        for piece, rule in self._markup:
            if (ordinary or not rule.ordinary) and piece in lower:
                yield Sign(rule.id, "markup", rule.weight)

    def in_title(self, parts: Sequence[str], place: str) -> Sign | None:
        """Return the sign in a title or heading, given as `title_parts`: one of them is a phrase."""
        whole, opened, openings = self._titles
        for part in parts:
            rule = whole.get(part)
            if rule is None and part.startswith(openings):
                rule = next((rule for phrase, rule in opened if _begins(part, phrase)), None)
            if rule is not None:
                return Sign(rule.id, place, rule.weight)
        return None

    def in_address(self, url: str) -> Sign | None:
        """Return the sign in an address."""
        if not self._addresses:
            return None
        shown = _shown(url)
        found = next((rule for pattern, rule in self._addresses if pattern.search(shown)), None)
        return Sign(found.id, "address", found.weight) if found else None

    def in_text(self, lines: Sequence[Line]) -> Sign | None:
        """Return the sign in a page's lines. One more in weight if it is most of them."""
        found: SignRule | None = None
        inside = 0
        for line in lines:
            if rule := self._said_in(line):
                found, inside = rule, inside + line.words
        if found is None:
            return None
        most = inside >= _MOSTLY * sum(line.words for line in lines)
        weight = found.weight + most - found.ordinary
        return Sign(found.id, MOST if most else "text", weight) if weight else None

    def said(self, lines: Iterable[Line]) -> Iterator[Sign]:
        """Yield the sign of each line that has one; what ordinary pages have too weighs nothing."""
        for line in lines:
            if rule := self._said_in(line):
                yield Sign(rule.id, "text", 0 if rule.ordinary else rule.weight)

    def _said_in(self, line: Line) -> SignRule | None:
        """Return the rule whose phrase a line holds: those are tried whose first word it has."""
        spaced, dense = self._phrases
        if begun := spaced.keys() & line.first:
            for word in filter(begun.__contains__, line.key.split()):
                for phrase, rule in spaced[word]:
                    if phrase in line.key:
                        return rule
        tried = dense if line.is_dense else ()
        return next((rule for phrase, rule in tried if phrase in line.key), None)

    @cached_property
    def _titles(self) -> tuple[dict[str, SignRule], list[_Filed], tuple[str, ...]]:
        phrases = [(phrase, rule) for rule in self.file.signs for phrase in flat(rule.title)]
        whole = {key(p): rule for p, rule in phrases if not p.endswith("…")}
        opened = [(key(p), rule) for p, rule in phrases if p.endswith("…")]
        return whole, opened, tuple(phrase for phrase, _ in opened)

    @cached_property
    def _phrases(self) -> tuple[dict[str, list[_Filed]], list[_Filed]]:
        """Phrases by their first word; and those of scripts without blanks between words."""
        spaced: dict[str, list[_Filed]] = {}
        dense: list[_Filed] = []
        said = [(key(phrase), rule) for rule in self.file.signs for phrase in flat(rule.text)]
        for phrase, rule in said:
            if _DENSE.search(phrase):
                dense.append((phrase, rule))
            else:
                spaced.setdefault(phrase.split()[0], []).append((f" {phrase} ", rule))
        return spaced, dense

    @cached_property
    def _markup(self) -> tuple[tuple[bytes, SignRule], ...]:
        return tuple((m.lower().encode(), r) for r in self.file.signs for m in r.markup or ())

    @cached_property
    def _addresses(self) -> tuple[tuple[re.Pattern[str], SignRule], ...]:
        return tuple((re.compile(p), r) for r in self.file.signs for p in r.address or ())


def key(text: str) -> str:
    """Return a text as phrases are compared: its words in lower case, numbers as they are."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_WORDS).split())
    # Turkish writes two letters i, and Python folds one of them into two characters.
    text = text.replace("İ", "i").replace("ı", "i")
    return " ".join(_WORD.findall(text.casefold()))


def title_parts(text: str) -> list[str]:
    """Return a title and its parts between bars and dashes, as `Signs.in_title` takes them."""
    if not text or len(text) > _LONGEST_TITLE:
        return []
    return list(dict.fromkeys(map(key, (text, *_PARTING.split(text)))))


def _begins(line: str, phrase: str) -> bool:
    behind = line[len(phrase) : len(phrase) + 1]
    return line.startswith(phrase) and (behind in {"", " "} or bool(_DENSE.search(behind)))


def disagreements(file: WallFile) -> list[str]:
    """Return what the examples of a file's signs, and their own phrases, say against them."""
    wrong: list[str] = []
    for rule in file.signs:
        alone = Signs(file.model_copy(update={"signs": (rule,)}))
        phrases = [_sample(phrase) for phrase in flat(rule.title or rule.text)]
        missed = [text for text in (*rule.hit, *phrases) if not _fires(alone, rule, text)]
        wrong += [f"{rule.id}: does not hit {text!r}" for text in missed]
        wrong += [f"{rule.id}: hits {text!r}" for text in rule.miss if _fires(alone, rule, text)]
    return wrong


def _sample(phrase: str) -> str:
    """Return what a phrase, as it is written, must know."""
    return phrase.replace(" …", " x").replace("…", "。。中")


def _fires(alone: Signs, rule: SignRule, example: str) -> bool:
    match rule.place:
        case "headers":
            name, _, value = example.partition(":")
            return any(alone.in_headers([(name, value)]))
        case "meta":
            name, _, value = example.rpartition(":")
            return any(alone.in_meta([(name, value)]))
        case "markup":
            return any(alone.in_markup(example.lower().encode()))
        case "title":
            return alone.in_title(title_parts(example), "title") is not None
        case "address":
            return alone.in_address(example) is not None
        case _:
            return alone.in_text([Line.of(example, 1)]) is not None


@lru_cache(maxsize=16)  # every kind of wall asks for that of the same page
def _shown(url: str) -> str:
    """Return an address as signs see it: host, path and query in lower case."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.hostname or ''}{parts.path or '/'}{query}".lower()
