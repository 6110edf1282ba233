"""How a process ended that judged a page -> what that says of the page."""

from __future__ import annotations

import os
import signal
from typing import Final

from pipeline.model import Reason
from pipeline.workers.limits import Limits

#: How a process ends that may take no more memory.
NO_MEMORY: Final = 12
#: A page's process may be killed by what has nothing to do with the page, so it gets a second one;
#: but not if it ran out of its time, for it would again.
TRIES: Final = 2


def is_timer(how: int) -> bool:
    """Whether a wait status says that a page's time was up."""
    return os.WIFSIGNALED(how) and os.WTERMSIG(how) in {signal.SIGPROF, signal.SIGALRM}


def reason_of(how: int, limits: Limits) -> tuple[Reason, str]:
    """Return why a page is refused whose process ended with this wait status, and the detail."""
    code = os.waitstatus_to_exitcode(how)
    if -code == signal.SIGPROF:
        return Reason.TOO_SLOW, f"took more than {limits.page_seconds:g} s of CPU"
    if -code == signal.SIGALRM:
        return Reason.TOO_SLOW, "stood still: it waited for memory or a core, not for a site"
    if code == NO_MEMORY:
        return Reason.TOO_LARGE, f"took more than {limits.page_bytes / 1e6:g} MB of memory"
    name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    return Reason.EXTRACTOR_FAILED, f"ended its worker with {name}, {TRIES} times"
