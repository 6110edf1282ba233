"""Do jobs of the pipeline, each in a process that kills itself.

Reads lines `FUSE JOB [ARG…]`, and answers each by how its process ended, as `os.wait` gives it.
The store and the ledger count their calls that change something. Just before or just after the
FUSE-th such call (odd: before, even: after) the process sends itself SIGKILL. FUSE 0 never blows.

Libraries are loaded once and processes forked from there: a run that is killed thirty times would
spend two minutes on imports. None of those libraries holds a thread that a fork would lose.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline import jobs

CHANGES = {
    "put",
    "create",
    "delete",
    "remember",
    "settle_fetched",
    "settle",
    "keep_robots",
    "spend",
}


class Fuse:
    def __init__(self, length: int) -> None:
        self.length, self.burnt = length, 0

    def burn(self) -> None:
        self.burnt += 1
        if self.burnt == self.length:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A port whose every change burns the fuse before and after."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if name not in CHANGES:
            return found

        def mortal(*args: object, **kwargs: object) -> object:
            self._fuse.burn()
            result = found(*args, **kwargs)
            self._fuse.burn()
            return result

        return mortal


def die_trying(length: str, job: str, *args: str) -> None:
    """Do a job with a fuse."""
    fuse, open_ports = Fuse(int(length)), jobs.open_ports

    def open_mortal_ports(settings: object) -> object:
        ports = open_ports(settings)
        return replace(ports, store=Mortal(ports.store, fuse), ledger=Mortal(ports.ledger, fuse))

    jobs.open_ports = open_mortal_ports
    getattr(jobs, job)(*args)


def in_a_child(words: list[str]) -> int:
    """Return how a process ended that did a job."""
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    status = 1
    try:
        die_trying(*words)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as a second parent
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(f"{in_a_child(line.split())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    # What jobs load when they need it: four seconds for the audit's library alone.
    for name in ("flow", "adapters.http", "adapters.ledger", "adapters.store"):
        importlib.import_module(f"pipeline.{name}")
    importlib.import_module("great_expectations")
    main()
