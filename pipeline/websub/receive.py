"""What hubs say to us: was that you, no, and here is something new. Decided here, served elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from pipeline.crawl.pushes import keep_push, pushed_page
from pipeline.ports import Ports
from pipeline.websub.book import Book
from pipeline.websub.subscription import LEFT, Subscription, denied, verified

#: Largest push; feeds with their full text have a few hundred kilobytes.
MAX_BYTES: Final = 10 << 20
#: Pushes that are known again: hubs repeat one whose answer was lost.
_REMEMBERED: Final = 2000
_MAX_CHALLENGE: Final = 1000
#: As the standard has them. HMAC does not rest on what SHA-1 has lost, and large hubs sign with it.
_METHODS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})

Answer = tuple[int, str]


class Receiver:
    """Answers hubs. Raises what store and ledger raise: then the hub is to come again."""

    def __init__(self, book: Book, ports: Ports, tell: Callable[[str], None]) -> None:
        self._book, self._ports, self._tell = book, ports, tell
        self._seen: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def knows(self, token: str) -> int:
        """Return 200 for a callback that hubs may push to, 410 for one that is left, else 404."""
        subscription = self._book.find(token)
        if subscription is None:
            return HTTPStatus.NOT_FOUND
        return HTTPStatus.GONE if subscription.state == LEFT else HTTPStatus.OK

    async def verify(self, token: str, said: Mapping[str, str]) -> Answer:
        """Answer a hub that asks whether a request was ours: its challenge if so, else 404."""
        subscription, now = self._book.find(token), self._ports.now()
        mode, topic = said.get("hub.mode", ""), said.get("hub.topic", "")
        if subscription is None:
            return HTTPStatus.NOT_FOUND, ""
        if mode == "denied":
            reason = said.get("hub.reason", "")
            after = denied(subscription, topic, reason, now)
            if after != subscription:
                await self._note(after, after.detail)
            return HTTPStatus.OK, ""
        challenge = said.get("hub.challenge", "")
        lease = said.get("hub.lease_seconds", "")
        lease_s = int(lease) if lease.isascii() and lease.isdigit() else None
        confirmed = verified(subscription, mode, topic, lease_s, now)
        if confirmed is None or not 0 < len(challenge) <= _MAX_CHALLENGE:
            return HTTPStatus.NOT_FOUND, ""
        await self._note(confirmed, confirmed.state)
        return HTTPStatus.OK, challenge

    async def _note(self, subscription: Subscription, said: str) -> None:
        await self._book.keep(subscription)
        self._tell(f"{subscription.wish.source}: {subscription.wish.listing}: {said}")

    async def push(self, token: str, signature: str, content_type: str, body: bytes) -> int:
        """Keep what a hub pushes, durably, before it is thanked for it.

        What is not signed by our secret is thanked for too and thrown away, as the standard has it:
        nobody learns from us whether a signature was right.
        """
        subscription = self._book.find(token)
        if subscription is None or subscription.state == LEFT:
            return self.knows(token)
        wish, now = subscription.wish, self._ports.now()
        if not is_signed(subscription.secret, signature, body):
            self._tell(f"{wish.source}: {wish.listing}: a push without our signature, thrown away")
            return HTTPStatus.ACCEPTED
        seen = (token, hashlib.sha256(body).digest())
        if seen in self._seen:
            return HTTPStatus.ACCEPTED
        page = pushed_page(
            *(wish.source, wish.listing),
            topic=wish.topic,
            content_type=content_type,
            body=body,
            at=now,
        )
        if not await asyncio.to_thread(keep_push, self._ports.store, page):
            self._tell(f"{wish.source}: the inbox is full; is it crawled?")
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._seen[seen] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if (current := self._book.find(token)) is not None:
            await self._book.keep(replace(current, pushed_at=now))
        return HTTPStatus.ACCEPTED


def is_signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether a body's X-Hub-Signature, `method=hexdigest`, was made with our secret."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in _METHODS:
        return False
    right = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(right.encode(), digest.strip().lower().encode())
