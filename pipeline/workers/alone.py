"""One page's work in a forked process within its limits: for a person who waits for one page.

A nursery takes two seconds to start, a fork some 10 ms, as all that this process has loaded is
there. It is for the command line alone: inside of an executor's task it would not be safe (see the
package).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from pipeline.errors import BroadsheetError
from pipeline.workers.ends import NO_MEMORY
from pipeline.workers.limits import Limits, arm, cap_memory, timed

Step = Callable[[], Any]


def answers_of(steps: Sequence[Step], limits: Limits) -> tuple[list[Any], int]:
    """Return the answers of the steps, each within the limits, and how the process ended.

    There are fewer answers than steps if it ended over one of them. Without workers (`limits`) they
    are worked out here, unlimited. Raises the BroadsheetError that a step raises.
    """
    if not limits.workers:
        return [step() for step in steps], 0
    ours, theirs = multiprocessing.Pipe(duplex=False)
    with ours:
        with theirs:
            pid = os.fork()
            if not pid:
                ours.close()
                _work(steps, theirs, limits)
        try:
            answers = _received(ours, len(steps))
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
    _, how = os.waitpid(pid, 0)
    if answers and isinstance(answers[-1], BroadsheetError):
        raise answers[-1]
    return answers, how


def _received(ours: Connection, most: int) -> list[Any]:
    answers: list[Any] = []
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while len(answers) < most:
            answers.append(ours.recv())
    return answers


def _work(steps: Sequence[Step], theirs: Connection, limits: Limits) -> NoReturn:
    status = 1
    try:
        arm()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C: who asked says so
        cap_memory(limits.page_bytes)
        for step in steps:
            with timed(limits.page_seconds):
                try:
                    answer = step()
                except BroadsheetError as error:
                    answer = error
            theirs.send(answer)
        status = 0
    except MemoryError:
        status = NO_MEMORY
    except Exception:  # noqa: BLE001 - what goes on from here would be a second command
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)
