"""Extractors side by side, each in a process of its own, over the same pages.

Pages are handed out in small batches to one process at a time, in turn, so that whatever else the
machine does falls on all alike: CPU times move by a third, their ratios hardly do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from bench.pages import ROOT, WARM_UP, Sample
from bench.score import Answer, answer_of

Tell = Callable[[int], None]
_BATCH = 10
#: Pages that pay for imports, lazy tables and caches before the clock counts.
_FIRST = 3


class Unavailable(Exception):
    """An extractor that cannot be started here, and why."""


class Runner:
    """One extractor's process. Use it with `with`. Raises Unavailable if it does not start."""

    def __init__(self, name: str, spec: str = "", python: str = sys.executable) -> None:
        self.name = name
        # Hashes are seeded, so that a set's order is the same in every run.
        env = os.environ | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        command = [python, "-m", "bench.worker", spec or name]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603 - an interpreter and a name from our own table
            command, stdin=pipe, stdout=pipe, env=env, cwd=ROOT, text=True, encoding="utf-8"
        )
        if "ready" not in (said := self._hear()):
            self.close()
            raise Unavailable(said["failed"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def answer(self, sample: Sample) -> Answer:
        """Let it read one page."""
        said = self._ask({"html": sample.html, "url": sample.url})
        return answer_of(said["made"], cpu_s=said["cpu_s"], error=said["error"])

    def warm_up(self, samples: Sequence[Sample]) -> None:
        """Let it read what any process reads slowly."""
        self._ask({"html": WARM_UP, "url": "https://page.invalid/"})
        for sample in samples[:_FIRST]:
            self.answer(sample)

    def peak_mb(self) -> float:
        """Return the most memory its process has held so far."""
        return float(self._ask(None)["peak_mb"])

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.communicate()

    def _ask(self, page: dict[str, str] | None) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(page) + "\n")
        self._process.stdin.flush()
        said = self._hear()
        if "failed" in said:
            raise Unavailable(said["failed"])
        return said

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"failed": f"{self.name}: its process has died"}


def race(runners: Sequence[Runner], samples: Sequence[Sample], tell: Tell) -> list[list[Answer]]:
    """Return each runner's answers, in the pages' order. `tell` hears how many pages are done."""
    for runner in runners:
        runner.warm_up(samples)
    answers: list[list[Answer]] = [[] for _ in runners]
    for turn, start in enumerate(range(0, len(samples), _BATCH)):
        batch = samples[start : start + _BATCH]
        for place in range(len(runners)):
            n = (place + turn) % len(runners)
            answers[n] += [runners[n].answer(sample) for sample in batch]
        tell(start + len(batch))
    return answers


def answers_of(
    spec: str, samples: Sequence[Sample], tell: Tell, processes: int = 2
) -> list[Answer]:
    """Return one extractor's answers, from several processes at once: for quality, not for times."""
    answers: list[Answer | None] = [None] * len(samples)
    rest, done = iter(range(len(samples))), iter(range(1, len(samples) + 1))

    def work(runner: Runner) -> None:
        for i in rest:
            answers[i] = runner.answer(samples[i])
            tell(next(done))

    with ExitStack() as stack, ThreadPoolExecutor(processes) as pool:
        runners = [stack.enter_context(Runner(spec, spec)) for _ in range(processes)]
        list(pool.map(work, runners))
    return [answer for answer in answers if answer is not None]
