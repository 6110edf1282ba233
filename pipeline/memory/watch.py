"""Memory while a slot's shard is extracted: given out at the start, fed at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.extract.memory import Memory
from pipeline.extract.shapes import Seen
from pipeline.memory.archive import MemoryArchive, keep_changes
from pipeline.memory.drift import drift
from pipeline.memory.evidence import PageEvidence, evidence_of
from pipeline.memory.learn import Learned
from pipeline.model import Article, Reject, Slot
from pipeline.ports import ObjectStore
from pipeline.report import Report


class Watch:
    """What one shard's extraction of one slot knows of its sources, and learns of them.

    What it gives out depends on the slot's day alone, never on the pages seen meanwhile.
    """

    def __init__(self, store: ObjectStore, slot: Slot, shard: str) -> None:
        self._store, self._slot, self._shard = store, slot, shard
        self._known: dict[str, tuple[Learned, Memory]] = {}
        self._pages: dict[str, list[PageEvidence]] = defaultdict(list)

    def memory(self, source: str) -> Memory:
        """Return the source's memory, read once."""
        if source not in self._known:
            archive = MemoryArchive(self._store, source)
            known = archive.settle(self._slot.date)
            self._known[source] = known, archive.memory(known)
        return self._known[source][1]

    def over(self, pages: Iterable[Seen]) -> Iterator[Article | Reject]:
        """Pass verdicts on, looking at each."""
        for seen in pages:
            if (page := evidence_of(seen.row, seen.shapes)) is not None:
                self._pages[seen.row.source].append(page)
            yield seen.row

    def close(self, report: Report) -> Report:
        """Keep what was seen for the days to come; add to the report what has changed."""
        changed: list[str] = []
        for source, pages in sorted(self._pages.items()):
            MemoryArchive(self._store, source).keep_evidence(self._slot, self._shard, pages)
            self.memory(source)
            changed += drift(self._known[source][0], pages)
        keep_changes(self._store, self._slot, self._shard, changed)
        return replace(report, warnings=[*report.warnings, *changed])
