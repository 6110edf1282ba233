"""Many streams at once -> one stream, without piling up what nobody has taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Final, TypeVar

T = TypeVar("T")

#: Answers that may wait to be taken; with those in flight, what a crawl holds in memory.
WAITING: Final = 16


class Room:
    """Holds new requests back while finished answers wait to be taken."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()

    async def wait(self) -> None:
        """Return when a request may begin."""
        await self._free.wait()

    def count(self, waiting: int) -> None:
        """Say how many answers wait."""
        if waiting < WAITING:
            self._free.set()
        else:
            self._free.clear()


async def merged(streams: Iterable[AsyncGenerator[T]], room: Room) -> AsyncGenerator[T]:
    """Yield what any of the streams yields, as it comes; the first exception ends them all."""
    queue: asyncio.Queue[T | None] = asyncio.Queue()

    async def pump(stream: AsyncGenerator[T]) -> None:
        async with aclosing(stream):
            async for item in stream:
                queue.put_nowait(item)
                room.count(queue.qsize())

    tasks = [asyncio.create_task(pump(stream)) for stream in streams]
    everything = asyncio.gather(*tasks)
    everything.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (item := await queue.get()) is not None:
            room.count(queue.qsize())
            yield item
        await everything
    finally:
        everything.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        room.count(0)
