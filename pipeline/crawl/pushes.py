"""What hubs pushed: kept in the store's inbox as it came, until a crawl reads it like a poll.

Objects are `inbox/<source>/<time>-<sha16>.push`: a line of JSON, then the body. Who listens to hubs
only ever adds one; the crawl that owns the source's host takes it away, once its links are in the
ledger. Killed in between, it reads the push again, which changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from pipeline.crawl import polling
from pipeline.crawl.harvest import keys_of, links_of, reading_of
from pipeline.model import Link, Page
from pipeline.ports import ListingState, ObjectStore
from pipeline.sources import Source
from pipeline.urls import url_key

#: Pushes of a source that may wait for its next crawl; a hub is told to come again with others.
MAX_WAITING: Final = 500
_FOLDER: Final = "inbox/"
#: Where what is no push is put: nothing reads it, and nothing of it is lost.
ASIDE: Final = "aside/"


class NoPush(Exception):
    """What waits under a key was not written by us."""


@dataclass(frozen=True, slots=True)
class Push:
    """A push read: its links, and what it changes of what is remembered of its listing, if anything.

    `key` is where it waits.
    """

    key: str
    page: Page
    links: tuple[Link, ...] = ()
    state: ListingState | None = None


def pushed_page(
    source: str, listing: str, *, topic: str, content_type: str, body: bytes, at: datetime
) -> Page:
    """Return what a hub pushed as an answer of the listing that was never asked for."""
    return Page(
        link=Link(
            source=source,
            url=listing,
            url_key=url_key(listing),
            found_at=at,
            found_in="hub",
            found_via="websub",
        ),
        final_url=topic,
        status=200,
        headers=(("content-type", content_type),) if content_type else (),
        body=body,
        fetched_at=at,
        attempts=0,
    )


def keep_push(store: ObjectStore, page: Page) -> bool:
    """Put a push into the inbox; False if too much of its source waits there already."""
    folder = f"{_FOLDER}{page.link.source}/"
    if sum(1 for _ in islice(store.list(folder), MAX_WAITING)) >= MAX_WAITING:
        return False
    about = {
        "listing": page.link.url,
        "topic": page.final_url,
        "content_type": page.header("content-type") or "",
        "at": page.fetched_at.astimezone(UTC).isoformat(),
    }
    body = json.dumps(about).encode() + b"\n" + page.body
    stamp = page.fetched_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    store.create(f"{folder}{stamp}-{hashlib.sha256(body).hexdigest()[:16]}.push", body)
    return True


def waiting(store: ObjectStore) -> Mapping[str, Sequence[str]]:
    """Return the keys of all that waits, by source, oldest first."""
    found: dict[str, list[str]] = defaultdict(list)
    for info in store.list(_FOLDER):
        found[info.key.removeprefix(_FOLDER).partition("/")[0]].append(info.key)
    return found


def read_push(
    store: ObjectStore, key: str, source: Source, known: Mapping[str, ListingState]
) -> Push | None:
    """Read what waits under a key, as its listing's polls are read. Raises NoPush.

    The links are the listing's: a push is its text by another road. One without entries says only
    that there is something new, so it makes its listing due, dead or not; one of a listing that the
    seed no longer has gives nothing; None is what another crawl has read and taken away.
    """
    try:
        page = _stored(store.get(key), key, source.id)
    except KeyError:
        return None
    listing = next((one for one in source.listings if one.url == page.link.url), None)
    state = known.get(page.link.url)
    if listing is None or state is None:
        return Push(key, page)
    reading = reading_of(page, source, listing)
    if not reading.entries:
        return Push(key, page, state=polling.awake(state))
    listed = keys_of(reading)
    links = tuple(links_of(reading, listed, source, listing.url, page.fetched_at))
    # What was pushed is known of the listing: the next poll that has it leaves no gap.
    window = polling.sample({*state.window, *listed}) if state.window else ()
    return Push(key, page, links, replace(state, window=window))


def set_aside(store: ObjectStore, key: str) -> str:
    """Take out of the inbox what is no push, and keep it elsewhere; return where.

    Killed in between it is there twice, and set aside again.
    """
    aside = f"{ASIDE}{key}"
    try:
        store.create(aside, store.get(key))
    except KeyError:
        return aside
    store.delete([key])
    return aside


def _stored(content: bytes, key: str, source: str) -> Page:
    head, _, body = content.partition(b"\n")
    try:
        about = json.loads(head)
        at = datetime.fromisoformat(about["at"])
        texts = [about[name] for name in ("listing", "topic", "content_type")]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoPush(key) from None
    if at.tzinfo is None or not all(isinstance(text, str) for text in texts):
        raise NoPush(key)
    listing, topic, content_type = texts
    return pushed_page(source, listing, topic=topic, content_type=content_type, body=body, at=at)
