"""What a job says when it is done: ids and counts, small enough for an XCom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pipeline.model import Fetched, Miss, Page, Reason, Slot

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.crawl.discover import Poll
    from pipeline.publish.audit import Finding
    from pipeline.publish.claim import Published


#: Reasons that tell of the site, not of a page, when there are more than a few of them.
_WALLS: Final = (Reason.BOT_CHALLENGE, Reason.CONSENT_WALL, Reason.LOGIN_WALL, Reason.SOFT_404)
_FEW, _NOTABLE = 3, 0.2


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of one phase by source, and what an operator should read."""

    phase: str
    slot: str
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


class Tally:
    """Counts while a phase runs."""

    def __init__(self, phase: str, slot: Slot) -> None:
        self._phase, self._slot = phase, slot
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._files: list[str] = []
        self._warnings: list[str] = []

    def count(self, source: str, what: str, n: int = 1) -> None:
        """Add to a source's count of something."""
        self._counts[source][what] += n

    def of(self, what: str) -> list[tuple[str, int]]:
        """Return the sources that counted something, and how often."""
        return [(source, n[what]) for source, n in sorted(self._counts.items()) if n[what]]

    def polls(self, polls: Iterable[Poll]) -> None:
        """Count listings asked, answered and failed, the links they gave, and gaps between polls."""
        for poll in polls:
            source = poll.fetched.link.source
            self.count(source, "links", len(poll.links))
            if poll.inbox:
                self.count(source, "pushes")
                continue
            if (state := poll.state) is None:
                continue
            self.count(source, "listings")
            if poll.gap:
                self.count(source, "gaps")
                self._warnings.append(f"{source}: {state.url}: {poll.gap}")
            if state.failures:
                self.count(source, "listings_failed")
                self._warnings.append(f"{source}: {state.url}: {state.detail}")

    def fetched(self, fetched: Iterable[Fetched]) -> None:
        """Count pages, the parts that came with them, and misses by reason."""
        for item in fetched:
            what = f"miss_{item.reason}" if isinstance(item, Miss) else "pages"
            self.count(item.link.source, what)
            if isinstance(item, Page) and item.parts:
                self.count(item.link.source, "parts", len(item.parts) - (item.missing is not None))
                self.count(item.link.source, "parts_missing", item.missing is not None)

    def challenged(self) -> None:
        """Warn of sources whose firewalls asked who is there, and how often."""
        for source, asked in self.of(f"miss_{Reason.BOT_CHALLENGE}"):
            total = asked + self._counts[source]["pages"]
            self.warn(
                f"{source}: {asked} of {total} answers were bot challenges ({asked / total:.0%}); "
                "they are asked again later (docs/reasons.md)"
            )

    def walled(self) -> None:
        """Warn of sources of whose pages a notable share are walls."""
        for reason in _WALLS:
            for source, pages in self.of(f"reject_{reason}"):
                total = sum(self._counts[source][what] for what in ("articles", "rejects"))
                if pages >= _FEW and pages >= _NOTABLE * total:
                    self.warn(
                        f"{source}: {pages} of {total} pages rejected as {reason} (docs/reasons.md)"
                    )

    def published(
        self,
        articles: pa.Table,
        rejects: pa.Table,
        findings: Sequence[Finding],
        files: Sequence[Published],
    ) -> Tally:
        """Count the rows of a publication."""
        firsts = articles["duplicate_of"].is_null().to_pylist()
        for source, first in zip(articles["source"].to_pylist(), firsts, strict=True):
            self.count(source, "articles" if first else "duplicates")
        for source in rejects["source"].to_pylist():
            self.count(source, "rejected")
        self._warnings += [str(finding) for finding in findings]
        self._files += [f"{file.change}: {file.key}" for file in files]
        return self

    def warn(self, line: str) -> None:
        """Add a line that an operator should read."""
        self._warnings.append(line)

    def report(self) -> Report:
        """Return what was counted."""
        counts = {source: dict(counter) for source, counter in sorted(self._counts.items())}
        return Report(self._phase, self._slot.key, counts, self._files, self._warnings)
