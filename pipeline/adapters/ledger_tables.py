"""The tables of the ledger, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.types import TypeEngine

METADATA = MetaData()
_to_json = json.JSONEncoder(ensure_ascii=False).encode


class Utc(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite, which knows no moments, holds it as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text for SQLite: written and read here, for a third of what SQLAlchemy takes."""
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(26) if is_sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware moment into what the database holds."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"the ledger takes aware moments only, not {value!r}"
            raise ValueError(msg)
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return _text(moment) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what the database holds into an aware moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(f"{value}+00:00")
        moment: datetime = value
        return moment.astimezone(UTC)


@lru_cache(maxsize=8192)
def _text(moment: datetime) -> str:
    """Return a moment in UTC as SQLite holds it; a sitemap's are written for links and places."""
    return moment.isoformat(" ", "microseconds")[:26]


class Word(TypeDecorator[str]):
    """A word of one of our vocabularies; drivers differ in how they bind a StrEnum."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Turn a StrEnum into its plain value."""
        del dialect
        return None if value is None else str(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A few strings, in order, as JSON; none of them is null."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Turn strings into JSON."""
        del dialect
        return _to_json(value) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        """Turn JSON into strings."""
        del dialect
        return tuple(json.loads(value)) if value else ()


class Children(TypeDecorator[tuple[tuple[str, datetime | None], ...]]):
    """Addresses with the moment stated for each, as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Sequence[tuple[str, datetime | None]] | None, dialect: Dialect
    ) -> str | None:
        """Turn pairs into JSON."""
        del dialect
        pairs = [(url, at.isoformat() if at else None) for url, at in value or ()]
        return _to_json(pairs) if pairs else None

    def process_result_value(
        self, value: Any, dialect: Dialect
    ) -> tuple[tuple[str, datetime | None], ...]:
        """Turn JSON into pairs."""
        del dialect
        pairs = json.loads(value) if value else ()
        return tuple((url, datetime.fromisoformat(at) if at else None) for url, at in pairs)


def table(name: str, *columns: Column[Any], full: int = 100) -> Table:
    """Declare a table of the ledger; PostgreSQL fills its pages by so many per cent at first.

    In the room that is left a row can change without its indexes being told.
    """
    return Table(
        name,
        METADATA,
        *columns,
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": full},
    )


#: One row per URL and source that found it: the same URL may belong to two sources.
LINKS = table(
    "links",
    Column("url_key", String(64), primary_key=True),
    Column("source", String(100), primary_key=True),
    Column("url", Text, nullable=False),
    Column("found_at", Utc, nullable=False),
    Column("found_in", Text, nullable=False),
    Column("found_via", String(20), nullable=False),
    Column("title", Text),
    Column("published_at", Utc),
    Column("modified_at", Utc),  # the latest change its listing claimed
    Column("authors", Words),
    Column("words", Integer),
    Column("state", Word(12), nullable=False),
    Column("reason", Word(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),  # runs that tried and may not try for ever
    Column("due_at", Utc),  # null: nothing to fetch. A published page can be due again
    Column("found_slot", String(20), nullable=False),
    Column("tried_slot", String(20)),  # of the last answer, whatever it was
    Column("tried_at", Utc),
    Column("fetched_slot", String(20)),  # of the page we hold
    Column("fetched_at", Utc),
    Column("settled_slot", String(20)),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("raw_key", Text),
    Column("digest", String(64)),
)
_IS_DUE = LINKS.c.due_at.is_not(None)
Index(
    "links_to_fetch",
    *(LINKS.c.source, LINKS.c.due_at),
    sqlite_where=_IS_DUE,
    postgresql_where=_IS_DUE,
)
Index("links_found_slot", LINKS.c.found_slot)
#: What happens to a URL after the slot that found it: seldom, so these indexes are small, and most
#: rows are written to one index of slots, not to four.
LATER_SLOTS: Final = {
    name: LINKS.c[name] != LINKS.c.found_slot
    for name in ("tried_slot", "fetched_slot", "settled_slot")
}
for _slot, _is_later in LATER_SLOTS.items():
    _name = f"links_{_slot.replace('slot', 'later')}"
    Index(_name, LINKS.c[_slot], sqlite_where=_is_later, postgresql_where=_is_later)
#: Indexes of earlier versions.
RETIRED: Final = ("links_due", "links_tried_slot", "links_fetched_slot", "links_settled_slot")

#: One row per URL and listing that names it. Its claims are the first it made: the lake holds them.
SIGHTINGS = table(
    "sightings",
    Column("url_key", String(64), primary_key=True),
    Column("source", String(100), primary_key=True),
    Column("found_in", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("found_via", String(20), nullable=False),
    Column("found_at", Utc, nullable=False),
    Column("found_slot", String(20), nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("title", Text),
    Column("published_at", Utc),
    Column("modified_at", Utc),
    Column("authors", Words),
    Column("words", Integer),
    full=70,
)
Index("sightings_found_slot", SIGHTINGS.c.found_slot)

#: One row per answer to a URL, or failure to get one; at most one of a moment.
TRIES = table(
    "tries",
    Column("url_key", String(64), primary_key=True),
    Column("source", String(100), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("slot", String(20), nullable=False),
    Column("reason", Word(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("status", Integer),
    Column("requests", Integer, nullable=False),
    Column("state", Word(12), nullable=False),  # where the URL stood afterwards
    Column("due_at", Utc),  # when it was to be tried again
)

#: What was taken down, as (source, URL key); either may be empty: any. The lake has the reasons.
TOMBSTONES = table(
    "tombstones",
    Column("url_key", String(64), primary_key=True),
    Column("source", String(100), primary_key=True),
    Column("at", Utc, nullable=False),
)

LISTINGS = table(
    "listings",
    Column("source", String(100), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_sha256", String(64)),
    Column("checked_at", Utc),
    Column("changed_at", Utc),
    Column("failures", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("next_check_at", Utc),
    Column("interval_s", Integer),
    Column("whole_at", Utc),
    Column("distrusted", Boolean, nullable=False, server_default=false()),
    Column("selection", String(32), nullable=False, server_default=""),
    Column("failing_since", Utc),
    Column("weight", Integer, nullable=False, server_default="0"),
    Column("window", Words),
    Column("widest", Integer, nullable=False, server_default="0"),
    Column("gaps", Integer, nullable=False, server_default="0"),
    Column("children", Children),
    Column("stated_at", Utc),
    Column("hub", Text, nullable=False, server_default=""),
    Column("topic", Text, nullable=False, server_default=""),
)
