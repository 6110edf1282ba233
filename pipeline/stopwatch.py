"""Where a page's time goes: a listener for the stages of extraction."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter


class Stopwatch:
    """Sums seconds by stage. Call it with the stage that begins; `stop` ends the last one.

    `clock` returns seconds; `time.process_time` counts those of the processor alone.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._stage, self._since = "", clock()

    def __call__(self, stage: str) -> None:
        """End the stage before, and begin this one."""
        now = self._clock()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, self._clock()

    def stop(self) -> dict[str, float]:
        """End the last stage; return seconds by stage, in the order in which they began."""
        self("")
        return self.seconds
