"""`broadsheet sources …`: the seeds, listed, checked, described."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from pipeline.cli import out
from pipeline.cli.out import busy
from pipeline.errors import FixSeed

sources_app = typer.Typer(no_args_is_help=True, help="The seeds: one file per news site.")


@sources_app.command("list")
def sources_list() -> None:
    """List the seeds: site, languages, listings, whether it is crawled."""
    from pipeline import desk

    known, errors = desk.sources()
    if out.on_terminal():
        from pipeline.cli.tables import show_sources

        show_sources(out.console(), known)
    else:
        for source in known:
            out.write_json(source.model_dump(mode="json"))
    for line in errors:
        out.say(f"broadsheet: {line}")
    if errors:
        raise typer.Exit(FixSeed.exit_code)


@sources_app.command("check")
def sources_check(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Default: all.")] = None,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only read the seeds; ask no site.")
    ] = False,
    sample: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=50, help="Articles of each site that are looked at."),
    ] = 5,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every listing of every site.")
    ] = False,
) -> None:
    """Validate the seeds, and ask each site whether it is still as its seed says.

    All sites at once, each at its own pace: robots.txt, the listings, a sample of articles, which
    are compared with `expect` of the seed. Stores nothing. Piped: one JSON object a source.

    Exits with 78 if a seed is wrong; with 65 if a site answers nothing, or is not as expected.
    """
    from pipeline import seeding

    with out.bar("check") as step:
        checks = seeding.check_sources(ids or (), offline=offline, pages=sample, step=step)
    if out.on_terminal():
        from pipeline.cli.checks import show_checks

        show_checks(out.console(), checks, verbose=verbose)
    else:
        for check in checks:
            out.write_json(check)
    if code := max((check.exit_code for check in checks), default=0):
        raise typer.Exit(code)


@sources_app.command("rules")
def sources_rules(
    source: Annotated[str, typer.Argument(metavar="ID", help="The source, by its seed.")],
    *,
    day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="What slots of that day go by. Default: all up to now."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Lines seen in one story, too.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Cut its line wherever it stands, from now on."),
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Never cut its line.")
    ] = None,
    undo: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Take back what was said of it.")
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARTICLE",
            help="Remove what an article, by URL or article_id, left here, and what only it taught.",
        ),
    ] = None,
    forget_all: Annotated[
        bool, typer.Option("--forget-all", help="Remove all that was learned, but not your word.")
    ] = False,
) -> None:
    """Show what was learned of a site: lines its pages share, with support and examples.

    Rules that are safe are applied; the others are proposed. Your word goes before either, and
    holds for whatever is extracted from then on.
    """
    from pipeline import desk

    at = _day(day)
    for verdict, rules in (("accepted", accept), ("refused", refuse), (None, undo)):
        for rule in rules or ():
            desk.decide_rule(source, rule, verdict, at)
    _forget(source, forget or (), everything=forget_all)
    with busy("read what was learned"):
        book = desk.site_rules(source, at, everything=everything)
    if out.on_terminal():
        from pipeline.cli.tables import show_rulebook

        show_rulebook(out.console(), book)
    else:
        for view in book.rules:
            out.write_json(view)


def _forget(source: str, articles: Sequence[str], *, everything: bool) -> None:
    from pipeline import desk

    if articles:
        gone = desk.forget_articles(source, articles)
        out.say(
            f"broadsheet: forgot {gone.pages} pages of {source}, {gone.evidence} entries of evidence, "
            f"{gone.lines} lines that no other page carries"
        )
    if everything:
        out.say(f"broadsheet: removed {desk.forget_source(source)} objects of {source}'s memory")


@sources_app.command("wake")
def sources_wake(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="The source, by its seed.")],
) -> None:
    """Ask all listings of a source in the next crawl, those that were given up for dead, too."""
    from pipeline import revive

    for source, number in revive.wake(ids).items():
        out.say(f"{source}: {number} listings will be asked in the next crawl")


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        msg = f"--day {text!r} is no day; write it like 2026-11-21"
        raise FixSeed(msg) from None


@sources_app.command("schema")
def sources_schema() -> None:
    """Write the JSON Schema of a seed file, for editors."""
    from pipeline.sources import seed_schema

    out.write_bytes(seed_schema().encode())
