"""SqlSubscriptions: subscriptions to hubs, in a table of the ledger of their own.

The table is made when a subscriber first opens the ledger; without one there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields

from sqlalchemy import Column, Integer, String, Text, delete, select

from pipeline.adapters.bulk import upsert
from pipeline.adapters.ledger_database import LedgerDatabase, in_batches
from pipeline.adapters.ledger_tables import Utc, table
from pipeline.websub.subscription import Subscription, Wish

SUBSCRIPTIONS = table(
    "subscriptions",
    Column("token", String(64), primary_key=True),
    Column("secret", String(200), nullable=False),
    Column("source", String(100), nullable=False),
    Column("listing", Text, nullable=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("lease_until", Utc),
    Column("failures", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("pushed_at", Utc),
)
_WISH = tuple(field.name for field in fields(Wish))
_OWN = tuple(field.name for field in fields(Subscription) if field.name != "wish")


class SqlSubscriptions(LedgerDatabase):
    """The subscriptions behind a ledger's SQLAlchemy URL."""

    def subscriptions(self) -> list[Subscription]:
        """Return all, by listing."""
        query = select(SUBSCRIPTIONS).order_by(SUBSCRIPTIONS.c.source, SUBSCRIPTIONS.c.listing)
        with self._read() as connection:
            return [
                Subscription(
                    wish=Wish(**{name: row[name] for name in _WISH}),
                    **{name: row[name] for name in _OWN},
                )
                for row in connection.execute(query).mappings()
            ]

    def keep_subscriptions(self, subscriptions: Iterable[Subscription]) -> None:
        """Note subscriptions as they stand now, by their token."""
        rows = [
            {name: getattr(one, name) for name in _OWN} | asdict(one.wish) for one in subscriptions
        ]
        with self._write() as connection:
            for part in in_batches(rows):
                upsert(connection, SUBSCRIPTIONS, part)

    def drop_subscriptions(self, tokens: Iterable[str]) -> None:
        """Forget subscriptions."""
        with self._write() as connection:
            for part in in_batches(tokens):
                connection.execute(delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.token.in_(part)))
