"""What was taken down, and stays out: `tombstones/<id>.json`, durable before anything is removed.

A tombstone names nobody's words: URLs are there as keys (hashes) only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pipeline.ports import ObjectStore

FOLDER: Final = "tombstones/"
#: Stands for every source, or for every URL of one.
ANY: Final = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One takedown. `entries` are (source, URL key), either of which may be `ANY`.

    `keys` are those of all addresses the articles had, `articles` their ids with the source of each.
    """

    id: str
    at: str
    reason: str = ""
    entries: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = ()
    articles: tuple[tuple[str, str], ...] = ()

    def and_also(self, other: Tombstone) -> Tombstone:
        """Return this tombstone with what another knows more."""
        return replace(
            self,
            reason=self.reason or other.reason,
            entries=tuple(sorted({*self.entries, *other.entries})),
            keys=tuple(sorted({*self.keys, *other.keys})),
            articles=tuple(sorted({*self.articles, *other.articles})),
        )

    @property
    def sources(self) -> frozenset[str]:
        """The sources that it names, for some URLs or as a whole."""
        named = {source for source, _ in (*self.entries, *self.articles)}
        return frozenset(named - {ANY})

    @property
    def whole(self) -> frozenset[str]:
        """The sources that it takes down as a whole."""
        return frozenset(source for source, key in self.entries if key == ANY)


class Tombstones:
    """What is to stay out, by all tombstones together."""

    def __init__(self, stones: Iterable[Tombstone] = ()) -> None:
        self.stones = list(stones)
        self._entries = {entry for stone in self.stones for entry in stone.entries}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def covers(self, source: str, url_key: str) -> bool:
        """Whether a URL of a source is to stay out."""
        mine = self._entries
        return (source, url_key) in mine or (ANY, url_key) in mine or (source, ANY) in mine

    def stays(self, sources: Sequence[str], url_keys: Sequence[str]) -> list[bool]:
        """Say of rows whether they may stay."""
        return [not self.covers(*row) for row in zip(sources, url_keys, strict=True)]


def read_tombstones(store: ObjectStore) -> Tombstones:
    """Return all that were ever set."""
    keys = [info.key for info in store.list(FOLDER) if info.key.endswith(".json")]
    return Tombstones(_read(store.get(key)) for key in keys)


def keep_tombstone(store: ObjectStore, stone: Tombstone) -> Tombstone:
    """Write a tombstone, or add to the one that is there; return it as it now is."""
    key = f"{FOLDER}{stone.id}.json"
    with suppress(KeyError):
        stone = _read(store.get(key)).and_also(stone)
    body = json.dumps(asdict(stone), indent=1, sort_keys=True).encode()
    store.put(key, body, "application/json")
    return stone


def id_of(*target: str) -> str:
    """Return the id of a takedown: the same target has the same, 24 hex digits."""
    return hashlib.blake2b("\n".join(target).encode(), digest_size=12).hexdigest()


def _read(body: bytes) -> Tombstone:
    raw: dict[str, Any] = json.loads(body)
    pairs = {name: tuple((a, b) for a, b in raw[name]) for name in ("entries", "articles")}
    return Tombstone(**raw | pairs | {"keys": tuple(raw["keys"])})
