"""Lines -> lines without what the source's other pages carry too. Knows nothing of where from.

The general rules (`strip`) come first; what is left and recurs from page to page of one site is
taken out here, each line by the rule that was learned from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from pipeline.extract.draft import Draft
from pipeline.extract.lines import is_prose, tokens, words
from pipeline.extract.live import moved
from pipeline.extract.strip import cut_of
from pipeline.model import Article, Cut, Reject

#: Category of the cuts made here.
CATEGORY: Final = "memory"
#: Where a line stands: before the first paragraph, after the last, between them, or right above a
#: paragraph, where a heading stands.
PLACES: Final = ("head", "tail", "inside", "heading")
#: Words of the longest line; more are a paragraph.
MAX_WORDS: Final = 25
_PARAGRAPH: Final = "paragraph-"
#: Bullets, arrows and stops that a line may have more than when it was learned.
_SIGNS: Final = 10
#: Characters by which a known paragraph is told from others at a glance, and kept to be shown.
_START: Final = 24
_SHOWN: Final = 80
#: Memory never takes more than this share of an article's characters.
_MOST: Final = 0.3
#: A heading has few words and does not end as a sentence does.
_HEADING_CHARS: Final = 60
_QUOTES: Final = tuple("\"'“„«‘‹「『")
#: A year, a time of day, a date in figures: an article's own, however often they recur.
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}[./-]\d{1,2}\b")


@dataclass(frozen=True)
class Memory:
    """What is known of a source on a day. Immutable, may be pickled; the same on every worker.

    `lines` gives by rule the places where its line may be cut. Paragraphs are looked at only if they
    begin as one that is known (`starts`), lines up to `longest` characters. `shapes` says of paths
    (`shapes.Shape`) whether blocks there are text, where the filter is in doubt.
    """

    source: str
    day: str
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)
    starts: frozenset[str] = frozenset()
    longest: int = 0
    shapes: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        source: str,
        day: str,
        rules: Mapping[str, tuple[str, frozenset[str]]],
        shapes: Mapping[str, bool] | None = None,
    ) -> Memory:
        """Make it from the lines (as `shown` has them) and places of rules, by their ids."""
        long = {ident for ident in rules if is_paragraph(ident)}
        return cls(
            source,
            day,
            {ident: at for ident, (_, at) in rules.items()},
            frozenset(rules[ident][0][:_START] for ident in long),
            max((len(rules[i][0]) + _SIGNS for i in rules if i not in long), default=0),
            shapes or {},
        )

    @cached_property
    def digest(self) -> str:
        """What the memory adds to a row's rules_version: hash of all it would do. Empty: nothing."""
        told = sorted(f"{rule} {sorted(at)}" for rule, at in self.lines.items())
        told += sorted(f"{path} {is_text}" for path, is_text in self.shapes.items())
        if not told:
            return ""
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def stamp(self, row: Article | Reject) -> Article | Reject:
        """Return the row with a `rules_version` that tells of this memory."""
        if not self.digest:
            return row
        version = hashlib.sha256(f"{row.rules_version}\0{self.digest}".encode()).hexdigest()[:16]
        return replace(row, rules_version=version)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says of its own article, in normal form: no line that carries it is common."""

    title: str = ""
    authors: tuple[str, ...] = ()

    @classmethod
    def of(cls, title: str | None, authors: Sequence[str]) -> Facts:
        """Take title and authors as the page gives them."""
        names = (tokens(name) for name in authors)
        return cls(tokens(title or ""), tuple(name for name in names if name))

    def are_in(self, key: str) -> bool:
        """Whether a line's normal form names the article's author, or is of its title."""
        line = f" {key} "
        if any(f" {name} " in line for name in self.authors):
            return True
        return bool(self.title) and (line in f" {self.title} " or f" {self.title} " in line)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is left: for each line that stays its number before; and what went."""

    kept: tuple[int, ...]
    cuts: tuple[Cut, ...]


def recalled(draft: Draft, memory: Memory | None) -> Draft:
    """Return a draft without the lines that memory knows, with a cut for each."""
    if memory is None or not memory.lines:
        return draft
    found = recall(draft.lines, memory, Facts.of(draft.metadata.title, draft.metadata.authors))
    if not found.cuts:
        return draft
    lines = tuple(draft.lines[i] for i in found.kept)
    kinds = tuple(draft.kinds[i] for i in found.kept) if draft.kinds else ()
    starts = moved(draft.starts, found.kept)
    return replace(draft, lines=lines, kinds=kinds, starts=starts, cuts=(*draft.cuts, *found.cuts))


def recall(lines: Sequence[str], memory: Memory | None, facts: Facts) -> Recalled:
    """Find the lines that memory knows for the site's own. Only ever removes.

    A line stays if it is quoted, carries the article's facts, stands where its rule does not hold;
    all stay if memory would take much of the article.
    """
    everything = Recalled(tuple(range(len(lines))), ())
    if memory is None or not memory.lines:
        return everything
    known = list(_known(lines, memory, facts))
    where = places(lines, [i for i, _ in known]) if known else []
    found = [
        (i, rule) for (i, rule), at in zip(known, where, strict=True) if at in memory.lines[rule]
    ]
    taken = sum(len(lines[i]) for i, _ in found)
    if not found or taken > _MOST * sum(map(len, lines)):
        return everything
    gone = {i for i, _ in found}
    return Recalled(
        tuple(i for i in everything.kept if i not in gone),
        tuple(cut_of(CATEGORY, rule, lines[i]) for i, rule in found),
    )


def _known(lines: Sequence[str], memory: Memory, facts: Facts) -> Iterator[tuple[int, str]]:
    for i, line in enumerate(lines):
        likely = len(line) <= memory.longest or line[:_START] in memory.starts
        if not likely or line.startswith(_QUOTES):
            continue
        rule = rule_id(key := tokens(line))
        if rule in memory.lines and not facts.are_in(key):
            yield i, rule


def places(lines: Sequence[str], wanted: Sequence[int]) -> list[str]:
    """Say for each line wanted where it stands among its article's paragraphs: one of PLACES."""
    first = next((i for i, line in enumerate(lines) if is_prose(line)), len(lines))
    last = next((i for i in reversed(range(len(lines))) if is_prose(lines[i])), -1)
    return [
        "tail" if i >= last
        else "head" if i <= first
        else "heading" if _may_be_heading(lines[i]) and _leads(lines[i + 1])
        else "inside"
        for i in wanted
    ]  # fmt: skip


def is_learnable(line: str, key: str) -> bool:
    """Whether a line could be the site's own wherever it recurs: no quotation, no date."""
    return bool(key) and not line.startswith((*_QUOTES, "|")) and not _DATED.search(line)


def rule_id(key: str) -> str:
    """Return the id of the rule that is learned from a line's normal form."""
    kind = _PARAGRAPH if words(key) > MAX_WORDS else "line-"
    return kind + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def is_paragraph(rule: str) -> bool:
    """Whether a rule's line is a paragraph, which takes more to be believed."""
    return rule.startswith(_PARAGRAPH)


def shown(line: str, rule: str) -> str:
    """Return a line as memory keeps it: of a paragraph its beginning."""
    return f"{line[:_SHOWN]} …" if is_paragraph(rule) else line


def _leads(following: str) -> bool:
    return following.startswith("- ") or is_prose(following)


def _may_be_heading(line: str) -> bool:
    return len(line) <= _HEADING_CHARS and not line.endswith((".", "!", "…"))
