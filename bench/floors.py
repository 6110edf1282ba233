"""`make floors`: what our figures on the benchmark pages must not fall below; they only rise.

`tests/quality/floors.json` holds them, rounded down to the third digit. A test measures all pages
and fails below a floor; another fails if a floor was lowered. Where lowering one is right (a
reference was wrong, recall was given for more precision), `lowered` says to what, and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import floor
from pathlib import Path
from typing import Any, Final

from bench.pages import ROOT, load
from bench.race import answers_of
from bench.score import figures
from bench.show import progress, say
from bench.stated import fill_rates

FILE: Final = ROOT / "tests" / "quality" / "floors.json"
ENTRY: Final = "bench.entry:extract"
#: What counts of the pages of all sets together.
ALL: Final = "all"
HELD: Final = (
    "precision", "recall", "f1", "segment_f1", "leaks", "title_exact", "date_exact", "author_f1",
)  # fmt: skip
#: Of these less is better.
CEILINGS: Final = frozenset({"leaks"})

#: Figures by name, by data set.
Floors = dict[str, dict[str, float]]


def main() -> None:
    """Measure, write what has risen, and say what has changed. Exits with 1 if something fell."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    floors, measured = kept.get("floors", {}), measure()
    fallen = below(measured, floors)
    raised = raise_floors(measured, floors)
    for name, figure, value in _each(raised):
        if value != (old := floors.get(name, {}).get(figure)):
            say(f"raised: {name} {figure} {'' if old is None else f'{old} -> '}{value}")
    write(FILE, {"floors": raised, "lowered": kept.get("lowered", {})})
    if fallen:
        raise SystemExit("\n".join(f"below: {line}" for line in fallen))


def measure() -> Floors:
    """Return our figures on every page there is. Takes a minute of two processors."""
    samples = load()
    with progress("pages", len(samples)) as tell:
        answers = answers_of(ENTRY, samples, tell)
    measured: Floors = {}
    for name in dict.fromkeys(sample.dataset for sample in samples):
        places = [i for i, sample in enumerate(samples) if sample.dataset == name]
        all_figures = figures([samples[i] for i in places], [answers[i] for i in places])
        measured[name] = {key: all_figures[key] for key in HELD if key in all_figures}
    shares = {filled.field: filled.share for filled in fill_rates(samples, answers)}
    # The other fields are told in the table: a caption or a change that is no good is not wanted.
    measured[ALL] = {"time_and_zone": shares["time and zone"]}
    return measured


def below(measured: Floors, floors: Floors, names: tuple[str, ...] = ()) -> list[str]:
    """Return a line for each figure that is worse than its floor."""
    return [
        f"{name} {figure}: {measured[name][figure]:.4f}, its floor is {value}"
        for name, figure, value in _each(floors)
        if (not names or name in names) and _is_worse(figure, measured[name][figure], value)
    ]


def raise_floors(measured: Floors, floors: Floors) -> Floors:
    """Return the floors with all raised that may be, and none lowered."""
    raised: Floors = {name: dict(values) for name, values in floors.items()}
    for name, figure, value in _each(measured):
        rounded = _rounded(figure, value)
        old = raised.setdefault(name, {}).get(figure)
        if old is None or _is_worse(figure, old, rounded):
            raised[name][figure] = rounded
    return raised


def lowered(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return a line for each floor that is lower in the new file than in the old, or gone.

    What `lowered` of the new file allows, with a reason, is none.
    """
    lines = []
    for name, figure, value in _each(old["floors"]):
        now = new["floors"].get(name, {}).get(figure)
        allowed = new["lowered"].get(f"{name}.{figure}", {})
        if now is None and allowed.get("why"):
            continue
        if now is None or (_is_worse(figure, now, value) and not _is_allowed(figure, now, allowed)):
            lines.append(f"{name} {figure}: {value} -> {now}")
    return lines


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file, in an order that does not change."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _is_allowed(figure: str, now: float, allowed: Mapping[str, Any]) -> bool:
    return bool(allowed.get("why")) and not _is_worse(figure, now, allowed["to"])


def _is_worse(figure: str, value: float, than: float) -> bool:
    return value > than if figure in CEILINGS else value < than


def _rounded(figure: str, value: float) -> float:
    """Round to the third digit, downwards; a hair is added for what floats cannot say exactly."""
    return value if figure in CEILINGS else floor(1000 * value + 1e-9) / 1000


def _each(floors: Floors) -> Iterator[tuple[str, str, float]]:
    for name, values in floors.items():
        for figure, value in values.items():
            yield name, figure, value


if __name__ == "__main__":
    main()
