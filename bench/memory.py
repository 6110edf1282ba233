"""`make bench-memory`: what site memory gains, and what it loses, on sites with several pages.

The data sets hold two to five pages a site, of any day, where a crawl sees hundreds: so the demands
of the pipeline are measured beside looser ones, down to none. Two passes: a page is cleaned with
what all other pages of its site teach. Streaming: with what the pages before it teach. Every page
counts as a day of its own.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from bench.entry import judge
from bench.pages import Sample, load
from bench.score import Answer, figures
from bench.shapes import measure
from bench.show import progress, share, table
from pipeline.extract.lines import tokens
from pipeline.extract.memory import Facts, recall
from pipeline.memory.evidence import PageEvidence, evidence_of
from pipeline.memory.learn import Demands, Learned, learn, memory_of
from pipeline.model import Article

#: What is asked of a line before it is cut, from the pipeline's own demands down to none.
DEMANDS: Final = {
    "pipeline": Demands(),
    "3 pages": Demands(share=0, sure_pages=3, sure_days=3, sure_share=0),
    "2 pages": Demands(pages=2, days=2, share=0, sure_pages=2, sure_days=2, sure_share=0),
    "1 page, anywhere": Demands(
        pages=1, days=1, share=0, edge=0, sure_pages=1, sure_days=1, sure_share=0, sure_edge=0, inside_words=0
    ),
}  # fmt: skip
_FIRST: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Read:
    """A page of a data set as the pipeline reads it without memory."""

    sample: Sample
    lines: tuple[str, ...]
    facts: Facts
    evidence: PageEvidence | None


@dataclass(slots=True)
class Count:
    """Lines that memory cut, and those of them that stand in the reference."""

    cut: int = 0
    lost: int = 0


def main() -> None:
    """Measure, and print a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="", help="data sets, with commas; default: all")
    parser.add_argument(
        "--scores", help="what `make fit` left: measure shapes with it, and no lines"
    )
    asked = parser.parse_args()
    if asked.scores:
        measure(asked.scores)
        return
    samples = load([name for name in asked.sets.split(",") if name])
    sites: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        if sample.text:
            sites[sample.dataset][sample.domain].append(sample)
    for dataset, by_site in sites.items():
        several = {site: pages for site, pages in by_site.items() if len(pages) > 1}
        if several:
            _show(dataset, _read(dataset, several))


def _read(dataset: str, sites: Mapping[str, Sequence[Sample]]) -> list[list[Read]]:
    read: list[list[Read]] = []
    with progress(dataset, sum(map(len, sites.values()))) as tell:
        for pages in sites.values():
            read.append([_page(sample) for sample in pages])
            tell(sum(map(len, read)))
    return read


def _page(sample: Sample) -> Read:
    row = judge(sample.html, sample.url)
    article = isinstance(row, Article)
    evidence = evidence_of(row)
    lines = tuple(row.text.split("\n")) if article else ()
    # Some pages of the data sets have lost their address: what they are known by is their id.
    known = replace(evidence, page=sample.id) if evidence else None
    return Read(sample, lines, Facts.of(row.title, getattr(row, "authors", ())), known)


def _show(dataset: str, sites: Sequence[Sequence[Read]]) -> None:
    pages = [page for site in sites for page in site]
    rows = [_row("without memory", pages, {}, Count())]
    for name, demands in DEMANDS.items():
        for way, others in _WAYS.items():
            count, texts = Count(), dict[str, str]()
            for site in sites:
                for i, page in enumerate(site):
                    texts[page.sample.id] = _recalled(page, others(site, i), demands, count)
            rows.append(_row(f"{name}, {way}", pages, texts, count))
    columns = ("", "P", "R", "F1", "lines cut", "of them in the reference")
    table(f"{dataset}: {len(pages)} pages of {len(sites)} sites", columns, rows)


def _recalled(page: Read, others: Sequence[Read], demands: Demands, count: Count) -> str:
    evidence = {
        f"{_FIRST + timedelta(days=n):%Y%m%d}T0000Z-0": [other.evidence]
        for n, other in enumerate(others)
        if other.evidence
    }
    day = (_FIRST + timedelta(days=len(others))).isoformat()
    memory = memory_of(learn(Learned(source="bench", day=day), evidence, day), demands=demands)
    found = recall(page.lines, memory, page.facts)
    reference = f" {tokens(page.sample.text or '')} "
    count.cut += len(found.cuts)
    count.lost += sum(f" {tokens(cut.text)} " in reference for cut in found.cuts)
    return "\n".join(page.lines[i] for i in found.kept)


def _row(name: str, pages: Sequence[Read], texts: Mapping[str, str], count: Count) -> list[str]:
    answers = [Answer(text=texts.get(p.sample.id, "\n".join(p.lines))) for p in pages]
    made = figures([page.sample for page in pages], answers)
    scores = [share(made.get(key)) for key in ("precision", "recall", "f1")]
    return [name, *scores, str(count.cut), str(count.lost)]


_WAYS: Final[dict[str, Callable[[Sequence[Read], int], Sequence[Read]]]] = {
    "two passes": lambda site, i: [*site[:i], *site[i + 1 :]],
    "streaming": lambda site, i: site[:i],
}


if __name__ == "__main__":
    main()
