"""A row -> what its page shows of its site: short lines, layout, which fields were filled."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pipeline.extract.lines import is_prose, tokens, words
from pipeline.extract.memory import (
    CATEGORY,
    MAX_WORDS,
    Facts,
    is_learnable,
    places,
    rule_id,
    shown,
)
from pipeline.extract.shapes import Shape
from pipeline.model import Article, Reject

#: Lines of a page that are kept: the outermost, where a site puts its own …
_MOST_LINES: Final = 40
#: … paragraphs only of so many lines at either end, and up to so many words.
_OUTERMOST: Final = 5
_LONGEST: Final = 150
#: Characters of a line that has not 26 words in any script.
_SURELY_SHORT: Final = 50
#: Paragraphs a page is known by: the smallest hashes, so that copies choose the same ones.
_SKETCH: Final = 8
#: Characters of an article's id that a page is known by here.
PAGE_ID_CHARS: Final = 16
#: Addresses of what came without a page: text dumps.
_NO_PAGE: Final = "urn:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """What one page shows. `lines` are (place, rule, line): place `cut` where memory removed it.

    A rule is named by what it would be; of paragraphs only the beginning is kept. `own` are rules
    whose lines carry the article's facts here: this page speaks against them. `filled` names the
    columns that are not empty; a page that gave no article has `article` not among them. `shapes` are
    (path, blocks, mean log-odds in tenths), as the filter alone saw them.
    """

    page: str
    url: str
    layout: str
    filled: tuple[str, ...]
    words: int
    sketch: tuple[int, ...]
    lines: tuple[tuple[str, str, str], ...] = ()
    own: tuple[str, ...] = ()
    shapes: tuple[tuple[str, int, int], ...] = ()

    def is_copy_of(self, sketch: Iterable[int]) -> bool:
        """Whether more than half of the paragraphs it is known by are those of another page."""
        mine, other = set(self.sketch), set(sketch)
        return 2 * len(mine & other) > min(len(mine), len(other))


def evidence_of(row: Article | Reject, shapes: Iterable[Shape] = ()) -> PageEvidence | None:
    """Read a row's page. None for text dumps, which have no layout and no site around them."""
    if row.url.startswith(_NO_PAGE):
        return None
    article = isinstance(row, Article)
    lines = row.text.split("\n") if article and row.text else []
    shared, own = _lines(row, lines)
    return PageEvidence(
        page=row.article_id[:PAGE_ID_CHARS],
        url=row.url,
        layout=row.layout or "",
        filled=tuple(_filled(row)),
        words=row.word_count,
        sketch=_sketch(lines),
        lines=shared if article else (),
        own=own if article else (),
        shapes=tuple((s.path, s.blocks, s.odds) for s in shapes) if article else (),
    )


def _lines(
    row: Article | Reject, lines: list[str]
) -> tuple[tuple[tuple[str, str, str], ...], tuple[str, ...]]:
    """Return the lines another page may repeat, each once, and those that are this page's own."""
    facts = Facts.of(row.title, getattr(row, "authors", ()))
    shared: dict[str, tuple[str, str, str]] = {}
    own: dict[str, None] = {}
    order = [i for i in _outside_in(lines) if _is_worth_it(i, lines)][:_MOST_LINES]
    for i, where in zip(order, places(lines, order), strict=True):
        line = lines[i]
        if not is_learnable(line, key := tokens(line)):
            continue
        rule = rule_id(key)
        if facts.are_in(key):
            own[rule] = None
        else:
            shared.setdefault(rule, (where, rule, shown(line, rule)))
    for cut in row.cuts:
        if cut.category == CATEGORY:
            shared[cut.rule] = ("cut", cut.rule, shown(cut.text, cut.rule))
    return tuple(shared.values()), tuple(own)


def _outside_in(lines: list[str]) -> list[int]:
    """Number the lines, the first and last ones first."""
    middle = len(lines) / 2
    return sorted(range(len(lines)), key=lambda i: (-abs(i + 0.5 - middle), i))


def _is_worth_it(i: int, lines: list[str]) -> bool:
    """Whether it is a line, or a paragraph at either end."""
    line = lines[i]
    if len(line) < _SURELY_SHORT or (count := words(line)) <= MAX_WORDS:
        return True
    return min(i, len(lines) - 1 - i) < _OUTERMOST and count <= _LONGEST


def _sketch(lines: Iterable[str]) -> tuple[int, ...]:
    hashes = {zlib.crc32(line.encode("utf-8", "surrogatepass")) for line in lines if is_prose(line)}
    return tuple(sorted(hashes)[:_SKETCH])


def _filled(row: Article | Reject) -> Iterable[str]:
    if isinstance(row, Article):
        yield "article"
    for column in ("title", "authors", "published_at"):
        if getattr(row, column, None):
            yield column


def as_json(page: PageEvidence) -> dict[str, Any]:
    """Return it as JSON types."""
    return {name: getattr(page, name) for name in PageEvidence.__slots__}


def from_json(raw: dict[str, Any]) -> PageEvidence:
    """Read it back."""
    given = raw | {name: tuple(raw[name]) for name in ("filled", "sketch", "own")}
    given |= {name: tuple(map(tuple, raw.get(name, ()))) for name in ("lines", "shapes")}
    return PageEvidence(**given)
