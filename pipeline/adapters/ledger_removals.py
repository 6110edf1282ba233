"""What the ledger knows of takedowns: which URLs stay out, and that it forgets the rest of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, select, update

from pipeline.adapters.bulk import insert_free
from pipeline.adapters.host_tables import JOURNAL
from pipeline.adapters.ledger_reads import LedgerReads
from pipeline.adapters.ledger_tables import LINKS, SIGHTINGS, TOMBSTONES, TRIES
from pipeline.adapters.transitions import removed
from pipeline.model import Link
from pipeline.tombstones import ANY
from pipeline.urls import url_key

Entry = tuple[str, str]


class LedgerRemovals(LedgerReads):
    """The part of the ledger that is about what was taken down."""

    def bury(self, entries: Iterable[Entry], keys: Collection[str], at: datetime) -> int:
        """Forget URLs, by (source, URL key), but that they were found; return how many were known.

        Either of the two may be empty: any. `keys` are those of all their addresses.
        """
        entries = sorted(set(entries))
        whole = {source for source, key in entries if key == ANY}
        rows = [{"url_key": key, "source": source, "at": at} for source, key in entries]
        number = 0
        with self._write() as connection:
            insert_free(connection, TOMBSTONES, rows)
            for entry in entries:
                change = update(LINKS).where(_of(LINKS, entry)).values(removed())
                number += connection.execute(change).rowcount
                for table in (SIGHTINGS, TRIES):
                    connection.execute(delete(table).where(_of(table, entry)))
            self._redact_journal(connection, frozenset(keys), whole)
        self._scrub()
        return number

    def _redact_journal(
        self, connection: Connection, keys: Collection[str], whole: Collection[str]
    ) -> None:
        for row in connection.execute(select(JOURNAL)).mappings().all():
            request = json.loads(row["request"])
            page = request["source"] in whole and request["kind"] in {"page", "part"}
            if not page and url_key(row["url"]) not in keys:
                continue
            url = f"removed:{url_key(row['url'])}"
            here = and_(*(JOURNAL.c[name] == row[name] for name in ("host", "at", "url")))
            text = json.dumps({**request, "url": url, "detail": ""})
            connection.execute(update(JOURNAL).where(here).values(url=url, request=text))

    def _scrub(self) -> None:
        """Have the database let go of the bytes of rows that are gone."""
        if self._engine.dialect.name != "sqlite":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
                link.exec_driver_sql("VACUUM links, sightings, tries, journal")
            return
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()
        finally:
            raw.close()

    def _allowed(self, links: Iterable[Link]) -> list[Link]:
        """Return the links that were not taken down."""
        links = list(links)
        with self._read() as connection:
            rows = connection.execute(select(TOMBSTONES.c.source, TOMBSTONES.c.url_key))
            gone = {(row.source, row.url_key) for row in rows}
        if not gone:
            return links
        return [
            n
            for n in links
            if not gone & {(n.source, n.url_key), (ANY, n.url_key), (n.source, ANY)}
        ]


def _of(table: Table, entry: Entry) -> ColumnElement[bool]:
    source, key = entry
    columns: list[tuple[Column[str], str]] = [(table.c.source, source), (table.c.url_key, key)]
    return and_(*(column == value for column, value in columns if value != ANY))
