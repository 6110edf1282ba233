"""What flows: Link -> Page or Miss -> Article or Reject, each named for its moment."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

_SLOT = re.compile(r"^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d))?(?::00)?(?:Z|\+00:00)?)?$")


class Reason(StrEnum):
    """Why a URL is where it is: the one vocabulary of metrics, rejects, docs and alerts."""

    # fetch
    OK = "ok"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"
    HTTP_ERROR = "http_error"
    ROBOTS = "robots"
    BLOCKED_ADDRESS = "blocked_address"
    BAD_SCHEME = "bad_scheme"
    BAD_URL = "bad_url"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    NETWORK = "network"
    REDIRECT_LOOP = "redirect_loop"
    UNDECODABLE = "undecodable"
    HOST_GIVEN_UP = "host_given_up"
    BUDGET = "budget"
    OPTED_OUT = "opted_out"
    DEADLINE = "deadline"
    BOT_CHALLENGE = "bot_challenge"
    # extract
    NOT_HTML = "not_html"
    NOT_ARTICLE = "not_article"
    HOME_PAGE = "home_page"
    LISTING_PAGE = "listing_page"
    SOFT_404 = "soft_404"
    CONSENT_WALL = "consent_wall"
    LOGIN_WALL = "login_wall"
    PAYWALL = "paywall"
    PART = "part"
    BROKEN_RULES = "broken_rules"
    TOO_SLOW = "too_slow"
    EXTRACTOR_FAILED = "extractor_failed"
    # publish
    DUPLICATE = "duplicate"
    NOT_YET = "not_yet"
    # any
    TAKEN_DOWN = "taken_down"


#: Fetch reasons that time may cure: the URL stays pending until its attempts are used up.
PASSING: Final = frozenset({
    *(Reason.TIMEOUT, Reason.NETWORK, Reason.HTTP_ERROR, Reason.BOT_CHALLENGE),
    *(Reason.HOST_GIVEN_UP, Reason.BUDGET, Reason.DEADLINE),
})
_PASSING_4XX: Final = frozenset({408, 429})
_SERVER_ERROR: Final = 500


def is_passing(reason: Reason, status: int | None) -> bool:
    """Whether time may cure a miss. Of HTTP errors it may cure 408, 429 and 5xx."""
    if reason == Reason.HTTP_ERROR and status is not None:
        return status >= _SERVER_ERROR or status in _PASSING_4XX
    return reason in PASSING


class State(StrEnum):
    """Where a discovered URL stands. PENDING and FETCHED both count as pending in reports."""

    PENDING = "pending"
    FETCHED = "fetched"
    PUBLISHED = "published"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    FAILED = "failed"
    REMOVED = "removed"


class Stage(StrEnum):
    """The stages that owe each URL an outcome."""

    DISCOVER = "discover"
    FETCH = "fetch"
    EXTRACT = "extract"
    PUBLISH = "publish"


class Purpose(StrEnum):
    """What a request is made for: a host's day is shared, and a backfill yields."""

    DAILY = "daily"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """The stretch of time one run answers for, known by its start (UTC, to the minute)."""

    start: datetime

    @classmethod
    def parse(cls, text: str) -> Slot:
        """Read `2026-11-21T09:00`, `2026-11-21T09`, `2026-11-21` or `20261121T0900Z`.

        Raises ValueError for anything else.
        """
        match = _SLOT.match(text.strip())
        if match is None:
            msg = f"{text!r} is not a slot; write it like 2026-11-21T09:00 (UTC)"
            raise ValueError(msg)
        year, month, day, hour, minute = (int(part or 0) for part in match.groups())
        return cls(datetime(year, month, day, hour, minute, tzinfo=UTC))

    @classmethod
    def containing(cls, moment: datetime) -> Slot:
        """Return the hourly slot that a moment falls into."""
        return cls(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @property
    def id(self) -> str:
        """The slot in object names: `20261121T0900Z`."""
        return self.start.strftime("%Y%m%dT%H%MZ")

    @property
    def key(self) -> str:
        """The slot as Airflow's partition key: `2026-11-21T09:00`."""
        return self.start.isoformat(timespec="minutes")[:16]  # a ledger asks for each row

    @property
    def date(self) -> str:
        """The lake partition the slot belongs to: `2026-11-21`."""
        return self.start.strftime("%Y-%m-%d")

    def before(self, days: int) -> Slot:
        """Return the slot that starts the given number of days earlier."""
        return Slot(self.start - timedelta(days=days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL that a listing offered, with what the listing claimed of it.

    `found_via` says what kind of listing it was: feed, sitemap, news_sitemap, section, text (an
    import), seed or page. `words` counts the text that a feed gave in full.
    """

    source: str
    url: str
    url_key: str
    found_at: datetime
    found_in: str
    title: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    found_via: str = "feed"
    authors: tuple[str, ...] = ()
    words: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a site allowed and asked when a URL was asked for.

    `robots_at` is when the robots.txt was had that decided; `robots_digest` is its sha256, None if
    there was none. `opt_outs` are `signal@place`, None where nobody looked (`crawl/opt_outs.py`).
    """

    robots_at: datetime | None = None
    robots_digest: str | None = None
    opt_outs: tuple[str, ...] | None = None
    tdm_policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A response with a body worth keeping. `headers` keep order and repetition.

    `known_digest` stands in for the body's where a page is read back without its body. `parts` are
    the second and later pages of an article that its site splits, in order, up to the first miss.
    """

    link: Link
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    attempts: int = 1
    elapsed_s: float = 0.0
    raw_key: str = ""
    known_digest: str = ""
    parts: tuple[Page | Miss, ...] = ()
    terms: Terms = Terms()

    @property
    def missing(self) -> Miss | None:
        """The part that is known of and could not be had, if there is one: always the last."""
        last = self.parts[-1] if self.parts else None
        return last if isinstance(last, Miss) else None

    @property
    def digest(self) -> str:
        """sha256 of the body, hex."""
        return self.known_digest or hashlib.sha256(self.body).hexdigest()

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A URL that gave no body worth keeping, and why."""

    link: Link
    reason: Reason
    detail: str
    fetched_at: datetime
    status: int | None = None
    final_url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attempts: int = 1
    elapsed_s: float = 0.0
    raw_key: str = ""
    retry_at: datetime | None = None
    terms: Terms = Terms()


Fetched = Page | Miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that was sent, or refrained from: what it rests on, and what came of it.

    Field for field `schemas.request.REQUEST`, in its order.
    """

    host: str
    source: str
    purpose: str
    kind: str
    url: str
    sent: bool
    at: datetime
    hop: int = 0
    attempt: int = 1
    status: int | None = None
    reason: str = Reason.OK
    detail: str = ""
    bytes: int | None = None
    elapsed_s: float | None = None
    rule: str | None = None
    delay_s: float | None = None
    waited_s: float | None = None
    rest_s: float | None = None
    rest_rule: str | None = None
    robots_at: datetime | None = None
    robots_digest: str | None = None
    slot: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return the fields by name; `asdict` would copy each, at ten times the cost."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece that was removed: what kind it is, the rule that removed it, its text."""

    category: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a live blog: its time and headline, as far as it has them, and its text."""

    at: datetime | None
    title: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as it is stored. Field for field `schemas.article.ARTICLE`, in its order."""

    article_id: str
    source: str
    url: str
    url_key: str
    url_final: str
    url_canonical: str | None
    title: str | None
    description: str | None
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    language: str
    language_declared: str | None
    language_confidence: float
    published_at: datetime | None
    published_day: date | None
    published_at_raw: str | None
    published_source: str | None
    published_precision: str | None
    published_tz: str | None
    modified_at: datetime | None
    modified_source: str | None
    image_url: str | None
    image_caption: str | None
    image_credit: str | None
    paywalled: bool
    preview: bool
    cut_short: bool
    words_stated: int | None
    words_source: str | None
    corrected: bool
    agency: str | None
    text: str
    line_kinds: tuple[str, ...]
    form: str
    entries: tuple[Entry, ...]
    char_count: int
    word_count: int
    paragraph_count: int
    parts: int
    parts_missing: bool
    content_key: str
    title_key: str | None
    duplicate_of: str | None
    cuts: tuple[Cut, ...]
    layout: str | None
    found_at: datetime
    found_in: str
    fetched_at: datetime
    robots_at: datetime | None
    robots_digest: str | None
    opt_outs: tuple[str, ...] | None
    tdm_policy: str | None
    encoding: str
    raw_key: str
    raw_digest: str
    rules_version: str
    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A page that is not stored as an article, with every rule it broke.

    Field for field `schemas.reject.REJECT`, in its order.
    """

    article_id: str
    source: str
    url: str
    url_key: str
    url_final: str
    reason: Reason
    broken_rules: tuple[str, ...]
    detail: str
    title: str | None
    published_at: datetime | None
    language: str | None
    text: str
    word_count: int
    cuts: tuple[Cut, ...]
    layout: str | None
    found_at: datetime
    found_in: str
    fetched_at: datetime
    robots_at: datetime | None
    robots_digest: str | None
    opt_outs: tuple[str, ...] | None
    tdm_policy: str | None
    encoding: str
    raw_key: str
    raw_digest: str
    rules_version: str
    slot: str
