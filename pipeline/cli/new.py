"""`broadsheet new`: a site's seed, written from what the site offers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import out
from pipeline.cli.out import busy, plain, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pipeline.scout.candidates import Ranked
    from pipeline.scout.sample import Sample
    from pipeline.seeding import NewSource


def new(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="The site: its home page, a section, feed or article."),
    ],
    *,
    id_: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="Id of the source, as readers will see it. Default: by its host.",
        ),
    ] = None,
    delay: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="Pause between two requests, now and in the seed; a longer crawl-delay wins.",
        ),
    ] = 2.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the seed; write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a seed that is there already.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show each page that was read, cuts in place.")
    ] = False,
) -> None:
    """Look at a site and write its seed, for you to review: `seeds/sources/<id>.yml`.

    Finds feeds and sitemaps (robots.txt, link elements, known paths) or, without these, sections;
    reads them, and up to 20 articles; says what the site says of the use of its pages. At most 60
    polite requests. Piped: one JSON object, with the seed's text in `seed`.

    Exits with 65 if the site forbids it or lists nothing, with 75 if it does not answer, with 78 if
    the address is wrong, no user agent is set, or the seed is there already.
    """
    from pipeline import seeding

    with busy(f"look at {url}") as tell:
        made = seeding.new_source(
            url, name=id_, delay_s=delay, force=force, dry_run=dry_run, tell=tell
        )
    if out.on_terminal():
        _show(out.console(), made, verbose=verbose)
    else:
        out.write_json(_json(made))


def _show(console: Console, made: NewSource, *, verbose: bool) -> None:
    from rich.text import Text

    from pipeline.scout.write import signals

    console.print(_listings(made.survey.listings))
    console.print()
    if verbose:
        _pages(console, made.survey.samples)
    console.print(_samples(made.survey.samples))
    console.print()
    for line in signals(made.survey):
        console.print(Text(f"! {printable(line)}", style="yellow"))
    if not made.written:
        console.print(Text(printable(made.text)), soft_wrap=True)
        return
    checks = made.text.count("check:") - 1  # the first line says what the word means
    told = f"{made.path} written, `check:` stands in it {checks} times. Review it, then: "
    console.print(Text(f"{told}broadsheet run --source {made.id}", style="green"), soft_wrap=True)


def _listings(listings: tuple[Ranked, ...]) -> Table:
    from pipeline.cli.tables import cell, grid

    table = grid(("", "listing", "kind", "links", "newest", "why"), ("links",))
    for one in listings:
        found = one.listing
        newest = f"{found.newest:%Y-%m-%d %H:%M}" if found.newest else ""
        why = one.why or f"by {found.candidate.how}"
        links = str(len(found.entries))
        table.add_row("✓" if one.use else "–", cell(found.url), found.via, links, newest, cell(why))
    return table


def _samples(samples: tuple[Sample, ...]) -> Table:
    from rich.text import Text

    from pipeline.cli.tables import cell, grid

    table = grid(("title", "published", "words", "cuts"), ("words",))
    for sample in samples:
        row = _row(sample)
        cuts = ", ".join(f"{category} {n}" for category, n in row["cuts"].items())
        title = cell(row["title"] or row["url"])
        if row["verdict"] != "article":
            title = Text(
                f"✗ {row['reason']}: {printable(row['detail'])}\n  {row['url']}", style="red"
            )
        words = "" if row["words"] is None else str(row["words"])
        table.add_row(title, (row["published_at"] or "")[:16], words, cuts)
    return table


def _pages(console: Console, samples: tuple[Sample, ...]) -> None:
    from pipeline.cli.show import show_trial
    from pipeline.trial import Trial

    for sample in samples:
        show_trial(console, Trial(None, sample.verdict, sample.page), verbose=False)
        console.print()


def _row(sample: Sample) -> dict[str, Any]:
    """Return what is told of a sampled page."""
    from pipeline.model import Article, Miss

    verdict = sample.verdict
    row: dict[str, Any] = {"url": sample.url, "found_in": sample.found_in}
    if isinstance(verdict, Miss):
        told = {"verdict": "miss", "reason": str(verdict.reason), "detail": verdict.detail}
        return (
            row
            | told
            | dict.fromkeys(("title", "published_at", "words", "language"))
            | {"cuts": {}}
        )
    is_article = isinstance(verdict, Article)
    return row | {
        "verdict": "article" if is_article else "reject",
        "reason": "ok" if isinstance(verdict, Article) else str(verdict.reason),
        "detail": "" if isinstance(verdict, Article) else verdict.detail,
        "title": verdict.title,
        "published_at": plain(verdict.published_at),
        "words": verdict.word_count,
        "language": verdict.language,
        "cuts": dict(Counter(cut.category for cut in verdict.cuts)),
    }


def _json(made: NewSource) -> dict[str, Any]:
    from pipeline.expect import expectation
    from pipeline.scout.write import signals

    found = made.survey
    return {
        "id": made.id,
        "path": made.path,
        "written": made.written,
        "home": found.home,
        "name": found.name,
        "languages": found.languages,
        "timezone": plain(found.zone),
        "listings": [_listing(one) for one in found.listings],
        "samples": [_row(sample) for sample in found.samples],
        "signals": signals(found),
        "editions": dict(found.editions),
        "expect": expectation(found.observed, found.articles_a_day).model_dump(),
        "requests": found.requests,
        "seed": made.text,
    }


def _listing(one: Ranked) -> dict[str, Any]:
    found = one.listing
    return {
        "url": found.url,
        "used": one.use,
        "why": one.why,
        "kind": found.via,
        "how": found.candidate.how,
        "links": len(found.entries),
        "shared": one.shared,
        "newest": found.newest,
        "oldest": found.oldest,
    }
