"""`broadsheet why` for a person: a URL's story in the order in which it happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.cli.out import printable
from pipeline.ports import Standing
from pipeline.story import Row, Story

if TYPE_CHECKING:
    from rich.console import Console

_LABELS = {"discover": "found", "fetch": "fetched", "extract": "judged", "publish": "published"}
_GOOD = {"ok", "not_modified", "duplicate"}


def show_story(console: Console, story: Story) -> None:
    """Print the story: where it stands now, each outcome with its slot, and the rows it led to."""
    from rich.text import Text

    console.print(Text(printable(story.url), style="bold"))
    console.print(Text(f"key {story.url_key}", style="dim"))
    for standing in story.standings:
        console.print(Text(_standing(standing)))
    slot = None
    for outcome in story.outcomes:
        if outcome["slot"] != slot:
            slot = outcome["slot"]
            console.print(Text(f"\nrun {slot}", style="bold cyan"))
        console.print(_outcome(outcome))
    for row in story.articles:
        _show_row(console, "article", row)
    for row in story.rejects:
        _show_row(console, "reject", row)
    if not story.outcomes:
        console.print(Text("\nno run that touched it is published yet", style="yellow"))


def _standing(standing: Standing) -> str:
    parts = [f"{standing.link.source}: {standing.state}"]
    if standing.reason and standing.reason != "ok":
        parts.append(f"({standing.reason}{': ' if standing.detail else ''}{standing.detail})")
    parts.append(f"found {_time(standing.link.found_at)} in {standing.link.found_in}")
    if standing.fetched_at:
        parts.append(f"last fetched {_time(standing.fetched_at)}")
    if standing.due_at:
        parts.append(f"due again {_time(standing.due_at)}")
    return printable(", ".join(parts).replace(", (", " (", 1))


def _outcome(outcome: Row) -> Any:
    from rich.text import Text

    stage, reason = outcome["stage"], outcome["reason"]
    line = Text()
    line.append(f"  {_time(outcome['at'])}  ", style="dim")
    line.append(f"{_LABELS.get(stage, stage):<10}")
    line.append(f"{reason:<14}", style="green" if reason in _GOOD else "red")
    return line.append(printable("; ".join(_details(outcome))))


def _details(outcome: Row) -> Iterator[str]:
    match outcome["stage"]:
        case "discover":
            yield f"in {outcome['found_in']}"
        case "fetch":
            if outcome["status"]:
                yield f"HTTP {outcome['status']}"
            if outcome["attempts"]:
                yield f"{outcome['attempts']} request{'s' * (outcome['attempts'] > 1)}, {outcome['elapsed_ms'] or 0} ms"
            if outcome["url_final"] and outcome["url_final"] != outcome["url"]:
                yield f"answered by {outcome['url_final']}"
            if outcome["raw_key"]:
                yield f"kept in {outcome['raw_key']}"
        case _:
            yield f"now {outcome['state']}"
    if outcome["detail"]:
        yield outcome["detail"]


def _show_row(console: Console, kind: str, row: Row) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"\n{kind} of run {row['slot']}", style="bold cyan"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in _facts(kind, row):
        table.add_row(f"  {name}", Text(printable(value)))
    console.print(table)


def _facts(kind: str, row: Row) -> Iterator[tuple[str, str]]:
    yield "title", row["title"] or "–"
    if kind == "article":
        published = _time(row["published_at"]) if row["published_at"] else "no believable claim"
        claim = f", said by {row['published_source']}" if row["published_source"] else ""
        yield "published", published + claim
        if row["duplicate_of"]:
            yield "duplicate of", f"{row['duplicate_of']} {row['duplicate_of_url'] or ''}".strip()
    else:
        yield "reason", ", ".join([row["reason"], *row["broken_rules"]])
        yield "detail", row["detail"] or "–"
    yield "text", f"{row['word_count']} words, {row['language'] or 'und'}"
    yield "cuts", _cuts(row["cuts"])
    yield "raw", f"{row['raw_key']} (sha256 {row['raw_digest'][:16]}…)"
    yield "rules", row["rules_version"]
    yield "table file", row["filename"]


def _cuts(cuts: list[Mapping[str, str]]) -> str:
    counted = Counter(cut["category"] for cut in cuts)
    return ", ".join(f"{category} {n}" for category, n in counted.most_common()) or "none"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
