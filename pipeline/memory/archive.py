"""Site memory in the lake: `memory/<source>/…`, all of it JSON, gzipped.

evidence/<slot>-<shard>.json.gz  what a slot's pages show; extracting the slot again replaces it
days/<day>.json.gz               what is known at the start of a day; written once, by the day's
                                 first extraction, and the same for every later one
decisions.json                   what the operator accepted or refused; holds at once, for any day

And `memory/_changed/<slot>-<shard>.json`, where a slot showed that sites have changed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

from pipeline.errors import BrokenContract
from pipeline.extract.memory import Memory
from pipeline.memory.evidence import PAGE_ID_CHARS, PageEvidence, as_json, from_json
from pipeline.memory.forget import Forgotten, without
from pipeline.memory.learn import WINDOW_DAYS, Learned, LearnedRule, learn, memory_of, moved_to
from pipeline.memory.places import LearnedShape
from pipeline.model import Slot
from pipeline.ports import ObjectStore

#: Evidence that comes later than this after its slot's day is not learned from: a slot that is
#: extracted again replaces its evidence, which has been learned from long ago.
_LATE_DAYS: Final = 3
_SUFFIX: Final = ".json.gz"
#: No source's id begins with an underscore.
_CHANGED: Final = "memory/_changed/"
#: Slots with changes that are told of.
_LATEST: Final = 10


class MemoryArchive:
    """One source's memory. Raises what the store raises, BrokenContract for an object it spoiled."""

    def __init__(self, store: ObjectStore, source: str) -> None:
        self._store, self._source = store, source
        self._root = f"memory/{source}/"

    def known(self, day: str) -> Learned:
        """Return what is known at the start of a day: as it is written, or as it would be."""
        if (written := self._read(f"days/{day}{_SUFFIX}")) is not None:
            return _learned(written)
        return self._learn(day)

    def settle(self, day: str) -> Learned:
        """Return the same, and write it if it is not: of many who try, the first one's holds."""
        key = f"days/{day}{_SUFFIX}"
        if (written := self._read(key)) is not None:
            return _learned(written)
        known = self._learn(day)
        if self._store.create(self._root + key, _pack(asdict(known)), "application/gzip"):
            return known
        return _learned(self._read(key) or {})

    def memory(self, known: Learned) -> Memory:
        """Return what extraction needs of it, as the operator's decisions leave it."""
        decisions = self.decisions()
        refused = [rule for rule, said in decisions.items() if said["verdict"] == "refused"]
        accepted = {
            rule: said["line"] for rule, said in decisions.items() if said["verdict"] == "accepted"
        }
        return memory_of(known, refused, accepted)

    def keep_evidence(self, slot: Slot, shard: str, pages: Sequence[PageEvidence]) -> None:
        """Write what a slot's pages show, in an order of its own."""
        ordered = sorted(pages, key=lambda page: page.page)
        body = _pack([as_json(page) for page in ordered])
        key = f"{self._root}evidence/{slot.id}-{shard}{_SUFFIX}"
        self._store.put(key, body, "application/gzip")

    def decisions(self) -> dict[str, dict[str, str]]:
        """Return by rule id: `verdict` (accepted, refused), `line`, `at`."""
        try:
            body = self._store.get(self._root + "decisions.json")
        except KeyError:
            return {}
        decided: dict[str, dict[str, str]] = json.loads(body)
        return decided

    def decide(self, rule: LearnedRule | LearnedShape, verdict: str | None, at: str) -> None:
        """Note what the operator says of a rule; None takes back what was said."""
        decided = self.decisions()
        decided.pop(rule.id, None)
        if verdict is not None:
            decided[rule.id] = {"verdict": verdict, "line": rule.line, "at": at}
        self._keep_decisions(decided)

    def _keep_decisions(self, decided: Mapping[str, Mapping[str, str]]) -> None:
        body = json.dumps(decided, ensure_ascii=False, indent=1, sort_keys=True).encode()
        self._store.put(self._root + "decisions.json", body, "application/json")

    def forget(self, articles: Collection[str]) -> Forgotten:
        """Remove what articles, by their ids, left here: their evidence, and what it alone taught.

        A line goes, from every day and from the operator's decisions, if none of the latest pages
        that carry it is left. Every object of the source is read.
        """
        gone = {article[:PAGE_ID_CHARS] for article in articles}
        taken = [page for key in self._keys("evidence/") for page in self._take(key, gone)]
        urls = {page.url for page in taken}
        days = [(key, _learned(self._read(key) or {})) for key in self._keys("days/")]
        kept = [(key, known, without(known, gone, urls)) for key, known in days]
        for key, known, left in kept:
            if left != known:
                self._store.put(self._root + key, _pack(asdict(left)), "application/gzip")
        lines = {rule for page in taken for _, rule, _ in page.lines}
        lines |= {
            rule for _, known, left in kept for rule in known.rules.keys() - left.rules.keys()
        }
        lines -= {rule for _, _, left in kept for rule in left.rules}
        self._undecide(lines)
        return Forgotten(len(taken), len({page.page for page in taken}), len(lines))

    def forget_all(self) -> int:
        """Remove all that was learned of the source, and from what; return the number of objects.

        The operator's decisions stay.
        """
        keys = [self._root + key for part in ("evidence/", "days/") for key in self._keys(part)]
        self._store.delete(keys)
        return len(keys)

    def _take(self, key: str, gone: Collection[str]) -> list[PageEvidence]:
        """Remove pages from an object of evidence; return them."""
        pages = [from_json(page) for page in self._read(key) or []]
        if taken := [page for page in pages if page.page in gone]:
            body = _pack([as_json(page) for page in pages if page.page not in gone])
            self._store.put(self._root + key, body, "application/gzip")
        return taken

    def _undecide(self, rules: Collection[str]) -> None:
        decided = self.decisions()
        if left := {rule: said for rule, said in decided.items() if rule not in rules}:
            if left != decided:
                self._keep_decisions(left)
        elif decided:
            self._store.delete([self._root + "decisions.json"])

    def _keys(self, part: str) -> list[str]:
        """Return the names of a part's objects, below the source's own prefix."""
        found = self._store.list(self._root + part)
        return [info.key.removeprefix(self._root) for info in found]

    def _learn(self, day: str) -> Learned:
        base = self._nearest(day)
        return learn(base, dict(self._evidence(base, day)), day)

    def _nearest(self, day: str) -> Learned:
        """Return the last that is known from before a day; failing that the first from after it."""
        prefix = f"{self._root}days/"
        days = [info.key.removeprefix(prefix)[:10] for info in self._store.list(prefix)]
        if not days:
            return Learned(source=self._source, day=day)
        before = [at for at in days if at < day]
        near = max(before) if before else min(days)
        known = _learned(self._read(f"days/{near}{_SUFFIX}") or {})
        return known if before else moved_to(known, day)

    def _evidence(self, base: Learned, day: str) -> Iterator[tuple[str, list[PageEvidence]]]:
        first = _days_before(day, WINDOW_DAYS)
        if base.day < day:
            first = max(first, _days_before(base.day, _LATE_DAYS))
        while first < day:
            prefix = f"{self._root}evidence/{first.replace('-', '')}T"
            for info in self._store.list(prefix):
                name = info.key.rpartition("/")[2].removesuffix(_SUFFIX)
                if name not in base.taken:
                    pages = self._read(f"evidence/{name}{_SUFFIX}") or []
                    yield name, [from_json(page) for page in pages]
            first = _days_before(first, -1)

    def _read(self, name: str) -> Any:
        key = self._root + name
        try:
            return json.loads(gzip.decompress(self._store.get(key)))
        except KeyError:
            return None
        except (OSError, ValueError, EOFError) as error:
            msg = f"{key} cannot be read ({error}); delete it, and it is learned again"
            raise BrokenContract(msg) from None


