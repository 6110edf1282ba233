"""Tables: for a person on a terminal, as Markdown where they go into a file or a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


def say(text: str = "") -> None:
    """Write a line to standard output."""
    sys.stdout.write(text + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table. Its first column is text, the others are figures; empty columns are left out."""
    filled = [i for i in range(len(columns)) if not i or any(row[i] for row in rows)]
    columns = [columns[i] for i in filled]
    rows = [[row[i] for i in filled] for row in rows]
    if sys.stdout.isatty():
        _for_a_person(title, columns, rows)
    else:
        say(f"\n### {title}\n")
        say("| " + " | ".join(columns) + " |")
        say("| --- |" + " ---: |" * (len(columns) - 1))
        for row in rows:
            say("| " + " | ".join(row) + " |")


def _for_a_person(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for i, name in enumerate(columns):
        shown.add_column(name, justify="right" if i else "left", no_wrap=not i, overflow="fold")
    for row in rows:
        shown.add_row(*row, style="bold" if row[0] == "ours" else "")
    Console(highlight=False, markup=False).print(shown)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on standard error how far it has come, if that is a terminal; yield how to tell it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # Drawn seldom: what is measured has one processor less meanwhile.
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def share(value: float | None) -> str:
    """Write a figure between 0 and 1 as published tables do; nothing where there is none."""
    return "" if value is None else f"{value:.3f}".replace("0.", ".", 1)
