"""The commands, one function each: arguments in, a door called, its answer shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import out
from pipeline.cli.coverage import coverage
from pipeline.cli.failed import failed, retry
from pipeline.cli.golden import golden
from pipeline.cli.new import new
from pipeline.cli.out import busy
from pipeline.cli.report import report_app
from pipeline.cli.slots import slot_key
from pipeline.cli.sources import sources_app
from pipeline.cli.takedown import takedown
from pipeline.cli.text import text_, write_verdict
from pipeline.cli.websub import websub

if TYPE_CHECKING:
    from pipeline.report import Report

EXITS = {
    0: "done; a page that is rejected is a result, not an error",
    1: "what was asked for is unknown, or a check found trouble",
    2: "wrong usage",
    65: "a site no longer fits its seed",
    70: "a row breaks the contract, or a bug",
    75: "store, ledger or network unwell: try later",
    78: "a seed, setting or argument is wrong",
    130: "interrupted",
}

app = typer.Typer(
    epilog="Exit codes: " + "; ".join(f"{code} {why}" for code, why in EXITS.items()) + ".",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sources_app, name="sources")
app.add_typer(report_app, name="report")
report_app.command("coverage")(coverage)


SourceIds = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="ID", help="Only this source; may be repeated."),
]
SlotKey = Annotated[
    str | None,
    typer.Option(
        "--slot",
        metavar="SLOT",
        callback=slot_key,
        help="The hour the run answers for, like 2026-11-21T09:00 (UTC). Default: this hour.",
    ),
]
Shards = Annotated[
    list[str] | None,
    typer.Option("--shard", metavar="N", help="Only this crawl task's share; may be repeated."),
]


class Format(StrEnum):
    """How a query's rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


@app.callback()
def start(
    *,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="BROADSHEET_DEBUG", help="Show tracebacks.")
    ] = False,
) -> None:
    """News sites in, clean Parquet out: every row explained, re-made and removed."""
    if debug:
        os.environ["BROADSHEET_DEBUG"] = "1"


def _done(reports: Sequence[Report]) -> None:
    """Show the reports: a table for a person, a line of JSON each when piped."""
    if out.on_terminal():
        from pipeline.cli.tables import show_reports

        show_reports(out.console(), reports)
    else:
        for report in reports:
            out.write_json(report.as_dict())


@app.command()
def run(source: SourceIds = None, slot: SlotKey = None) -> None:
    """Crawl, extract and publish: what the `ingest` DAG does, in this process."""
    from pipeline import jobs

    with busy("run") as tell:
        reports = jobs.run(slot, source or (), tell)
    _done(reports)


@app.command()
def crawl(source: SourceIds = None, slot: SlotKey = None, shard: Shards = None) -> None:
    """Ask the sites for what is new, and keep every response in `raw/`."""
    from pipeline import jobs

    with busy("plan") as tell:
        planned = jobs.plan(slot, source or ())
        reports = []
        for one in shard or jobs.shards():
            tell(f"crawl {one}")
            reports.append(jobs.crawl(planned.slot, one, source or ()))
    _done([planned, *reports])


@app.command()
def extract(slot: SlotKey = None, shard: Shards = None) -> None:
    """Judge the pages a slot fetched, with today's rules. Asks no site; may be repeated."""
    from pipeline import jobs

    moment = slot or jobs.current_slot().key
    reports = []
    with busy("extract") as tell:
        for one in shard or [*jobs.shards(), jobs.TEXT_SHARD]:
            tell(f"extract {one}")
            reports.append(jobs.extract(moment, one))
    _done(reports)


@app.command()
def publish(slot: SlotKey = None) -> None:
    """Make a slot's rows visible, if the audit lets them pass. May be repeated."""
    from pipeline import jobs

    with busy("publish"):
        report = jobs.publish(slot or jobs.current_slot().key)
    _done([report])


@app.command()
def maintain() -> None:
    """Close old days, remove what is no longer live, check the lake: what `maintain` does hourly."""
    from pipeline import jobs

    with busy("maintain") as tell:
        reports = jobs.maintain(tell)
    _done(reports)


