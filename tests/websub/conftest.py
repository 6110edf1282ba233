"""A subscriber on loopback with a clock that is set, the real ledger, store and web server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.http import AiohttpHttp
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.adapters.subscriptions import SqlSubscriptions
from pipeline.adapters.web import serving
from pipeline.crawl.ask import Asker
from pipeline.crawl.request_log import RequestLog
from pipeline.model import Purpose, Slot
from pipeline.ports import ListingState, Ports
from pipeline.websub.book import Book
from pipeline.websub.receive import Receiver
from pipeline.websub.service import Service
from tests.crawl.conftest import AGENT, LOOPBACK, source_of

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Slot.containing(START)
TOPIC = "https://paper.example/feed?full=1"
LIMIT = 20_000


class Clock:
    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time

    def pass_(self, **span):
        self.time += timedelta(**span)


class Subscriber:
    """One life of the process; the ledger and the store outlive it."""

    def __init__(self, folder, hub, *, clock=None, port=0, allow=LOOPBACK):
        self.folder, self.hub, self.clock, self.port = folder, hub, clock or Clock(), port
        self.allow, self.told = allow, []
        self.ledger_url = f"sqlite:///{folder / 'ledger.db'}"
        self.ports = Ports(
            open_store(str(folder / "lake")), SqlLedger(self.ledger_url, 5), self.clock
        )
        self.source = source_of(80)
        self.sources, self.whole = {}, True
        self._stack = AsyncExitStack()

    async def __aenter__(self):
        self.source = source_of(self.hub.port)
        self.sources = self.sources or {"paper": self.source}
        self.book = Book(SqlSubscriptions(self.ledger_url))
        receiver = Receiver(self.book, self.ports, self.told.append)
        server = serving(receiver, "127.0.0.1", self.port, "/in", LIMIT)
        self.port = await self._stack.enter_async_context(server)
        self.service = Service(
            self.book,
            self.ports,
            seeds=lambda: (self.sources, self.whole),
            new_asker=self.asker,
            callback=f"http://127.0.0.1:{self.port}/in",
            tell=self.told.append,
        )
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    def asker(self):
        log = RequestLog(self.ports, SLOT, "websub")
        http = AiohttpHttp(self.allow)
        return Asker(http, self.ports, AGENT, purpose=Purpose.DAILY, requests_a_day=1000, log=log)

    def offers(self, hub=None, topic=TOPIC, source="paper"):
        """Let a poll have found that the listing names a hub."""
        state = ListingState(
            url=self.listing, source=source, hub=hub or self.hub.url, topic=topic, window=("x",)
        )
        self.ports.ledger.remember([], [state], SLOT)

    @property
    def listing(self):
        return self.source.listings[0].url

    @property
    def one(self):
        (subscription,) = self.book.all()
        return subscription

    def inbox(self):
        return [info.key for info in self.ports.store.list("inbox/")]


@pytest.fixture
def folder(tmp_path):
    return tmp_path
