"""The little web server that hubs reach us by: limits and addresses; what is said is decided above.

Nothing is served but `GET` and `POST` of callbacks; nothing of a request is logged, as its path is
what a hub is known by.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Protocol

from aiohttp import web

from pipeline.errors import BroadsheetError, FixSeed

#: Bodies taken in at one time, and how long one may take.
_AT_ONCE: Final = 8
_SECONDS: Final = 30.0
_AGAIN_S: Final = 300
_PLAIN: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Receives(Protocol):
    """What answers hubs: see `websub.receive.Receiver`."""

    def knows(self, token: str) -> int:
        """Return the status for a push to a callback, before its body is read."""

    async def verify(self, token: str, said: Mapping[str, str]) -> tuple[int, str]:
        """Return status and text for a hub that asks whether a request was ours."""

    async def push(self, token: str, signature: str, content_type: str, body: bytes) -> int:
        """Return the status for a push."""


@asynccontextmanager
async def serving(
    receiver: Receives, host: str, port: int, path: str, max_bytes: int
) -> AsyncIterator[int]:
    """Serve callbacks below a path while the context lasts; yield the port, for 0 that given.

    Raises FixSeed if it cannot listen there. At the end open requests are answered first.
    """
    door = _Door(receiver, max_bytes)
    application = web.Application(client_max_size=max_bytes)
    address = f"{path.rstrip('/')}/{{token}}"
    application.router.add_get(address, door.get, allow_head=False)
    application.router.add_post(address, door.post)
    # A body is signed as it was sent, so it is not unpacked; a listing's reader undoes gzip.
    runner = web.AppRunner(
        application, access_log=None, auto_decompress=False, shutdown_timeout=_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield int(runner.addresses[0][1])
    except OSError as error:
        msg = f"BROADSHEET_WEBSUB_LISTEN={host}:{port}: cannot listen there ({error.strerror})"
        raise FixSeed(msg) from None
    finally:
        await runner.cleanup()


class _Door:
    """The two handlers."""

    def __init__(self, receiver: Receives, max_bytes: int) -> None:
        self._receiver, self._max_bytes = receiver, max_bytes
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def get(self, request: web.Request) -> web.Response:
        """Answer a hub that verifies."""
        try:
            status, text = await self._receiver.verify(request.match_info["token"], request.query)
        except BroadsheetError:
            return _again()
        return web.Response(status=status, text=text, headers=_PLAIN)

    async def post(self, request: web.Request) -> web.Response:
        """Take in a push. A body that nobody wants, or that is too large, is not read."""
        token = request.match_info["token"]
        if (status := self._receiver.knows(token)) != web.HTTPOk.status_code:
            return _closing(status)
        if (request.content_length or 0) > self._max_bytes:
            return _closing(web.HTTPRequestEntityTooLarge.status_code)
        signature = request.headers.get("X-Hub-Signature", "")
        kind = request.headers.get("Content-Type", "")
        try:
            async with asyncio.timeout(_SECONDS), self._room:
                body = await request.read()
                status = await self._receiver.push(token, signature, kind, body)
        except web.HTTPRequestEntityTooLarge:
            return _closing(web.HTTPRequestEntityTooLarge.status_code)
        except (BroadsheetError, TimeoutError):
            return _again()
        return _again() if status == web.HTTPServiceUnavailable.status_code else _closing(status)


def _closing(status: int) -> web.Response:
    return web.Response(status=status, headers=_PLAIN)


def _again() -> web.Response:
    headers = _PLAIN | {"Retry-After": str(_AGAIN_S)}
    return web.Response(status=web.HTTPServiceUnavailable.status_code, headers=headers)
