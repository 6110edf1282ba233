"""Which claim won for each field, and which lost: for people, when they ask. A run never does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from pipeline.boilerplate import Rules
from pipeline.extract import metadata, picture, published
from pipeline.extract.authors import author_claims
from pipeline.extract.bounds import TooLarge
from pipeline.extract.cut import cut
from pipeline.extract.decode import decode
from pipeline.extract.draft import Moment
from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.kind import is_text, unreadable
from pipeline.extract.parse import parse
from pipeline.extract.scan import Claims
from pipeline.extract.title import rank_titles
from pipeline.model import Page
from pipeline.sources import Source

_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place says of a field of the row, and whether the row says the same."""

    field: str
    source: str
    value: str
    won: bool


def explain_page(page: Page, source: Source, rules: Rules) -> tuple[Claim, ...]:
    """Return every claim of a page's metadata; none for what is no page or cannot be read."""
    decoded = decode(page.body, page.header("content-type"))
    if unreadable(page, decoded) is not None or is_text(page, decoded):
        return ()
    try:
        tree = parse(decoded.text, decoded.utf8)
        if tree is None:
            return ()
        cut(tree, rules.for_source(source))
        return explain(Claims(tree, read_jsonld(tree), page, source))
    except TooLarge:
        return ()


def explain(claims: Claims) -> tuple[Claim, ...]:
    """Return the claims field by field, each field's in the order in which they are asked."""
    said = metadata.read_metadata(claims)
    titles: list[tuple[str, str]] = [(", ".join(c.places), c.text) for c in rank_titles(claims)]
    if claims.page.link.title:
        titles.append((claims.page.link.found_via, claims.page.link.title))
    authors = ((place, ", ".join(names)) for place, names in author_claims(claims))
    dates = chain(published.published_claims(claims), published.seen_claims(claims))
    if said.published:
        dates = chain(dates, [said.published])  # a search of the text is not made twice
    fields: list[tuple[str, Iterable[tuple[str, str]], str | None]] = [
        ("title", titles, said.title),
        ("authors", authors, ", ".join(said.authors)),
        ("published_at", map(_written, dates), _written(said.published)[1]),
        (
            "modified_at",
            map(_written, published.modified_claims(claims)),
            _written(said.modified)[1],
        ),
        ("section", metadata.section_claims(claims), said.section),
        ("description", metadata.description_claims(claims), said.description),
        ("url_canonical", metadata.canonical_claims(claims), said.canonical),
        ("image_url", picture.image_claims(claims), said.image_url),
        ("image_caption", picture.caption_claims(claims), said.image_caption),
        ("image_credit", picture.credit_claims(claims), said.image_credit),
    ]
    return tuple(claim for name, group, won in fields for claim in _judged(name, group, won))


def _written(moment: Moment | None) -> tuple[str, str]:
    return (moment.source, f"{moment.raw} ({moment.precision})") if moment else ("", "")


def _judged(name: str, group: Iterable[tuple[str, str]], won: str | None) -> Iterator[Claim]:
    """Yield a field's claims, without repetitions; the first that says what the row says has won."""
    found = False
    for place, value in islice(dict.fromkeys(pair for pair in group if pair[1]), _MOST):
        # The row has a caption without the credit at its end.
        wins = not found and bool(won) and value.startswith(won or "")
        found = found or wins
        yield Claim(name, place, value, wins)
