"""Why no seed can be written for a site, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pipeline.errors import BroadsheetError, FixSeed, SiteChanged, TryLater
from pipeline.model import Article, Miss, Reason, is_passing
from pipeline.scout.candidates import Ranked
from pipeline.scout.sample import Sample
from pipeline.scout.section_search import is_article

_NO_ADDRESS: Final = frozenset({Reason.BAD_URL, Reason.BAD_SCHEME, Reason.BLOCKED_ADDRESS})
_REFUSED: Final = frozenset({401, 402, 403, 451})
_MOST_PROBES: Final = 5


def not_answered(miss: Miss) -> BroadsheetError:
    """Return the error for a site whose first page did not come."""
    told = f"{miss.link.url}: {miss.detail}"
    if miss.reason in _NO_ADDRESS:
        return FixSeed(f"{told}. Give a public address that begins with https:// or http://")
    if miss.reason == Reason.ROBOTS:
        return SiteChanged(f"{told}. It is not crawled, then; ask its publisher")
    told = f"{told} ({miss.reason})"
    if miss.reason == Reason.BOT_CHALLENGE:
        advice = "No challenge is solved here: ask the publisher to let your crawler in"
        return SiteChanged(f"{told}. {advice}")
    if miss.status in _REFUSED:
        return SiteChanged(f"{told}. It lets no crawler in, or not this one; ask its publisher")
    if is_passing(miss.reason, miss.status):
        when = (
            f"after {miss.retry_at:%F %H:%M} UTC, as it asks"
            if miss.status and miss.retry_at
            else "later"
        )
        return TryLater(f"{told}. Try again {when}")
    advice = "Give the site's home page, a section, a feed or an article"
    return SiteChanged(f"{told}. {advice}")


def nothing_found(home: str, ranked: Sequence[Ranked], probes: Iterable[Sample]) -> SiteChanged:
    """Return the error for a site that lists nothing, with what was tried."""
    lines = [f"{home}: no feed, no sitemap, and no page whose links are articles was found."]
    lines += [f"  {one.listing.url}: {one.why}" for one in ranked]
    failed = [one for one in probes if not is_article(one)][:_MOST_PROBES]
    for one in failed:
        if not isinstance(one.verdict, Article):
            lines.append(f"  {one.url}: no article ({one.verdict.reason})")
    lines += [
        "Give the address of a section that lists articles, of a feed or of an article.",
        "If the site builds its pages in the browser, ask its publisher for a feed.",
    ]
    return SiteChanged("\n".join(lines))
