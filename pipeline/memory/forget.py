"""What is known, without what articles that are taken down taught alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from pipeline.memory.learn import Learned, LearnedRule


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed: entries of evidence, the pages they are of, lines that nobody else carries."""

    evidence: int
    pages: int
    lines: int


def without(known: Learned, pages: Collection[str], urls: Collection[str]) -> Learned:
    """Return what is known, with nothing in it that only these pages say.

    Counts stay as they are: they quote nobody, and rows made by the rules that are left can be made
    again.
    """
    rules = {
        ident: _unnamed(rule, pages, urls)
        for ident, rule in known.rules.items()
        if not _carriers(rule) or set(_carriers(rule)) - set(pages)
    }
    recent = {page: seen for page, seen in known.recent.items() if page not in pages}
    shapes = {
        ident: replace(
            shape,
            text="" if shape.text in urls else shape.text,
            other="" if shape.other in urls else shape.other,
        )
        for ident, shape in known.shapes.items()
    }
    return replace(known, rules=rules, recent=recent, shapes=shapes)


def _carriers(rule: LearnedRule) -> tuple[str, ...]:
    """Return the latest pages that carry a line; stories stand in for them where those are unsaid."""
    return rule.pages or rule.stories


def _unnamed(rule: LearnedRule, pages: Collection[str], urls: Collection[str]) -> LearnedRule:
    return replace(
        rule,
        stories=tuple(story for story in rule.stories if story not in pages),
        pages=tuple(page for page in rule.pages if page not in pages),
        example="" if rule.example in urls else rule.example,
        counter="" if rule.counter in urls else rule.counter,
    )
