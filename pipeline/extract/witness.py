"""Feed and page as witnesses: how many words they say the text has, and whether some are missing.

No witness is taken for the text: feeds are cut short themselves, declared bodies hold the markup
and the asides of an editor's desk, and a declared count may be one of characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.extract.draft import Stated
from pipeline.extract.lines import lines_of, words
from pipeline.extract.scan import Claims

#: So many times, and so many words more than the text has, say that text is missing. That is
#: so on 7 of 1,340 benchmark pages: two or more end at a paywall, one is whole by its reference.
TIMES = 1.5
MORE = 50
#: A count this near to the text's characters is one of characters.
_NEAR = 0.25
_DIGITS = 6


def read_stated(claims: Claims) -> tuple[Stated, ...]:
    """Return who says how many words the article has: the feed, JSON-LD, a meta element."""
    feed = claims.page.link.words
    return (
        *([Stated(feed, "feed")] if feed else []),
        *(Stated(_words(body), "json_ld") for body in bodies(claims)),
        *counts(claims),
    )


def _words(body: str) -> int:
    """Count a declared body's words; tags and references in it are none."""
    return sum(map(words, lines_of(body))) if "<" in body or "&" in body else words(body)


def bodies(claims: Claims) -> Iterator[str]:
    """Yield the texts of the article that JSON-LD has."""
    for node in claims.jsonld.articles:
        if isinstance(body := node.get("articleBody"), str):
            yield body


def counts(claims: Claims) -> Iterator[Stated]:
    """Yield the counts of words that the page declares; some are of characters (`is_of_words`)."""
    said = [("json_ld", node.get("wordCount")) for node in claims.jsonld.articles]
    for source, count in (*said, *(("meta", text) for text in claims.meta("wordcount"))):
        if str(count).isdecimal() and len(str(count)) <= _DIGITS:
            yield Stated(int(str(count)), source)


def most(stated: Sequence[Stated], chars: int) -> Stated | None:
    """Return the most that is said of a text of so many characters; None if nothing is."""
    of_words = [one for one in stated if is_of_words(one.words, chars)]
    return max(of_words, key=lambda one: one.words, default=None)


def is_of_words(count: int, chars: int) -> bool:
    """Whether a declared count is none of the text's characters."""
    return abs(count - chars) > _NEAR * chars


def is_far_more(count: int, shown: int) -> bool:
    """Whether a text of so many words is so much shorter than is said that some is missing."""
    return count >= max(TIMES * shown, shown + MORE)
