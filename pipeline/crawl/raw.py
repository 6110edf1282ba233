"""Responses -> `raw/`: durable before anybody hears of them, and read back from there alone.

Objects are `raw/date=D/<slot>-<shard>-<nnnn>-<sha16>.parquet`, never changed once written.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.crawl.dumps import dump_page
from pipeline.crawl.raw_rows import (
    NARROW,
    encode,
    families,
    families_backwards,
    item_of,
    open_object,
    read_narrow,
    rows_of,
)
from pipeline.errors import BroadsheetError, FixSeed
from pipeline.model import Fetched, Miss, Page, Reason, Slot
from pipeline.ports import ObjectStore
from schemas.fields import column
from schemas.raw import RAW

if TYPE_CHECKING:
    from pipeline.crawl.discover import Poll

#: A batch becomes an object at the first of these: what a killed crawl may have to ask for again.
BATCH_ITEMS: Final = 200
BATCH_BYTES: Final = 32 << 20
BATCH_SECONDS: Final = 60.0

_LINK_BYTES: Final = 500  # what a link costs in memory, about
_OBJECT = re.compile(r"-(\d+)-[0-9a-f]{16}\.parquet$")
_FETCHES = pa.schema([RAW.field(name) for name in NARROW]).append(
    column("raw_key", pa.string(), "Object in the raw archive that holds the row.")
)

T = TypeVar("T")


class RawArchive:
    """Writes one shard's responses of one slot. Raises what the store raises."""

    def __init__(self, store: ObjectStore, slot: Slot, shard: str) -> None:
        self._store, self._slot, self._shard = store, slot, shard
        self._next = 1 + max((_number(key) for key in _objects(store, slot, shard)), default=-1)

    def keep(
        self, items: Sequence[Fetched], kind: str = "page", details: Sequence[str] = ()
    ) -> list[Fetched]:
        """Write one object; return the items in their order, each knowing where it lies.

        `details`, one for each item if there are any, say more than the items do.
        """
        if not items:
            return []
        families = [rows_of(item, kind, self._slot) for item in items]
        for family, detail in zip(families, details, strict=False):
            family[0]["detail"] = detail or family[0]["detail"]
        body = encode(families)
        name = f"{self._next:04d}-{hashlib.sha256(body).hexdigest()[:16]}.parquet"
        key = _prefix(self._slot, self._shard) + name
        # An object of that name holds these very bytes: then the write has happened already.
        self._store.create(key, body, "application/vnd.apache.parquet")
        self._next += 1
        return [_lying_at(key, item) for item in items]

    def keep_fetched(self, items: AsyncIterator[Fetched]) -> AsyncIterator[list[Fetched]]:
        """Yield responses in batches, each once it is durable; the bodies stay in the archive."""
        return _batches(items, self._keep_light, _weight)

    def keep_polls(self, polls: AsyncIterator[Poll]) -> AsyncIterator[list[Poll]]:
        """Yield polls in batches, each once its listings are durable, without their bodies."""
        return _batches(polls, self._keep_polls, _poll_weight)

    def _keep_light(self, items: Sequence[Fetched]) -> list[Fetched]:
        """Let go of the bodies: the next batch is gathered while this one is still looked at."""
        return [_light(item) for item in self.keep(items)]

    def _keep_polls(self, polls: Sequence[Poll]) -> list[Poll]:
        fetched, gaps = [poll.fetched for poll in polls], [poll.gap for poll in polls]
        kept = [_light(item) for item in self.keep(fetched, "listing", gaps)]
        return [replace(poll, fetched=item) for poll, item in zip(polls, kept, strict=True)]


def recover(store: ObjectStore, slot: Slot, shard: str | None = None) -> Iterator[Fetched]:
    """Yield what is durable of a slot, or of one shard, oldest first.

    Pages come with their parts and their digest, without their bodies.
    """
    for key in _objects(store, slot, shard):
        rows = read_narrow(open_object(store.get(key), key)).to_pylist()
        for row, *parts in families(rows):
            if row["kind"] == "page":
                yield item_of(row, key, parts)


def read_pages(store: ObjectStore, slot: Slot, shard: str) -> Iterator[Page]:
    """Yield the last page of every URL with its parts, newest object first; holds one at a time.

    A later miss (a 304, say) does not hide an earlier page.
    """
    seen: set[tuple[str, str]] = set()
    for key in reversed(_objects(store, slot, shard)):
        for row, *parts in families_backwards(open_object(store.get(key), key)):
            identity = (row["source"], row["url_key"])
            if row["kind"] == "page" and row["reason"] == Reason.OK and identity not in seen:
                seen.add(identity)
                yield _page(row, key, parts)


