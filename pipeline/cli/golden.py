"""`broadsheet golden`: pages whose verdict is held to be right, written and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import out


def golden(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL|FILE|ID",
            help="Pages to keep; with --check or --update the sources to look at (default: all).",
        ),
    ] = None,
    *,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The seed a page belongs to. Default: for a URL its site's."
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address a file has. Default: what it says itself."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Judge all that is kept anew, and show what differs.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Take over what differs, and show it.")
    ] = False,
) -> None:
    """Keep a page and its verdict as a golden test of its source.

    It lies beside the seeds, in `golden/<source>/`: the page, compressed, and a YAML file to
    review: title, authors, times, lines, cuts. `--check` exits with 1 if a verdict differs.
    """
    if check or update:
        _compare(targets or (), update=update)
    elif targets:
        _keep(targets, source, url)
    else:
        msg = "give a URL or an HTML file to keep, or --check or --update"
        raise typer.BadParameter(msg)


def _keep(targets: Sequence[str], source: str | None, url: str | None) -> None:
    from pipeline import desk

    for path, reviewed in desk.keep_golden(targets, source=source, url=url):
        if out.on_terminal():
            out.console().print(f"{_short(path)}: {reviewed['verdict']}, {reviewed['title']!r}")
        else:
            out.write_json({"golden": _short(path), **reviewed})


def _compare(ids: Sequence[str], *, update: bool) -> None:
    from pipeline import desk

    seen, differing = 0, 0
    with out.busy("judge again") as tell:
        for path, lines in desk.check_golden(ids, update=update):
            tell(_short(path))
            seen, differing = seen + 1, differing + bool(lines)
            if not out.on_terminal():
                out.write_json({"golden": _short(path), "same": not lines, "diff": lines})
            elif lines:
                _show(path, lines)
    done = "taken over" if update else "different"
    out.say(f"{seen} golden tests, {differing} {done}")
    if differing and not update:
        raise typer.Exit(1)


def _show(path: Path, lines: Sequence[str]) -> None:
    from rich.text import Text

    console, styles = out.console(), {"+": "green", "-": "red", "@": "cyan"}
    console.print(Text(_short(path), style="bold"))
    for line in lines[2:]:  # without the names of the two sides
        console.print(Text(out.printable(line), style=styles.get(line[:1], "dim")))


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
