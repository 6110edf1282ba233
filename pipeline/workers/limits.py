"""What a page may cost, held by the kernel: it also stops C code that never looks up."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Cores that one task takes unasked.
_MOST_CORES: Final = 4
#: A page that waits so many times longer than it may work is stuck, not slow: swapping, say.
_PATIENCE: Final = 30
_STATM = Path("/proc/self/statm")


def cores() -> int:
    """Return the number of cores this process may use, at most four."""
    if hasattr(os, "sched_getaffinity"):
        return min(_MOST_CORES, len(os.sched_getaffinity(0)))
    return min(_MOST_CORES, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many workers (0: none, pages are judged here and unlimited), and what a page may cost.

    `page_seconds` are of CPU, not of the clock: a page takes as many of them on a busy machine as
    on an idle one, so that the limit says the same everywhere. `page_bytes` is memory over what a
    worker has at its start. A worker is replaced after `pages_each`, or when it has grown by `growth`
    bytes: parsers leave holes in memory. At most `ahead` pages or `ahead_bytes` of them a worker
    are held besides the ones that are judged.
    """

    workers: int = 1
    page_seconds: float = 2.0
    page_bytes: int = 500_000_000
    pages_each: int = 2000
    growth: int = 100_000_000
    ahead: int = 32
    ahead_bytes: int = 32_000_000


def cap_memory(more: int) -> None:
    """Let this process take so many bytes more than it has. Linux alone holds to it.

    What goes over it is a MemoryError, or the end of the process where C does not expect it. Other
    kernels count as data only what grows by `brk`, which allocators hardly use, or refuse the limit.
    There the limit of time is what ends a page that hoards, and its worker is replaced, as its
    peak shows.
    """
    _, data = memory()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))


def resident() -> int:
    """Return the bytes of memory this process holds; where /proc is missing, the most it held."""
    return memory()[0]


def memory(statm: Path = _STATM) -> tuple[int, int]:
    """Return resident bytes, and those of data (what RLIMIT_DATA counts)."""
    try:
        fields = statm.read_bytes().split()
    except OSError:
        # In bytes on macOS, in kilobytes everywhere else (getrusage(2) of each).
        unit = 1 if sys.platform == "darwin" else 1024
        peak = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak, peak
    size = resource.getpagesize()
    return int(fields[1]) * size, int(fields[5]) * size


@contextlib.contextmanager
def timed(seconds: float) -> Iterator[None]:
    """End this process by SIGPROF if what follows takes so many seconds of CPU.

    By SIGALRM if it takes thirty times as long by the clock. Both kill, whatever the process does:
    a Python handler would wait for the C function that is too slow to return.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def arm() -> None:
    """Let the timers' signals kill and children be waited for, whatever was inherited."""
    for number in (signal.SIGPROF, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
