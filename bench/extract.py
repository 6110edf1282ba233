"""`make bench-extract`: text, metadata, speed and memory, ours beside the peers'.

Quality is given per data set, for all pages and for those of news sites; speed is CPU time, and as
a ratio to trafilatura with its metadata in the same run: absolute rates move with the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from bench.pages import Sample, load
from bench.race import Runner, Unavailable, race
from bench.score import Answer, Figures, figures
from bench.show import progress, say, share, table
from bench.stated import fill_rates
from bench.worst import show_worst

OURS: Final = "ours"
ENTRY: Final = "bench.entry:extract"
#: Speeds are told as ratios to this one.
YARDSTICK: Final = "traf_meta"
DEFAULT_PEERS: Final = (
    "traf_nocomm,traf_meta,traf_fast,traf_precision,newspaper4k,resiliparse,readability"
)
_QUALITY: Final = {
    "precision": "P", "recall": "R", "f1": "F1", "f1_error": "±",
    "segment_precision": "seg P", "segment_recall": "seg R", "segment_f1": "seg F1",
    "leaks": "leaks", "misses": "misses", "title_exact": "title", "date_exact": "date",
    "date_1day": "±1 day", "author_precision": "auth P", "author_recall": "auth R",
    "author_f1": "auth F1",
}  # fmt: skip
_COUNTS: Final = frozenset({"leaks", "misses"})
_SPEED: Final = ("pages/CPU-s", f"x {YARDSTICK}", "p50 ms", "p95 ms", "empty", "errors")


@dataclass(frozen=True, slots=True)
class Run:
    """What one extractor answered to all pages, and the most memory its process held."""

    name: str
    answers: Sequence[Answer]
    peak_mb: float


def main() -> None:
    """Measure, and print the tables."""
    asked = _arguments()
    samples = load([name for name in asked.sets.split(",") if name], asked.pages)
    peers = [name for name in asked.peers.split(",") if name and name != "none"]
    with ExitStack() as stack:
        pythons = [python for python in (sys.executable, asked.peers_python) if python]
        started = [Runner(OURS, ENTRY), *(_start(name, pythons) for name in peers)]
        runners = [stack.enter_context(runner) for runner in started if runner]
        with progress("pages", len(samples)) as tell:
            answers = race(runners, samples, tell)
        runs = [
            Run(runner.name, given, runner.peak_mb())
            for runner, given in zip(runners, answers, strict=True)
        ]
    show(samples, runs)
    if asked.worst:
        show_worst(samples, runs[0].answers, asked.worst)
    if asked.json:
        Path(asked.json).write_text(json.dumps(as_json(samples, runs), indent=1), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-extract", description=__doc__)
    parser.add_argument("--sets", default="", help="data sets, comma-separated; default: all")
    parser.add_argument("--pages", type=int, default=0, help="of each at most so many; 0: all")
    parser.add_argument("--peers", default=DEFAULT_PEERS, help="comma-separated; none: ours alone")
    parser.add_argument(
        "--peers-python", default="", help="an interpreter that has the other peers"
    )
    parser.add_argument("--json", default="", help="write all figures to this file")
    parser.add_argument("--worst", type=int, default=0, help="show our so many worst pages")
    return parser.parse_args()


def _start(name: str, pythons: Iterable[str]) -> Runner | None:
    """Start a peer under the first interpreter that has it; say so if none has."""
    why = ""
    for python in pythons:
        try:
            return Runner(name, python=python)
        except (Unavailable, OSError) as error:
            why = str(error)
    say(f"{name} is left out: {why}")
    return None


def show(samples: Sequence[Sample], runs: Sequence[Run]) -> None:
    """Print a table for each data set, all pages and news, then speed, memory and what is filled."""
    for title, picked in groups(samples):
        rows = [[run.name, *_quality(figures(*_pick(samples, run, picked)))] for run in runs]
        rows = [
            row for row in rows if any(row[1:])
        ]  # some have no metadata, and some pages no text
        table(title, ["extractor", *_QUALITY.values()], rows)
    everything = list(range(len(samples)))
    for title, picked in [*groups(samples, news=False), ("all", everything)]:
        pace = [speed([run.answers[i] for i in picked]) for run in runs]
        base = next((p for p, run in zip(pace, runs, strict=True) if run.name == YARDSTICK), None)
        rows = [[run.name, *_pace(p, base)] for run, p in zip(runs, pace, strict=True)]
        table(f"Speed: {title}", ["extractor", *_SPEED], rows)
    memory = [[run.name, f"{run.peak_mb:.0f}"] for run in runs]
    table("Peak memory of the process", ["extractor", "MB"], memory)
    filled = fill_rates(samples, runs[0].answers)
    table(
        f"What pages state, and our rows have ({filled[0].articles} articles)",
        ["field", "stated", "of these filled", "share", "filled in all"],
        [[f.field, str(f.stated), str(f.filled), share(f.share), str(f.anyway)] for f in filled],
    )


def groups(samples: Sequence[Sample], *, news: bool = True) -> list[tuple[str, list[int]]]:
    """Return the places of the pages of each data set: all, and news where that is not the same."""
    found = []
    for name in dict.fromkeys(sample.dataset for sample in samples):
        every = [i for i, sample in enumerate(samples) if sample.dataset == name]
        of_news = [i for i in every if samples[i].news]
        found.append((f"{name}, {len(every)} pages", every))
        if news and of_news and len(of_news) < len(every):
            found.append((f"{name}, {len(of_news)} news pages", of_news))
    return found


def speed(answers: Sequence[Answer]) -> Figures:
    """Return pages per CPU second, milliseconds a page, and how many were empty or in error."""
    spent = [answer.cpu_s for answer in answers]
    cuts = quantiles(spent, n=100, method="inclusive") if len(spent) > 1 else spent * 99
    return {
        "pages_per_cpu_s": len(spent) / sum(spent),
        "p50_ms": 1000 * cuts[49],
        "p95_ms": 1000 * cuts[94],
        "empty": sum(not answer.text.strip() for answer in answers),
        "errors": sum(answer.error is not None for answer in answers),
    }


def as_json(samples: Sequence[Sample], runs: Sequence[Run]) -> dict[str, Any]:
    """Return every figure by group and extractor."""
    result: dict[str, Any] = {"peak_mb": {run.name: run.peak_mb for run in runs}, "groups": {}}
    for title, picked in groups(samples):
        result["groups"][title] = {
            run.name: figures(*_pick(samples, run, picked))
            | speed([run.answers[i] for i in picked])
            for run in runs
        }
    return result


def _pick(
    samples: Sequence[Sample], run: Run, places: Sequence[int]
) -> tuple[list[Sample], list[Answer]]:
    return [samples[i] for i in places], [run.answers[i] for i in places]


def _quality(measured: Figures) -> list[str]:
    return [
        f"{measured[name]:.0f}"
        if name in _COUNTS and name in measured
        else share(measured.get(name))
        for name in _QUALITY
    ]


def _pace(pace: Figures, base: Figures | None) -> list[str]:
    ratio = pace["pages_per_cpu_s"] / base["pages_per_cpu_s"] if base else None
    return [
        f"{pace['pages_per_cpu_s']:.1f}",
        "" if ratio is None else f"{ratio:.2f}",
        f"{pace['p50_ms']:.1f}",
        f"{pace['p95_ms']:.1f}",
        f"{pace['empty']:.0f}",
        f"{pace['errors']:.0f}",
    ]


if __name__ == "__main__":
    main()
