"""Articles to read: `broadsheet text`, and what `try --markdown` writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import out

if TYPE_CHECKING:
    from pipeline.model import Article, Miss, Reject


def text_(
    name: Annotated[str, typer.Argument(metavar="URL|ID", help="The address, or the article_id.")],
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
) -> None:
    """Write one article of the lake to read: its headline, and a paragraph a line.

    With --markdown headings, lists, quotations, tables and code are marked as such. Where an
    article was published more than once, its latest row is taken.
    """
    from pipeline import desk

    row = desk.article(name)
    if row is None:
        out.say(f"broadsheet: {name}: no article of the lake; `broadsheet why URL` says more")
        raise typer.Exit(1)
    if markdown:
        _write_markdown(row["title"], row["text"], row["line_kinds"])
    else:
        _write(f"{row['title']}\n\n{row['text']}\n" if row["title"] else f"{row['text']}\n")


def write_verdict(verdict: Article | Reject | Miss) -> None:
    """Write an article as Markdown; of any other verdict a line to standard error says what it is."""
    from pipeline.model import Article, Reject

    if isinstance(verdict, Article):
        _write_markdown(verdict.title, verdict.text, verdict.line_kinds)
    else:
        url = verdict.url if isinstance(verdict, Reject) else verdict.link.url
        out.say(f"broadsheet: {url}: no article ({verdict.reason}: {verdict.detail})")


def _write_markdown(title: str | None, text: str, kinds: Sequence[str]) -> None:
    from pipeline.markdown import to_markdown

    _write(to_markdown(text, kinds, title))


def _write(text: str) -> None:
    shown = out.printable(text) if out.on_terminal() else text
    out.write_bytes(shown.encode("utf-8", "backslashreplace"))
