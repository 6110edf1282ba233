"""The door to WebSub: one long-running process that hubs push to. Off unless it is started."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pipeline.errors import FixSeed
from pipeline.jobs import current_slot, open_ports
from pipeline.settings import Settings, load_settings
from pipeline.sources import Source, read_sources

if TYPE_CHECKING:
    from pipeline.crawl.ask import Asker
    from pipeline.ports import Ports
    from pipeline.websub.subscription import Subscription

Tell = Callable[[str], None]
#: Its requests are noted in the log of requests under this name.
SHARD: Final = "websub"


def subscriptions() -> Sequence[Subscription]:
    """Return what is subscribed to. Raises TryLater, FixSeed."""
    from pipeline.adapters.subscriptions import SqlSubscriptions

    return SqlSubscriptions(load_settings().ledger_url).subscriptions()


def listen(tell: Tell) -> None:
    """Subscribe and listen until interrupted or told to end. Raises TryLater, FixSeed.

    What is open is answered first; leases go on, and the next start takes them up.
    """
    settings = load_settings()
    if settings.websub_callback is None:
        msg = (
            "No callback is set, and hubs could not reach us without one: "
            "export BROADSHEET_WEBSUB_CALLBACK=https://news.example.org/websub (docs/operate.md)"
        )
        raise FixSeed(msg)
    settings.agent()
    asyncio.run(_until_told(settings, settings.websub_callback, tell))


async def _until_told(settings: Settings, callback: str, tell: Tell) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # not on Windows
            loop.add_signal_handler(number, stop.set)
    await listening(settings, open_ports(settings), callback, tell, stop)


async def listening(
    settings: Settings, ports: Ports, callback: str, tell: Tell, stop: asyncio.Event
) -> None:
    """Listen and keep subscriptions up until told to stop."""
    from pipeline.adapters.subscriptions import SqlSubscriptions
    from pipeline.adapters.web import serving
    from pipeline.websub.book import Book
    from pipeline.websub.receive import MAX_BYTES, Receiver
    from pipeline.websub.service import Service

    book = Book(SqlSubscriptions(settings.ledger_url))
    receiver = Receiver(book, ports, tell)
    host, _, port = settings.websub_listen.rpartition(":")
    path = urlsplit(callback).path
    service = Service(
        book,
        ports,
        seeds=lambda: _seeds(settings),
        new_asker=lambda: open_asker(settings, ports),
        callback=callback,
        tell=tell,
    )
    async with serving(receiver, host.strip("[]"), int(port), path, MAX_BYTES) as bound:
        tell(f"listening on {host}:{bound} for {callback}")
        working = asyncio.create_task(service.run(stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopping):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await working
    tell("stopped")


def open_asker(settings: Settings, ports: Ports) -> Asker:
    """Build what asks hubs: as polite as a crawl, and noted in the same log."""
    from pipeline.adapters.http import AiohttpHttp
    from pipeline.crawl.ask import Asker
    from pipeline.crawl.request_log import RequestLog
    from pipeline.model import Purpose

    log = RequestLog(ports, current_slot(), SHARD)
    log.recover()
    return Asker(
        AiohttpHttp(settings.allow_networks),
        ports,
        settings.agent(),
        purpose=Purpose.DAILY,
        requests_a_day=settings.requests_a_day,
        log=log,
    )


def _seeds(settings: Settings) -> tuple[Mapping[str, Source], bool]:
    known, errors = read_sources(settings.sources)
    return {key: source for key, source in known.items() if source.enabled}, not errors
