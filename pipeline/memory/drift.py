"""Has a site changed? One run's pages against what is known of it.

Reported, never fatal: rows are written, and the operator is told where to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.memory.evidence import PageEvidence
from pipeline.memory.learn import Learned

#: Pages of a run and pages known before, without which nothing is said.
_FEWEST: Final = 5
_FEWEST_KNOWN: Final = 10
#: Part of a run's pages in layouts never seen before that makes a redesign.
_NEW_LAYOUTS: Final = 0.6
#: Columns that are filled from the page, the part that a site fills as a rule, and how far it falls.
_COLUMNS: Final = {
    "article": "pages that give an article",
    "title": "headlines",
    "authors": "authors",
    "published_at": "dates of publication",
}
_AS_A_RULE: Final = 0.6
_FALL: Final = 0.5
_SHORTER: Final = 0.4


def drift(known: Learned, pages: Sequence[PageEvidence]) -> list[str]:
    """Return a line for each thing that a run's pages show to be no longer as it was."""
    if len(pages) < _FEWEST or known.count("pages") < _FEWEST_KNOWN:
        return []
    return [f"{known.source}: {line}" for line in (*_layouts(known, pages), *_rates(known, pages))]


def _layouts(known: Learned, pages: Sequence[PageEvidence]) -> Iterator[str]:
    shown = [page for page in pages if page.layout]
    new = Counter(page.layout for page in shown if page.layout not in known.layouts)
    count = new.total()
    if not known.layouts or count < max(_FEWEST, _NEW_LAYOUTS * len(shown)):
        return
    was = max(known.layouts, key=lambda path: (known.layouts[path], path))
    now = max(new, key=lambda path: (new[path], path))
    yield (
        f"the layout has changed: {count} of {len(shown)} pages hold their text where none did "
        f"before, most in {now!r}, until now in {was!r}. Look at one with `broadsheet try`, and "
        "mend extract.body in its seed if text is missing"
    )


def _rates(known: Learned, pages: Sequence[PageEvidence]) -> Iterator[str]:
    before, articles = known.count("pages"), [p for p in pages if "article" in p.filled]
    for column, name in _COLUMNS.items():
        whole, part = (pages, before) if column == "article" else (articles, known.count("article"))
        if len(whole) < _FEWEST or not part:
            continue
        was = known.count(column) / part
        now = sum(column in page.filled for page in whole) / len(whole)
        if was >= _AS_A_RULE and now < _FALL * was:
            yield f"fewer {name}: {now:.0%} of {len(whole)}, {was:.0%} in the last weeks"
    if len(articles) >= _FEWEST and (total := known.count("article")):
        was = known.count("words") / total
        now = sum(page.words for page in articles) / len(articles)
        if now < _SHORTER * was:
            yield f"shorter texts: {now:.0f} words on average, {was:.0f} in the last weeks"
