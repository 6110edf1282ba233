"""The subscriptions, at hand and in the ledger. One process writes them: the one that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from pipeline.websub.subscription import Subscription


class SubscriptionLedger(Protocol):
    """Where subscriptions outlive the process. Raises what a ledger raises."""

    def subscriptions(self) -> Sequence[Subscription]:
        """Return all."""

    def keep_subscriptions(self, subscriptions: Iterable[Subscription]) -> None:
        """Note subscriptions as they stand now, by their token."""

    def drop_subscriptions(self, tokens: Iterable[str]) -> None:
        """Forget subscriptions."""


class Book:
    """Subscriptions by token. A change is in the ledger before it counts."""

    def __init__(self, ledger: SubscriptionLedger) -> None:
        self._ledger = ledger
        self._held = {one.token: one for one in ledger.subscriptions()}
        self._writing = asyncio.Lock()

    def find(self, token: str) -> Subscription | None:
        """Return the subscription of a token."""
        return self._held.get(token)

    def all(self) -> list[Subscription]:
        """Return all subscriptions."""
        return list(self._held.values())

    async def keep(self, *changed: Subscription) -> None:
        """Note subscriptions as they stand now."""
        async with self._writing:
            await asyncio.to_thread(self._ledger.keep_subscriptions, changed)
            self._held |= {one.token: one for one in changed}

    async def drop(self, tokens: Sequence[str]) -> None:
        """Forget subscriptions."""
        async with self._writing:
            await asyncio.to_thread(self._ledger.drop_subscriptions, tokens)
            for token in tokens:
                self._held.pop(token, None)
