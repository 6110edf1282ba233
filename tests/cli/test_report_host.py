"""`broadsheet report host`: what was asked of a host, from the lake and from the journal."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.crawl.request_log import RequestLog
from pipeline.jobs import utc_now
from pipeline.model import Reason, Request, Slot
from pipeline.ports import Gate, Ports

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
FIRST = Request(
    host="lantern.example",
    source="lantern",
    purpose="daily",
    kind="robots",
    url="https://lantern.example/robots.txt",
    sent=True,
    at=NOON,
    status=200,
    bytes=100,
    elapsed_s=1.0,
    rule="seed",
    delay_s=2.0,
    waited_s=0.0,
    slot="2026-11-19T12:00",
)


def later(seconds, path, **changes):
    at, url = NOON + timedelta(seconds=seconds), f"https://lantern.example{path}"
    return replace(FIRST, kind="page", at=at, url=url, robots_digest="ab" * 32, **changes)


REQUESTS = [
    FIRST,
    later(4, "/1"),
    later(14, "/2", status=503, rest_s=60.0, rest_rule="retry-after"),
    later(90, "/2", rule="retry-after"),
    later(91, "/secret", sent=False, status=None, reason=Reason.ROBOTS, bytes=None),
    later(86_400, "/3"),
]


def asked(place, journalled=0):
    ledger = SqlLedger(f"sqlite:///{place}/_ledger/ledger.db", 5)
    ports = Ports(open_store(str(place)), ledger, utc_now)

    async def note():
        log = RequestLog(ports, Slot.parse("2026-11-19T12:00"), "0")
        for request in REQUESTS[: len(REQUESTS) - journalled]:
            log.note(request)
        await log.close()

    asyncio.run(note())
    if journalled:
        ledger.journal("0", REQUESTS[-journalled:])
    ledger.keep_gate(Gate("lantern.example", NOON + timedelta(days=1), 0, "retry-after"))


def test_a_day_in_figures(broadsheet, folder):
    asked(folder / "lake", journalled=2)
    done = broadsheet("report", "host", "www.lantern.example", "--day", "2026-11-19")
    told = json.loads(done.stdout)
    [day] = told["days"]
    assert (day["requests"], day["robots_refused"], day["bytes"]) == (4, 1, 400)
    assert (day["least_gap_s"], day["median_gap_s"]) == (3.0, 9.0)
    assert day["statuses"] == {"200": 3, "503": 1}
    assert day["rules"] == {"retry-after": 1, "seed": 3}
    assert (day["rests"], day["longest_rest_s"]) == ({"retry-after": 1}, 60.0)
    assert "requests" not in told


def test_every_request_of_several_days_and_as_a_table(broadsheet, folder):
    asked(folder / "lake")
    span = ("--since", "2026-11-18", "--day", "2026-11-20", "--all")
    told = json.loads(broadsheet("report", "host", "https://lantern.example/x", *span).stdout)
    assert [row["url"] for row in told["requests"]] == [row.url for row in REQUESTS]
    assert [day["day"] for day in told["days"]] == ["2026-11-19", "2026-11-20"]
    shown = broadsheet("report", "host", "lantern.example", *span, "--format", "table")
    text = shown.stdout.decode()
    assert "retry-after" in text
    assert "not sent: robots" in text
    assert "lantern.example rests until 2026-11-20 12:00:00" in text


def test_a_host_that_was_never_asked_and_what_is_no_host(broadsheet):
    done = broadsheet("report", "host", "nobody.example", "--format", "table")
    assert done.returncode == 0
    assert b"nothing was asked of it" in done.stdout
    assert broadsheet("report", "host", "http://").returncode == 78
