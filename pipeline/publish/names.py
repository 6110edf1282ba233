"""What objects of the lake are called: `date=D/<owner>-<number>-<sha16>.parquet`, below a table.

The owner is a slot (`20261121T0900Z`), or a day that was closed (`20261121`). The number is the
owner's version that the object was written for: once the log is past it, no commit can make the
object live any more, so it may be removed without fear of a publisher that is late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Objects of the first edition have no number.
_PATH = re.compile(
    r"date=(?P<day>\d{4}-\d\d-\d\d)/(?P<owner>\d{8}(?:T\d{4}Z)?)-"
    r"(?:(?P<number>\d+)-)?(?P<digest>[0-9a-f]{16})\.parquet"
)


@dataclass(frozen=True, slots=True)
class Name:
    """An object's name, taken apart."""

    day: str
    owner: str
    number: int
    digest: str

    @property
    def path(self) -> str:
        """Where the object lies below its table."""
        return f"date={self.day}/{self.owner}-{self.number}-{self.digest}.parquet"

    @property
    def is_day(self) -> bool:
        """Whether the object holds the rows of a closed day."""
        return self.owner == owner_of_day(self.day)


def read_name(path: str) -> Name | None:
    """Take a path below a table apart; None for an object that is not ours."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    return Name(match["day"], match["owner"], int(match["number"] or 0), match["digest"])


def owner_of_day(day: str) -> str:
    """Return whose the rows of a closed day are: `20261121`."""
    return day.replace("-", "")


def named(paths: Iterable[str]) -> Iterator[tuple[str, Name]]:
    """Yield those paths below a table that are ours, with their names taken apart."""
    for path in paths:
        if found := read_name(path):
            yield path, found
