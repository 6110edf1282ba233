"""`broadsheet sources check` for a person: a line a site, then what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.cli.tables import cell, grid, told_as

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pipeline.sitecheck import SiteAnswer, SourceCheck


def show_checks(console: Console, checks: Sequence[SourceCheck], *, verbose: bool) -> None:
    """Print what each seed and its site answered; every answer where asked for, or of one site."""
    asked = [check for check in checks if check.answers]
    if asked:
        console.print(_sites(asked))
    details = _details(checks, everything=verbose or len(checks) == 1)
    if details.row_count:
        if asked:
            console.print()
        console.print(details)


def _sites(checks: Iterable[SourceCheck]) -> Table:
    numbers = ("links", "a day", "articles", "words")
    table = grid(("source", "robots", "listings", "newest", *numbers, ""), numbers)
    for check in checks:
        sample, listings = check.sample, check.listings
        answering = f"{sum(one.ok for one in listings)} of {len(listings)}"
        table.add_row(
            check.source,
            _robots(check.answers),
            answering,
            f"{check.newest:%Y-%m-%d %H:%M}" if check.newest else "",
            str(check.links),
            f"{check.articles_a_day:.1f}" if check.articles_a_day else "",
            f"{sample.articles} of {sample.sampled}" if sample and sample.sampled else "",
            str(sample.words) if sample and sample.words else "",
            told_as(*_word(check)),
        )
    return table


def _word(check: SourceCheck) -> tuple[str, str]:
    if check.exit_code:
        return "wrong", "see below"
    if check.troubles or not all(one.ok and not one.gap for one in check.answers):
        return "warn", "see below"
    return "ok", "as expected" if check.is_expected else "answers"


def _robots(answers: Iterable[SiteAnswer]) -> str:
    files = [one for one in answers if one.what.endswith("/robots.txt") and one.links is None]
    return "ok" if files and all(one.ok for one in files) else "wrong"


def _details(checks: Iterable[SourceCheck], *, everything: bool) -> Table:
    table = grid(("source", "what", "answer", "links", "newest"), ("links",))
    for check in checks:
        for what, line in _wrong(check):
            table.add_row(check.source, what, told_as("wrong", line), "", "")
        for one in check.answers:
            if everything or not one.ok or one.gap:
                newest = f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else ""
                links = "" if one.links is None else str(one.links)
                level = "wrong" if not one.ok else "warn" if one.gap else "ok"
                told = told_as(level, one.detail)
                table.add_row(check.source, cell(one.what), told, links, newest)
        if not (check.errors or check.answers):
            table.add_row(check.source, "seed", told_as("ok", "valid"), "", "")
    return table


def _wrong(check: SourceCheck) -> Iterator[tuple[str, str]]:
    yield from (("seed", line) for line in check.errors)
    yield from (("so far", line) for line in check.troubles)
    yield from (("expected", line) for line in check.departures)
