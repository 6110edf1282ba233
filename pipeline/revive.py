"""What was given up, URLs and listings, and another chance for it: for people, through the CLI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.jobs import current_slot, open_ports, utc_now
from pipeline.model import Slot
from pipeline.ports import Standing
from pipeline.settings import load_settings
from pipeline.sources import load_sources


def failed(
    sources: Sequence[str] = (), reasons: Sequence[str] = (), since: str | None = None
) -> Iterator[Standing]:
    """Yield the URLs that were given up. `since` is a day or hour, of when they were last tried."""
    ledger = open_ports(load_settings()).ledger
    yield from ledger.failed(sources, reasons, Slot.parse(since).start if since else None)


def retry(
    urls: Sequence[str],
    sources: Sequence[str] = (),
    reasons: Sequence[str] = (),
    since: str | None = None,
) -> tuple[int, list[str]]:
    """Make URLs that were given up due again: those named, or all that the filters leave.

    Return how many that were, and which of the URLs named had not been given up.
    """
    from pipeline.urls import url_key

    ledger = open_ports(load_settings()).ledger
    given_up = [(s.link.url_key, s.link.source) for s in failed(sources, reasons, since)]
    if not urls:
        return ledger.replay(given_up, utc_now()), []
    wanted = {url_key(url): url for url in urls}
    chosen = [key for key in given_up if key[0] in wanted]
    missing = [wanted[key] for key in wanted.keys() - {key for key, _ in chosen}]
    return ledger.replay(chosen, utc_now()), sorted(missing)


def wake(ids: Sequence[str]) -> dict[str, int]:
    """Make the listings of sources due, dead ones too; return how many are known of each.

    Raises FixSeed for an id without a seed.
    """
    from pipeline.crawl.polling import awake

    settings = load_settings()
    load_sources(settings.sources, ids)
    ledger = open_ports(settings).ledger
    woken = {}
    for source in ids:
        states = [awake(state) for state in ledger.listings(source).values()]
        ledger.remember([], states, current_slot())
        woken[source] = len(states)
    return woken
