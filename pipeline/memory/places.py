"""Shapes of pages -> where a site keeps text, and where what is none: learned story by story.

A place's verdict counts only where the filter is in doubt, so it takes less to be believed than a
line that is cut wherever it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

#: Shapes remembered of a source: those of most stories, then the latest.
_MOST: Final = 400
PREFIX: Final = "shape-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedShape:
    """A kind of place (`extract.shapes`) that recurs.

    `days` gives by day the stories that have it, in how many of them it was text, and the sum of
    their mean log-odds in tenths. `text` and `other` are addresses: of a page where it was text, and
    of one where it was not.
    """

    path: str
    first_seen: str
    last_seen: str
    days: Mapping[str, tuple[int, int, int]]
    text: str = ""
    other: str = ""

    @property
    def id(self) -> str:
        """The name it has among the rules."""
        digest = hashlib.sha256(self.path.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{PREFIX}{digest[:10]}"

    @property
    def line(self) -> str:
        """What is shown of it."""
        return self.path

    @property
    def support(self) -> int:
        """Stories that have it, within the window."""
        return sum(stories for stories, _, _ in self.days.values())

    @property
    def texts(self) -> int:
        """Stories of those in which it was text."""
        return sum(texts for _, texts, _ in self.days.values())

    @property
    def odds(self) -> float:
        """Mean of what the filter said of it, in log-odds; above 0 it is text."""
        return sum(odds for _, _, odds in self.days.values()) / 10 / max(1, self.support)


def seen(known: LearnedShape | None, path: str, odds: int, url: str, day: str) -> LearnedShape:
    """Return what is known of a shape after one more story that has it."""
    shape = known or LearnedShape(path=path, first_seen=day, last_seen=day, days={})
    stories, texts, total = shape.days.get(day, (0, 0, 0))
    is_text = odds > 0
    return replace(
        shape,
        first_seen=min(shape.first_seen, day),
        last_seen=max(shape.last_seen, day),
        days={**shape.days, day: (stories + 1, texts + is_text, total + odds)},
        text=shape.text or (url if is_text else ""),
        other=shape.other or ("" if is_text else url),
    )


def remembered(shapes: Iterable[LearnedShape], oldest: str) -> dict[str, LearnedShape]:
    """Return by id those that were seen since a day, no more than are kept of a source."""
    recent = (
        replace(shape, days={day: seen for day, seen in shape.days.items() if day >= oldest})
        for shape in shapes
    )
    kept = sorted(
        (shape for shape in recent if shape.days),
        key=lambda shape: (shape.support, shape.last_seen, shape.path),
        reverse=True,
    )
    return {shape.id: shape for shape in sorted(kept[:_MOST], key=lambda shape: shape.path)}


def side(shape: LearnedShape, stories: int, lean: float) -> bool | None:
    """Return whether blocks there are text; None: too few stories have it, or they do not agree."""
    if shape.support < stories or abs(shape.odds) < lean:
        return None
    return shape.odds > 0
