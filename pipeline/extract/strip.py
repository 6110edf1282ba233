"""Lines -> lines without prompts and residue. Only ever removes, and says what it removed.

Works the same on the text of a page and on a text dump. Passes are repeated until nothing more
goes, so that stripping twice is stripping once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, islice
from typing import Final

from pipeline.boilerplate import QUOTES, RuleSet, TextRule, key
from pipeline.extract.lines import ends_sentence, is_prose, tokens, words
from pipeline.model import Cut

#: Longest text a `Cut` keeps; the raw archive has the rest.
CUT_CHARS: Final = 2000
#: A title of so many characters is also known with its kicker before it, or without.
_LONG_TITLE: Final = 25
#: Words of a line that is not printed twice in a row on purpose.
_DOUBLED_WORDS: Final = 3
#: A repeated line of so many words is a caption or a teaser printed twice; fewer may be a refrain.
_REPEATED_WORDS: Final = 8
#: Where no line is prose, so many lines on top count as the head.
_HEAD_LINES: Final = 8
#: Lines of up to so many words, shut in between prompts at the end, belong to them.
_ENCLOSED_WORDS: Final = 12
#: Prompts it takes at the end for that.
_ENCLOSING: Final = 3
_LISTED_WORDS: Final = 30
#: A rule for the end looks at so many last paragraphs, and what stands between and behind them.
_END_PARAGRAPHS: Final = 3
#: A line so many times as long as a name has other words.
_LONGER: Final = 3
_PROMPTS: Final = frozenset({
    "share", "follow", "comments", "newsletter", "subscribe", "hashtags", "app",
})  # fmt: skip
_ANY: Final = frozenset({"any"})
_HEAD: Final = frozenset({"any", "head"})
_TAIL: Final = frozenset({"any", "tail"})
_END: Final = frozenset({"any", "tail", "end"})
_LOWER_START = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Stripped:
    """What is left of the lines, and what went.

    `kept` holds, for each line that is left, the index of the line it came from; `flags` the
    categories of the rules that keep a line: a note of correction.
    """

    lines: tuple[str, ...]
    cuts: tuple[Cut, ...]
    kept: tuple[int, ...] = ()
    flags: frozenset[str] = frozenset()


def strip(
    lines: Sequence[str],
    rules: RuleSet,
    *,
    title: str | None = None,
    site: str = "",
    kinds: Sequence[str] = (),
) -> Stripped:
    """Remove boilerplate lines, prefixes, suffixes and sections, and the title repeated on top.

    `site` is the name readers know the site by: a line of just that name is navigation. `kinds` say
    what each line is, if it is known: code and rows of tables stay as they are.
    """
    left, kept = list(lines), list(range(len(lines)))
    fixed = [_is_fixed(line, kind) for line, kind in zip(lines, kinds, strict=False)]
    cuts: list[Cut] = []
    known = _Known(rules)
    headline, name = tokens(title or ""), tokens(site)
    while True:
        look = _Pass(left, known, headline, name, [fixed[i] for i in kept] if any(fixed) else ())
        marks = look.marks()
        if not any(marks):
            return Stripped(tuple(left), tuple(cuts), tuple(kept), frozenset(look.flags))
        cuts.extend(mark.cut for mark in marks if mark)
        stays = [i for i, mark in enumerate(marks) if not mark or mark.rest]
        left = [mark.rest if (mark := marks[i]) else left[i] for i in stays]
        kept = [kept[i] for i in stays]


def cut_of(category: str, rule: str, text: str) -> Cut:
    """Record a removal, its text bounded."""
    return Cut(category, rule, text if len(text) <= CUT_CHARS else f"{text[: CUT_CHARS - 1]}…")


@dataclass(frozen=True, slots=True)
class _Mark:
    cut: Cut
    rest: str = ""


class _Known:
    """What rules say of a line in a part of the text, found out once for all passes."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._matches: dict[tuple[str, frozenset[str]], tuple[TextRule, ...]] = {}

    def matches(self, line: str, places: frozenset[str]) -> tuple[TextRule, ...]:
        """Return the rules that match a line no longer than they allow."""
        found = self._matches.get((line, places))
        if found is None:
            found = self.rules.lines(line, places)
            if found:
                count = words(line)
                found = tuple(r for r in found if count <= r.max_words and r.where in places)
            self._matches[line, places] = found
        return found


