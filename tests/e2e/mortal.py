"""Do a job of the pipeline in a process that kills itself: `python mortal.py FUSE JOB [ARG…]`.

The store and the ledger count their calls that change something. Just before or just after the
FUSE-th such call (odd: before, even: after) the process sends itself SIGKILL. FUSE 0 never blows.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline import jobs

CHANGES = {"put", "create", "delete", "remember", "settle_fetched", "settle", "keep_robots"}


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


def main(length: str, job: str, *args: str) -> None:
    fuse, open_ports = Fuse(int(length)), jobs.open_ports

    def open_mortal_ports(settings: object) -> object:
        ports = open_ports(settings)
        return replace(ports, store=Mortal(ports.store, fuse), ledger=Mortal(ports.ledger, fuse))

    jobs.open_ports = open_mortal_ports
    getattr(jobs, job)(*args)


if __name__ == "__main__":
    main(*sys.argv[1:])
