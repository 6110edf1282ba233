"""How many requests a host may get in a day, shared by all that ask it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pipeline.model import Purpose, Reason
from pipeline.ports import Clock, HostLedger, HttpTrouble, Spent

#: Requests taken from the ledger at a time, or a hundredth of the day if that is more: a killed
#: crawl has at most as many taken, not made. Taking costs as much CPU as asking for several pages.
CHUNK: Final = 20
_SHARE: Final = 100
#: What a backfill leaves to the daily crawl: what that needed lately and a quarter more, but at
#: least a tenth of the day; half of it where the daily crawl has not been seen.
_MORE: Final = 1.25
_LEAST_SHARE: Final = 0.1
_UNSEEN_SHARE: Final = 0.5


def room(spent: Spent, purpose: Purpose, limit: int) -> int:
    """Return how many more requests a host may get today for a purpose. Pure; may be negative."""
    if purpose == Purpose.DAILY:
        return limit - spent.daily - spent.backfill
    return limit - max(reserved(spent, limit), spent.daily) - spent.backfill


def reserved(spent: Spent, limit: int) -> int:
    """Return how much of a host's day is the daily crawl's, used or not."""
    if spent.recent is None:
        return math.ceil(limit * _UNSEEN_SHARE)
    return min(limit, max(math.ceil(spent.recent * _MORE), math.ceil(limit * _LEAST_SHARE)))


@dataclass(slots=True)
class _Taken:
    day: date
    left: int
    used_up: bool = False


class Budgets:
    """Takes requests from the days of hosts, a few at a time. Raises what the ledger raises."""

    def __init__(self, ledger: HostLedger, now: Clock, purpose: Purpose) -> None:
        self._ledger, self._now, self._purpose = ledger, now, purpose
        self._taken: dict[str, _Taken] = {}

    def take(self, host: str, limit: int) -> None:
        """Take one request. Raises HttpTrouble (BUDGET) if the host's day has none left."""
        day = self._now().astimezone(UTC).date()
        taken = self._taken.get(host)
        if taken is None or taken.day != day:
            taken = self._taken[host] = _Taken(day, 0)
        if not taken.left and not taken.used_up:
            wanted = max(CHUNK, limit // _SHARE)
            taken.left = self._ledger.spend(
                host, day, self._purpose, wanted, lambda spent: room(spent, self._purpose, limit)
            )
            taken.used_up = not taken.left
        if not taken.left:
            raise HttpTrouble(Reason.BUDGET, self._told(host, limit), retry_at=_next_day(day))
        taken.left -= 1

    def put_back(self, host: str) -> None:
        """Return one request that was not made after all."""
        self._taken[host].left += 1

    def close(self) -> None:
        """Give back what was taken and not made."""
        for host, taken in self._taken.items():
            if taken.left:
                self._ledger.give_back(host, taken.day, self._purpose, taken.left)
                taken.left = 0

    def _told(self, host: str, limit: int) -> str:
        whose = "" if self._purpose == Purpose.DAILY else ", but for what the daily crawl needs"
        return f"today's {limit:,} requests to {host} are used up{whose}; due again tomorrow (UTC)"


def _next_day(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
