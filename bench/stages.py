"""`make bench-stages`: where the CPU time of a page goes, stage by stage."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles

from bench.entry import judge
from bench.pages import WARM_UP, Sample, load
from bench.show import progress, table
from pipeline.stopwatch import Stopwatch

_FIRST = 5


def main() -> None:
    """Measure, and print a table with a row for each stage, in the page's order."""
    parser = argparse.ArgumentParser(prog="make bench-stages", description=__doc__)
    parser.add_argument("--sets", default="", help="data sets, comma-separated; default: all")
    parser.add_argument("--pages", type=int, default=0, help="of each at most so many; 0: all")
    asked = parser.parse_args()
    samples = load([name for name in asked.sets.split(",") if name], asked.pages)
    judge(WARM_UP, "")
    for sample in samples[:_FIRST]:  # imports, tables and caches are paid once a process
        judge(sample.html, sample.url)
    spent = measure(samples)
    pages = spent.pop("page")
    rows = [_row(stage, values, pages) for stage, values in spent.items()]
    columns = ["stage", "ms a page", "share", "p50 ms", "p95 ms", "largest ms", "pages"]
    table(f"CPU time of {len(pages)} pages", columns, [*rows, _row("the page", pages, pages)])


def measure(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """Return the milliseconds each page spent in each stage, and under `page` in all of them."""
    spent: dict[str, list[float]] = defaultdict(list)
    with progress("pages", len(samples)) as tell:
        for done, sample in enumerate(samples, 1):
            watch = Stopwatch(time.process_time)
            judge(sample.html, sample.url, on_stage=watch)
            stages = watch.stop()
            for stage, seconds in stages.items():
                spent[stage].append(1000 * seconds)
            spent["page"].append(1000 * sum(stages.values()))
            tell(done)
    return spent


def _row(stage: str, spent: Sequence[float], pages: Sequence[float]) -> list[str]:
    cuts = quantiles(spent, n=100, method="inclusive") if len(spent) > 1 else [*spent] * 99
    figures = (sum(spent) / len(pages), cuts[49], cuts[94], max(spent))
    first, *rest = (f"{figure:.2f}" for figure in figures)
    return [stage, first, f"{sum(spent) / sum(pages):.1%}", *rest, str(len(spent))]


if __name__ == "__main__":
    main()
