"""`broadsheet report coverage`: how much of what was published was found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipeline.cli import out
from pipeline.cli.out import busy, printable
from pipeline.cli.report import Form, is_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from pipeline.coverage import CoverageDay

_LEGEND: Final = {
    "nothing_found": "no listing named anything",
    "one_route": "only one route found anything, and nothing tells how much that misses",
    "no_overlap": "no two routes found the same, and nothing tells how much all of them miss",
    "few_twice": "fewer than seven were found twice: take the estimate for a hint",
    "nested": "one route found nothing that the other lacks; if it is made from the same list, "
    "both lack the same, and the estimate is too low",
    "dependent": "the routes do not find independently of each other (chi-square, 5 %): most often "
    "they are made from one list, and the estimate is too low",
    "open": "the day is not over",
    "before": "the source was not crawled yet; its listings reach back some way only",
    "undated": "neither page nor listing gives a day: counted for the day they were found",
}


def coverage(
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="ID", help="Only this source; may be repeated."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="From this day. Default: a week up to --until.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="To this day. Default: today."),
    ] = None,
    least: Annotated[
        float | None,
        typer.Option(
            "--least",
            min=0,
            max=100,
            metavar="PERCENT",
            help="Exit with 1 if less than this was found of a whole day.",
        ),
    ] = None,
    *,
    listings: Annotated[
        bool, typer.Option("--listings", help="Show each listing, not only the kinds.")
    ] = False,
    form: Form = None,
) -> None:
    """Estimate how much of what a site published was found, by source and day.

    A day is that of publication where the publisher is. From how many stories the routes (feed,
    sitemap, section) found alone and together, capture-recapture estimates how many there were,
    with a 95 % interval. It needs two routes that find independently: where they are made from the
    same list, there are more than it says. Reads the lake, not the ledger.

    Piped: a line of JSON for each source and day. Exits with 1 if --least is given and some whole
    day with an estimate falls short, with 78 for a source that is unknown.
    """
    from pipeline import coverage as covering
    from pipeline.survey import survey

    with busy("report"):
        days = survey(since and since.date(), until and until.date(), source or ())
    if is_table(form):
        _show(out.console(), days, listings=listings)
    else:
        for day in days:
            out.write_json(day)
    if least is not None and (short := covering.short(days, least / 100)):
        for day in short:
            out.say(f"{day.source}, {day.day}: {day.coverage:.1%} found, {least:g} % are asked for")
        raise typer.Exit(1)


def _show(console: Console, days: Sequence[CoverageDay], *, listings: bool) -> None:
    from rich.text import Text

    from pipeline.cli.tables import grid

    if not days:
        console.print("no listing named anything that was published in these days; see --since")
        return
    table = grid(("source", "day", "found", "by route (alone)", "estimate", "missed", "notes"))
    for column in (table.columns[2], table.columns[4], table.columns[5]):
        column.justify = "right"
    for day in days:
        shares = day.listings if listings else day.kinds
        told = [
            f"{printable(name).replace('_', ' ')} {share.found:,} ({share.alone:,})"
            for name, share in shares.items()
        ]
        routes = ("\n" if listings else ", ").join(told)
        notes = ", ".join(note.replace("_", " ") for note, _ in _notes(day))
        table.add_row(
            day.source, str(day.day), f"{day.found:,}", routes, _estimate(day), _missed(day), notes
        )
    console.print(table)
    for day in days:
        for gap in day.gaps:
            line = f"{day.source}: {printable(gap.listing)}: {printable(gap.detail)}"
            console.print(Text(line, style="yellow"))
    for word in dict.fromkeys(word for day in days for _, word in _notes(day)):
        console.print(Text(f"{word.replace('_', ' ')}: {_LEGEND[word]}", style="dim"))


def _notes(day: CoverageDay) -> Iterator[tuple[str, str]]:
    """Yield what to think of a day's numbers, each with its word in the legend."""
    if day.partial:
        yield day.partial, day.partial
    for caveat in day.caveats:
        yield caveat, caveat
    if day.undated:
        yield f"{day.undated:,} undated", "undated"


def _estimate(day: CoverageDay) -> str:
    if day.estimate is None:
        return "–"
    return f"{day.estimate:,.1f}\n{day.low:,} to {day.high:,}"


def _missed(day: CoverageDay) -> str:
    gaps = f"{len(day.gaps)} gap{'s' * (len(day.gaps) != 1)}" if day.gaps else ""
    missed = "–" if day.missed is None else f"{day.missed:,.1f}"
    return f"{missed}\n{gaps}".strip()
