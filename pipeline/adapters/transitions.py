"""How a URL moves through the ledger: pure decisions, no database.

found: PENDING, due at once
PENDING ─► FETCHED                           a page is held, durable in raw/
PENDING ─► PENDING, due later                a passing miss, attempts left
PENDING ─► FAILED                            a terminal miss, or the attempts are used up
FETCHED ─► PUBLISHED | DUPLICATE | REJECTED  publishing settled it
FETCHED ─► FETCHED, due again                a part of the article is missing, attempts left
any     ─► the same, due again               its listing claims a later change than our copy;
                                             the state stays true until a new page is held
any     ─► REMOVED                           taken down: for good, whatever is found or fetched later
FAILED  ─► PENDING, due at once              an operator, or its listing, gives it another chance
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from pipeline.model import Fetched, Link, Miss, Page, Reason, Slot, State, is_passing

#: Wait after the first try that failed; doubled after each further one.
FIRST_WAIT: Final = timedelta(minutes=30)
LONGEST_WAIT: Final = timedelta(hours=24)
#: The URL itself was not asked, so that it has used up nothing.
_NOT_ASKED: Final = frozenset({Reason.HOST_GIVEN_UP, Reason.BUDGET, Reason.DEADLINE})
_HELD: Final = frozenset({State.FETCHED, State.PUBLISHED, State.DUPLICATE, State.REJECTED})

Row = Mapping[str, Any]
_LINK: Final = tuple(field.name for field in fields(Link))
_of_link = attrgetter(*_LINK)
#: What a row must have for the decisions below.
NEEDED: Final = (
    *("state", "reason", "attempts", "due_at", "modified_at", "raw_key"),
    *("tried_at", "fetched_at", "tried_slot", "fetched_slot", "settled_slot"),
)
_NOT_YET: Final = dict.fromkeys((
    *("tried_slot", "tried_at", "fetched_slot", "fetched_at", "settled_slot"),
    *("etag", "last_modified", "raw_key", "digest"),
))
#: What `claimed` asks of it.
CLAIMED: Final = ("state", "modified_at", "tried_at", "fetched_at")


def removed() -> dict[str, Any]:
    """Return what changes when a URL is taken down: it was found, and nothing else is known of it."""
    empty = ("title", "published_at", "modified_at", "authors", "words", "due_at", "etag")
    return {
        "state": State.REMOVED,
        "reason": Reason.TAKEN_DOWN,
        **dict.fromkeys(("url", "detail"), ""),
        **dict.fromkeys((*empty, "last_modified", "raw_key", "digest")),
    }


def found(link: Link, slot: str) -> dict[str, Any]:
    """Return the row of a link that was just found in a slot (its key): pending, due at once."""
    return {
        **dict(zip(_LINK, _of_link(link), strict=True)),
        "state": State.PENDING,
        "reason": Reason.NOT_YET,
        "detail": "",
        "attempts": 0,
        "due_at": link.found_at,
        "found_slot": slot,
        **_NOT_YET,
    }


def claimed(row: Row, link: Link) -> dict[str, Any]:
    """Return what changes when a known link is listed again: it is due if it claims to be newer.

    Newer than our copy, and than what it claimed before: a claim that lies in the future must not
    make the page due at every poll.
    """
    if row["state"] == State.REMOVED:
        return {}
    ours = row["fetched_at"] or row["tried_at"]
    if link.modified_at is None or ours is None or link.modified_at <= ours:
        return {}
    if row["modified_at"] is not None and link.modified_at <= row["modified_at"]:
        return {}
    change = {"modified_at": link.modified_at, "due_at": link.found_at, "attempts": 0}
    if row["state"] == State.FAILED:
        change |= {"state": State.PENDING, "reason": Reason.NOT_YET, "detail": "listed as changed"}
    return change


def replayed(row: Row, now: datetime) -> dict[str, Any]:
    """Return what changes when an operator gives a URL another chance; nothing if it has an end."""
    if row["state"] != State.FAILED:
        return {}
    detail = f"given another chance after {row['reason']}"
    chance = {"state": State.PENDING, "reason": Reason.NOT_YET, "detail": detail}
    return chance | {"due_at": now, "attempts": 0}


def after_fetch(
    row: Row, fetched: Fetched, slot: Slot, now: datetime, attempts: int
) -> dict[str, Any]:
    """Return what changes when an answer is durable; nothing if it is no news (a repetition)."""
    if row["state"] == State.REMOVED:
        return {}
    if row["tried_at"] is not None and fetched.fetched_at <= row["tried_at"]:
        return {}
    tried = {"tried_slot": slot.key, "tried_at": fetched.fetched_at}
    if isinstance(fetched, Page):
        return tried | _held(fetched, slot) | _incomplete(row, fetched, now, attempts)
    if fetched.reason == Reason.NOT_MODIFIED and row["state"] in _HELD:
        return tried | {"due_at": None, "attempts": 0}
    return tried | _missed(row, fetched, now, attempts)


def _held(page: Page, slot: Slot) -> dict[str, Any]:
    return {
        "state": State.FETCHED,
        "reason": Reason.NOT_YET,
        "detail": "",
        "attempts": 0,
        "due_at": None,
        "fetched_slot": slot.key,
        "fetched_at": page.fetched_at,
        "etag": page.header("etag"),
        "last_modified": page.header("last-modified"),
        "raw_key": page.raw_key or None,
        "digest": page.digest,
    }


def _incomplete(row: Row, page: Page, now: datetime, limit: int) -> dict[str, Any]:
    """Return what changes if a part is missing that time may bring: the whole is due again.

    Without validators, for the first page may well be as it was.
    """
    miss = page.missing
    if miss is None or not is_passing(miss.reason, miss.status):
        return {}
    used = row["attempts"] + (miss.reason not in _NOT_ASKED)
    if used >= limit:
        return {}
    due = due_again(miss, used, now)
    return {"attempts": used, "due_at": due, "etag": None, "last_modified": None}


def _missed(row: Row, miss: Miss, now: datetime, limit: int) -> dict[str, Any]:
    # An answer to a URL that had failed comes of a second chance: its attempts begin anew, also
    # where that chance itself is forgotten, in a ledger that was made again from the lake.
    before = 0 if row["state"] == State.FAILED else row["attempts"]
    used = before + (miss.reason not in _NOT_ASKED)
    again = is_passing(miss.reason, miss.status) and used < limit
    change: dict[str, Any] = {
        "attempts": used,
        "due_at": due_again(miss, used, now) if again else None,
    }
    if row["state"] in _HELD:  # what is in the lake stays true; only the newer copy is missing
        return change
    state = State.PENDING if again else State.FAILED
    if row["raw_key"] is None and miss.raw_key:
        change["raw_key"] = miss.raw_key
    return change | {"state": state, "reason": miss.reason, "detail": miss.detail}


def due_again(miss: Miss, used: int, now: datetime) -> datetime:
    """Return when to try again: when the host said, at the next run, or after a growing wait."""
    if miss.retry_at is not None:
        return miss.retry_at
    if miss.reason in _NOT_ASKED:
        return now
    return now + min(LONGEST_WAIT, FIRST_WAIT * (1 << min(used - 1, 10)))


def may_settle(row: Row, slot: Slot) -> bool:
    """Whether a slot may still say how a URL ended: no later slot has fetched or settled it."""
    if row["state"] == State.REMOVED:
        return False
    if row["settled_slot"] is not None and row["settled_slot"] > slot.key:
        return False
    later = row["fetched_slot"] is not None and row["fetched_slot"] > slot.key
    return not (later and row["state"] == State.FETCHED)
