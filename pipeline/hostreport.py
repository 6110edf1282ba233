"""What a host was asked, when, and by which rule: `broadsheet report host`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from itertools import pairwise
from statistics import median

from pipeline.model import Reason, Request
from pipeline.ports import Gate, Ports, Spent


@dataclass(frozen=True, slots=True)
class HostDay:
    """A host's day (UTC) in figures. Gaps are seconds from the end of one request to the next."""

    day: date
    requests: int
    least_gap_s: float | None
    median_gap_s: float | None
    statuses: Mapping[str, int]
    purposes: Mapping[str, int]
    kinds: Mapping[str, int]
    rules: Mapping[str, int]
    bytes: int
    robots_refused: int
    refrained: Mapping[str, int]
    rests: Mapping[str, int]
    longest_rest_s: float | None
    robots: Sequence[str]


@dataclass(frozen=True, slots=True)
class HostReport:
    """All that was asked of a host from one day to another.

    `spent` is what its budget of today has given out; `gate` what keeps it shut now, if anything does.
    """

    host: str
    since: date
    until: date
    days: Sequence[HostDay]
    spent: Spent
    gate: Gate | None
    requests: Sequence[Request]


def host_report(host: str, since: date, until: date, ports: Ports) -> HostReport:
    """Read the log of requests, and what of it is still in the ledger's journal."""
    from pipeline.crawl.request_log import read_requests

    rows = {(row.at, row.url): row for row in read_requests(ports.store, host, since, until)}
    for row in ports.ledger.journalled(host=host):
        if since <= row.at.astimezone(UTC).date() <= until:
            rows.setdefault((row.at, row.url), row)
    ordered = [rows[key] for key in sorted(rows)]
    days = sorted({row.at.astimezone(UTC).date() for row in ordered})
    summed = [_day(day, [r for r in ordered if r.at.astimezone(UTC).date() == day]) for day in days]
    spent = ports.ledger.spent(host, ports.now().astimezone(UTC).date())
    gate = ports.ledger.gate(host)
    return HostReport(host, since, until, summed, spent, gate if gate.until else None, ordered)


def _day(day: date, rows: Sequence[Request]) -> HostDay:
    sent = [row for row in rows if row.sent]
    held = [row for row in rows if not row.sent]
    gaps = [
        (later.at - earlier.at).total_seconds() - (earlier.elapsed_s or 0.0)
        for earlier, later in pairwise(sent)
    ]
    rests = [row for row in sent if row.rest_s]
    return HostDay(
        day=day,
        requests=len(sent),
        least_gap_s=round(min(gaps), 3) if gaps else None,
        median_gap_s=round(median(gaps), 3) if gaps else None,
        statuses=_counted(str(row.status or row.reason) for row in sent),
        purposes=_counted(row.purpose for row in sent),
        kinds=_counted(row.kind for row in sent),
        rules=_counted(row.rule or "" for row in sent),
        bytes=sum(row.bytes or 0 for row in sent),
        robots_refused=sum(row.reason == Reason.ROBOTS for row in held),
        refrained=_counted(str(row.reason) for row in held if row.reason != Reason.ROBOTS),
        rests=_counted(row.rest_rule or "" for row in rests),
        longest_rest_s=max((row.rest_s for row in rests if row.rest_s), default=None),
        robots=sorted({row.robots_digest for row in rows if row.robots_digest}),
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
