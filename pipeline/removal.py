"""Taking articles down: out of every place of the lake, and for good.

First a tombstone, so that no crawl, extraction or publication brings them back; then the ledger, the
tables, what is staged, the archive of responses, the log of requests; then all that was replaced,
without grace; then site memory and golden tests, which a person may have spoiled. Killed at any point and run again it completes: each step looks for what is
still there. The receipt says before each step what it is about to touch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

from pipeline import golden
from pipeline.crawl import removal as archive
from pipeline.errors import FixSeed
from pipeline.memory.archive import MemoryArchive
from pipeline.ports import ObjectStore, Ports
from pipeline.publish import takedown as tables
from pipeline.publish.table import Lake
from pipeline.publish.tables import TABLES
from pipeline.publish.vacuum import vacuum
from pipeline.tombstones import ANY, Tombstone, Tombstones, id_of, keep_tombstone, read_tombstones
from pipeline.urls import article_id, url_key

_RECEIPTS: Final = "receipts/"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to go: a URL in any spelling, an article by its id, or all of a source."""

    url: str = ""
    article: str = ""
    source: str = ""

    @property
    def id(self) -> str:
        """The id of its tombstone and receipt."""
        kind = "url" if self.url else "article" if self.article else "source"
        return id_of(kind, url_key(self.url) if self.url else self.article or self.source)


def gather(target: Target, ports: Ports, reason: str) -> Tombstone:
    """Return the tombstone of a target, with all that lake and archive know of it now.

    Raises FixSeed for an article_id that is not in the lake.
    """
    at = ports.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    stone = Tombstone(target.id, at, reason, _entries(target, ports), ())
    while True:
        known = _known(stone, ports, lake_only=bool(target.source))
        if known == stone:
            return stone
        stone = known


def _entries(target: Target, ports: Ports) -> tuple[tuple[str, str], ...]:
    if target.source:
        return ((target.source, ANY),)
    if target.url:
        return ((ANY, url_key(target.url)),)
    rows = [
        (row["source"], row["url_key"])
        for name in ("articles", "rejects")
        for row in Lake(ports.store)
        .read(name, ["source", "url_key"], pc.field("article_id") == target.article)
        .to_pylist()
    ]
    known = [e for s in read_tombstones(ports.store).stones if s.id == target.id for e in s.entries]
    if not rows and not known:
        msg = f"{target.article}: no article of the lake has this id; give its URL"
        raise FixSeed(msg)
    return tuple(sorted({*rows, *known}))


def _known(stone: Tombstone, ports: Ports, *, lake_only: bool) -> Tombstone:
    """Return the tombstone with what is found by it: parts, other addresses, ids."""
    gone = Tombstones([stone])
    entries, keys = set(stone.entries), set(stone.keys) | {key for _, key in stone.entries if key}
    articles = set(stone.articles)
    for row in _rows(ports.store):
        addresses = {
            row["url_key"],
            *(url_key(row[n]) for n in ("url_final", "url_canonical") if row.get(n)),
        }
        if any(gone.covers(row["source"], key) for key in addresses):
            entries.add((row["source"], row["url_key"]))
            keys |= addresses if row["is_article"] else {row["url_key"]}
            articles.add((row["source"], row["article_id"]))
    if lake_only:
        entries = set(stone.entries)
    else:
        found = archive.find_responses(ports.store, gone)
        entries, keys = entries | found.entries, keys | found.keys
        articles |= {(s, article_id(s, key)) for s, key in entries if s and key}
        if any(source == ANY for source, _ in stone.entries):
            entries |= {(ANY, key) for key in keys}
    return stone.and_also(
        replace(stone, entries=tuple(entries), keys=tuple(keys), articles=tuple(articles))
    )


def _rows(store: ObjectStore) -> Iterator[dict[str, Any]]:
    for name in ("articles", "rejects"):
        columns = ["source", "url_key", "url_final", "article_id"]
        columns += ["url_canonical"] * (name == "articles")
        for row in Lake(store).read(name, columns).to_pylist():
            yield row | {"is_article": name == "articles"}


def take_down(stone: Tombstone, ports: Ports, goldens: Path, tell: Tell) -> dict[str, Any]:
    """Remove what a tombstone names, from everywhere; return the receipt."""
    stone = keep_tombstone(ports.store, stone)
    work = _Removal(stone, Tombstones([stone]), ports, goldens, _Receipt(ports.store, stone))
    for what, step in {
        "the ledger": work.ledger,
        "tables": work.tables,
        "staged rows": work.staged,
        "the archive": work.archive,
        "what was replaced": work.replaced,
        "site memory": work.memory,
        "golden tests": work.goldens,
    }.items():
        tell(what)
        step()
    work.receipt.finish(ports.now())
    return work.receipt.content()


