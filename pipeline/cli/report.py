"""`broadsheet report`: what became of every URL; what a host was asked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import out
from pipeline.cli.out import busy, printable
from pipeline.cli.slots import slot_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from pipeline.hostreport import HostDay, HostReport
    from pipeline.model import Request

report_app = typer.Typer(no_args_is_help=False, invoke_without_command=True)


class SummaryFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"


Form = Annotated[
    SummaryFormat | None,
    typer.Option("--format", help="Default: a table on a terminal, JSON when piped."),
]
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only this day (UTC). Default: today."),
]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="From this day (UTC) up to --day."),
]


def is_table(form: SummaryFormat | None) -> bool:
    """Say whether to write a table: as was asked, or by where the output goes."""
    return form is SummaryFormat.TABLE or (form is None and out.on_terminal())


@report_app.callback()
def report(
    context: typer.Context,
    slot: Annotated[
        str | None,
        typer.Option(
            "--slot", metavar="SLOT", callback=slot_key, help="Only this run. Default: all runs."
        ),
    ] = None,
    form: Form = None,
) -> None:
    """Say what became of every URL, what was cut, and where the Parquet lies.

    Of all runs, or of the URLs that one slot's run touched.
    """
    from pipeline import desk

    if context.invoked_subcommand:
        return
    with busy("report"):
        summary = desk.summary(slot)
    if is_table(form):
        from pipeline.cli.tables import show_summary

        show_summary(out.console(), summary)
    else:
        out.write_json(summary)


@report_app.command("host")
def host(
    name: Annotated[str, typer.Argument(metavar="HOST", help="A host, or any URL on it.")],
    day: Day = None,
    since: Since = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="List every request too.")] = False,
    form: Form = None,
) -> None:
    """Show what was asked of a host, when, and by which rule, and what was refrained from.

    Hosts of one registrable domain are asked as one, and are shown as one. Piped: one JSON object,
    with the list of requests if --all is given.
    """
    from pipeline import desk

    with busy("report"):
        told = desk.host_report(name, day and day.date(), since and since.date())
    if is_table(form):
        _show(out.console(), told, everything=everything)
    else:
        row: dict[str, Any] = out.plain(told)
        out.write_json(row if everything else {k: v for k, v in row.items() if k != "requests"})


def _show(console: Console, told: HostReport, *, everything: bool) -> None:
    from rich.text import Text

    from pipeline.cli.tables import grid

    span = f"{told.since}" if told.since == told.until else f"{told.since} to {told.until}"
    console.print(Text(f"{printable(told.host)}, {span} (UTC)", style="bold"))
    if not told.days:
        console.print("nothing was asked of it")
    for day in told.days:
        console.print()
        table = grid((str(day.day), ""))
        for name, line in _figures(day):
            table.add_row(name, line)
        console.print(table)
    if gate := told.gate:
        console.print(Text(f"{gate.host} rests until {gate.until:%F %T} ({gate.why})", "yellow"))
    if everything and told.requests:
        console.print()
        listed = grid(
            ("at", "kind", "answer", "rule", "pause", "waited", "url"), ("pause", "waited")
        )
        for request in told.requests:
            listed.add_row(*_line(request))
        console.print(listed)


def _figures(day: HostDay) -> list[tuple[str, str]]:
    lines = [
        ("requests", f"{day.requests:,}, {day.bytes:,} bytes"),
        ("for", _told(day.purposes)),
        ("of what kind", _told(day.kinds)),
        ("answers", _told(day.statuses)),
        ("least gap", "" if day.least_gap_s is None else f"{day.least_gap_s:.2f} s"),
        ("median gap", "" if day.median_gap_s is None else f"{day.median_gap_s:.2f} s"),
        ("pauses set by", _told(day.rules)),
        ("rests", _told(day.rests)),
        ("longest rest", f"{day.longest_rest_s:.0f} s" if day.longest_rest_s else ""),
        ("refused by robots.txt", f"{day.robots_refused:,}" if day.robots_refused else ""),
        ("refrained from", _told(day.refrained)),
        ("robots.txt", ", ".join(digest[:12] for digest in day.robots)),
    ]
    return [(name, line) for name, line in lines if line]


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {n:,}" for word, n in counts.items())


def _line(request: Request) -> tuple[str, ...]:
    answer = str(request.status or request.reason)
    return (
        f"{request.at:%m-%d %H:%M:%S}",
        request.kind,
        answer if request.sent else f"not sent: {answer}",
        request.rule or "",
        "" if request.delay_s is None else f"{request.delay_s:.1f}",
        "" if request.waited_s is None else f"{request.waited_s:.1f}",
        printable(request.url),
    )
