"""Tables for a person: reports of a run, sources, findings, rows of a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.out import plain, printable
from pipeline.report import Report
from pipeline.sources import Source
from pipeline.summary import Books, Summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipeline.doctor import Finding
    from pipeline.memory.rulebook import Rulebook

#: A row of more columns than this is printed as a record, a line for each column.
_WIDE = 10
_CELL_CHARS = 200


def grid(columns: Sequence[str], numbers: Iterable[str] = ()) -> Table:
    """Make an empty table; columns named in `numbers` are set to the right."""
    from rich.table import Table

    right = set(numbers)
    # Two blanks between columns and no lines: the report's eight columns fit into 80 characters.
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold underline")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def show_reports(console: Console, reports: Sequence[Report]) -> None:
    """Print what each phase counted, a line per source, then files and warnings."""
    from rich.text import Text

    table = grid(("phase", "source", "counts"))
    for report in reports:
        for source, counts in report.counts.items():
            told = ", ".join(f"{what} {n:,}" for what, n in counts.items() if n)
            table.add_row(report.phase, source, told)
    console.print(table)
    for report in reports:
        for line in report.files:
            console.print(Text(line, style="green"))
        for line in report.warnings:
            console.print(Text(printable(line), style="yellow"))


def show_rows(console: Console, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Print rows of a query as a table, or as records where there are many columns; count them."""
    return _records(console, rows) if len(columns) > _WIDE else _table(console, columns, rows)


def _table(console: Console, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    table = grid(columns)
    n = 0
    for n, row in enumerate(rows, 1):
        if n == 1:
            _align_numbers(table, row)
        table.add_row(*(cell(row[name]) for name in columns))
    console.print(table)
    return n


def _align_numbers(table: Table, row: Mapping[str, Any]) -> None:
    for column, value in zip(table.columns, row.values(), strict=True):
        if isinstance(value, int | float) and not isinstance(value, bool):
            column.justify = "right"


def _records(console: Console, rows: Iterable[Mapping[str, Any]]) -> int:
    from rich.rule import Rule

    n = 0
    for n, row in enumerate(rows, 1):
        console.print(Rule(f"{n}", align="left", style="dim"))
        table = grid(("column", "value"))
        table.show_header = False
        for name, value in row.items():
            table.add_row(name, cell(value))
        console.print(table)
    return n


def cell(value: Any) -> Any:
    """Return a value as one line of a table; a null is a dim dash."""
    from rich.text import Text

    if value is None:
        return Text("–", style="dim")
    text = " ".join(printable(str(plain(value))).split())
    return Text(text if len(text) <= _CELL_CHARS else f"{text[: _CELL_CHARS - 1]}…")


def show_summary(console: Console, summary: Summary) -> None:
    """Print the closing table of a run: books, cuts, where the Parquet lies, a first query."""
    from rich.table import Table
    from rich.text import Text

    console.print(_books(summary.books))
    console.print()
    notes = Table.grid(padding=(0, 2, 0, 0))
    notes.add_column(style="bold", no_wrap=True)
    notes.add_column()
    for name, told in _notes(summary):
        notes.add_row(name, told)
    console.print(notes)
    if summary.answer:
        asked = Text(f'\nbroadsheet query "{summary.query}"', style="cyan")
        console.print(asked, soft_wrap=True)
        show_rows(console, list(summary.answer[0]), summary.answer)


def _notes(summary: Summary) -> Iterator[tuple[str, str]]:
    for what in ("rejected", "failed"):
        counted = [(book.source, getattr(book, what)) for book in summary.books]
        if told := _by_source(counted):
            yield what, told
    yield from _articles(summary)
    for line in summary.changed:
        yield "changed", printable(line)
    for line in summary.listings:
        yield "listing", printable(line)
    for table in summary.tables:
        yield table["name"], f"{table['files']} file{'s' * (table['files'] != 1)} in {table['uri']}"


def _articles(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield which articles are marked, and what was cut from all."""
    marked: dict[str, dict[str, int]] = {}
    for row in summary.marked:
        marked.setdefault(row["source"], {})[row["mark"]] = row["articles"]
    if marked:
        yield "marked", _by_source(marked.items())
    if summary.cuts:
        yield (
            "boilerplate cut",
            ", ".join(f"{row['category']} {row['cuts']:,}" for row in summary.cuts),
        )


def _by_source(counted: Iterable[tuple[str, Mapping[str, int]]]) -> str:
    return "; ".join(f"{source} {_reasons(counts)}" for source, counts in counted if counts)


def _books(books: Sequence[Books]) -> Table:
    names = ["discovered", "fetched", "articles", "duplicates", "rejected", "failed", "pending"]
    names += ["removed"] * any(book.removed for book in books)
    table = grid(("source", *names), names)
    rows = [(book.source, _numbers(book)[: len(names)]) for book in books]
    if len(rows) > 1:
        rows.append((
            "all",
            [sum(column) for column in zip(*(row for _, row in rows), strict=True)],
        ))
    for source, row in rows:
        table.add_row(source, *(f"{n:,}" for n in row), style="bold" if source == "all" else "")
    return table


def _numbers(book: Books) -> list[int]:
    rejected, failed = sum(book.rejected.values()), sum(book.failed.values())
    first = [book.discovered, book.fetched, book.articles, book.duplicates]
    return [*first, rejected, failed, book.pending, book.removed]


def _reasons(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n}" for reason, n in sorted(counted.items()))


def show_sources(console: Console, sources: Iterable[Source]) -> None:
    """Print the seeds."""
    table = grid(("id", "name", "languages", "home", "listings", "every", "crawled"))
    for source in sources:
        table.add_row(
            source.id,
            cell(source.name),
            " ".join(source.languages),
            cell(source.home),
            str(len(source.listings)),
            f"{source.every_minutes} min",
            "yes" if source.enabled else "no",
        )
    console.print(table)


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print what the doctor found, and what to do."""
    table = grid(("check", "finding", "what to do"))
    for finding in findings:
        table.add_row(
            finding.check, told_as(finding.level, finding.detail), cell(finding.advice or None)
        )
    console.print(table)


def show_rulebook(console: Console, book: Rulebook) -> None:
    """Print what was learned of a site: its rules, then where its pages hold their text."""
    from rich.text import Text

    table = grid(("rule", "standing", "seen", "last", "expires", "line, for and against"))
    for view in book.rules:
        colour = {"applied": "green", "accepted": "green", "refused": "red"}.get(view.standing, "")
        line = Text(printable(view.line))
        for mark, url in (("+", view.example), ("-", view.counter_example)):
            if url:
                line.append(f"\n{mark} {printable(url)}", style="dim")
        seen = f"{view.stories} in {view.days} d, {view.share:.0%}"
        told = f"{view.standing}, {view.in_doubt} in doubt" if view.in_doubt else view.standing
        standing = Text(told, style=colour)
        table.add_row(view.rule, standing, seen, view.last_seen[5:], view.expires[5:], line)
    console.print(table)
    console.print(
        Text(f"{book.source}, start of {book.day}: learned from {book.pages:,} pages", style="dim")
    )
    for path, n in list(book.layouts.items())[:5]:
        console.print(Text(f"{n:>7,} hold their text in {path}", style="dim"))


def told_as(level: str, detail: str) -> Text:
    """Return a line with the mark and colour of a level: ok, warn or wrong."""
    from rich.text import Text

    style, mark = {"ok": ("green", "✓"), "warn": ("yellow", "!")}.get(level, ("red", "✗"))
    return Text.assemble((f"{mark} ", style), printable(detail))
