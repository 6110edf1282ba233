"""`broadsheet takedown`: articles out of the lake, and kept out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import out

if TYPE_CHECKING:
    from pipeline.tombstones import Tombstone


def takedown(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL|ID", help="A URL in any spelling, or an article_id."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="All of a source; may be repeated."),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept in tombstone and receipt.")
    ] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take articles down: all versions, rejects, raw bytes, staged rows, memory, ledger.

    A tombstone keeps them out of later crawls, extractions and rebuilds. Prints a receipt as JSON,
    which is also kept in the lake (`receipts/`). Killed in between, run it again: it completes.
    """
    from pipeline import jobs

    if not (targets or source):
        msg = "name URLs, article_ids, or --source ID"
        raise typer.BadParameter(msg)
    with out.busy("takedown") as tell:
        tell("what is to go")
        stones = jobs.plan_takedown(targets or (), source or (), reason)
    if not yes:
        _ask(stones, [*(targets or ()), *(source or ())])
    with out.busy("takedown") as tell:
        receipts = jobs.take_down(stones, tell)
    for receipt in receipts:
        out.write_json(receipt)


def _ask(stones: Sequence[Tombstone], named: Sequence[str]) -> None:
    """Show what was found and have it confirmed; without a terminal, refuse."""
    for stone, name in zip(stones, named, strict=True):
        out.say(f"{name}: {len(stone.articles)} articles of {len(stone.sources)} sources")
    if not sys.stdin.isatty():
        msg = "this cannot be undone: add --yes"
        raise typer.BadParameter(msg)
    typer.confirm("Remove them for good?", abort=True, err=True)
