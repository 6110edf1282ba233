"""What becomes of a subscription: pure decisions over what is remembered of it.

asked      the hub was sent a request, and has not come back yet to see if it was ours
active     the hub came back: it pushes until its lease is over; renewed before that
leaving    nobody wants it any more: the hub was told, or will be
left       the hub came back and knows; it is told that the callback is gone, should it push
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

#: Asked for; a hub grants what it likes.
LEASE: Final = timedelta(days=10)
#: Believed; without a renewal once a month nobody would notice that a hub has forgotten us.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
#: A lease is renewed when this share of it is over, or hubs that are down for a day would end it.
RENEWED_AT: Final = 0.8
#: A hub that does not answer, or does not come back, is asked again so long after, doubled each
#: time, up to a day.
PATIENCE: Final = timedelta(minutes=15)
DAILY: Final = timedelta(days=1)
#: Farewells that a hub may leave unanswered: the lease ends by itself.
FAREWELLS: Final = 3
_MOST_DOUBLINGS: Final = 7
_TOKEN_BYTES: Final = 32

ASKED, ACTIVE, LEAVING, LEFT = "asked", "active", "leaving", "left"


@dataclass(frozen=True, slots=True)
class Wish:
    """A listing whose hub should push: `callback` is the address below which it can reach us."""

    source: str
    listing: str
    hub: str
    topic: str
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What is remembered of a subscription. Who knows `token` can reach it, who knows `secret` sign.

    `due_at` is when its hub is asked the next time, `failures` how often in a row that was in vain.
    """

    token: str = field(repr=False)
    secret: str = field(repr=False)
    wish: Wish
    state: str = ASKED
    due_at: datetime
    lease_until: datetime | None = None
    failures: int = 0
    detail: str = ""
    pushed_at: datetime | None = None

    @property
    def mode(self) -> str:
        """What its hub is asked for."""
        return "unsubscribe" if self.state == LEAVING else "subscribe"


def begun(wish: Wish, now: datetime) -> Subscription:
    """Return a subscription that its hub was not asked for yet."""
    return Subscription(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        secret=secrets.token_hex(_TOKEN_BYTES),
        wish=wish,
        due_at=now,
    )


def wanted(
    held: Iterable[Subscription], wishes: Collection[Wish], now: datetime
) -> list[Subscription]:
    """Return the subscriptions that change to make wishes true: begun, or to be left."""
    going = [one for one in held if one.state in {ASKED, ACTIVE}]
    have = {one.wish for one in going}
    new = [begun(wish, now) for wish in sorted(set(wishes) - have, key=lambda wish: wish.listing)]
    return new + [
        replace(one, state=LEAVING, due_at=now, failures=0, detail="")
        for one in going
        if one.wish not in wishes
    ]


def is_over(subscription: Subscription, now: datetime) -> bool:
    """Whether nothing more can come of a subscription, so that it may be forgotten."""
    until = subscription.lease_until
    if subscription.state == LEFT:
        return now >= subscription.due_at
    if subscription.state != LEAVING:
        return False
    told = subscription.failures >= FAREWELLS and now >= subscription.due_at
    return told or until is None or now >= until


def asking(subscription: Subscription, now: datetime) -> Subscription:
    """Return the state while a hub is asked: in vain, until it comes back to see if it was us."""
    failures = subscription.failures + 1
    wait = min(PATIENCE * (1 << min(failures - 1, _MOST_DOUBLINGS)), DAILY)
    return replace(subscription, failures=failures, due_at=now + wait)


def refused(
    subscription: Subscription, detail: str, retry_at: datetime | None = None
) -> Subscription:
    """Return the state after a hub did not take a request, or could not be asked."""
    due = max(subscription.due_at, retry_at or subscription.due_at)
    return replace(subscription, due_at=due, detail=detail)


def verified(
    subscription: Subscription, mode: str, topic: str, lease_s: int | None, now: datetime
) -> Subscription | None:
    """Return the state after a hub asked if a request was ours; None if it was not."""
    if topic != subscription.wish.topic or mode != subscription.mode or subscription.state == LEFT:
        return None
    if mode == "unsubscribe":
        return replace(subscription, state=LEFT, due_at=now + DAILY, detail="")
    # Hubs of before the standard name no lease, and grant what was asked for.
    lease = LEASE if lease_s is None else timedelta(seconds=min(lease_s, LONGEST.total_seconds()))
    lease = max(lease, SHORTEST)
    return replace(
        subscription,
        state=ACTIVE,
        lease_until=now + lease,
        due_at=now + lease * RENEWED_AT,
        failures=0,
        detail="",
    )


def denied(subscription: Subscription, topic: str, reason: str, now: datetime) -> Subscription:
    """Return the state after a hub ended a subscription: it is asked again in a day."""
    if topic != subscription.wish.topic or subscription.state not in {ASKED, ACTIVE}:
        return subscription
    said = "".join(c for c in " ".join(reason.split()) if c.isprintable())
    detail = f"denied: {said[:200] or 'no reason given'}"
    return replace(subscription, state=ASKED, lease_until=None, due_at=now + DAILY, detail=detail)


def request_of(subscription: Subscription) -> dict[str, str]:
    """Return the form that a hub is sent. It holds the secret."""
    form = {
        "hub.callback": f"{subscription.wish.callback}/{subscription.token}",
        "hub.mode": subscription.mode,
        "hub.topic": subscription.wish.topic,
    }
    if subscription.mode == "subscribe":
        form["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        form["hub.secret"] = subscription.secret
    return form
