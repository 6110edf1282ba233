"""The ledger's tables about hosts: their rules, their rest, what they were asked today."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Text

from pipeline.adapters.ledger_tables import Utc, Word, table

#: Copies of robots.txt by origin, and of other files of rules by their own address.
ROBOTS = table(
    "robots",
    Column("origin", String(300), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

GATES = table(
    "gates",
    Column("host", String(255), primary_key=True),
    Column("until", Utc),  # null: not at rest
    Column("failures", Integer, nullable=False),  # in a row, over runs
    Column("why", Text, nullable=False),
)

#: Requests by host, UTC day and purpose; taken before they are sent.
SPENT = table(
    "spent",
    Column("host", String(255), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("purpose", Word(12), primary_key=True),
    Column("requests", Integer, nullable=False),
)

#: Requests that are not in the lake yet. A host is asked one thing at a time: `at` tells them apart.
JOURNAL = table(
    "journal",
    Column("host", String(255), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("shard", String(20), nullable=False),
    Column("request", Text, nullable=False),  # JSON
)
Index("journal_shard", JOURNAL.c.shard)
