"""When a listing is asked next: pure decisions over what is remembered of it.

it gave something new      asked sooner: the interval times 0.8
it gave nothing new        asked later: the interval times 1.5
nothing of it overlaps     a gap: asked as often as its seed allows
it fails                   asked later for each failure, by how much that failure says
it is dead                 asked once a day for a month, then not until an operator acts
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from pipeline.model import Miss, Reason, is_passing
from pipeline.ports import ListingState
from pipeline.sources import Listing, Source

#: As Common Crawl's news crawler adapts its intervals.
SOONER, LATER = 0.8, 1.5
#: What a failure counts: a site that is unwell for an hour says little of its feed, a 404 much.
LIGHT, HEAVY = 1, 3
#: A listing whose failures in a row count this much is dead: four heavy ones, or twelve light.
DEAD: Final = 12
#: Feeds come back: a dead one is asked once a day, for so long.
DAILY: Final = timedelta(days=1)
REVIVAL: Final = timedelta(days=30)
#: There are servers that answer 304 for ever: after so long the whole is asked for.
TRUST: Final = timedelta(days=1)
#: A listing is due a little before its time, or an hourly run that starts early would skip it.
_SLACK: Final = 0.1
#: URL keys of a listing that are remembered; of more it is the smallest, a sample that is the same
#: for the same keys.
SAMPLE: Final = 1000
#: A window of fewer says nothing; one is full from this share of the widest ever seen.
_LEAST, _FULL = 5, 0.9
_NOT_ASKED: Final = frozenset({Reason.HOST_GIVEN_UP, Reason.BUDGET, Reason.DEADLINE})


def is_due(
    state: ListingState,
    source: Source,
    now: datetime,
    selection: str,
    floor: timedelta = timedelta(0),
) -> bool:
    """Whether to ask a listing now. One whose selection was edited is due whatever it was.

    But none is before its `floor`, the least time between two polls that the site grants.
    """
    if is_early(state, now, floor):
        return False
    if state.checked_at is None or not source.every_minutes or state.selection != selection:
        return True
    if is_resting(state):
        return False
    due = state.next_check_at
    if due is None:
        return True
    return now >= due - _SLACK * (due - state.checked_at)


def is_early(state: ListingState, now: datetime, floor: timedelta) -> bool:
    """Whether a listing was asked so lately that its site's robots.txt would have us wait."""
    return state.checked_at is not None and now < state.checked_at + floor


def is_child_due(
    state: ListingState,
    stated: datetime | None,
    source: Source,
    now: datetime,
    selection: str,
    *,
    floor: timedelta = timedelta(0),
) -> bool:
    """Whether to ask a sitemap whose index states when it changed: once it has, else once a day."""
    if is_early(state, now, floor):
        return False
    well = state.whole_at is not None and not state.failures and state.selection == selection
    if not well or stated is None or not source.every_minutes:
        return is_due(state, source, now, selection)
    if state.stated_at is None or stated > state.stated_at:
        return True
    return state.checked_at is not None and now >= state.checked_at + DAILY * (1 - _SLACK)


def is_trusted(state: ListingState, now: datetime) -> bool:
    """Whether to send a listing's validators; if not, the whole is asked for."""
    return not state.distrusted and state.whole_at is not None and now - state.whole_at < TRUST


def selecting(state: ListingState, selection: str) -> ListingState:
    """Return the state under a selection; edited, the listing is read anew, dead or not."""
    if state.selection == selection:
        return state
    return replace(
        awake(state),
        selection=selection,
        etag=None,
        last_modified=None,
        body_sha256=None,
        window=(),
        widest=0,
    )


def is_dead(state: ListingState) -> bool:
    """Whether a listing has failed for so long that it is hardly asked any more."""
    return state.weight >= DEAD


def is_resting(state: ListingState) -> bool:
    """Whether a dead listing has been asked for a month in vain, and is left alone."""
    since, last = state.failing_since, state.checked_at
    return is_dead(state) and since is not None and last is not None and last - since >= REVIVAL


def answered(
    state: ListingState,
    source: Source,
    now: datetime,
    *,
    news: bool,
    gap: bool = False,
    floor: timedelta = timedelta(0),
) -> ListingState:
    """Return the state after an answer: well again, and asked next when its interval is over."""
    least, first, most = bounds(source, floor)
    interval = state.interval_s
    if interval is None:
        interval = first
    elif state.checked_at is not None:
        interval = round(interval * (SOONER if news else LATER))
    interval = least if gap else min(max(interval, least), most)
    return replace(
        state,
        checked_at=now,
        next_check_at=now + timedelta(seconds=interval),
        interval_s=interval,
        failures=0,
        weight=0,
        failing_since=None,
        gaps=state.gaps + gap,
        detail="",
    )


