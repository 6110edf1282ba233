"""What a site gave when its seed was made, and whether it still does. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import comb, exp
from statistics import median
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.model import Article, Reject

#: Columns of `articles` whose share of filled rows a seed can expect.
FILLED: Final = (
    *("title", "authors", "published_at", "section", "tags", "description", "image_url"),
)
#: A smaller share is told when chance alone gives one as small less often than this …
_RARE: Final = 0.01
#: … and when it is smaller by this much: of many pages any change would be rare.
_NOTABLE: Final = 0.2
#: Lengths and numbers a day differ from week to week; told is what is out by these factors.
_LENGTH, _VOLUME = 2.0, 3.0
#: A site rests on holidays: silence says nothing before so many days …
_HOLIDAYS: Final = timedelta(days=3)
#: … nor while it would be met once in so many (Poisson, at the rate that was expected).
_SELDOM: Final = 1e-4
#: A language that the detector is not sure of.
_UNSURE: Final = "und"


def _are_shares(value: dict[str, float]) -> dict[str, float]:
    if unknown := sorted(set(value) - set(FILLED)):
        msg = f"{', '.join(unknown)}: not among {', '.join(FILLED)}"
        raise ValueError(msg)
    if wrong := sorted(name for name, share in value.items() if not 0 <= share <= 1):
        msg = f"{', '.join(wrong)}: must be a share, 0 to 1"
        raise ValueError(msg)
    return value


class Expect(BaseModel):
    """What the site gave when its seed was made; `sources check` says what has become of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    articles_a_day: float | None = Field(
        None, gt=0, description="Articles a day, by the dates in its listings."
    )
    articles: float | None = Field(
        None, ge=0, le=1, description="Share of the listed pages that are articles."
    )
    words: int | None = Field(None, ge=1, description="Median of the words of an article.")
    filled: Annotated[dict[str, float], AfterValidator(_are_shares)] = Field(
        default_factory=dict,
        description=f"Share of articles that have a field ({', '.join(FILLED)}).",
    )
    sampled: int | None = Field(
        None, ge=1, description="Pages that the shares were counted on: how much they can say."
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """What a sample of pages gave: pages, articles among them, their words, filled fields."""

    sampled: int = 0
    articles: int = 0
    words: int | None = None
    filled: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """The share of pages that are articles."""
        return self.articles / self.sampled if self.sampled else None


def observe(verdicts: Sequence[Article | Reject]) -> Observed:
    """Count what a sample of pages gave."""
    found = [verdict for verdict in verdicts if isinstance(verdict, Article)]
    return Observed(
        len(verdicts),
        len(found),
        round(median(article.word_count for article in found)) if found else None,
        {name: sum(bool(getattr(article, name)) for article in found) for name in FILLED},
    )


def expectation(observed: Observed, articles_a_day: float | None) -> Expect:
    """Return what to expect of a site that gave this."""
    n = observed.articles
    return Expect(
        articles_a_day=round(articles_a_day, 1) or None if articles_a_day else None,
        articles=_rounded(observed.share),
        words=observed.words or None,
        filled={name: round(count / n, 2) for name, count in observed.filled.items() if n},
        sampled=observed.sampled or None,
    )


def departures(
    expect: Expect, observed: Observed, articles_a_day: float | None, *, rare: float = _RARE
) -> list[str]:
    """Say in what a sample departs from what was expected, a line each; nothing is no news.

    `rare` is how seldom chance alone may say so.
    """
    return [*_shares(expect, observed, rare), *_sizes(expect, observed, articles_a_day)]


def strange(
    languages: Sequence[str], found: Sequence[str], *, rare: float = _RARE
) -> Iterator[str]:
    """Say that notably many articles are in languages that the seed does not name."""
    odd = [one for one in found if one not in {*languages, _UNSURE}]
    if odd and _is_less(len(found) - len(odd), len(found), 1.0, 0, rare):
        most = Counter(odd).most_common(1)[0][0]
        named = ", ".join(languages)
        yield f"{len(odd)} of {len(found)} articles are in other languages than {named}, most in {most}"


def silence(newest: datetime | None, rate: float | None, now: datetime) -> str:
    """Say that there is nothing new for longer than chance and holidays explain."""
    if newest is None or rate is None or now - newest < _HOLIDAYS:
        return ""
    quiet = now - newest
    if exp(-rate * (quiet / timedelta(days=1))) >= _SELDOM:
        return ""
    return f"nothing new since {newest:%Y-%m-%d}, {rate:g} articles a day were expected"


def _shares(expect: Expect, observed: Observed, rare: float) -> Iterator[str]:
    before = expect.sampled or 0
    if _is_less(observed.articles, observed.sampled, expect.articles, before, rare):
        yield (
            f"{observed.articles} of {observed.sampled} pages are articles, "
            f"{expect.articles:.0%} were expected"
        )
    n, earlier = observed.articles, round(before * (expect.articles or 1))
    for name, share in expect.filled.items():
        if _is_less(count := observed.filled.get(name, 0), n, share, earlier, rare):
            yield f"{name}: on {count} of {n} articles, {share:.0%} were expected"


def _sizes(expect: Expect, observed: Observed, articles_a_day: float | None) -> Iterator[str]:
    sizes: Iterable[tuple[str, float | None, float | None, float]] = (
        ("words in the median", observed.words, expect.words, _LENGTH),
        ("articles a day by the listings' dates", articles_a_day, expect.articles_a_day, _VOLUME),
    )
    for what, now, then, factor in sizes:
        if now and then and not 1 / factor <= now / then <= factor:
            yield f"{now:.3g} {what}, {then:.3g} were expected"


def _is_less(count: int, of: int, share: float | None, sampled: int, rare: float) -> bool:
    """Whether a share is notably smaller than expected, and not by chance (binomial, one side).

    The expected share was counted on a sample, too: it is drawn to the middle by one page each way
    (Laplace's rule of succession).
    """
    if not of or share is None or share - count / of < _NOTABLE:
        return False
    likely = (share * sampled + 1) / (sampled + 2) if sampled else min(share, 0.95)
    chance = sum(comb(of, k) * likely**k * (1 - likely) ** (of - k) for k in range(count + 1))
    return chance < rare


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 2)
