"""A row -> what its page shows of its site: short lines, layout, which fields were filled."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pipeline.extract.lines import is_prose, tokens, words
from pipeline.extract.memory import CATEGORY, Facts, is_learnable, places
from pipeline.model import Article, Reject

#: Words of the longest line that is learned from. Longer ones are paragraphs.
MAX_WORDS: Final = 25
#: Lines of a page that are kept: the outermost, where a site puts its own.
_MOST_LINES: Final = 40
#: Paragraphs a page is known by: the smallest hashes, so that copies choose the same ones.
_SKETCH: Final = 8
#: Addresses of what came without a page: text dumps.
_NO_PAGE: Final = "urn:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """What one page shows. `lines` are (place, line), place `cut` where memory itself removed it.

    `own` are lines that carry the article's facts: they speak against a rule. `filled` names the
    columns that are not empty; a page that gave no article has `article` not among them.
    """

    page: str
    url: str
    layout: str
    filled: tuple[str, ...]
    words: int
    sketch: tuple[int, ...]
    lines: tuple[tuple[str, str], ...] = ()
    own: tuple[str, ...] = ()

    def is_copy_of(self, sketch: Iterable[int]) -> bool:
        """Whether more than half of the paragraphs it is known by are those of another page."""
        mine, other = set(self.sketch), set(sketch)
        return 2 * len(mine & other) > min(len(mine), len(other))


def evidence_of(row: Article | Reject) -> PageEvidence | None:
    """Read a row's page. None for text dumps, which have no layout and no site around them."""
    if row.url.startswith(_NO_PAGE):
        return None
    article = isinstance(row, Article)
    lines = row.text.split("\n") if article and row.text else []
    shared, own = _short_lines(row, lines)
    return PageEvidence(
        page=row.article_id[:16],
        url=row.url,
        layout=row.layout or "",
        filled=tuple(_filled(row)),
        words=row.word_count,
        sketch=_sketch(lines),
        lines=shared if article else (),
        own=own if article else (),
    )


def _short_lines(
    row: Article | Reject, lines: list[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the lines another page may repeat, each once, and those that are this page's own."""
    facts = Facts.of(row.title, getattr(row, "authors", ()))
    shared: dict[str, tuple[str, str]] = {}
    own: list[str] = []
    for where, line in _outside_in(lines, places(lines)):
        if len(shared) + len(own) >= _MOST_LINES or words(line) > MAX_WORDS:
            continue
        if not is_learnable(line, key := tokens(line)):
            continue
        if facts.are_in(key):
            own.append(line)
        else:
            shared.setdefault(key, (where, line))
    for cut in row.cuts:
        if cut.category == CATEGORY:
            shared[tokens(cut.text)] = ("cut", cut.text)
    return tuple(shared.values()), tuple(own)


def _outside_in(lines: list[str], where: list[str]) -> Iterable[tuple[str, str]]:
    """Pair lines with their places, first and last lines first."""
    middle = len(lines) / 2
    order = sorted(range(len(lines)), key=lambda i: (-abs(i + 0.5 - middle), i))
    return ((where[i], lines[i]) for i in order)


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
    return PageEvidence(**given | {"lines": tuple((at, line) for at, line in raw["lines"])})
