"""AiohttpHttp: one request, one response, with limits on time, size and address.

The only module that knows aiohttp.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

import aiohttp
from aiohttp import abc, http_exceptions, resolver

from pipeline.adapters.addresses import Network, is_public
from pipeline.model import Reason
from pipeline.ports import Exchange, HttpTrouble

#: Body of an answer that is no success; it is only ever shown to a person.
ERROR_BYTES: Final = 64 << 10
#: How long a name's addresses are believed; the guard looks at the connection, not at the name.
DNS_SECONDS: Final = 300
_CHUNK: Final = 64 << 10
#: What is offered, on every Python: aiohttp's own offer depends on what happens to be installed.
#: zstd is not: before 3.14 it takes a library of its own, and every server that has it has br.
ENCODINGS: Final = ("gzip", "deflate", "br")
_SUCCESS: Final = range(200, 300)


class AiohttpHttp:
    """`ports.Http` over aiohttp. Connects to public addresses and to `allow` alone.

    The guard sees the address that is really connected to, so that neither a literal, a redirect
    nor a name that changes its mind slips past it. Connections open at the first request.
    """

    def __init__(
        self, allow: Sequence[Network] = (), names: abc.AbstractResolver | None = None
    ) -> None:
        self._allow, self._names = allow, names
        self._session: aiohttp.ClientSession | None = None

    async def get(
        self, url: str, headers: Mapping[str, str], *, timeout_s: float, max_bytes: int
    ) -> Exchange:
        """Ask once. Raises HttpTrouble; never returns a body of more than `max_bytes`.

        The body of an answer that is no success is cut at 64 KiB.
        """
        return await self._send("GET", url, headers, timeout_s, max_bytes)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str],
        *,
        timeout_s: float,
        max_bytes: int,
    ) -> Exchange:
        """Send a form once; all else as `get`."""
        return await self._send("POST", url, headers, timeout_s, max_bytes, form)

    async def _send(  # noqa: PLR0917 - the two above, and nobody else, call it
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        timeout_s: float,
        max_bytes: int,
        form: Mapping[str, str] | None = None,
    ) -> Exchange:
        session = self._session = self._session or self._open()
        limit = _timeout(timeout_s)
        try:
            async with session.request(
                method, url, headers=headers, data=form, timeout=limit, allow_redirects=False
            ) as response:
                good = response.status in _SUCCESS
                body = await (_body(response, max_bytes) if good else _error_body(response))
                return Exchange(response.status, _headers(response), body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise trouble_of(error, timeout_s) from None

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        with contextlib.suppress(ImportError):  # zlib then: there is no wheel for every machine
            isal: Any = import_module("isal.isal_zlib")
            aiohttp.set_zlib_backend(isal)
        connector = aiohttp.TCPConnector(
            limit=0,  # the fetcher counts
            ttl_dns_cache=DNS_SECONDS,
            resolver=LocalhostResolver(self._names or resolver.ThreadedResolver()),
            socket_factory=guarded_sockets(lambda address: is_public(address, self._allow)),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": ", ".join(ENCODINGS)},
            trust_env=False,
            middlewares=(_asked_once,),
            # Security policies in headers have outgrown the default of 8 kB.
            max_line_size=16 << 10,
            max_field_size=32 << 10,
            max_headers=256,
        )


class LocalhostResolver(abc.AbstractResolver):
    """Resolves `*.localhost` to loopback where the system does not (RFC 6761, 6.3)."""

    def __init__(self, system: abc.AbstractResolver) -> None:
        self._system = system

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        """Return the addresses of a host. Raises OSError."""
        try:
            return await self._system.resolve(host, port, family)
        except OSError:
            if not host.rstrip(".").lower().endswith(".localhost"):
                raise
        loopbacks = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
        return [
            abc.ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, address in loopbacks
            if family in {socket.AF_UNSPEC, kind}
        ]

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._system.close()


def guarded_sockets(allowed: Callable[[str], bool]) -> Callable[[Any], socket.socket]:
    """Return a maker of sockets that refuses addresses, for aiohttp's `socket_factory`."""

    def create(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        if not allowed(address[0]):
            raise PermissionError(errno.EACCES, f"{address[0]} is not a public address")
        return socket.socket(family, kind, protocol)

    return create


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)


