"""The fetcher against a server that misbehaves: one honest outcome for every URL."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import timedelta

import brotli
import pytest

from pipeline.model import Page, Reason
from tests.crawl import hostile
from tests.crawl.conftest import due_of, fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, moved

HOUR = timedelta(hours=1)


async def ask(ports, server, url, source=None, **validators):
    source = source or source_of(server.port)
    async with fetcher_for(ports) as fetcher:
        return await fetcher.get(due_of(url, **validators), source)


async def crawl(ports, sources, dues, deadline=HOUR):
    async with fetcher_for(ports) as fetcher:
        return [item async for item in fetcher.run(dues, sources, now() + deadline)]


_PACKER = zlib.compressobj(wbits=-15)
RAW_DEFLATE = _PACKER.compress(b"packed") + _PACKER.flush()

#: What the server does, and the reason it must end with.
HOSTILE = {
    "gzip bomb": (hostile.bomb("gzip", 64), Reason.TOO_LARGE),
    "deflate bomb": (hostile.bomb("deflate", 64), Reason.TOO_LARGE),
    "brotli bomb": (hostile.bomb("br", 64), Reason.TOO_LARGE),
    "endless body": (hostile.endless, Reason.TOO_LARGE),
    "length of a terabyte": (hostile.TOO_LONG, Reason.TOO_LARGE),
    "drip": (hostile.drip, Reason.TIMEOUT),
    "stall": (hostile.stall, Reason.TIMEOUT),
    "reset": (hostile.reset, Reason.NETWORK),
    "garbage": (hostile.GARBAGE, Reason.NETWORK),
    "header flood": (hostile.HEADER_FLOOD, Reason.NETWORK),
    "truncated": (hostile.TRUNCATED, Reason.NETWORK),
    "truncated chunk": (hostile.TRUNCATED_CHUNK, Reason.NETWORK),
    "false gzip": (hostile.FALSE_GZIP, Reason.UNDECODABLE),
    "gzip twice": (hostile.TWICE_GZIP, Reason.UNDECODABLE),
    "unknown encoding": (hostile.UNKNOWN_ENCODING, Reason.UNDECODABLE),
    "loop": (moved("/page"), Reason.REDIRECT_LOOP),
    "file": (moved("file:///etc/passwd"), Reason.BAD_SCHEME),
    "data": (moved("data:text/html,x"), Reason.BAD_SCHEME),
    "no address": (moved("http://["), Reason.BAD_URL),
    "other port": (moved("http://paper.localhost:22/"), Reason.BLOCKED_ADDRESS),
    "forbidden": (answer(403), Reason.HTTP_ERROR),
    "login": (answer(401), Reason.HTTP_ERROR),
    "broken": (answer(500), Reason.HTTP_ERROR),
    "redirect to nowhere": (answer(302), Reason.HTTP_ERROR),
    "not found": (answer(404), Reason.GONE),
    "gone": (answer(410), Reason.GONE),
    "unasked 304": (answer(304, b""), Reason.HTTP_ERROR),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_trouble_has_its_reason(ports, case):
    what, reason = HOSTILE[case]

    async def run():
        async with HostileServer() as server:
            server.on("/page", what)
            source = source_of(server.port, timeout_s=3, max_bytes=1_000_000)
            return await ask(ports, server, server.url("/page"), source)

    miss = asyncio.run(run())
    assert miss.reason == reason
    assert miss.attempts == 1
    assert "\n" not in miss.detail
    assert miss.detail


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://paper.localhost/a", Reason.BAD_SCHEME),
        ("javascript:alert(1)", Reason.BAD_SCHEME),
        ("http://", Reason.BAD_URL),
        ("not a url", Reason.BAD_URL),
        ("http://paper.localhost:23/", Reason.BLOCKED_ADDRESS),
    ],
)
def test_what_is_never_asked(ports, url, reason):
    async def run():
        async with HostileServer() as server:
            return await ask(ports, server, url), server.log

    miss, log = asyncio.run(run())
    assert (miss.reason, miss.attempts, miss.final_url, log) == (reason, 0, None, [])


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"packed", mtime=0), "gzip"),
        (zlib.compress(b"packed"), "deflate"),
        (RAW_DEFLATE, "deflate"),
        (brotli.compress(b"packed"), "br"),
        (b"packed", "identity"),
        (b"packed", ""),
    ],
)
def test_encodings_are_undone(ports, body, encoding):
    async def run():
        async with HostileServer() as server:
            server.on("/page", answer(200, body, content_encoding=encoding))
            return server, await ask(ports, server, server.url("/page"))

    server, page = asyncio.run(run())
    assert isinstance(page, Page)
    assert page.body == b"packed"
    # On every Python, whatever libraries happen to be there.
    assert {request.headers["accept-encoding"] for request in server.log} == {"gzip, deflate, br"}


def test_what_was_not_offered_is_told_without_advice_on_libraries(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/page", hostile.zstd())
            return await ask(ports, server, server.url("/page"))

    miss = asyncio.run(run())
    assert miss.detail == "content-encoding zstd cannot be undone; offered were gzip, deflate, br"


def test_a_page_is_kept_as_it_came_whatever_its_type(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/old", moved("/new?x=1#part", 301))
            server.on(
                "/new?x=1",
                answer(200, b"%PDF\xff", content_type="application/pdf", etag='W/"a-gzip"'),
            )
            return server, await ask(ports, server, server.url("/old"))

    server, page = asyncio.run(run())
    assert isinstance(page, Page)
    assert page.link.url == server.url("/old")
    assert page.final_url == server.url("/new?x=1")
    assert (page.status, page.body, page.attempts) == (200, b"%PDF\xff", 2)
    assert page.header("ETag") == 'W/"a-gzip"'


def test_headers_that_are_no_text_do_no_harm(ports):
    async def run():
        async with HostileServer() as server:
            head = b'HTTP/1.1 200 OK\r\nETag: "\xff\xe9"\r\nContent-Length: 1\r\n\r\nx'
            server.on("/page", head)
            server.on("/moved", b"HTTP/1.1 302 OK\r\nLocation: /\xe9\r\nContent-Length: 0\r\n\r\n")
            server.on("/%E9", answer(200, b"byte for byte"))
            page = await ask(ports, server, server.url("/page"))
            return page, await ask(ports, server, server.url("/moved"))

    page, moved_page = asyncio.run(run())
    assert page.header("etag") == '"\xff\xe9"'
    assert moved_page.body == b"byte for byte"


def test_validators_go_out_as_they_came_in(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/page", answer(304, b""))
            miss = await ask(
                ports,
                server,
                server.url("/page"),
                etag='W/"x-gzip"',
                last_modified="Sat, 21 Nov 2026 09:00:00 GMT",
            )
            return miss, server.log[-1]

    miss, request = asyncio.run(run())
    assert (miss.reason, miss.status) == (Reason.NOT_MODIFIED, 304)
    assert request.headers["if-none-match"] == 'W/"x-gzip"'
    assert request.headers["if-modified-since"] == "Sat, 21 Nov 2026 09:00:00 GMT"


def test_a_long_chain_of_redirects_ends(ports):
    async def run():
        async with HostileServer() as server:
            for n in range(30):
                server.on(f"/{n}", moved(f"/{n + 1}"))
            miss = await ask(ports, server, server.url("/0"))
            return miss, [path for path in server.paths() if path != "/robots.txt"]

    miss, paths = asyncio.run(run())
    assert miss.reason == Reason.REDIRECT_LOOP
    assert paths == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_secrets_stay_on_the_site_and_out_of_details(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/page", moved(server.url("/other", "elsewhere.localhost")))
            server.on("/other", hostile.FALSE_GZIP)
            headers = {
                "Authorization": "Bearer s3cret",
                "Cookie": "k=s3cret",
                "User-Agent": "Own/2",
            }
            source = source_of(server.port, headers=headers)
            return await ask(ports, server, server.url("/page"), source), server.log

    miss, log = asyncio.run(run())
    told = {r.host: r.headers for r in log if r.path != "/robots.txt"}
    assert told["paper.localhost"]["authorization"] == "Bearer s3cret"
    assert not {"authorization", "cookie"} & set(told["elsewhere.localhost"])
    assert {r.headers["user-agent"] for r in log} == {"Own/2"}
    assert "s3cret" not in repr(miss)


def test_secrets_of_a_site_with_tls_do_not_go_out_in_plain(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/page", answer(200))
            source = source_of(
                server.port, home="https://paper.localhost", headers={"Cookie": "k=s3cret"}
            )
            await ask(ports, server, server.url("/page"), source)
            return server.log

    assert all("cookie" not in request.headers for request in asyncio.run(run()))


def test_cookies_are_not_kept(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/a", answer(200, set_cookie="id=1"))
            source = source_of(server.port)
            urls = [server.url("/a"), server.url("/a?2")]
            await crawl(ports, {"paper": source}, {"paper": [due_of(url) for url in urls]})
            return server.log

    assert all("cookie" not in request.headers for request in asyncio.run(run()))


def test_passing_trouble_is_tried_again(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/page", in_turn(answer(503), answer(502), answer(200)))
            source = source_of(server.port, retries=2)
            return await ask(ports, server, server.url("/page"), source)

    page = asyncio.run(run())
    assert isinstance(page, Page)
    assert page.attempts == 3


def test_every_job_has_one_outcome_and_hosts_overlap(ports):
    async def run():
        async with HostileServer() as server:
            sources, dues = {}, {}
            for n in range(5):
                host = f"h{n}.localhost"
                sources[f"s{n}"] = source_of(
                    server.port, name=f"s{n}", home=f"http://{host}", timeout_s=2, delay_s=0.02
                )
                server.on("/1", answer(200))
                server.on("/2", hostile.drip)
                server.on("/3", moved(server.url("/1", "h0.localhost")))
                dues[f"s{n}"] = [
                    due_of(server.url(f"/{page}", host), f"s{n}") for page in (1, 2, 3, 4)
                ]
            return await crawl(ports, sources, dues), dues

    outcomes, dues = asyncio.run(run())
    asked = sorted(due.link.url for some in dues.values() for due in some)
    assert sorted(item.link.url for item in outcomes) == asked
    reasons = sorted(getattr(item, "reason", Reason.OK) for item in outcomes)
    assert reasons == sorted([Reason.OK] * 10 + [Reason.TIMEOUT] * 5 + [Reason.GONE] * 5)


def test_the_deadline_cuts_off_and_says_so(ports):
    async def run():
        async with HostileServer() as server:
            dues = [due_of(server.url(f"/{n}")) for n in range(3)]
            sources = {"paper": source_of(server.port)}
            return await crawl(ports, sources, {"paper": dues}, timedelta(0)), server.log

    outcomes, log = asyncio.run(run())
    assert [item.reason for item in outcomes] == [Reason.DEADLINE] * 3
    assert [item.attempts for item in outcomes] == [0, 0, 0]
    assert log == []


def test_stopping_half_way_leaves_nothing_running(ports):
    async def run():
        async with HostileServer() as server:
            server.on("/1", answer(200))
            server.on("/2", hostile.stall)
            dues = {"paper": [due_of(server.url(f"/{n}")) for n in (1, 2)]}
            async with fetcher_for(ports) as fetcher:
                outcomes = fetcher.run(dues, {"paper": source_of(server.port)}, now() + HOUR)
                first = await anext(outcomes)
                await outcomes.aclose()
            running = asyncio.all_tasks() - {asyncio.current_task()} - server._open
            return first, {task for task in running if not task.done()}

    first, running = asyncio.run(run())
    assert isinstance(first, Page)
    assert not [task for task in running if "pump" in repr(task)]


def test_trouble_of_the_operators_kind_ends_the_crawl(ports):
    class Broken:
        def gate(self, host):
            raise RuntimeError(host)

        def robots(self, origin):
            del origin

    async def run():
        async with HostileServer() as server:
            broken = type(ports)(ports.store, Broken(), ports.now)
            dues = {"paper": [due_of(server.url("/1"))]}
            await crawl(broken, {"paper": source_of(server.port)}, dues)

    with pytest.raises(RuntimeError, match=r"paper\.localhost"):
        asyncio.run(run())
