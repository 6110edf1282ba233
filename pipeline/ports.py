"""The ports: all that the pipeline asks of the world, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from pipeline.model import Fetched, Link, Purpose, Reason, Request, Slot, State

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as a listing shows it: key below the store's root, bytes, time of last change."""

    key: str
    size: int
    modified_at: datetime


class ObjectStore(Protocol):
    """A bucket or a directory. Keys use `/`; every write is all or nothing.

    Raises TryLater when the store is unwell, FixSeed when it refuses us or cannot be written to;
    both name the store and what to do.
    """

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write an object, replacing what was there."""

    def create(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> bool:
        """Write an object only if the key is free; False if it existed. Atomic among writers."""

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object or the bytes [start, end). Raises KeyError if there is none."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """List the objects whose key starts with the prefix, in key order."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; a key that is not there is no error."""

    def clear_unfinished(self, before: datetime) -> int:
        """Remove what writes that were killed before a moment have left; return how many."""

    def uri(self, key: str = "") -> str:
        """Return the address of a key for deltalake, DuckDB or Polars (`s3://…` or a path)."""

    def options(self) -> dict[str, str]:
        """Return the `storage_options` those engines need to reach the store."""

    def filesystem(self, key: str) -> FileSystem:
        """Return Arrow's own file system below a key, to read from. It calls no Python."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP response, redirects not followed. `headers` keep order and repetition."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class HttpTrouble(Exception):
    """An exchange that gave no response: the reason, a line of detail, when to come back."""

    def __init__(
        self,
        reason: Reason,
        detail: str,
        status: int | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.status, self.retry_at = reason, detail, status, retry_at


class Http(Protocol):
    """One request, one response: no robots, no waiting, no redirects. Those are the fetcher's."""

    async def get(
        self, url: str, headers: Mapping[str, str], *, timeout_s: float, max_bytes: int
    ) -> Exchange:
        """Ask once. Raises HttpTrouble; never returns a body of more than `max_bytes`."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str],
        *,
        timeout_s: float,
        max_bytes: int,
    ) -> Exchange:
        """Send a form once; all else as `get`."""

    async def close(self) -> None:
        """Give back the connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingState:
    """What is remembered of a feed, sitemap or section page between polls.

    `whole_at` is when it last answered in full, `stated_at` the change that the index above it
    stated then. `distrusted`: its validators have stayed the same while it changed.
    `selection` stands for the fields of the seed that select links. `weight` is what its failures
    in a row count, and `failing_since` when they began. `window` holds the URL keys it listed last,
    or a sample of very many; `widest` is the largest number it ever listed at once. `children` are
    the sitemaps an index leads to, with the changes it stated. `hub` pushes its news, and calls it
    `topic`.
    """

    url: str
    source: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    checked_at: datetime | None = None
    changed_at: datetime | None = None
    failures: int = 0
    detail: str = ""
    next_check_at: datetime | None = None
    interval_s: int | None = None
    whole_at: datetime | None = None
    distrusted: bool = False
    selection: str = ""
    failing_since: datetime | None = None
    weight: int = 0
    window: tuple[str, ...] = ()
    widest: int = 0
    gaps: int = 0
    children: tuple[tuple[str, datetime | None], ...] = ()
    stated_at: datetime | None = None
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A URL that is due for fetching, with the validators of the copy we hold, if any."""

    link: Link
    attempts: int = 0
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All the ledger knows of one URL."""

    link: Link
    state: State
    reason: str
    detail: str
    attempts: int
    found_slot: str
    fetched_slot: str | None
    settled_slot: str | None
    fetched_at: datetime | None
    due_at: datetime | None
    raw_key: str | None
    digest: str | None
    tried_slot: str | None = None  # of the last answer; `fetched_slot` is of the page we hold
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A place that lists a URL. `link` is the URL as it was first listed there, with its claims."""

    link: Link
    found_slot: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One answer to a URL, or failure to get one; where it stood then, and when it was due again."""

    source: str
    at: datetime
    slot: str
    reason: str
    detail: str
    status: int | None
    requests: int
    state: State
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one URL in one slot, as publishing tells the ledger."""

    url_key: str
    source: str
    state: State
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What keeps a host's gate shut: until when it rests and why, its failures in a row."""

    host: str
    until: datetime | None = None
    failures: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests made to a host on one UTC day, by purpose.

    `recent` is the most that the daily crawl made on one of the seven days before; None: on none.
    """

    daily: int = 0
    backfill: int = 0
    recent: int | None = None


class HostLedger(Protocol):
    """What is known of hosts: their rules, their rest, what they were asked."""

    def robots(self, origin: str) -> tuple[datetime, int, bytes] | None:
        """Return the stored robots.txt of an origin: when, status, body."""

    def keep_robots(self, origin: str, at: datetime, status: int, body: bytes) -> None:
        """Store the robots.txt of an origin, or another file of rules by its own address."""

    def gate(self, host: str) -> Gate:
        """Return what keeps a host's gate shut; of a host without trouble, a gate that is open."""

    def keep_gate(self, gate: Gate) -> None:
        """Note how a host's gate stands."""

    def spend(
        self, host: str, day: date, purpose: Purpose, wanted: int, room: Callable[[Spent], int]
    ) -> int:
        """Take up to so many requests from a host's day, as many as `room` finds left; atomic."""

    def give_back(self, host: str, day: date, purpose: Purpose, unused: int) -> None:
        """Return requests that were taken and not made."""

    def spent(self, host: str, day: date) -> Spent:
        """Return what was asked of a host on a day, by purpose, and lately."""

    def journal(self, shard: str, requests: Sequence[Request]) -> None:
        """Note requests until they are in the lake; one that is noted already stays as it is."""

    def journalled(self, shard: str | None = None, host: str | None = None) -> Sequence[Request]:
        """Return the requests that are not in the lake yet, oldest first."""

    def forget(self, requests: Sequence[Request]) -> None:
        """Let go of requests that are in the lake now."""


