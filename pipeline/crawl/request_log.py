"""Requests -> `requests/`: the proof of what was asked, durable before the answers are.

Objects are `requests/date=D/<slot>-<shard>-<sha16>.parquet`, D the UTC day of the requests. Until
they are written, requests are in the ledger's journal, at most a second after their answer came: a
crawl that is killed misses no more than that, and the next one of its shard brings them home.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BroadsheetError
from pipeline.model import Request, Slot
from pipeline.ports import ObjectStore, Ports
from schemas.request import REQUEST

#: Journalled so long after the first of them, or at once if there are so many.
JOURNAL_SECONDS: Final = 1.0
JOURNAL_ROWS: Final = 200
#: A batch becomes an object at the first of these, or when the crawl ends.
OBJECT_ROWS: Final = 5000
OBJECT_SECONDS: Final = 300.0

#: Where in the lake the objects are.
FOLDER: Final = "requests/"
_FEW_VALUES: Final = [
    *("host", "source", "purpose", "kind", "reason", "detail", "rule", "rest_rule"),
    *("robots_digest", "slot"),
]


class RequestLog:
    """Writes one shard's requests of one slot. Raises what store and ledger raise."""

    def __init__(self, ports: Ports, slot: Slot, shard: str) -> None:
        self._ports, self._shard = ports, shard
        #: What requests are noted with.
        self.slot = slot.key
        self._fresh: list[Request] = []  # not in the journal yet
        self._rows: list[Request] = []  # not in the lake yet
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._trouble: BroadsheetError | None = None

    def recover(self) -> None:
        """Bring home what a killed crawl of the shard has left in the journal."""
        rows = self._ports.ledger.journalled(self._shard)
        if rows:
            self._write(rows)

    def note(self, request: Request) -> None:
        """Note a request of this slot that has ended, or that was not made."""
        if self._trouble:
            raise self._trouble
        loop = asyncio.get_running_loop()
        self._since = self._since if self._rows else loop.time()
        self._fresh.append(request)
        self._rows.append(request)
        if len(self._fresh) >= JOURNAL_ROWS:
            self._journal()
        elif self._timer is None:
            self._timer = loop.call_later(JOURNAL_SECONDS, self._journal)
        if len(self._rows) >= OBJECT_ROWS or loop.time() - self._since >= OBJECT_SECONDS:
            self._begin_writing()

    async def close(self) -> None:
        """Write what is left."""
        self._journal()
        if self._writing:
            await self._writing
        if self._trouble:
            raise self._trouble
        rows, self._rows = self._rows, []
        if rows:
            await asyncio.to_thread(self._write, rows)

    def _journal(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        fresh, self._fresh = self._fresh, []
        try:
            if fresh:
                self._ports.ledger.journal(self._shard, fresh)
        except BroadsheetError as error:  # a timer has nobody to tell; the next request has
            self._trouble = error

    def _begin_writing(self) -> None:
        """Write beside the event loop, so that a slow store is not taken for a slow site."""
        if self._writing and not self._writing.done():
            return
        self._journal()
        rows, self._rows = self._rows, []
        self._writing = asyncio.create_task(self._write_beside(rows))

    async def _write_beside(self, rows: Sequence[Request]) -> None:
        try:
            await asyncio.to_thread(self._write, rows)
        except BroadsheetError as error:
            self._trouble = error

    def _write(self, rows: Sequence[Request]) -> None:
        batches: dict[tuple[date, str], list[Request]] = defaultdict(list)
        for row in rows:
            batches[row.at.astimezone(UTC).date(), row.slot].append(row)
        for (day, slot), batch in batches.items():
            body = encode(batch)
            name = f"{Slot.parse(slot).id}-{self._shard}-{hashlib.sha256(body).hexdigest()[:16]}"
            key = f"{_folder(day)}{name}.parquet"
            # An object of that name holds these very bytes: then the write has happened already.
            self._ports.store.create(key, body, "application/vnd.apache.parquet")
        self._ports.ledger.forget(rows)


def encode(rows: Sequence[Request]) -> bytes:
    """Return requests as Parquet; the same ones in any order give the same bytes."""
    ordered = sorted(rows, key=lambda row: (row.host, row.at, row.url))
    sink = io.BytesIO()
    table = pa.Table.from_pylist([row.as_row() for row in ordered], schema=REQUEST)
    pq.write_table(table, sink, compression="zstd", use_dictionary=_FEW_VALUES)
    return sink.getvalue()


def read_requests(store: ObjectStore, host: str, first: date, last: date) -> list[Request]:
    """Return what a host was asked from one UTC day to another, oldest first, each once."""
    found: dict[tuple[object, str], Request] = {}
    for number in range((last - first).days + 1):
        for info in store.list(_folder(first + timedelta(days=number))):
            body = pa.BufferReader(store.get(info.key))
            table = pq.read_table(body, schema=REQUEST, filters=[("host", "=", host)])
            for row in table.to_pylist():
                found[row["at"], row["url"]] = Request(**row)
    return sorted(found.values(), key=lambda row: (row.at, row.url))


def _folder(day: date) -> str:
    return f"{FOLDER}date={day.isoformat()}/"
