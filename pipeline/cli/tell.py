"""`broadsheet why` for a person: a URL's story in the order in which it happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.cli.out import printable
from pipeline.model import State
from pipeline.ports import Sighting, Standing, Try
from pipeline.story import Row, Story

if TYPE_CHECKING:
    from rich.console import Console

_LABELS = {"discover": "found", "fetch": "fetched", "extract": "judged", "publish": "published"}
_GOOD = {"ok", "not_modified", "duplicate"}


def show_story(console: Console, story: Story) -> None:
    """Print the story: where it stands, who listed it, each try and outcome, the rows it led to."""
    from rich.text import Text

    console.print(Text(printable(story.url), style="bold"))
    console.print(Text(f"key {story.url_key}", style="dim"))
    for standing in story.standings:
        console.print(Text(_standing(standing)))
    _show_lines(console, "listed in", map(_place, story.places))
    _show_lines(console, "tries", map(_try, story.tries))
    _show_lines(console, "asked as a listing", map(_poll, story.polls))
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
    if not story.outcomes and not story.polls:
        console.print(Text("\nno run that touched it is published yet", style="yellow"))


def _show_lines(console: Console, title: str, lines: Iterable[str]) -> None:
    from rich.text import Text

    for number, line in enumerate(lines):
        if number == 0:
            console.print(Text(f"\n{title}", style="bold cyan"))
        console.print(Text(f"  {printable(line)}"))


def _standing(standing: Standing) -> str:
    parts = [f"{standing.link.source}: {standing.state}"]
    if standing.reason and standing.reason != "ok":
        parts.append(f"({standing.reason}{': ' if standing.detail else ''}{standing.detail})")
    parts.append(f"found {_time(standing.link.found_at)} in {standing.link.found_in}")
    if standing.fetched_at:
        parts.append(f"last fetched {_time(standing.fetched_at)}")
    if standing.due_at:
        parts.append(f"due again {_time(standing.due_at)}")
    if standing.state is State.FAILED:
        parts.append("asked no more unless `broadsheet retry` is given its address")
    return printable(", ".join(parts).replace(", (", " (", 1))


def _place(place: Sighting) -> str:
    link = place.link
    claims = [f"“{link.title}”"] if link.title else []
    claims += [f"by {', '.join(link.authors)}"] if link.authors else []
    claims += [f"published {_time(link.published_at)}"] if link.published_at else []
    claims += [f"changed {_time(link.modified_at)}"] if link.modified_at else []
    claims += [f"{link.words} words"] if link.words else []
    seen = f", last {_time(place.seen_at)}" if place.seen_at != link.found_at else ""
    said = f": {', '.join(claims)}" if claims else ""
    return f"{_time(link.found_at)}{seen}  {link.source}: {link.found_via} {link.found_in}{said}"


def _try(tried: Try) -> str:
    status = f" (HTTP {tried.status})" if tried.status else ""
    detail = f": {tried.detail}" if tried.detail else ""
    again = f", again {_time(tried.due_at)}" if tried.due_at else ""
    asked = f"{tried.requests} request{'s' * (tried.requests != 1)}"
    then = f"{asked}, then {tried.state}{again}"
    return f"{_time(tried.at)}  {tried.source}: {tried.reason}{status}{detail}; {then}"


def _poll(poll: Row) -> str:
    status = f" (HTTP {poll['status']})" if poll["status"] else ""
    detail = f": {poll['detail']}" if poll["detail"] else ""
    return f"{_time(poll['at'])}  {poll['source']}: {poll['reason']}{status}{detail}"


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
    yield "text", f"{row['word_count']} words, {row['language'] or 'und'}{_cut_short(row)}"
    yield "cuts", _cuts(row["cuts"])
    yield "raw", f"{row['raw_key']} (sha256 {row['raw_digest'][:16]}…)"
    yield "rules", row["rules_version"]
    yield "table file", row["filename"]


def _cut_short(row: Row) -> str:
    """Say that text is missing. Rejects, and rows of before, lack the column."""
    if not row.get("cut_short"):
        return ""
    words = row["words_stated"]
    return "; cut short" + (f": {row['words_source']} says {words} words" if words else "")


def _cuts(cuts: list[Mapping[str, str]]) -> str:
    counted = Counter(cut["category"] for cut in cuts)
    return ", ".join(f"{category} {n}" for category, n in counted.most_common()) or "none"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
