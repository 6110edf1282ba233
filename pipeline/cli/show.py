"""`broadsheet try` for a person: the article as it would be stored, with what was cut in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.cli.out import plain, printable
from pipeline.extract.claims import Claim
from pipeline.model import Article, Cut, Miss, Page, Reject
from pipeline.trial import Trial

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: A comment widget can be longer than the article; `-v` shows all of it.
_SHOWN_CHARS = 400
_SHOWN_CLAIM = 120
_IDENTITY = (
    "article_id",
    "url_key",
    "content_key",
    "encoding",
    "raw_digest",
    "rules_version",
    "slot",
)


def trial_json(trial: Trial) -> dict[str, Any]:
    """Return what `try` writes when piped: `file`, `verdict`, then the row's fields.

    `file` is null for a URL. Every verdict has `reason` (`ok` for an article) and `broken_rules`.
    """
    verdict = trial.verdict
    head: dict[str, Any] = {"file": trial.file}
    if trial.timings is not None:
        head["timings"] = dict(trial.timings)
    if trial.claims is not None:
        head["claims"] = plain(trial.claims)
    if isinstance(verdict, Miss):
        return head | {"verdict": "miss"} | _miss_json(verdict)
    if isinstance(verdict, Article):
        head |= {"verdict": "article", "reason": "ok", "broken_rules": []}
    else:
        head |= {"verdict": "reject"}
    row: dict[str, Any] = plain(verdict)
    return head | row


def _miss_json(miss: Miss) -> dict[str, Any]:
    return {
        "reason": miss.reason,
        "broken_rules": [],
        "detail": miss.detail,
        "url": miss.link.url,
        "url_final": miss.final_url,
        "status": miss.status,
        "title": None,
        "text": "",
        "cuts": [],
        "fetched_at": plain(miss.fetched_at),
    }


def show_trial(console: Console, trial: Trial, *, verbose: bool) -> None:
    """Print a verdict: headline, facts, and the text with the cuts struck through."""
    from rich.text import Text

    verdict = trial.verdict
    console.print(_headline(verdict))
    if isinstance(verdict, Miss):
        console.print(Text(printable(f"{verdict.link.url}\n{verdict.detail}")))
        return
    console.print(_facts(verdict, verbose=verbose))
    if trial.claims:
        console.print(_claims(trial.claims))
    console.print()
    flat = flat_text(trial.page, verdict.encoding) if trial.page else ""
    for piece in in_order(flat, verdict.text.split("\n"), verdict.cuts):
        if isinstance(piece, Cut):
            console.print(_cut(piece, verbose=verbose))
        elif piece:
            console.print(Text(printable(piece)))
    console.print(Text(_sum(verdict), style="dim"))
    if trial.timings is not None:
        console.print(Text(_times(trial.timings), style="dim"))


def _headline(verdict: Article | Reject | Miss) -> Any:
    from rich.text import Text

    if isinstance(verdict, Article):
        return Text.assemble(
            ("ARTICLE ", "bold green"), (printable(verdict.title or "(no title)"), "bold")
        )
    word = "NOT FETCHED " if isinstance(verdict, Miss) else "REJECTED "
    rules = verdict.broken_rules if isinstance(verdict, Reject) else ()
    why = ", ".join([str(verdict.reason), *rules])
    return Text.assemble((word, "bold red"), (why, "red"))


def _facts(verdict: Article | Reject, *, verbose: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    rows = _article_facts(verdict) if isinstance(verdict, Article) else _reject_facts(verdict)
    if verbose:
        rows += [
            (name, str(getattr(verdict, name))) for name in _IDENTITY if hasattr(verdict, name)
        ]
    for name, value in rows:
        if value:
            table.add_row(name, Text(printable(value)))
    return table


def _claims(claims: Sequence[Claim]) -> Table:
    """Return who said what of each field; what the row holds is marked."""
    from rich.table import Table
    from rich.text import Text

    table = Table("field", "", "claimed by", "claim", box=None, header_style="dim", padding=(0, 1))
    for claim in claims:
        value = printable(claim.value)
        shown = f"{value[:_SHOWN_CLAIM].rstrip()} …" if len(value) > _SHOWN_CLAIM else value
        style = "" if claim.won else "dim"
        cells = (claim.field, "✓" if claim.won else "", printable(claim.source), shown)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _article_facts(article: Article) -> list[tuple[str, str]]:
    language = f"{article.language} ({article.language_confidence:.0%} sure)"
    if article.language_declared:
        language += f", page says {article.language_declared}"
    return [
        ("url", article.url_canonical or article.url_final),
        ("authors", ", ".join(article.authors)),
        ("published", _published(article)),
        ("modified", _claim(article.modified_at, article.modified_source)),
        ("section", article.section or ""),
        ("tags", ", ".join(article.tags)),
        ("language", language),
        ("description", article.description or ""),
        ("image", article.image_url or ""),
        ("caption", article.image_caption or ""),
        ("credit", article.image_credit or ""),
        ("paywalled", _paywalled(article)),
        ("cut short", _cut_short(article)),
        ("corrected", "yes" if article.corrected else ""),
        ("agency", article.agency or ""),
    ]


def _paywalled(article: Article) -> str:
    if article.preview:
        return "yes; the text is only the start"
    return "yes" if article.paywalled else ""


def _cut_short(article: Article) -> str:
    """Say that text is missing, and what tells it."""
    if not article.cut_short:
        return ""
    said = (
        f"{article.words_source} says {article.words_stated} words" if article.words_stated else ""
    )
    return "; ".join(
        filter(None, ("yes", said, "a further page is missing" * article.parts_missing))
    )


def _reject_facts(reject: Reject) -> list[tuple[str, str]]:
    return [
        ("url", reject.url_final),
        ("why", reject.detail),
        ("title", reject.title or ""),
        ("published", _claim(reject.published_at, None)),
        ("language", reject.language or ""),
    ]


def _published(article: Article) -> str:
    """Say which date claim won, how exact it is and where its zone came from."""
    if article.published_at is None:
        return "(no believable claim)"
    claim = f"{article.published_source} said {article.published_at_raw!r}"
    return f"{_time(article.published_at)}  {claim}, to the {article.published_precision}, zone {article.published_tz}"


def _claim(moment: datetime | None, source: str | None) -> str:
    if moment is None:
        return ""
    return _time(moment) + (f"  {source}" if source else "")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _cut(cut: Cut, *, verbose: bool) -> Any:
    from rich.text import Text

    text = printable(cut.text)
    if not verbose and len(text) > _SHOWN_CHARS:
        text = f"{text[:_SHOWN_CHARS].rstrip()} …"
    shown = Text()
    for n, line in enumerate(text.split("\n")):
        shown.append("\n" if n else "")
        shown.append(line, style="red strike")
    return shown.append(f"  ‹{cut.category} · {cut.rule}›", style="magenta")


def _sum(verdict: Article | Reject) -> str:
    cut = sum(len(cut.text) for cut in verdict.cuts)
    return f"{verdict.word_count} words kept; {len(verdict.cuts)} cuts, {cut} characters"


def _times(timings: Mapping[str, float]) -> str:
    """Say how long the page took, and where the time went; the first judging is not counted."""
    stages = ", ".join(f"{stage} {spent:.2f}" for stage, spent in timings.items())
    return f"{sum(timings.values()):.1f} ms: {stages}"


def in_order(flat: str, lines: Sequence[str], cuts: Sequence[Cut]) -> list[str | Cut]:
    """Put lines and cuts into the order they had on the page.

    A verdict does not say where a cut was, so each is looked up in `flat`, the page's own text
    without white space. What is not found there follows at the end.
    """
    placed: list[tuple[int, int, str | Cut]] = []
    after = 0
    for n, line in enumerate(lines):
        at = flat.find("".join(line.split()), after)
        after = max(at, after)
        placed.append((after, n, line))
    searched: dict[str, int] = {}
    for n, cut in enumerate(cuts, len(placed)):
        needle = "".join(cut.text.split())
        at = flat.find(needle, searched.get(needle, 0)) if needle else -1
        searched[needle] = at + 1 if at >= 0 else len(flat)
        placed.append((at if at >= 0 else len(flat), n, cut))
    return [piece for _, _, piece in sorted(placed, key=lambda item: item[:2])]


def flat_text(page: Page, encoding: str) -> str:
    """Return a page's text without its markup, scripts and white space."""
    from lxml import etree, html

    try:
        text = page.body.decode(encoding or "utf-8", "replace")
    except LookupError:  # an encoding that Python does not know by that name
        text = page.body.decode("utf-8", "replace")
    if "<" in text:
        try:
            tree = html.document_fromstring(
                text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8")
            )
        except (etree.LxmlError, ValueError):
            return ""
        etree.strip_elements(tree, "script", "style", etree.Comment, with_tail=False)
        text = "".join(tree.itertext())
    return "".join(text.split())
