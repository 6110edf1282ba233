"""Pages that stand in an article's place: consent walls, bot challenges, log-ins, error pages; paywalls.

What they look like is data (`seeds/walls/*.yml`). The crawl asks of each answer whether it is a
firewall's question (`Walls.challenge`); extraction looks at the whole page (`pipeline.extract.wall`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.errors import FixSeed
from pipeline.model import Reason
from pipeline.walls.files import ORDER, PAYWALL, WallFile, read_walls
from pipeline.walls.signs import MOST, Line, Sign, Signs, disagreements, title_parts

__all__ = [
    "ENOUGH", "FOLDER", "MOST", "NO_WALLS", "Line", "Sign", "Signs", "Wall", "WallFile", "Walls",
    "disagreements", "load_walls", "read_walls", "title_parts",
]  # fmt: skip

FOLDER: Final = Path(__file__).resolve().parents[2] / "seeds" / "walls"
#: The weight that is believed: one sign that stands nowhere else, or two in different places.
ENOUGH: Final = 2
#: Challenges are small; what is longer is not looked through in the crawl, for the time it takes.
_MOST_BYTES: Final = 60_000
#: Of a challenge: it has a few, to the firewall's vendor and to whom to ask. Pages have a menu.
_MOST_LINKS: Final = 20
_OK: Final = 200
_UNSEEN = re.compile(
    rb"<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Wall:
    """What a page is instead of an article, and the signs that say so."""

    reason: Reason
    signs: tuple[Sign, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.signs))


@dataclass(frozen=True)
class Walls:
    """All kinds of walls, in the order in which they are believed; paywalls are judged apart."""

    kinds: tuple[Signs, ...] = ()
    paywall: Signs | None = None

    @property
    def files(self) -> tuple[WallFile, ...]:
        """What is written of each kind."""
        return tuple(kind.file for kind in (*self.kinds, self.paywall) if kind is not None)

    def challenge(
        self, status: int, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Wall | None:
        """Judge an answer without parsing it: is it a firewall's question, not the page?

        Only signs that stand on no other pages are believed. Ordinary pages may quote one, so an
        answer that claims to be the page (200) must besides have next to no text, and few links.
        """
        kind = next((kind for kind in self.kinds if kind.reason is Reason.BOT_CHALLENGE), None)
        if kind is None:
            return None
        sign = next(kind.in_headers(headers), None)
        if sign is None and len(body) <= _MOST_BYTES:
            lower = body.lower()
            # Asked first: to look for a hundred signs takes fifty times as long.
            if status == _OK and lower.count(b"</a>") > _MOST_LINKS:
                return None
            found = kind.in_markup(lower, ordinary=False)
            sign = next((sign for sign in found if sign.weight >= ENOUGH), None)
            if sign and status == _OK and _words(lower) > kind.file.most_words:
                return None
        return Wall(kind.reason, (sign,)) if sign else None


NO_WALLS: Final = Walls()


@cache
def load_walls(folder: Path = FOLDER) -> Walls:
    """Read every `*.yml` of a folder, once a process. Raises FixSeed naming file, sign and field."""
    files = {file.reason: file for file in map(read_walls, sorted(folder.glob("*.yml")))}
    if not files:
        msg = f"{folder}: no such folder of signs, or none in it; set BROADSHEET_WALLS"
        raise FixSeed(msg)
    kinds = tuple(Signs(files[reason]) for reason in ORDER if reason in files)
    return Walls(kinds, Signs(files[PAYWALL]) if PAYWALL in files else None)


def _words(lower: bytes) -> int:
    """Count the words a reader sees, roughly: the crawl parses nothing."""
    return len(_UNSEEN.sub(b" ", lower).split())
