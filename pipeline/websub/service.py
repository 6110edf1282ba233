"""Subscriptions kept up: what listings offer, asked for, renewed in time, left when unwanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.crawl.ask import Asker
from pipeline.crawl.errand import Errand
from pipeline.errors import BroadsheetError
from pipeline.ports import Exchange, HttpTrouble, Ports
from pipeline.sources import Source
from pipeline.websub.book import Book
from pipeline.websub.subscription import (
    LEFT,
    Subscription,
    Wish,
    asking,
    is_over,
    refused,
    request_of,
    wanted,
)

#: Between two looks at what is offered and due; the shortest leases are renewed in time.
ROUND_SECONDS: Final = 60.0
#: A hub's answer is only ever shown to a person.
_ANSWER_BYTES: Final = 64 << 10
_SAID: Final = 200
_SUCCESS: Final = range(200, 300)

#: The seeds of now: all enabled sources, and whether every seed could be read.
Seeds = Callable[[], tuple[Mapping[str, Source], bool]]
#: An asker for one round; the gates of hosts are read anew by each.
NewAsker = Callable[[], Asker]


class Service:
    """Keeps subscriptions as seeds and listings want them. Raises what store and ledger raise."""

    def __init__(
        self,
        book: Book,
        ports: Ports,
        *,
        seeds: Seeds,
        new_asker: NewAsker,
        callback: str,
        tell: Callable[[str], None],
    ) -> None:
        self._book, self._ports, self._seeds = book, ports, seeds
        self._new_asker, self._callback, self._tell = new_asker, callback, tell

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until told to stop; a store that is unwell is waited for."""
        while not stop.is_set():
            try:
                await self.round()
            except BroadsheetError as error:
                self._tell(str(error))
            try:
                await asyncio.wait_for(stop.wait(), ROUND_SECONDS)
            except TimeoutError:
                continue

    async def round(self) -> None:
        """Look once: begin, renew, leave, forget. Every hub that is due is asked once."""
        now = self._ports.now()
        sources, whole = await asyncio.to_thread(self._seeds)
        held = self._book.all()
        wishes = set(await asyncio.to_thread(lambda: list(self._wishes(sources.values()))))
        if not whole:  # a typo in a seed is no reason to leave
            wishes |= {one.wish for one in held if one.wish.source not in sources}
        if changed := wanted(held, wishes, now):
            await self._book.keep(*changed)
        if over := [one.token for one in self._book.all() if is_over(one, now)]:
            await self._book.drop(over)
        due = [one for one in self._book.all() if one.state != LEFT and one.due_at <= now]
        if due:
            await self._ask_all(due, sources)

    def _wishes(self, sources: Iterable[Source]) -> Iterator[Wish]:
        for source in sources:
            known = self._ports.ledger.listings(source.id)
            for listing in source.listings:
                state = known.get(listing.url)
                if state is not None and state.hub:
                    yield Wish(source.id, listing.url, state.hub, state.topic, self._callback)

    async def _ask_all(self, due: Iterable[Subscription], sources: Mapping[str, Source]) -> None:
        asker, quietly = self._new_asker(), True
        try:
            for subscription in sorted(due, key=lambda one: one.due_at):
                source = sources.get(subscription.wish.source) or _stand_in(subscription.wish)
                await self._ask(asker, subscription, source)
            quietly = False
        finally:
            await asker.close(quietly=quietly)

    async def _ask(self, asker: Asker, subscription: Subscription, source: Source) -> None:
        """Ask a hub. It may come back before it answers, so the state is noted before it is asked."""
        now = self._ports.now()
        before = asking(subscription, now)
        await self._book.keep(before)
        errand = Errand(
            url=subscription.wish.hub,
            source=source,
            kind="hub",
            deadline=float("inf"),
            max_bytes=_ANSWER_BYTES,
            max_redirects=source.fetch.max_redirects,
            max_tries=1,
            form=request_of(subscription),
        )
        try:
            exchange = await asker.follow(errand)
        except HttpTrouble as trouble:
            asker.refrained(errand, trouble)
            detail, retry_at = f"{trouble.reason}: {trouble.detail}", trouble.retry_at
        else:
            if exchange.status in _SUCCESS:
                return
            detail, retry_at = _said(exchange), errand.retry_at
        await self._failed(before, detail, retry_at or errand.retry_at)

    async def _failed(self, before: Subscription, detail: str, retry_at: datetime | None) -> None:
        current = self._book.find(before.token)
        if current is None or current.due_at != before.due_at:
            return  # the hub came back all the same
        await self._book.keep(refused(current, detail, retry_at))
        wish = before.wish
        self._tell(f"{wish.source}: {wish.listing}: {wish.hub} ({before.mode}): {detail}")


def _said(exchange: Exchange) -> str:
    text = " ".join(exchange.body.decode("utf-8", "replace").split())
    printable = "".join(c for c in text if c.isprintable())
    return f"{exchange.status} {printable[:_SAID]}".strip()


def _stand_in(wish: Wish) -> Source:
    """Return a source in place of one whose seed is gone, to say farewell to its hub."""
    port = urlsplit(wish.hub).port or (443 if wish.hub.startswith("https:") else 80)
    fields: dict[str, Any] = {
        "id": wish.source,
        "name": wish.source,
        "home": wish.listing,
        "languages": ["en"],
        "listings": [{"url": wish.listing}],
        "fetch": {"ports": [port]},
    }
    return Source.model_validate(fields)