@app.command("try")
def try_(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL|FILE", help="A page: its address, a file, or - for standard input."
        ),
    ] = None,
    *,
    text: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="A text dump (no HTML) instead of a page, or -."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The seed to judge by. Default: for a URL its site's."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address a file has. Default: what it says itself."),
    ] = None,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show who claimed what, cuts in full, keys, milliseconds by stage.",
        ),
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write the article alone, as Markdown.")
    ] = False,
) -> None:
    """Show a page as it would be stored, and what would be cut from it.

    On a terminal: the article, cuts struck through beside their category. Piped: one JSON object
    for each page, with `verdict` (article, reject or miss), `reason`, `broken_rules` and the row's
    fields; with -v also `claims` and `timings`, in milliseconds. A reject exits with 0: it is a result. A URL is asked for politely; nothing is stored.
    """
    if not (targets or text):
        msg = "give a URL, an HTML file, - for standard input, or --text FILE"
        raise typer.BadParameter(msg)
    from pipeline import desk
    from pipeline.cli.show import show_trial, trial_json

    trials = desk.try_targets(targets or (), text or (), source=source, url=url, timed=verbose)
    for trial in trials:
        if markdown:
            write_verdict(trial.verdict)
        elif out.on_terminal():
            show_trial(out.console(), trial, verbose=verbose)
        else:
            out.write_json(trial_json(trial))


app.command()(new)
app.command()(golden)
app.command("text")(text_)
app.command()(websub)
app.command()(failed)
app.command()(retry)
app.command()(takedown)


@app.command()
def why(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address, in any of its spellings.")
    ],
) -> None:
    """Tell the whole story of a URL: found, fetched, judged, cut, stored."""
    from pipeline import desk

    story = desk.why(url)
    if not story.known:
        out.say(f"broadsheet: {url}: never found here")
        for near in story.near:
            out.say(f"  perhaps {near}")
        for gap in story.polls:
            out.say(f"  perhaps missed: {gap['source']}: {gap['url']}: {gap['detail']}")
        raise typer.Exit(1)
    if out.on_terminal():
        from pipeline.cli.tell import show_story

        show_story(out.console(), story)
    else:
        out.write_json(story)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="For DuckDB; - reads standard input.")],
    as_: Annotated[
        Format | None,
        typer.Option("--format", help="Default: a table on a terminal, JSON lines when piped."),
    ] = None,
) -> None:
    """Ask the lake in SQL: a view for each table.

    `articles`, `rejects`, `outcomes`, `polls`, `sightings`, and `requests`, the log of all that was
    asked. They hold exactly the live files, local or on S3, and the column `date` of their partition.
    """
    import sys

    from pipeline import desk
    from pipeline.cli.rows import write_answer

    if sql == "-":
        sql = sys.stdin.read()
    form = as_ or (Format.TABLE if out.on_terminal() else Format.JSON)
    if form is Format.PARQUET and out.on_terminal():
        msg = "Parquet is not for a terminal; redirect it to a file"
        raise typer.BadParameter(msg)
    answer, warnings = desk.query(sql)
    for line in warnings:
        out.say(f"broadsheet: {line}")
    write_answer(answer, form)


@app.command("import-text")
def import_text(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Text dumps, no HTML.")],
    source: Annotated[str, typer.Option(metavar="ID", help="The seed they belong to.")],
    slot: SlotKey = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be stored; write nothing.")
    ] = False,
) -> None:
    """Take text dumps into the lake, by the same way as pages.

    Piped: one JSON object for each file, as `try --text` gives it.
    """
    from pipeline import desk, jobs
    from pipeline.cli.show import show_trial, trial_json

    trials = list(desk.try_targets((), map(str, files), source=source, slot=slot))
    if not dry_run:
        with busy("import"):
            reports = jobs.import_text(files, source, slot)
    for trial in trials:
        if not out.on_terminal():
            out.write_json(trial_json(trial))
        elif dry_run:
            show_trial(out.console(), trial, verbose=False)
    if not dry_run and out.on_terminal():
        _done(reports)


@app.command()
def doctor(
    *,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild-ledger", help="First fill a lost ledger from the lake."),
    ] = False,
) -> None:
    """Check settings, store, ledger, seeds, rules and lake, and say what to do.

    Exits with 1 if something must be mended; a warning is none.
    """
    from pipeline import desk, jobs

    if rebuild:
        with busy("rebuild the ledger"):
            slots = jobs.rebuild_ledger()
        out.say(f"ledger filled from {slots} slots of the lake")
    with busy("check") as tell:
        findings = desk.doctor(tell)
    if out.on_terminal():
        from pipeline.cli.tables import show_findings

        show_findings(out.console(), findings)
    else:
        for finding in findings:
            out.write_json(finding)
    if any(finding.level == "wrong" for finding in findings):
        raise typer.Exit(1)
