"""A web server that misbehaves on request: raw bytes over a loopback socket, every request noted."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import brotli
import pyarrow as pa

REASONS = {200: "OK", 301: "Moved", 302: "Found", 304: "Not Modified", 404: "Not Found"}


@dataclass(frozen=True)
class Request:
    at: float
    host: str
    path: str
    headers: dict[str, str]


BOMBS = {
    "gzip": lambda: zlib.compressobj(9, wbits=31),
    "deflate": lambda: zlib.compressobj(9),
    "br": lambda: brotli.Compressor(quality=1),
}

Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def answer(status=200, body=b"<p>A page.</p>", **headers) -> bytes:
    """Return a whole, honest response; `content_type=` becomes `Content-Type:`."""
    fields = {"Content-Type": "text/html", "Content-Length": len(body)}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n{head}\r\n".encode() + body


def moved(location, status=302) -> bytes:
    return answer(status, b"", location=location)


def robots(text) -> bytes:
    return answer(200, text.encode(), content_type="text/plain")


def in_turn(*answers) -> Handler:
    """Give one answer after the other, and the last one from then on."""
    left = list(answers)

    async def handle(request, writer):
        del request
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return handle


def zstd(body=b"packed") -> bytes:
    return answer(200, pa.compress(body, "zstd", asbytes=True), content_encoding="zstd")


def bomb(encoding="gzip", megabytes=1024) -> Handler:
    """Send a small body that unpacks to so many megabytes."""
    packer = BOMBS[encoding]()
    pack = getattr(packer, "compress", None) or packer.process
    zeros = bytes(1 << 20)
    tail = getattr(packer, "finish", packer.flush)
    body = b"".join(pack(zeros) for _ in range(megabytes)) + tail()
    return in_turn(answer(200, body, content_encoding=encoding))


async def endless(request, writer):
    del request
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    while True:
        writer.write(piece)
        await writer.drain()


async def drip(request, writer):
    del request
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def slow_headers(request, writer):
    """Send headers, one after the other, without an end."""
    del request
    writer.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        number += 1
        writer.write(b"X-%d: y\r\n" % number)
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless_interim(request, writer):
    """Say that the answer is on its way, for ever (1xx)."""
    del request
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 50)
        await writer.drain()
        await asyncio.sleep(0.001)


async def endless_header(request, writer):
    del request
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"y" * 65536)
        await writer.drain()


async def stall(request, writer):
    del request, writer
    await asyncio.Event().wait()


async def reset(request, writer):
    del request
    writer.transport.abort()


CUT_GZIP = answer(200, gzip.compress(bytes(range(256)) * 1024)[:-20], content_encoding="gzip")
BAD_STATUS = b"HTTP/1.1 abc Strange\r\nContent-Length: 0\r\n\r\n"
NO_STATUS = b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
BAD_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n"
TWO_LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 4\r\n\r\nfour"
NEGATIVE_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"
FALSE_GZIP = answer(200, b"not packed at all", content_encoding="gzip")
TWICE_GZIP = answer(200, gzip.compress(gzip.compress(b"twice")), content_encoding="gzip, gzip")
FALSE_BROTLI = answer(200, b"not packed at all", content_encoding="br")
CUT_BROTLI = answer(200, brotli.compress(bytes(range(256)) * 1024)[:-20], content_encoding="br")
UNKNOWN_ENCODING = answer(200, b"?", content_encoding="sdch")
TRUNCATED = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"
TRUNCATED_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"
GARBAGE = b"\x00\x01\x02 this is no HTTP\r\n\r\n"
HEADER_FLOOD = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20000)) + b"\r\n"
TOO_LONG = answer(200, b"x", content_length=10**12)


_CUT_OFF = (
    *(TRUNCATED, TRUNCATED_CHUNK, GARBAGE, TOO_LONG),
    *(BAD_STATUS, NO_STATUS, BAD_CHUNK, TWO_LENGTHS, NEGATIVE_LENGTH),
)


@dataclass
class HostileServer:
    """Answers by host and path; a host of `*` is any. Without a route: 404. Bind with `start`."""

    routes: dict[tuple[str, str], Handler | bytes] = field(default_factory=dict)
    log: list[Request] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task] = field(default_factory=set)

    def on(self, path, what, host="*"):
        self.routes[host, path] = what

    def url(self, path, host="paper.localhost"):
        return f"http://{host}:{self.port}{path}"

    def paths(self, host=None):
        return [r.path for r in self.log if host is None or r.host == host]

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._open.add(task)
        try:
            while request := await self._read(reader):
                await self._answer(request, writer)
                if request.headers.get("x-close") or self._is_cut(request):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _read(self, reader):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        host = headers["host"].rsplit(":", 1)[0]
        path = first.split(" ")[1]
        request = Request(asyncio.get_running_loop().time(), host, path, headers)
        self.log.append(request)
        return request

    def _route(self, request):
        default = answer(404, b"")
        by_any = self.routes.get(("*", request.path), default)
        return self.routes.get((request.host, request.path), by_any)

    def _is_cut(self, request):
        return self._route(request) in _CUT_OFF

    async def _answer(self, request, writer):
        route = self._route(request)
        if isinstance(route, bytes):
            writer.write(route)
        else:
            await route(request, writer)
        await writer.drain()
