"""`broadsheet websub`: news pushed by hubs, for who wants it."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli import out


def websub(
    *,
    show: Annotated[
        bool, typer.Option("--show", help="List the subscriptions and end; asks nobody.")
    ] = False,
) -> None:
    """Subscribe to the hubs that listings name, and take in what they push; runs until stopped.

    Needs BROADSHEET_WEBSUB_CALLBACK, a public address. What is pushed waits for the next crawl.
    """
    from pipeline import subscribe

    if not show:
        subscribe.listen(out.say)
        return
    columns = ("source", "listing", "hub", "state", "lease_until", "due_at", "pushed_at", "detail")
    rows = [
        {name: getattr(one.wish if hasattr(one.wish, name) else one, name) for name in columns}
        for one in subscribe.subscriptions()
    ]
    if out.on_terminal():
        from pipeline.cli.tables import show_rows

        show_rows(out.console(), columns, rows)
    else:
        for row in rows:
            out.write_json(row)
