"""seeds/boilerplate/*.yml -> Rules: what is no part of an article, compiled once.

A rule looks at one line of text, or at one element of the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

from cssselect import SelectorError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.digest import digest_of, sha
from pipeline.errors import FixSeed
from pipeline.labels import goes_on
from pipeline.lookup import Lookup, sample
from pipeline.selectors import Selector
from pipeline.sources import RULE_KINDS, BoilerplateRule, Source, explain, read_yaml
from pipeline.walls import FOLDER as WALLS
from pipeline.walls import NO_WALLS, Walls, load_walls
from pipeline.widgets import PageRule, Widgets

#: Characters at a line's start or end that a prefix or suffix may take.
_TRIMMED: Final = 300
#: Words of a label that may end in a full stop.
_LABEL_WORDS: Final = 4
#: Characters of one in a script without spaces.
_LABEL_CHARS: Final = 12
#: A line that begins with one is speech.
QUOTES: Final = tuple("\"'“„«‘‹「『")

#: What a rule of phrases does to a line.
_PHRASED: Final = {"phrases": "line", "headings": "section"}
#: `str.replace` passes over a line without them twenty times as fast as `str.translate`.
_STRAIGHT = (("’", "'"), ("‘", "'"), ("ʼ", "'"), ("\u00a0", " "), ("\u202f", " "))
_BULLET = re.compile(r"(?:[•·▪■●○◦*►▶▸→➔➡»›>|👉🔗📲📱📩📧✉🔔👇☝❗⚡️\s]+|-\s+)+")
_CLOSING: Final = " .:!…»›→➔>|*👇⬇️"
#: A line of dialogue: `- …, - said he`. Russian and Romance languages quote with dashes.
_DIALOGUE = re.compile(r"[-–—].*[,!?…]\s*[-–—]\s")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str = Field(pattern=r"^[a-z][a-z-]*$")
    rules: tuple[BoilerplateRule, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class TextRule:
    """A compiled rule for lines: it has a pattern, or phrases as they are written."""

    id: str
    category: str
    kind: str  # "line", "section", "prefix" or "suffix"
    pattern: re.Pattern[str] | None
    phrases: tuple[str, ...]
    unless: re.Pattern[str] | None
    then: re.Pattern[str] | None
    extent: str
    where: str
    max_words: int
    keep: bool
    label: bool = False
    button: bool = False


@dataclass(frozen=True)
class RuleSet:
    """The rules that hold for one source."""

    text: tuple[TextRule, ...]
    page: tuple[PageRule, ...]
    version: str
    walls: Walls = NO_WALLS
    #: The rules that a source's own stand before: filed once for all sources, which takes 0.2 s.
    general: RuleSet | None = None

    @cached_property
    def _lines(self) -> Lookup[TextRule]:
        lookup = Lookup[TextRule]()
        shared = len(self.general.text) if self.general else 0
        for rule in sorted(self.text[: len(self.text) - shared], key=_rank):
            if rule.kind in {"line", "section"}:
                lookup.add_phrases(rule.phrases, rule, rule.max_words)
                if rule.pattern is not None:
                    lookup.add_pattern(rule.pattern, rule, rule.max_words, rule.where)
        return lookup

    @cached_property
    def _prefixes(self) -> tuple[tuple[TextRule, re.Pattern[str]], ...]:
        return tuple((r, r.pattern) for r in self.text if r.kind == "prefix" and r.pattern)

    @cached_property
    def _suffixes(self) -> tuple[tuple[TextRule, re.Pattern[str]], ...]:
        return tuple((r, r.pattern) for r in self.text if r.kind == "suffix" and r.pattern)

    @cached_property
    def widgets(self) -> Widgets:
        """The rules for elements, by what they ask of one."""
        return Widgets(self.page)

    @cached_property
    def trims(self) -> frozenset[str]:
        """The values of `where` at which a rule takes the start or the end of a line."""
        return frozenset(rule.where for rule, _ in (*self._prefixes, *self._suffixes))

    def lines(self, line: str, places: frozenset[str] | None = None) -> tuple[TextRule, ...]:
        """Return the section and line rules that match a line as a whole.

        `places` are the values of `where` that hold for the line, if its place is known.

        Those that keep it come first, then sections. None match what people say: lines of dialogue,
        lines that begin with a quotation mark. Nor is a row of a table ever one.
        """
        if line.startswith("|"):
            return ()
        line_key = key(line)
        if not line_key or line_key.startswith(QUOTES):
            return ()
        found = self.find(line_key, places)
        if not found:
            return ()
        found = [rule for rule in found if not (rule.unless and rule.unless.search(line_key))]
        found.sort(key=_rank)
        if any(rule.label or rule.button for rule in found):
            found = [rule for rule in found if not _is_said(line, rule)]
        return tuple(found)

    def find(self, line_key: str, places: frozenset[str] | None) -> list[TextRule]:
        """Return the rules with a phrase or a pattern that a line's key fits, the source's own first."""
        found = self._lines.find(line_key, places)
        return found + self.general.find(line_key, places) if self.general else found

    def prefix(self, line: str) -> tuple[TextRule, int] | None:
        """Return the rule that removes the start of a line, and where the rest begins."""
        line = _straight(line[:_TRIMMED])
        tried = ((rule, pattern.match(line)) for rule, pattern in self._prefixes)
        return next(((rule, found.end()) for rule, found in tried if found), None)

    def suffix(self, line: str) -> tuple[TextRule, int] | None:
        """Return the rule that removes the end of a line, and where that end begins."""
        if not self._suffixes:
            return None
        skipped = max(0, len(line) - _TRIMMED)
        end = _straight(line[skipped:])
        tried = ((rule, pattern.search(end)) for rule, pattern in self._suffixes)
        return next(((rule, skipped + found.start()) for rule, found in tried if found), None)


@dataclass
class Rules:
    """All general rules, and per source those with the source's own."""

    general: tuple[TextRule | PageRule, ...]
    digest: str
    walls: Walls = NO_WALLS
    _sets: dict[tuple[BoilerplateRule, ...], RuleSet] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """Sets of sources are made again where they are needed."""
        return Rules, (self.general, self.digest, self.walls)

    @property
    def version(self) -> str:
        """Version of code, libraries and general rules, 16 hex digits."""
        return self.digest[:16]

    def for_source(self, source: Source) -> RuleSet:
        """Return the general rules and the source's own. Raises FixSeed naming seed and rule."""
        own = source.extract.boilerplate
        if () not in self._sets:
            self._sets[()] = _rule_set(self.general, self.version, self.walls)
        if own not in self._sets:
            where = f"{source.id}.yml: extract.boilerplate"
            compiled = tuple(_compile(rule, "site", where) for rule in own)
            more = json.dumps([r.model_dump(mode="json") for r in own], sort_keys=True)
            name = sha(self.digest.encode(), more.encode())[:16]
            rules = (*compiled, *self.general)
            self._sets[own] = _rule_set(rules, name, self.walls, self._sets[()])
        return self._sets[own]


