"""The log of requests, held against the server's own: all that was asked, and by which rule."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from pipeline.crawl.request_log import RequestLog, encode, read_requests
from pipeline.crawl.robots import copy_key
from pipeline.model import Purpose, Reason, Slot
from schemas.request import REQUEST
from tests.crawl import hostile
from tests.crawl.conftest import due_of, fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, moved, robots

HOUR = timedelta(hours=1)
SLOT = Slot.parse("2026-11-21T09:00")
RULES = "User-agent: *\nDisallow: /secret\nCrawl-delay: 0.05\n"


def logged(ports, host="paper.localhost"):
    today = now().date()
    return read_requests(ports.store, host, today - timedelta(days=1), today)


async def crawl(ports, server, paths, purpose=Purpose.DAILY, **fetch):
    source = source_of(server.port, **fetch)
    dues = {"paper": [due_of(server.url(path)) for path in paths]}
    log = RequestLog(ports, SLOT, "0")
    async with fetcher_for(ports, log=log, purpose=purpose) as fetcher:
        return [item async for item in fetcher.run(dues, {"paper": source}, now() + HOUR)]


def test_every_request_is_in_the_log_with_the_rule_it_rests_on(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots(RULES))
            server.on("/a", in_turn(answer(503), answer(200, b"<p>A.</p>")))
            server.on("/b", moved("/c"))
            server.on("/c", answer(200, b"<p>C.</p>"))
            server.on("/d", hostile.reset)
            await crawl(ports, server, ["/a", "/b", "/d", "/secret"], retries=1, tdmrep=True)
            return server

    server = asyncio.run(run())
    rows = logged(ports)
    sent = [row for row in rows if row.sent]
    assert [row.url.removeprefix(server.url("")) for row in sent] == server.paths()
    told = {(row.url.rpartition("/")[2], row.attempt): row for row in rows}
    assert told["robots.txt", 1].kind == "robots"
    assert told["robots.txt", 1].robots_at is None
    assert (told["tdmrep.json", 1].kind, told["tdmrep.json", 1].status) == ("tdmrep", 404)
    first, second = told["a", 1], told["a", 2]
    assert (first.status, first.reason, first.rest_rule) == (503, "ok", "backoff")
    assert (second.status, second.rule, second.bytes) == (200, "backoff", 9)
    assert second.delay_s >= first.rest_s - 0.01
    assert (told["c", 1].hop, told["c", 1].rule) == (1, "crawl-delay")
    assert (told["d", 2].status, told["d", 2].reason) == (None, Reason.NETWORK)
    refused = told["secret", 1]
    assert (refused.sent, refused.reason, refused.elapsed_s) == (False, Reason.ROBOTS, None)
    digest = hashlib.sha256(RULES.encode()).hexdigest()
    assert {row.robots_digest for row in rows if row.kind == "page"} == {digest}
    assert ports.store.get(copy_key(digest)) == RULES.encode()
    assert {row.slot for row in rows} == {SLOT.key}


def test_the_log_and_the_server_agree_on_when(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots(RULES))
            paths = [f"/{n}" for n in range(4)]
            await crawl(ports, server, paths)
            return server.log

    log = asyncio.run(run())
    rows = logged(ports)
    ours = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(rows)]
    theirs = [later.at - earlier.at for earlier, later in pairwise(log)]
    assert min(ours) >= 0.05
    assert min(theirs) >= 0.05
    assert all(row.delay_s >= 0.05 and row.waited_s >= 0 for row in rows[1:])
    assert {row.rule for row in rows[1:]} == {"crawl-delay"}


def test_what_a_killed_crawl_has_journalled_comes_home_with_the_next(ports):
    async def run():
        async with HostileServer() as server:
            killed = RequestLog(ports, SLOT, "0")
            fetcher = fetcher_for(ports, log=killed)
            await fetcher.get(due_of(server.url("/a")), source_of(server.port), kind="page")
            killed._journal()  # the second after; then it is killed: nothing is closed
            assert logged(ports) == []
            assert len(ports.ledger.journalled("0")) == 2
            await crawl(ports, server, ["/b"])
            await fetcher._asker._http.close()

    asyncio.run(run())
    assert [row.url.rpartition("/")[2] for row in logged(ports)] == ["robots.txt", "a", "b"]
    assert ports.ledger.journalled() == []


def test_the_journal_is_written_a_second_after_the_first_request_of_a_batch(ports, monkeypatch):
    monkeypatch.setattr("pipeline.crawl.request_log.JOURNAL_SECONDS", 0.01)

    async def run():
        async with HostileServer() as server:
            log = RequestLog(ports, SLOT, "0")
            async with fetcher_for(ports, log=log) as fetcher:
                await fetcher.get(due_of(server.url("/a")), source_of(server.port))
                for _ in range(200):
                    if len(held := ports.ledger.journalled("0")) == 2:
                        break
                    await asyncio.sleep(0.01)
                return held

    assert [row.kind for row in asyncio.run(run())] == ["robots", "listing"]


def test_the_same_requests_give_the_same_bytes_and_fit_their_schema(ports):
    async def run():
        async with HostileServer() as server:
            await crawl(ports, server, ["/a", "/b"])

    asyncio.run(run())
    rows = logged(ports)
    assert encode(rows) == encode(rows[::-1])
    [info] = ports.store.list("requests/")
    assert info.key.startswith(f"requests/date={rows[0].at.date()}/{SLOT.id}-0-")
    stored = pq.read_table(io.BytesIO(ports.store.get(info.key)))
    assert stored.schema.equals(REQUEST)


# --- budgets ---


def test_a_hosts_day_ends_when_its_requests_are_used_up(ports):
    async def run():
        async with HostileServer() as server:
            for n in range(6):
                server.on(f"/{n}", answer(200))
            paths = [f"/{n}" for n in range(6)]
            first = await crawl(ports, server, paths, requests_a_day=4)
            again = await crawl(ports, server, ["/5"], requests_a_day=4)
            return first, again, server.paths()

    first, again, asked = asyncio.run(run())
    assert asked == ["/robots.txt", "/0", "/1", "/2"]
    late = [item for item in (*first, *again) if getattr(item, "reason", "") == Reason.BUDGET]
    assert len(late) == 4
    midnight = datetime.combine(now().date() + timedelta(days=1), datetime.min.time(), UTC)
    assert {item.retry_at for item in late} == {midnight}
    assert {item.attempts for item in late} == {0}
    assert "4 requests to paper.localhost are used up" in late[0].detail
    assert {row.reason for row in logged(ports) if not row.sent} == {Reason.BUDGET}
    assert ports.ledger.spent("paper.localhost", now().date()).daily == 4


def test_retries_and_redirects_count(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/a", answer(503))
            server.on("/b", moved("/c"))
            await crawl(ports, server, ["/a", "/b"], retries=2)
            return len(server.log)

    assert asyncio.run(run()) == ports.ledger.spent("paper.localhost", now().date()).daily == 6


@pytest.mark.parametrize(("recent", "left"), [(None, 5), (2, 7), (4, 5), (8, 0), (0, 9)])
def test_a_backfill_leaves_what_the_daily_crawl_needs(ports, recent, left):
    day = now().date()
    if recent is not None:
        before = day - timedelta(days=2)
        ports.ledger.spend("paper.localhost", before, Purpose.DAILY, recent, lambda _: recent)

    async def run():
        async with HostileServer() as server:
            paths = [f"/{n}" for n in range(12)]
            await crawl(ports, server, paths, Purpose.BACKFILL, requests_a_day=10)
            filled = len(server.log)
            await crawl(ports, server, paths, requests_a_day=10)
            return filled, len(server.log)

    filled, asked = asyncio.run(run())
    assert filled == left
    assert asked == 10
    spent = ports.ledger.spent("paper.localhost", day)
    assert (spent.backfill, spent.daily) == (left, 10 - left)
    assert {row.purpose for row in logged(ports) if row.sent} <= {"daily", "backfill"}


def test_what_the_daily_crawl_has_used_is_not_kept_for_it_twice(ports):
    day = now().date()
    ports.ledger.spend("paper.localhost", day - HOUR * 24, Purpose.DAILY, 4, lambda _: 4)
    ports.ledger.spend("paper.localhost", day, Purpose.DAILY, 3, lambda _: 3)

    async def run():
        async with HostileServer() as server:
            paths = [f"/{n}" for n in range(12)]
            await crawl(ports, server, paths, Purpose.BACKFILL, requests_a_day=10)
            return len(server.log)

    assert asyncio.run(run()) == 5


# --- what runs leave to the next ---


def test_a_host_that_keeps_failing_is_left_alone_over_runs_and_longer_each_time(ports):
    waits = []

    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", answer(404))
            server.on("/x", answer(500))
            for _ in range(3):
                await crawl(ports, server, ["/x", "/y", "/x", "/x", "/x"], give_up_after=2)
                gate = ports.ledger.gate("paper.localhost")
                waits.append((gate.until - now()).total_seconds())
                before = len(server.log)
                late = await crawl(ports, server, ["/z"], give_up_after=2)
                assert len(server.log) == before
                assert [item.reason for item in late] == [Reason.HOST_GIVEN_UP]
                assert late[0].retry_at == gate.until
                ports.ledger.keep_gate(type(gate)(gate.host, now(), gate.failures, gate.why))
            server.on("/x", answer(200))
            well = await crawl(ports, server, ["/x", "/y"], give_up_after=2)
            return server, well

    server, well = asyncio.run(run())
    assert [round(wait / 900) for wait in waits] == [1, 2, 4]
    assert [path for path in server.paths() if path == "/x"] == ["/x"] * 6
    assert [getattr(item, "status", None) for item in well] == [200, 404]
    assert ports.ledger.gate("paper.localhost").failures == 0


def test_the_pause_holds_between_runs(ports):
    async def run():
        async with HostileServer() as server:
            await crawl(ports, server, ["/a"], delay_s=0.3)
            await crawl(ports, server, ["/b"], delay_s=0.3)
            return server.log

    log = asyncio.run(run())
    assert [request.path for request in log] == ["/robots.txt", "/a", "/b"]
    assert min(later.at - earlier.at for earlier, later in pairwise(log)) >= 0.3
    assert logged(ports)[-1].rule == "last-run"