def keep_changes(store: ObjectStore, slot: Slot, shard: str, lines: Sequence[str]) -> None:
    """Write what a shard's slot showed to have changed; nothing leaves nothing."""
    key = f"{_CHANGED}{slot.id}-{shard}.json"
    if lines:
        store.put(key, json.dumps(lines, ensure_ascii=False).encode(), "application/json")
    else:
        store.delete([key])


def changes(store: ObjectStore, slot: Slot | None = None) -> list[str]:
    """Return what a slot showed to have changed, or the latest slots that did; the last first."""
    keys = [info.key for info in store.list(_CHANGED + (f"{slot.id}-" if slot else ""))]
    return [line for key in keys[: -_LATEST - 1 : -1] for line in json.loads(store.get(key))]


def _pack(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0)


def _learned(raw: Mapping[str, Any]) -> Learned:
    rules = {
        ident: LearnedRule(
            **rule | {name: tuple(rule.get(name, ())) for name in ("stories", "pages")}
        )
        for ident, rule in raw["rules"].items()
    }
    recent = {page: (story, tuple(sketch)) for page, (story, sketch) in raw["recent"].items()}
    layouts = {path: (n, last) for path, (n, last) in raw["layouts"].items()}
    shapes = {
        ident: LearnedShape(**shape | {"days": {at: tuple(n) for at, n in shape["days"].items()}})
        for ident, shape in raw.get("shapes", {}).items()
    }
    read = {"rules": rules, "recent": recent, "layouts": layouts, "shapes": shapes}
    return Learned(**dict(raw) | read | {"taken": tuple(raw["taken"])})


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