async def _asked_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from asking again at once when a connection breaks: the pace is the fetcher's."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        msg = f"the connection broke off: {error}"
        raise aiohttp.ClientConnectionError(msg) from error


def trouble_of(error: Exception, timeout_s: float) -> HttpTrouble:
    """Say in the project's words what went wrong. Details never repeat request headers."""
    cause: object = error.__cause__ or error
    if isinstance(error, TimeoutError):
        return HttpTrouble(Reason.TIMEOUT, f"no complete answer within {timeout_s:g} s")
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return HttpTrouble(Reason.BLOCKED_ADDRESS, _line(error.strerror or error))
    for one in _causes(error):
        if isinstance(one, http_exceptions.ContentEncodingError):
            return _undecodable(one)
    if isinstance(error, aiohttp.ClientResponseError):
        cause = error.message.partition("\n")[0].rstrip(":")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return HttpTrouble(Reason.NETWORK, f"the answer cannot be read: {_line(cause)}")
    if isinstance(error, ValueError):
        return HttpTrouble(Reason.BAD_URL, "not an address that can be asked")
    return HttpTrouble(Reason.NETWORK, _line(error) or type(error).__name__)


def _undecodable(error: http_exceptions.ContentEncodingError) -> HttpTrouble:
    # In the head already, if it names an encoding for which no library is installed: that it could
    # be installed is no news for an operator.
    if "zstd" in str(error):
        return _not_offered("zstd")
    return HttpTrouble(Reason.UNDECODABLE, f"the body cannot be read: {_line(error)}")


def _not_offered(encoding: str, status: int | None = None) -> HttpTrouble:
    detail = f"content-encoding {encoding} cannot be undone; offered were {', '.join(ENCODINGS)}"
    return HttpTrouble(Reason.UNDECODABLE, _line(detail), status)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _headers(response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    """Return the headers as they were sent; what is not UTF-8 can be encoded back."""
    return tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
        for name, value in response.raw_headers
    )


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    _check_encoding(response)
    if (response.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    chunks = await _at_most(response, max_bytes)
    if sum(map(len, chunks)) > max_bytes:
        chunks.clear()  # the exception's traceback would hold them
        raise _too_large(max_bytes)
    return b"".join(chunks)


async def _error_body(response: aiohttp.ClientResponse) -> bytes:
    try:
        return b"".join(await _at_most(response, ERROR_BYTES))[:ERROR_BYTES]
    except aiohttp.ClientPayloadError:
        return b""  # the status is what counts


async def _at_most(response: aiohttp.ClientResponse, limit: int) -> list[bytes]:
    """Return the body in pieces, or a little more than the limit of it."""
    chunks: list[bytes] = []
    left = limit
    async for chunk in response.content.iter_chunked(_CHUNK):
        chunks.append(chunk)
        left -= len(chunk)
        if left < 0:
            response.close()  # the rest of a bomb is not read to keep a connection
            break
    return chunks


def _check_encoding(response: aiohttp.ClientResponse) -> None:
    values = response.headers.getall("Content-Encoding", None)
    if values is None:
        return
    encodings = [part.strip().lower() for part in ",".join(values).split(",")]
    real = [encoding for encoding in encodings if encoding not in {"", "identity"}]
    # aiohttp leaves what it does not know, and any pile of encodings, as it came.
    if len(real) > 1 or not set(ENCODINGS).issuperset(real):
        raise _not_offered(", ".join(real), response.status)


def _too_large(limit: int) -> HttpTrouble:
    return HttpTrouble(Reason.TOO_LARGE, f"more than {limit:,} bytes")


def _line(message: object) -> str:
    return " ".join(str(message).split())[:200]