class _Pass:
    """One look at all lines: where head and tail are, and what each line is marked with."""

    def __init__(
        self, lines: Sequence[str], known: _Known, title: str, site: str, fixed: Sequence[bool]
    ) -> None:
        self.lines, self.known, self.rules = lines, known, known.rules
        self.fixed = fixed or [False] * len(lines)
        self.title, self.site = title, site
        self.flags: set[str] = set()  # the categories of the rules that keep a line
        self.head_end = next((i for i, line in enumerate(lines) if is_prose(line)), _HEAD_LINES)
        before = [0, *accumulate(len(line) for line in lines)]
        self.tail_start = next((i for i, n in enumerate(before) if 2 * n >= before[-1]), 0)

    @cached_property
    def end_start(self) -> int:
        """The last paragraph but two."""
        prose = (i for i in range(len(self.lines) - 1, -1, -1) if is_prose(self.lines[i]))
        return next(islice(prose, _END_PARAGRAPHS - 1, None), 0)

    def marks(self) -> list[_Mark | None]:
        """Return for every line its mark, or None where it stays."""
        marks: list[_Mark | None] = [None] * len(self.lines)
        for i in range(len(self.lines)):
            if marks[i] is None and not self.fixed[i]:
                for at, mark in self._judge(i):
                    marks[at] = mark
        self._repeats(marks)
        self._enclosed(marks)
        return marks

    def _judge(self, i: int) -> Iterator[tuple[int, _Mark]]:
        line, places = self.lines[i], self._places(i)
        rule = self._rule(i, places)
        if rule is not None:
            if rule.keep:
                self.flags.add(rule.category)
                return
            yield i, _Mark(cut_of(rule.category, rule.id, line))
            if rule.kind == "section":
                for n in self._extent(i, rule):
                    yield n, _Mark(cut_of(rule.category, rule.id, self.lines[n]))
        elif self._is_headline(i):
            yield i, _Mark(cut_of("headline", "title-on-top", line))
        elif self._is_site(line):
            yield i, _Mark(cut_of("navigation", "site-name", line))
        elif (trimmed := self._trim(line, places)) is not None:
            yield i, trimmed

    def _rule(self, i: int, places: frozenset[str]) -> TextRule | None:
        for rule in self.known.matches(self.lines[i], places):
            if self._may_begin(i, rule) and self._leads(i, rule):
                return rule
        return None

    def _places(self, i: int) -> frozenset[str]:
        """Return the values of `where` that hold for a line."""
        places = _HEAD if i <= self.head_end else _ANY
        if i < self.tail_start:
            return places
        return places | (_END if i >= self.end_start else _TAIL)

    def _is_site(self, line: str) -> bool:
        # Words in their normal form are costly to get: a line much longer is another.
        near = self.site and len(line) <= _LONGER * len(self.site)
        return bool(near) and tokens(line) == self.site and not line.startswith(QUOTES)

    def _may_begin(self, i: int, rule: TextRule) -> bool:
        """Whether a section may take all that follows from here: only in the second half."""
        takes_all = rule.kind == "section" and rule.extent == "end"
        return not takes_all or i >= max(self.tail_start, 1)

    def _leads(self, i: int, rule: TextRule) -> bool:
        """Whether what must follow the line does follow it."""
        if rule.then is None:
            return True
        return i + 1 < len(self.lines) and bool(rule.then.fullmatch(key(self.lines[i + 1])))

    def _extent(self, i: int, rule: TextRule) -> Iterator[int]:
        last = len(self.lines)
        if rule.extent == "end":
            yield from range(i + 1, last)
            return
        for n in range(i + 1, last):
            line = self.lines[n]
            bulleted = line.startswith(("- ", "• ", "* "))
            if words(line) > _LISTED_WORDS or (ends_sentence(line) and line.endswith(".")):
                return
            # A heading of the article may follow the list: the line right above prose is left
            # alone, unless it is the list's only one or bears its bullet.
            above_prose = n + 1 < last and is_prose(self.lines[n + 1])
            if not bulleted and above_prose and n > i + 1:
                return
            yield n

    def _is_headline(self, i: int) -> bool:
        """Whether the line is the title again, on top of the text."""
        if not self.title or i > max(self.head_end, 2):
            return False
        if len(self.lines[i]) > _LONGER * len(self.title):
            return False
        line = tokens(self.lines[i])
        if line == self.title:
            return True
        # Long enough not to be a heading: the title with or without its kicker.
        short, long = sorted((line, self.title), key=len)
        return len(short) > _LONG_TITLE and len(long) < 1.6 * len(short) and long.endswith(short)

    def _trim(self, line: str, places: frozenset[str]) -> _Mark | None:
        if self.rules.trims.isdisjoint(places):
            return None
        if (found := self.rules.prefix(line)) is not None:
            rule, at = found
            rest = line[at:].lstrip()
            if rule.where in places and rest and not _starts_lower(rest):
                return _Mark(cut_of(rule.category, rule.id, line[:at].strip()), rest)
        if (found := self.rules.suffix(line)) is not None:
            rule, at = found
            rest = line[:at].rstrip()
            if rule.where in places and ends_sentence(rest):
                return _Mark(cut_of(rule.category, rule.id, line[at:].strip()), rest)
        return None

    def _repeats(self, marks: list[_Mark | None]) -> None:
        """Mark lines that stand there twice: captions under picture and lightbox, pull quotes."""
        seen: set[str] = set()
        previous = ""
        for i, line in enumerate(self.lines):
            # Rows of a table repeat their head, and code its lines.
            if marks[i] is None and not line.startswith("|") and not self.fixed[i]:
                if line in seen and words(line) >= (
                    _DOUBLED_WORDS if line == previous else _REPEATED_WORDS
                ):
                    marks[i] = _Mark(cut_of("repeat", "same-line-again", line))
                seen.add(line)
            previous = line

    def _enclosed(self, marks: list[_Mark | None]) -> None:
        """Mark short lines shut in between prompts after the article's last paragraph."""
        prompts = [i for i in range(self.tail_start, len(marks)) if _is_prompt(marks[i])]
        if len(prompts) < _ENCLOSING:
            return
        last = next((i for i in range(len(marks) - 1, -1, -1) if self._is_paragraph(marks, i)), -1)
        prompts = [i for i in prompts if i > last]
        if len(prompts) < _ENCLOSING:
            return
        for i in range(prompts[0] + 1, prompts[-1]):
            line = self.lines[i]
            between = _is_prompt(marks[i - 1]) and _is_prompt(marks[i + 1])
            short = words(line) <= _ENCLOSED_WORDS and not line.startswith(QUOTES)
            if marks[i] is None and between and short:
                marks[i] = _Mark(cut_of("widget", "between-prompts", line))

    def _is_paragraph(self, marks: list[_Mark | None], i: int) -> bool:
        return marks[i] is None and is_prose(self.lines[i])


def _is_fixed(line: str, kind: str) -> bool:
    """Whether a line is code, or a row of more than one cell."""
    return kind == "pre" or (kind == "row" and " | " in line)


def _is_prompt(mark: _Mark | None) -> bool:
    return mark is not None and not mark.rest and mark.cut.category in _PROMPTS


def _starts_lower(text: str) -> bool:
    first = _LOWER_START.search(text)
    return first is not None and first[0].islower()
