"""Taking articles out of the archive of responses, the log of requests, and what hubs have pushed.

Objects are rewritten under their own keys, so that what other rows say of where they lie stays true.
"""

from __future__ import annotations

import gzip
import html
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.crawl.raw_rows import encode, families, open_object
from pipeline.model import Fetched, Miss, Page, Reason
from pipeline.ports import ObjectStore
from pipeline.tombstones import Tombstone, Tombstones
from pipeline.urls import url_key
from schemas.request import REQUEST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pipeline.crawl.discover import Poll

_PARQUET: Final = "application/vnd.apache.parquet"
_ABSOLUTE = re.compile(r"https?://[^\s\"'<>\])}]+", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_NARROW: Final = ["source", "kind", "url_key", "url_final", "part_of"]
#: A packed sitemap is looked into as far as this.
_MOST_BYTES: Final = 200 << 20
#: What stands for an address that was taken down in the log of requests, before its key.
REDACTED: Final = "removed:"


@dataclass(frozen=True, slots=True)
class Found:
    """What the archive knows of an article: its objects, parts, and the addresses that answered."""

    objects: frozenset[str] = frozenset()
    entries: frozenset[tuple[str, str]] = frozenset()
    keys: frozenset[str] = frozenset()


def find_responses(store: ObjectStore, gone: Tombstones) -> Found:
    """Look for pages that are to go: by their own URL, as a part, or by where they ended."""
    objects, entries, keys = set[str](), set[tuple[str, str]](), set[str]()
    for info in store.list("raw/"):
        for row in _narrow(store, info.key):
            if row["kind"] != "listing" and _is_meant(row, gone):
                objects.add(info.key)
                owner = row["part_of"] or row["url_key"]
                entries |= {(row["source"], owner), (row["source"], row["url_key"])}
                keys |= {owner, row["url_key"]}
    return Found(frozenset(objects), frozenset(entries), frozenset(keys))


def _is_meant(row: dict[str, Any], gone: Tombstones) -> bool:
    keys = [row["url_key"], row["part_of"], row["url_final"] and url_key(row["url_final"])]
    return any(key and gone.covers(row["source"], key) for key in keys)


def holders(store: ObjectStore, stone: Tombstone, gone: Tombstones) -> Iterator[str]:
    """Yield the objects of the archive that hold something of what is to go."""
    says = _Says(stone)
    for info in store.list("raw/"):
        if _may_hold(store, info.key, stone, gone) and any(
            _changed(family, gone, says) != family for family in _families(store, info.key)
        ):
            yield info.key


def _may_hold(store: ObjectStore, key: str, stone: Tombstone, gone: Tombstones) -> bool:
    """Whether bodies must be looked at: a page is to go, or a listing of its site is there."""
    return any(
        row["source"] in stone.sources if row["kind"] == "listing" else _is_meant(row, gone)
        for row in _narrow(store, key)
    )


def _narrow(store: ObjectStore, key: str) -> list[dict[str, Any]]:
    folder, _, name = key.rpartition("/")
    table = pq.read_table(name, columns=_NARROW, filesystem=store.filesystem(folder))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def rewrite(store: ObjectStore, key: str, stone: Tombstone, gone: Tombstones) -> None:
    """Write an object of the archive anew: without pages that go, without bodies that name them."""
    says = _Says(stone)
    changed = (_changed(family, gone, says) for family in _families(store, key))
    store.put(key, encode([family for family in changed if family]), _PARQUET)


_Family = list[dict[str, Any]]


def _families(store: ObjectStore, key: str) -> Iterator[_Family]:
    stored = open_object(store.get(key), key)
    rows = (r for n in range(stored.num_row_groups) for r in stored.read_row_group(n).to_pylist())
    return families(rows)


def _changed(family: _Family, gone: Tombstones, says: Callable[[bytes, str], bool]) -> _Family:
    """Return what stays of a page and its parts, or of a listing."""
    head = family[0]
    if gone.covers(head["source"], head["url_key"]) or any(_is_meant(row, gone) for row in family):
        return []
    if head["kind"] == "listing" and head["body"] and says(head["body"], head["url_final"] or ""):
        return [{**head, "body": None, "digest": None}]
    return family


class _Says:
    """Whether a body names an address that is taken down; remembers what it has read."""

    def __init__(self, stone: Tombstone) -> None:
        self._keys = frozenset(stone.keys)
        self._told: dict[int, bool] = {}

    def __call__(self, body: bytes, at: str) -> bool:
        told = self._told.get(hash(body))
        if told is None:
            told = self._told[hash(body)] = bool(self._keys) and any(
                url_key(url) in self._keys for url in addresses(body, at)
            )
        return told


def addresses(body: bytes, at: str) -> set[str]:
    """Return the addresses that a document names, whatever its format: too many rather than too few."""
    text = _unpacked(body).decode("utf-8", "replace").replace("\\/", "/")
    text = html.unescape(html.unescape(text))
    found = set(_ABSOLUTE.findall(text))
    for href in _HREF.findall(text):
        try:
            found.add(urljoin(at, href))
        except ValueError:
            continue
    return found


def _unpacked(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return file.read(_MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        return body


def drop_sources(store: ObjectStore, key: str, gone: Callable[[str], bool]) -> int:
    """Take the responses of some sources out of an object; return how many rows went.

    An object that has no others is deleted.
    """
    folder, _, name = key.rpartition("/")
    table = pq.read_table(name, columns=["source"], filesystem=store.filesystem(folder))
    sources: list[str] = table["source"].to_pylist()
    lost = sum(map(gone, sources))
    if lost == len(sources):
        store.delete([key])
    elif lost:
        stays = [family for family in _families(store, key) if not gone(family[0]["source"])]
        store.put(key, encode(stays), _PARQUET)
    return lost


def request_holders(store: ObjectStore, stone: Tombstone) -> Iterator[str]:
    """Yield the objects of the log of requests that name addresses that are taken down."""
    for info in store.list("requests/"):
        rows = pq.read_table(io.BytesIO(store.get(info.key)), columns=["source", "kind", "url"])
        if any(is_named(row, stone) for row in rows.to_pylist()):
            yield info.key


def redact_requests(store: ObjectStore, key: str, stone: Tombstone) -> None:
    """Put the keys of addresses that are taken down in the place of the addresses."""
    table = pq.read_table(io.BytesIO(store.get(key)), schema=REQUEST)
    rows = [redacted(row) if is_named(row, stone) else row for row in table.to_pylist()]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=REQUEST), sink, compression="zstd")
    store.put(key, sink.getvalue(), _PARQUET)


def is_named(row: dict[str, Any], stone: Tombstone) -> bool:
    """Whether a request was for something that is taken down, and still says so."""
    if row["url"].startswith(REDACTED):
        return False
    if row["source"] in stone.whole and row["kind"] in {"page", "part"}:
        return True
    return url_key(row["url"]) in stone.keys


def redacted(row: dict[str, Any]) -> dict[str, Any]:
    """Return a request that no longer names what it was for."""
    return {**row, "url": f"{REDACTED}{url_key(row['url'])}", "detail": ""}


def waiting_holders(store: ObjectStore, stone: Tombstone) -> Iterator[str]:
    """Yield pushes that wait, or were set aside, and name what is taken down."""
    says = _Says(stone)
    for folder in ("inbox/", "aside/"):
        for info in store.list(folder):
            whole = any(info.key.startswith(f"{folder}{source}/") for source in stone.whole)
            if whole or says(store.get(info.key), ""):
                yield info.key


async def polls_without(
    polls: AsyncGenerator[Poll, None], gone: Tombstones
) -> AsyncGenerator[Poll, None]:
    """Leave out links that are taken down; of a listing that names one no body is kept."""
    async with aclosing(polls):
        async for poll in polls:
            links = tuple(n for n in poll.links if not gone.covers(n.source, n.url_key))
            if len(links) == len(poll.links):
                yield poll
            else:
                yield replace(poll, links=links, fetched=_bodiless(poll.fetched))


async def pages_without(
    items: AsyncGenerator[Fetched, None], gone: Tombstones
) -> AsyncGenerator[Fetched, None]:
    """Leave out pages that are taken down, and keep nothing of others that lead to them."""
    async with aclosing(items):
        async for item in items:
            if gone.covers(item.link.source, item.link.url_key):
                continue
            final = url_key(item.final_url) if item.final_url else ""
            if gone and final and gone.covers(item.link.source, final):
                reason, at = Reason.TAKEN_DOWN, item.fetched_at
                yield Miss(
                    link=item.link, reason=reason, detail="", fetched_at=at, terms=item.terms
                )
            else:
                yield item


def _bodiless(item: Fetched) -> Fetched:
    return replace(item, body=b"", known_digest=item.digest) if isinstance(item, Page) else item