def load_rules(folder: Path, walls: Path = WALLS) -> Rules:
    """Read every `*.yml` of a folder, and the signs of walls from another.

    Raises FixSeed naming file, rule and field of each mistake.
    """
    if not folder.is_dir():
        msg = f"{folder}: no such folder of boilerplate rules; set BROADSHEET_BOILERPLATE"
        raise FixSeed(msg)
    compiled: list[TextRule | PageRule] = []
    errors: list[str] = []
    owner: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            content = read_rules(path)
            for rule in content.rules:
                if rule.id in owner:
                    msg = f"{path}: {rule.id}: this id is taken, in {owner[rule.id].name}"
                    raise FixSeed(msg)  # noqa: TRY301 - gathered with the other files' mistakes
                owner[rule.id] = path
                compiled.append(_compile(rule, content.category, str(path)))
        except FixSeed as error:
            errors.append(str(error))
    if errors:
        raise FixSeed("\n".join(errors))
    return Rules(tuple(compiled), digest_of(folder, walls), load_walls(walls))


def read_rules(path: Path) -> _File:
    """Read one file of rules. Raises FixSeed naming file, rule and field."""
    raw = read_yaml(path)
    try:
        return _File.model_validate(raw)
    except ValidationError as error:
        raise FixSeed(_name_rules(explain(path, error), raw)) from None


def key(line: str) -> str:
    """Return a line as rules see it: no bullets, no closing dots or arrows, straight apostrophes.

    Empty for a line of dialogue: what people say is never boilerplate.
    """
    if not line[:1].isalnum():
        if _DIALOGUE.match(line.lstrip()):
            return ""
        if bullet := _BULLET.match(line):
            line = line[bullet.end() :] or line
    line = _straight(line)
    return line.rstrip(_CLOSING) or line.strip()


def _straight(line: str) -> str:
    if not line.isascii():
        for odd, plain in _STRAIGHT:
            line = line.replace(odd, plain)
    return line.replace("`", "'")


