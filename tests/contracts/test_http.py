"""What every `ports.Http` promises, held by the real one; and what guards its connections."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import pytest
from aiohttp import abc

from pipeline.adapters.addresses import is_public
from pipeline.adapters.http import AiohttpHttp
from pipeline.model import Reason
from pipeline.ports import HttpTrouble
from tests.crawl.hostile import HostileServer, answer, in_turn, moved, reset

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class Names(abc.AbstractResolver):
    """A name server that changes its mind: one address after the other, then the last."""

    def __init__(self, *addresses):
        self.addresses = list(addresses)

    async def resolve(self, host, port=0, family=socket.AF_INET):
        del family
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        if address is None:
            raise OSError(socket.EAI_NONAME, f"no such name: {host}")
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            abc.ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
        ]

    async def close(self):
        pass


async def get(url, *, allow=LOOPBACK, names=None, max_bytes=1000, **headers):
    http = AiohttpHttp(allow, names)
    try:
        return await http.get(url, headers, timeout_s=5, max_bytes=max_bytes)
    finally:
        await http.close()


def reason_of(url, **options) -> Reason:
    with pytest.raises(HttpTrouble) as trouble:
        asyncio.run(get(url, **options))
    return trouble.value.reason


def test_one_exchange_and_redirects_are_not_followed():
    async def run():
        async with HostileServer() as server:
            server.on("/a", moved("/b", 301))
            return await get(server.url("/a")), server.paths()

    exchange, asked = asyncio.run(run())
    assert exchange.status == 301
    assert ("Location", "/b") in exchange.headers
    assert asked == ["/a"]


def test_headers_go_out_and_come_back_whole():
    async def run():
        async with HostileServer() as server:
            raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Name: \xc3\xa9\r\n"
            server.on("/a", raw + b"Content-Length: 2\r\n\r\nhi")
            return await get(server.url("/a"), Cookie="k=v"), server.log[0].headers

    exchange, told = asyncio.run(run())
    cookies = [(k, v) for k, v in exchange.headers if k.lower() == "set-cookie"]
    assert cookies == [("Set-Cookie", "a=1"), ("set-cookie", "b=2")]
    assert ("X-Name", "é") in exchange.headers
    assert (exchange.body, told["cookie"]) == (b"hi", "k=v")


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("length", ["declared", "open"])
def test_no_body_is_larger_than_allowed(size, fits, length):
    async def run():
        async with HostileServer() as server:
            body = b"x" * size
            chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            open_end = chunked + b"%x\r\n" % size + body + b"\r\n0\r\n\r\n"
            server.on("/a", answer(200, body) if length == "declared" else open_end)
            return await get(server.url("/a"))

    if fits:
        assert len(asyncio.run(run()).body) == size
    else:
        with pytest.raises(HttpTrouble) as trouble:
            asyncio.run(run())
        assert trouble.value.reason == Reason.TOO_LARGE


def test_the_body_of_an_error_is_cut_and_no_trouble():
    async def run():
        async with HostileServer() as server:
            server.on("/a", answer(500, b"x" * 100_000))
            return await get(server.url("/a"), max_bytes=10)

    exchange = asyncio.run(run())
    assert (exchange.status, len(exchange.body)) == (500, 64 << 10)


def test_a_broken_connection_is_not_tried_again_behind_our_back():
    async def run():
        async with HostileServer() as server:
            server.on("/a", reset)
            with pytest.raises(HttpTrouble) as trouble:
                await get(server.url("/a"))
            return trouble.value.reason, server.paths()

    assert asyncio.run(run()) == (Reason.NETWORK, ["/a"])


def test_a_name_under_localhost_is_loopback_where_the_system_knows_none():
    async def run():
        async with HostileServer() as server:
            server.on("/a", answer(200, b"here"))
            url = f"http://any.name.localhost:{server.port}/a"
            return await get(url, names=Names(None))

    assert asyncio.run(run()).body == b"here"
    assert reason_of("http://paper.example/", names=Names(None)) == Reason.NETWORK


def test_nobody_listens():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert reason_of(f"http://127.0.0.1:{held.getsockname()[1]}/") == Reason.NETWORK


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://any.localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://①②⑦.⓪.⓪.①/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[fd00::1]/",
    ],
)
def test_private_addresses_are_refused(url):
    assert reason_of(url, allow=()) == Reason.BLOCKED_ADDRESS


@pytest.mark.parametrize("url", ["http://127.1/", "http://2130706433/", "http://0177.0.0.1/"])
def test_odd_spellings_of_addresses_reach_nothing(url):
    assert reason_of(url, allow=()) in {Reason.BAD_URL, Reason.BLOCKED_ADDRESS, Reason.NETWORK}


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[", "http://a.b:99999/"])
def test_what_is_no_address(url):
    assert reason_of(url) == Reason.BAD_URL


def test_a_name_that_changes_its_mind_is_caught_at_the_connection():
    async def run():
        async with HostileServer() as server:
            server.on("/a", in_turn(answer(200, b"first", connection="close")))
            http = AiohttpHttp(
                (ipaddress.ip_network("127.0.0.1/32"),), Names("127.0.0.1", "127.0.0.2")
            )
            url = f"http://rebinding.example:{server.port}/a"
            first = await http.get(url, {}, timeout_s=5, max_bytes=100)
            http._session.connector.clear_dns_cache()  # as if its time to live were over
            await http._session.connector.close()
            http._session = None
            try:
                await http.get(url, {}, timeout_s=5, max_bytes=100)
            except HttpTrouble as trouble:
                return first.body, trouble.reason, len(server.log)
            finally:
                await http.close()

    assert asyncio.run(run()) == (b"first", Reason.BLOCKED_ADDRESS, 1)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("2002:5db8:d822::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.0.0.1", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


def test_what_an_operator_allows_is_allowed_in_every_spelling():
    allow = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    assert is_public("10.9.8.7", allow)
    assert is_public("::ffff:10.9.8.7", allow)
    assert is_public("fd12::1", allow)
    assert not is_public("192.168.0.1", allow)
