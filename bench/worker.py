"""An extractor in a process of its own: pages in, answers out, a line of JSON each.

`python -m bench.worker NAME` for a peer, or `python -m bench.worker MODULE:FUNCTION`. It needs
nothing but the extractor's own packages, so it runs under any environment's Python.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO

from bench.peers import PEERS, Extractor

#: Seconds a page may take; one that takes longer counts as an error, as it would in production.
PAGE_SECONDS = 60


def main(spec: str) -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # some libraries print
        if not os.environ.get("BENCH_DEBUG"):
            os.dup2(nowhere.fileno(), 2)
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _too_slow)
    extract = _load(spec)
    if isinstance(extract, str):
        _tell(answers, {"failed": extract})
        return
    _tell(answers, {"ready": True})
    for line in sys.stdin:
        page = json.loads(line)
        _tell(answers, _run(extract, page) if page else {"peak_mb": _peak_mb()})


def _tell(answers: TextIO, value: dict[str, Any]) -> None:
    answers.write(json.dumps(value, default=str) + "\n")
    answers.flush()


def _load(spec: str) -> Extractor | str:
    """Return the extractor, or why there is none."""
    module, _, name = spec.partition(":")
    if not name and spec not in PEERS:
        return f"no such peer; there are {', '.join(PEERS)}"
    try:
        return getattr(importlib.import_module(module), name) if name else PEERS[spec]()
    except (ImportError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


def _run(extract: Extractor, page: dict[str, str]) -> dict[str, Any]:
    made, error = None, None
    signal.alarm(PAGE_SECONDS)
    start = time.process_time()
    try:
        made = extract(page["html"], page["url"])
    except Exception as caught:  # noqa: BLE001 - a crash costs a peer its recall, as it would its user
        error = f"{type(caught).__name__}: {caught}"[:200]
    spent = time.process_time() - start
    signal.alarm(0)
    return {"made": made, "cpu_s": spent, "error": error}


def _too_slow(*_: object) -> NoReturn:
    raise TimeoutError


def _peak_mb() -> float:
    """Return the most memory this program has held; what `getrusage` says includes its parent's."""
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1])