def sources_of(store: ObjectStore, slot: Slot, shard: str) -> list[str]:
    """Return the sources that a shard has responses of; reads that one column."""
    below = f"raw/date={slot.date}"
    names = [key.removeprefix(f"{below}/") for key in _objects(store, slot, shard)]
    if not names:
        return []
    table = pq.read_table(names, columns=["source"], filesystem=store.filesystem(below))
    return sorted(table["source"].unique().to_pylist())


def read_fetches(store: ObjectStore, slot: Slot) -> pa.Table:
    """Return all rows of a slot, listings too: `schemas.raw.RAW` without `body`, with `raw_key`."""
    tables = [_FETCHES.empty_table()]
    for key in _objects(store, slot):
        table = read_narrow(open_object(store.get(key), key))
        keys = pa.array([key] * table.num_rows, pa.string())
        tables.append(table.append_column(_FETCHES.field("raw_key"), keys).cast(_FETCHES))
    return pa.concat_tables(tables)


def text_page(path: Path, source: str, now: datetime) -> Page:
    """Return a text file as a page, so that it takes the same way. Raises FixSeed if unreadable."""
    try:
        body = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise FixSeed(msg) from None
    return dump_page(body, path.name, source, now)


async def _batches(
    items: AsyncIterator[T], write: Callable[[Sequence[T]], list[T]], weigh: Callable[[T], int]
) -> AsyncIterator[list[T]]:
    """Group items and write each group; what is at hand when it is stopped is written too."""
    batch: list[T] = []
    size, since = 0, 0.0
    loop = asyncio.get_running_loop()
    waiting: asyncio.Task[T | None] | None = None
    try:
        while True:
            waiting = waiting or asyncio.create_task(_following(items))
            patience = max(0.0, since + BATCH_SECONDS - loop.time()) if batch else None
            done, _ = await asyncio.wait({waiting}, timeout=patience)
            if done:
                item, waiting = waiting.result(), None
                if item is None:
                    break
                since = since if batch else loop.time()
                batch.append(item)
                size += weigh(item)
            if not done or len(batch) >= BATCH_ITEMS or size >= BATCH_BYTES:
                full, batch, size = batch, [], 0
                yield await _in_thread(write, full)
        if batch:
            full, batch = batch, []
            yield await _in_thread(write, full)
    finally:
        batch += await _stop(waiting, items)
        with contextlib.suppress(BroadsheetError):  # the trouble that led here is the one to tell
            write(batch)


async def _following(items: AsyncIterator[T]) -> T | None:
    return await anext(items, None)


async def _in_thread(write: Callable[[Sequence[T]], list[T]], batch: Sequence[T]) -> list[T]:
    """Write beside the event loop, so that a slow store is not taken for a slow site."""
    writing = asyncio.ensure_future(asyncio.to_thread(write, batch))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing  # half a batch is none: let it land first
        raise


async def _stop(waiting: asyncio.Task[T | None] | None, items: AsyncIterator[T]) -> list[T]:
    """End the source of items; return the one that came while it was being ended."""
    came: list[T] = []
    if waiting is not None:
        waiting.cancel()
        await asyncio.wait({waiting})
        if not waiting.cancelled() and waiting.exception() is None:
            came = [item for item in [waiting.result()] if item is not None]
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
    return came


def _prefix(slot: Slot, shard: str | None = None) -> str:
    return f"raw/date={slot.date}/{slot.id}-" + (f"{shard}-" if shard is not None else "")


def _objects(store: ObjectStore, slot: Slot, shard: str | None = None) -> list[str]:
    keys = [info.key for info in store.list(_prefix(slot, shard))]
    return sorted((key for key in keys if _OBJECT.search(key)), key=lambda key: (_number(key), key))


def _number(key: str) -> int:
    match = _OBJECT.search(key)
    return int(match[1]) if match else -1


def _page(row: dict[str, object], key: str, parts: Sequence[dict[str, object]]) -> Page:
    page = item_of(row, key, parts)
    assert isinstance(page, Page)
    return page


def _lying_at(key: str, item: Fetched) -> Fetched:
    if isinstance(item, Miss):
        return replace(item, raw_key=key)
    return replace(item, raw_key=key, parts=tuple(_lying_at(key, part) for part in item.parts))


def _light(item: Fetched) -> Fetched:
    if isinstance(item, Miss):
        return item
    parts = tuple(_light(part) for part in item.parts)
    return replace(item, body=b"", known_digest=item.digest, parts=parts)


def _weight(item: Fetched) -> int:
    return len(item.body) + sum(map(_weight, item.parts)) if isinstance(item, Page) else 0


def _poll_weight(poll: Poll) -> int:
    return _weight(poll.fetched) + _LINK_BYTES * len(poll.links)