@dataclass(frozen=True, slots=True)
class _Removal:
    """The steps of a takedown. Each looks for what is still there, notes it, and removes it."""

    stone: Tombstone
    gone: Tombstones
    ports: Ports
    golden_tests: Path
    receipt: _Receipt

    def ledger(self) -> None:
        """Leave of its URLs only that they were found."""
        known = self.ports.ledger.bury(self.stone.entries, self.stone.keys, self.ports.now())
        self.receipt.urls = max(self.receipt.urls, known)

    def tables(self) -> None:
        """Put objects without its rows in the place of those that have them."""
        store, now = self.ports.store, self.ports.now()
        for name in TABLES:
            tables.fence(store, name, now)
            while paths := tables.holders(store, name, self.gone):
                self.receipt.note("replaced", [f"{name}/{path}" for path in paths])
                for path in paths:
                    tables.rewrite(store, name, path, self.gone, now)

    def staged(self) -> None:
        """Delete staged objects that have its rows: extraction makes them again, without."""
        self._delete(tables.staged_holders(self.ports.store, self.gone))

    def archive(self) -> None:
        """Rewrite responses and requests, each under its own key; delete pushes that wait."""
        store = self.ports.store
        for key in self.receipt.noted("rewritten", archive.holders(store, self.stone, self.gone)):
            archive.rewrite(store, key, self.stone, self.gone)
        for key in self.receipt.noted("rewritten", archive.request_holders(store, self.stone)):
            archive.redact_requests(store, key, self.stone)
        self._delete(archive.waiting_holders(store, self.stone))

    def memory(self) -> None:
        """Have the memory of its sites forget it, or all of a source that goes."""
        store = self.ports.store
        for source in sorted(self.stone.sources):
            if source in self.stone.whole:
                self._delete(info.key for info in store.list(f"memory/{source}/"))
            else:
                mine = [article for owner, article in self.stone.articles if owner == source]
                self.receipt.memory += MemoryArchive(store, source).forget(mine).evidence

    def goldens(self) -> None:
        """Delete golden tests made of it."""
        paths = list(golden.of_urls(self.golden_tests, self.stone.whole, self.stone.keys))
        self.receipt.goldens += len(paths)  # their names are made of addresses
        for path in paths:
            path.unlink(missing_ok=True)

    def replaced(self) -> None:
        """Remove the objects that were replaced, without grace."""
        for name in TABLES:
            vacuum(self.ports.store, name, self.ports.now(), timedelta(0))

    def _delete(self, keys: Iterable[str]) -> None:
        self.ports.store.delete(self.receipt.noted("deleted", keys))


class _Receipt:
    """`receipts/<id>.json`: every object that was touched, by its key; no content, no address."""

    def __init__(self, store: ObjectStore, stone: Tombstone) -> None:
        self._store, self._key = store, f"{_RECEIPTS}{stone.id}.json"
        self._stone = stone
        held: dict[str, Any] = read_receipt(store, stone.id) or {}
        self._objects: dict[str, list[str]] = held.get("objects", {})
        self.urls, self.memory = held.get("urls", 0), held.get("memory", 0)
        self.goldens = held.get("goldens", 0)
        self._done: str | None = None

    def note(self, what: str, keys: Iterable[str]) -> None:
        """Say that objects are about to be touched."""
        keys = list(keys)
        if keys:
            self._objects[what] = sorted({*self._objects.get(what, ()), *keys})
            self._save()

    def noted(self, what: str, keys: Iterable[str]) -> list[str]:
        """Note keys, and return them."""
        keys = list(keys)
        self.note(what, keys)
        return keys

    def finish(self, now: datetime) -> None:
        """Say that all is done."""
        self._done = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._save()

    def content(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "id": self._stone.id,
            "asked_at": self._stone.at,
            "done_at": self._done,
            "reason": self._stone.reason,
            "articles": len(self._stone.articles),
            "urls": self.urls,
            "memory": self.memory,
            "goldens": self.goldens,
            "tombstone": f"tombstones/{self._stone.id}.json",
            "objects": self._objects,
        }

    def _save(self) -> None:
        body = json.dumps(self.content(), indent=1, sort_keys=True).encode()
        self._store.put(self._key, body, "application/json")


def read_receipt(store: ObjectStore, ident: str) -> dict[str, Any] | None:
    """Return a receipt, None if there is none yet."""
    try:
        found: dict[str, Any] = json.loads(store.get(f"{_RECEIPTS}{ident}.json"))
    except KeyError:
        return None
    return found


def unfinished(store: ObjectStore, since: datetime) -> list[Tombstone]:
    """Return takedowns that were killed, and the latest ones: what ran beside them may have missed them."""
    late = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        stone
        for stone in read_tombstones(store).stones
        if stone.at >= late or not (read_receipt(store, stone.id) or {}).get("done_at")
    ]