class Ledger(HostLedger, Protocol):
    """What has been seen. A cache of the lake: every call is a batch, every write idempotent.

    Raises TryLater when the database is unwell, FixSeed when it cannot be opened or written.
    """

    def remember(self, links: Iterable[Link], states: Iterable[ListingState], slot: Slot) -> int:
        """Note links as pending and listings as polled, in one transaction; count the new links.

        Each place that lists a link is kept, too. A link already known stays as it is, unless its listing now claims a `modified_at` later
        than our copy: then it is due again, keeping its validators.
        """

    def known(
        self, source: str, url_keys: Iterable[str], by: datetime | None = None
    ) -> frozenset[str]:
        """Return which URL keys a source has found before, or had found at a moment."""

    def sightings(self, slot: Slot) -> Iterator[Sighting]:
        """Yield the places where URLs were first seen in a slot, in order."""

    def places(self, url_key: str) -> Sequence[Sighting]:
        """Return every place that lists or has listed a URL, the first one first."""

    def tries(self, url_key: str) -> Sequence[Try]:
        """Return every answer to a URL, and failure to get one, oldest first."""

    def listings(self, source: str) -> Mapping[str, ListingState]:
        """Return what is remembered of a source's listings, by URL."""

    def due(self, source: str, now: datetime, limit: int) -> Sequence[Due]:
        """Return the URLs to fetch now, the newest found first."""

    def settle_fetched(self, fetched: Iterable[Fetched], slot: Slot, now: datetime) -> None:
        """Note what is durable in `raw/`. Decides between FETCHED, PENDING (again) and FAILED."""

    def settle(self, settlements: Iterable[Settlement], slot: Slot) -> None:
        """Note how publishing ended for URLs of a slot."""

    def found(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs first found in a slot."""

    def touched(self, slot: Slot) -> Iterator[Standing]:
        """Yield the URLs found, fetched or settled in a slot."""

    def find(self, url_key: str) -> Sequence[Standing]:
        """Return what is known of a URL, one entry per source that found it."""

    def failed(
        self,
        sources: Sequence[str] = (),
        reasons: Sequence[str] = (),
        since: datetime | None = None,
    ) -> Iterator[Standing]:
        """Yield the URLs that were given up: of all sources, for all reasons, if none is named."""

    def replay(self, keys: Iterable[tuple[str, str]], now: datetime) -> int:
        """Give URLs that were given up, by (URL key, source), another chance; count those."""

    def bury(self, entries: Iterable[tuple[str, str]], keys: Collection[str], at: datetime) -> int:
        """Forget URLs, by (source, URL key), but that they were found; return how many were known.

        They stay out from then on. Either of the two may be empty: any. `keys` are those of all
        their addresses, also of those that they only led to.
        """

    def counts(
        self, sources: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[tuple[str, str], int]]:
        """Return per source the number of URLs by (state, reason)."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world, as one run sees it. Built in `jobs.py`, nowhere else."""

    store: ObjectStore
    ledger: Ledger
    now: Clock