def failed(
    state: ListingState, source: Source, now: datetime, detail: str, miss: Miss | None = None
) -> ListingState:
    """Return the state after a failure; what was known of the listing stays."""
    weight = min(state.weight + _weight(miss), DEAD)
    interval = timedelta(seconds=state.interval_s or bounds(source)[1])
    wait = DAILY if weight >= DEAD else min(interval * (1 + weight), max(DAILY, interval))
    due = now + wait
    if miss is not None and miss.retry_at is not None:
        due = max(due, miss.retry_at)
    after = replace(
        state,
        checked_at=now,
        next_check_at=due,
        failures=state.failures + 1,
        weight=weight,
        failing_since=state.failing_since or now,
    )
    return replace(after, detail=f"{detail}{_fate(after)}")


def awake(state: ListingState) -> ListingState:
    """Return the state of a listing that an operator wants to be asked again: due at once."""
    return replace(state, next_check_at=None, weight=0, failing_since=None)


def troubles(states: Iterable[ListingState]) -> Iterator[str]:
    """Yield a line for each listing that is dead, or has had gaps."""
    for state in states:
        if is_dead(state):
            yield f"{state.source}: {state.url}: {state.detail}"
        elif state.gaps:
            often = f"asked every {(state.interval_s or 0) // 60} minutes now"
            yield f"{state.source}: {state.url}: {state.gaps} gaps so far, {often}"


def bounds(source: Source, floor: timedelta = timedelta(0)) -> tuple[int, int, int]:
    """Return the least, the first and the longest interval of a source's listings, in seconds.

    `floor` is what the site's robots.txt grants.
    """
    first = source.every_minutes * 60
    least = source.min_minutes * 60 if source.min_minutes is not None else first // 4
    most = source.max_minutes * 60 if source.max_minutes is not None else first * 6
    # A site that asks for a pause between requests asks for it between two of the same, too.
    least = max(least, 60, int(source.fetch.delay_s), ceil(floor.total_seconds()))
    return least, max(first, least), max(most, first, least)


def selection_of(source: Source, listing: Listing) -> str:
    """Return what stands for the fields of a seed that choose links: edited, it is another."""
    fields = source.model_dump_json(include={"home", "hosts", "include", "exclude", "timezone"})
    text = fields + listing.model_dump_json(include={"kind", "article", "pages"})
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def sample(keys: Collection[str]) -> tuple[str, ...]:
    """Return the keys of a window that are remembered."""
    return tuple(sorted(set(keys))[:SAMPLE])


def is_gap(state: ListingState, keys: Collection[str]) -> bool:
    """Whether so much was listed between two polls that nothing of the first is in the second.

    Only a full window tells: one as wide as its listing has ever been, before and now.
    """
    now, before = sample(keys), state.window
    full = _FULL * min(state.widest, SAMPLE)
    if min(len(now), len(before)) < max(full, _LEAST):
        return False
    return set(now).isdisjoint(before)


def is_lie(state: ListingState, digest: str, etag: str | None, last_modified: str | None) -> bool:
    """Whether an answer's validators are those of another body: then they tell nothing."""
    if state.body_sha256 is None or digest == state.body_sha256:
        return False
    if etag is not None or state.etag is not None:
        return etag == state.etag
    return last_modified is not None and last_modified == state.last_modified


def _fate(state: ListingState) -> str:
    """Say what becomes of a dead listing; nothing of one that is not."""
    if not is_dead(state) or state.failing_since is None:
        return ""
    if is_resting(state):
        return (
            f"; dead since {state.failing_since:%Y-%m-%d}, so it is asked no more: mend its seed, "
            f"or `broadsheet sources wake {state.source}`"
        )
    until = state.failing_since + REVIVAL
    return f"; dead since {state.failing_since:%Y-%m-%d}: asked once a day until {until:%Y-%m-%d}"


def _weight(miss: Miss | None) -> int:
    if miss is None:
        return HEAVY  # an answer that is no listing
    if miss.reason in _NOT_ASKED:
        return 0
    return LIGHT if is_passing(miss.reason, miss.status) else HEAVY
