"""`make bench-memory`, second part: what the shapes of a site's other pages settle where the filter is in doubt.

The filter that comes with the code was fitted to these very pages and is seldom in doubt of them, so
pages are judged by the filters that `make fit` tried on publishers they had not seen (SCORES). Two
passes: with what all other pages of the site teach. Streaming: with what those before it teach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.blocks import labelled_pages
from bench.entry import rules
from bench.pages import Sample
from bench.score import Answer, figures, page_f1
from bench.show import share, table
from pipeline.boilerplate import RuleSet
from pipeline.extract.blocks import Block
from pipeline.extract.body import choose
from pipeline.extract.cut import cut
from pipeline.extract.parse import parse
from pipeline.extract.shapes import settled, shapes_of
from pipeline.extract.strip import strip
from pipeline.memory.evidence import PageEvidence
from pipeline.memory.learn import Demands, Learned, learn, memory_of

#: The pipeline's own demands, and looser ones; a shape's lean is in log-odds.
_DEMANDS: Final = {
    "pipeline": Demands(),
    "2 stories": Demands(shape_stories=2),
    "1 story": Demands(shape_stories=1),
}
_SLOT: Final = "20260101T0000Z-0"
_DAY: Final = "2026-01-02"


@dataclass(frozen=True, slots=True)
class Scored:
    """A page with the scores of a filter that has not seen its site."""

    sample: Sample
    rules: RuleSet
    blocks: Sequence[Block]
    numbers: Any
    scores: Any
    evidence: PageEvidence
    alone: str

    def text(self, known: Mapping[str, bool]) -> str:
        """Return the text that comes out with what is known of shapes."""
        scores = settled(self.blocks, self.scores, known)
        if scores is self.scores:
            return self.alone
        return _text(self.sample, self.rules, self.numbers, scores)


def _text(sample: Sample, chosen: RuleSet, numbers: Any, scores: Any) -> str:
    tree = parse(sample.html)  # anew: whoever reads the body uses it up
    blocks = cut(tree, chosen).blocks
    body = choose(tree, blocks, numbers, scores, sample.url)
    return "\n".join(strip(body.lines, chosen).lines)


def measure(path: str) -> None:
    """Print a table for each data set that has sites with several pages."""
    sites: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    held_out = np.load(path)
    scores = np.split(held_out["scores"], np.flatnonzero(np.diff(held_out["pages"])) + 1)
    for number, (sample, claims, blocks, numbers) in enumerate(labelled_pages()):
        if not sample.text:
            continue
        mine, chosen = scores[number], rules().for_source(claims.source)
        alone = _text(sample, chosen, numbers, mine)
        found = _evidence(sample, blocks, mine)
        page = Scored(sample, chosen, blocks, numbers, mine, found, alone)
        sites[sample.dataset, sample.domain].append(page)
    for name in dict.fromkeys(dataset for dataset, _ in sites):
        several = [site for key, site in sites.items() if key[0] == name and len(site) > 1]
        if several:
            _show(name, several)


def _evidence(sample: Sample, blocks: Sequence[Block], scores: Any) -> PageEvidence:
    shapes = tuple((s.path, s.blocks, s.odds) for s in shapes_of(blocks, scores))
    return PageEvidence(
        page=sample.id, url=sample.url, layout="", filled=(), words=0, sketch=(), shapes=shapes
    )


def _show(name: str, sites: Sequence[Sequence[Scored]]) -> None:
    pages = [page for site in sites for page in site]
    alone = [page.alone for page in pages]
    rows = [_row("without memory", pages, alone, alone)]
    for title, demands in _DEMANDS.items():
        for way in ("two passes", "streaming"):
            texts = [
                page.text(
                    _known(site[:i] if way == "streaming" else [*site[:i], *site[i + 1 :]], demands)
                )
                for site in sites
                for i, page in enumerate(site)
            ]
            rows.append(_row(f"{title}, {way}", pages, texts, alone))
    columns = ("", "P", "R", "F1", "F1 gained", "pages better", "worse")
    table(f"{name}, shapes: {len(pages)} pages of {len(sites)} sites", columns, rows)


def _known(others: Sequence[Scored], demands: Demands) -> Mapping[str, bool]:
    evidence = {_SLOT: [page.evidence for page in others]}
    return memory_of(
        learn(Learned(source="bench", day=_DAY), evidence, _DAY), demands=demands
    ).shapes


def _row(
    name: str, pages: Sequence[Scored], texts: Sequence[str], alone: Sequence[str]
) -> list[str]:
    samples = [page.sample for page in pages]
    made, was = (
        figures(samples, [Answer(text=text) for text in group]) for group in (texts, alone)
    )
    gains = [
        page_f1(sample.text or "", now) - page_f1(sample.text or "", before)
        for sample, now, before in zip(samples, texts, alone, strict=True)
    ]
    return [
        name,
        *(share(made.get(key)) for key in ("precision", "recall", "f1")),
        f"{made['f1'] - was['f1']:+.4f}",
        str(sum(gain > 0 for gain in gains)),
        str(sum(gain < 0 for gain in gains)),
    ]
