"""Robots, pace and rest, judged from the server's own log of requests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.crawl.politeness import LONGEST_REST_S, retry_after
from pipeline.crawl.robots import product_token, read_rules
from pipeline.model import Reason
from tests.crawl import hostile
from tests.crawl.conftest import due_of, fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, moved, robots

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NO_SECRETS = "User-agent: *\nDisallow: /secret\n"


async def crawl(ports, server, paths, **fetch):
    source = source_of(server.port, **fetch)
    dues = {"paper": [due_of(server.url(path)) for path in paths]}
    async with fetcher_for(ports) as fetcher:
        outcomes = [item async for item in fetcher.run(dues, {"paper": source}, now() + HOUR)]
    return {item.link.url.partition(str(server.port))[2]: item for item in outcomes}


def reasons(outcomes):
    return {path: getattr(item, "reason", Reason.OK) for path, item in outcomes.items()}


def pages(server):
    return [path for path in server.paths() if path != "/robots.txt"]


ROBOTS = {
    "none": (answer(404), True),
    "forbidden": (answer(403), True),
    "gone": (answer(410), True),
    "rules": (robots(NO_SECRETS), False),
    "rules for us": (robots("User-agent: testbot\nDisallow: /\nUser-agent: *\nAllow: /"), False),
    "rules for others": (robots("User-agent: otherbot\nDisallow: /"), True),
    "a mark before them": (robots(f"\ufeff{NO_SECRETS}"), False),
    "redirected": (moved("/rules", 301), False),
    "an HTML page": (answer(200, b"<html><body>Welcome</body></html>"), True),
    "garbage": (answer(200, bytes(range(256)) * 20), True),
    "beyond 500 KiB": (robots("#" * (600 << 10) + "\n" + NO_SECRETS), True),
}


@pytest.mark.parametrize("case", ROBOTS)
def test_robots_rules(ports, case):
    what, allowed = ROBOTS[case]

    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", what)
            server.on("/rules", robots(NO_SECRETS))
            server.on("/secret/a", answer(200))
            return await crawl(ports, server, ["/secret/a"]), pages(server)

    outcomes, asked = asyncio.run(run())
    assert reasons(outcomes) == {"/secret/a": Reason.OK if allowed else Reason.ROBOTS}
    assert ("/secret/a" in asked) is allowed


@pytest.mark.parametrize(
    "what",
    [answer(500), answer(503), answer(429), hostile.reset, hostile.stall, hostile.endless],
    ids=["500", "503", "429", "reset", "stall", "endless"],
)
def test_unreachable_rules_forbid_everything_and_are_asked_for_once(ports, what):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", what)
            outcomes = await crawl(ports, server, ["/a", "/b", "/c"], timeout_s=1.5)
            return outcomes, server.paths()

    outcomes, asked = asyncio.run(run())
    assert set(reasons(outcomes).values()) == {Reason.HOST_GIVEN_UP}
    assert asked == ["/robots.txt"]
    assert all("robots.txt cannot be read" in item.detail for item in outcomes.values())


def test_an_older_copy_of_the_rules_serves_while_they_cannot_be_had(ports):
    async def run():
        async with HostileServer() as server:
            origin = f"http://paper.localhost:{server.port}"
            ports.ledger.keep_robots(origin, now() - timedelta(days=5), 200, NO_SECRETS.encode())
            server.on("/robots.txt", answer(503))
            server.on("/a", answer(200))
            return await crawl(ports, server, ["/a", "/secret/a"])

    assert reasons(asyncio.run(run())) == {"/a": Reason.OK, "/secret/a": Reason.ROBOTS}


def test_rules_are_kept_for_a_day(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots(NO_SECRETS))
            server.on("/a", answer(200))
            for _ in range(2):
                await crawl(ports, server, ["/a", "/secret/a"])
            return server.paths()

    assert asyncio.run(run()) == ["/robots.txt", "/a", "/a"]


def test_every_hop_asks_the_rules_of_its_own_host(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/a", moved(server.url("/secret/b", "other.localhost")))
            server.on("/robots.txt", robots(NO_SECRETS), host="other.localhost")
            return await crawl(ports, server, ["/a"]), server.paths("other.localhost")

    outcomes, asked = asyncio.run(run())
    assert outcomes["/a"].reason == Reason.ROBOTS
    assert outcomes["/a"].final_url.endswith("/secret/b")
    assert asked == ["/robots.txt"]


def test_the_pause_is_never_shorter_than_asked(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.15"))
            for path in ("/a", "/b", "/c"):
                server.on(path, answer(200))
            await crawl(ports, server, ["/a", "/b", "/c"], delay_s=0.05)
            return server.log

    log = asyncio.run(run())
    gaps = [later.at - earlier.at for earlier, later in pairwise(log)]
    assert len(gaps) == 3
    assert min(gaps) >= 0.15


def test_all_ports_of_a_host_share_one_gate_and_each_has_its_own_rules(ports):
    """As http and https of a site do: RFC 9309 has rules by scheme and port, the server is one."""

    async def run():
        async with HostileServer() as plain, HostileServer() as secure:
            for server in (plain, secure):
                for path in ("/a", "/b"):
                    server.on(path, answer(200))
            secure.on("/robots.txt", robots("User-agent: *\nDisallow: /b"))
            source = source_of(plain.port, ports=[plain.port, secure.port], delay_s=0.15)
            urls = [server.url(path) for path in ("/a", "/b") for server in (plain, secure)]
            dues = {"paper": [due_of(url) for url in urls]}
            async with fetcher_for(ports) as fetcher:
                found = [item async for item in fetcher.run(dues, {"paper": source}, now() + HOUR)]
            return found, sorted(plain.log + secure.log, key=lambda r: r.at), plain, secure

    found, log, plain, secure = asyncio.run(run())
    assert plain.paths() == ["/robots.txt", "/a", "/b"]
    assert secure.paths() == ["/robots.txt", "/a"]
    assert [getattr(item, "reason", "") for item in found].count(Reason.ROBOTS) == 1
    assert min(later.at - earlier.at for earlier, later in pairwise(log)) >= 0.15


def test_a_crawl_delay_beyond_reason_is_cut(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/robots.txt", robots("User-agent: *\nCrawl-delay: 86400"))
            server.on("/a", answer(200))
            server.on("/b", answer(200))
            return await crawl(ports, server, ["/a", "/b"], longest_wait_s=0.05)

    assert set(reasons(asyncio.run(run())).values()) == {Reason.OK}


def test_one_owner_of_a_domain_asks_one_thing_at_a_time(ports):
    at_once, most = 0, 0

    async def slow(request, writer):
        nonlocal at_once, most
        del request
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        writer.write(answer(200))

    async def run():
        async with HostileServer() as server:
            urls = [server.url(f"/{n}") for n in range(3)]
            for n in range(3):
                server.on(f"/{n}", slow)
            sources = {name: source_of(server.port, name=name) for name in ("one", "two")}
            dues = {name: [due_of(url, name) for url in urls] for name in sources}
            async with fetcher_for(ports) as fetcher:
                return [item async for item in fetcher.run(dues, sources, now() + HOUR)]

    assert len(asyncio.run(run())) == 6
    assert most == 1


@pytest.mark.parametrize("status", [429, 503])
def test_nothing_is_asked_before_retry_after(ports, status):
    async def run():
        async with HostileServer() as server:
            server.on("/a", in_turn(answer(status, b"", retry_after="1"), answer(200)))
            server.on("/b", answer(200))
            outcomes = await crawl(ports, server, ["/a", "/b"], retries=1)
            return outcomes, [r for r in server.log if r.path != "/robots.txt"]

    outcomes, (first, *others) = asyncio.run(run())
    assert set(reasons(outcomes).values()) == {Reason.OK}
    assert outcomes["/a"].attempts == 2
    assert min(request.at for request in others) - first.at >= 1


def test_a_host_that_wants_long_rest_is_left_alone_and_remembered(ports):
    async def run():
        async with HostileServer() as server:
            date = (now() + timedelta(minutes=20)).strftime("%a, %d %b %Y %H:%M:%S GMT")
            server.on("/a", answer(503, b"", retry_after=date))
            first = await crawl(ports, server, ["/a", "/b"], retries=2)
            again = await crawl(ports, server, ["/c"])
            return first, again, pages(server)

    first, again, asked = asyncio.run(run())
    assert asked == ["/a"]
    assert reasons(first) == {"/a": Reason.HTTP_ERROR, "/b": Reason.HOST_GIVEN_UP}
    assert again["/c"].reason == Reason.HOST_GIVEN_UP
    for miss in [*first.values(), *again.values()]:
        assert timedelta(minutes=15) < miss.retry_at - now() <= timedelta(minutes=20)


def test_failures_in_a_row_end_a_hosts_run(ports):
    async def run():
        async with HostileServer() as server:
            for path in ("/a", "/b", "/d", "/e"):
                server.on(path, answer(500))
            server.on("/c", answer(200))
            paths = ["/a", "/b", "/c", "/d", "/e", "/missing", "/d?2", "/e?2", "/f"]
            server.on("/d?2", hostile.reset)
            server.on("/e?2", hostile.reset)
            server.on("/f", hostile.reset)
            return await crawl(ports, server, [*paths, "/g"], give_up_after=3), pages(server)

    outcomes, asked = asyncio.run(run())
    assert reasons(outcomes)["/missing"] == Reason.GONE
    assert outcomes["/g"].reason == Reason.HOST_GIVEN_UP
    assert "3 failures in a row" in outcomes["/g"].detail
    assert "/g" not in asked


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0.5 ", 0.5),
        ("0", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 400, LONGEST_REST_S),
        ("Sat, 21 Nov 2026 12:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 11:00:00 GMT", None),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None),
        ("Thu, 21 Nov 2030 12:02:00 GMT", LONGEST_REST_S),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    assert retry_after(value, NOON) == seconds


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("TestBot/1.0 (+https://example.org)", "TestBot"),
        ("broad-sheet_bot (a@example.org)", "broad-sheet_bot"),
        ("Mozilla/5.0 (compatible; NewsBot/2.1; +https://example.org)", "NewsBot"),
    ],
)
def test_the_name_robots_files_call_us_by(agent, token):
    assert product_token(agent) == token


def test_a_page_that_robots_allows_by_a_longer_rule():
    rules = read_rules(200, b"User-agent: *\nDisallow: /a\nAllow: /a/open", "TestBot")
    assert rules.allows("https://ex.org/a/open/1")
    assert not rules.allows("https://ex.org/a/1")
