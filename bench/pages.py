"""The benchmark pages: real ones with references, laid beside the project. Never part of it."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT.parent / "shared" / "benchmarks"
#: Read before any clock runs. Its date is one that only a calendar library reads: seconds of tables,
#: paid once a process.
WARM_UP = '<html><body><p class="date">2020年1月2日 午後</p><p>Some text.</p></body></html>'
#: With it a sample is the same in every run.
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page and what is known of its article. None or empty: the data set does not say.

    `wanted` and `unwanted` are segments that the text must and must not hold; `date` is
    YYYY-MM-DD, in the publisher's zone.
    """

    dataset: str
    id: str
    url: str
    domain: str
    lang: str
    news: bool
    html: str
    text: str | None
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    title: str | None
    authors: tuple[str, ...]
    date: str | None


def names(folder: Path = FOLDER) -> list[str]:
    """Return the data sets there are; none where the pages are not here."""
    return sorted(path.name.partition(".")[0] for path in folder.glob("*.jsonl.xz"))


def load(sets: Sequence[str] = (), most: int = 0, folder: Path = FOLDER) -> list[Sample]:
    """Read the data sets named, or all; of each at most so many pages, drawn evenly (0: all).

    Exits with a line that says what to do if the pages are not here or a name is none of theirs.
    """
    known = names(folder)
    if not known:
        msg = f"the benchmark pages are not here: {folder.parent.name}/{folder.name} is laid beside the project"
        raise SystemExit(msg)
    if unknown := sorted(set(sets) - set(known)):
        msg = f"no data set {', '.join(unknown)}; there are: {', '.join(known)}"
        raise SystemExit(msg)
    return [page for name in sets or known for page in _read(folder, name, most)]


def _read(folder: Path, name: str, most: int) -> list[Sample]:
    with lzma.open(folder / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if most and most < len(rows):
        rows = random.Random(_SEED).sample(rows, most)  # noqa: S311 - a sample, no secret
    return [_sample(name, row) for row in rows]


def _sample(name: str, row: dict[str, Any]) -> Sample:
    return Sample(
        dataset=name,
        id=row["id"],
        url=row["url"],
        domain=row["domain"],
        lang=row["lang"],
        news=row["news"],
        html=row["html"],
        text=row["text"],
        wanted=tuple(row["with"]),
        unwanted=tuple(row["without"]),
        title=row["title"],
        authors=tuple(row["authors"] or ()),
        date=row["date"] if isinstance(row["date"], str) else None,  # or NaN
    )
