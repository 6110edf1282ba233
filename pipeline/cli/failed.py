"""`broadsheet failed` and `broadsheet retry`: the URLs that were given up, and another chance."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli import out

Ids = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="ID", help="Only of this source; may be repeated."),
]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", metavar="REASON", help="Only for this reason; may be repeated."),
]


def _since(text: str | None) -> str | None:
    from pipeline.model import Slot

    try:
        return Slot.parse(text).key if text else None
    except ValueError:
        msg = f"{text!r} is no day or hour; write it like 2026-11-21 or 2026-11-21T09"
        raise typer.BadParameter(msg) from None


Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        callback=_since,
        help="Only if tried from that day or hour on (UTC).",
    ),
]


def failed(source: Ids = None, reason: Reasons = None, since: Since = None) -> None:
    """List the URLs that were given up, with the reason; `retry` gives them another chance."""
    from pipeline import revive

    columns = ("source", "url", "reason", "detail", "attempts", "tried_at")
    rows = [
        {
            "source": standing.link.source,
            "url": standing.link.url,
            "reason": standing.reason,
            "detail": standing.detail,
            "attempts": standing.attempts,
            "tried_at": standing.tried_at,
        }
        for standing in revive.failed(source or (), reason or (), since)
    ]
    if out.on_terminal():
        from pipeline.cli.tables import show_rows

        show_rows(out.console(), columns, rows)
    else:
        for row in rows:
            out.write_json(row)


def retry(
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL", help="In any spelling. Default: all that the options leave."),
    ] = None,
    source: Ids = None,
    reason: Reasons = None,
    since: Since = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that were ever given up.")] = False,
) -> None:
    """Give URLs that were given up another chance: the next crawl asks for them.

    Exits with 1 if a URL named had not been given up.
    """
    from pipeline import revive

    if not (urls or source or reason or since or everything):
        msg = "name URLs, or say which: --source, --reason, --since, or --all"
        raise typer.BadParameter(msg)
    number, others = revive.retry(urls or (), source or (), reason or (), since)
    out.say(f"{number} URLs will be asked for in the next crawl")
    for url in others:
        out.say(f"broadsheet: {url}: not among those that were given up")
    if others:
        raise typer.Exit(1)