def _is_said(line: str, rule: TextRule) -> bool:
    """Whether a line is a sentence to a rule for labels, or an answer to one for buttons."""
    if rule.button and line.endswith((".", "!", "。", "！")):
        return True
    return rule.label and _is_sentence(line, rule)


def _is_sentence(line: str, rule: TextRule) -> bool:
    """Whether a line is a sentence rather than a label with a full stop."""
    if line.endswith("。"):
        return len(line) > _LABEL_CHARS
    if not line.endswith((".", "!", "?", "؟", "।")):
        return False
    return goes_on(line, phrased=bool(rule.phrases)) or len(line.split()) > _LABEL_WORDS


def disagreements(rule: BoilerplateRule) -> list[str]:
    """Return what a rule's own examples, and its phrases, say against it."""
    compiled = _compile(rule, "example", rule.id)
    texts = list(rule.hit)
    if isinstance(compiled, TextRule) and rule.then is None:
        texts += [sample(phrase) for phrase in compiled.phrases]
    fires = _firing(compiled)
    wrong = [f"{rule.id}: does not hit {text!r}" for text in texts if not fires(text)]
    return wrong + [f"{rule.id}: hits {text!r}" for text in rule.miss if fires(text)]


def _rank(rule: TextRule) -> tuple[bool, bool]:
    return not rule.keep, rule.kind != "section"


def _compile(rule: BoilerplateRule, category: str, where: str) -> TextRule | PageRule:
    category = rule.category or category
    if rule.selector:
        return _compile_selector(rule, category, where)
    kind = next(k for k in RULE_KINDS if getattr(rule, k) is not None)
    written = getattr(rule, kind)
    phrases, pattern = (), None
    try:
        if kind in _PHRASED:
            phrases = tuple(phrase for by_language in written.values() for phrase in by_language)
        else:
            pattern = _pattern(written, end=kind == "suffix")
        then = _pattern(rule.then) if rule.then else None
        unless = _pattern(rule.unless) if rule.unless else None
    except re.error as error:
        msg = f"{where}: {rule.id}: {kind}: not a regular expression ({error})"
        raise FixSeed(msg) from None
    return TextRule(
        rule.id, category, _PHRASED.get(kind, kind), pattern, phrases,
        unless, then, rule.extent, rule.where, rule.max_words, rule.keep, rule.label, rule.button,
    )  # fmt: skip


def _pattern(text: str, *, end: bool = False) -> re.Pattern[str]:
    return re.compile(f"(?:{text})$" if end else f"(?:{text})", re.IGNORECASE)


def _compile_selector(rule: BoilerplateRule, category: str, where: str) -> PageRule:
    parts = [part.strip() for part in (rule.selector or "").split(",")]
    try:
        return PageRule(rule.id, category, Selector.of(parts))
    except SelectorError as error:
        msg = f"{where}: {rule.id}: selector: not a CSS selector ({error})"
        raise FixSeed(msg) from None


def _rule_set(
    rules: Sequence[TextRule | PageRule], name: str, walls: Walls, general: RuleSet | None = None
) -> RuleSet:
    text = tuple(rule for rule in rules if isinstance(rule, TextRule))
    page = tuple(rule for rule in rules if isinstance(rule, PageRule))
    return RuleSet(text, page, name, walls, general)


def _firing(rule: TextRule | PageRule) -> Callable[[str], bool]:
    """Return what says whether a rule fires on an example."""
    if isinstance(rule, PageRule):
        return partial(_finds, rule)
    return partial(_knows, RuleSet((rule,), (), ""), rule)


def _finds(rule: PageRule, example: str) -> bool:
    from lxml.html import document_fromstring

    return rule.selector.finds(document_fromstring(f"<html><body>{example}</body></html>"))


def _knows(alone: RuleSet, rule: TextRule, example: str) -> bool:
    first, _, rest = example.partition("\n")
    if rule.kind in {"prefix", "suffix"}:
        return (alone.prefix(first) or alone.suffix(first)) is not None
    follows = rule.then is None or rule.then.fullmatch(key(rest)) is not None
    short = len(first.split()) <= rule.max_words
    return short and follows and rule in alone.lines(first)


def _name_rules(text: str, raw: Any) -> str:
    """Put the rule's id where an error says only its number."""

    def name(match: re.Match[str]) -> str:
        try:
            return f"{raw['rules'][int(match[1])]['id']}"
        except (KeyError, IndexError, TypeError):
            return match[0]

    return re.sub(r"rules\.(\d+)", name, text)
