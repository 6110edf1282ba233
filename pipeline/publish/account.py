"""What became of every URL of a slot, and whether the books balance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import BrokenContract
from pipeline.model import Reason, Slot, Stage, State, Terms, is_passing
from pipeline.ports import Ports, Settlement, Standing
from pipeline.publish.rows import check_nulls
from pipeline.publish.table import Lake, of_slot
from pipeline.publish.takedown import removed_fields
from schemas.outcome import OUTCOME

Outcome = dict[str, Any]
_WHO: Final = ("source", "url", "url_key", "found_in")
_TERMS: Final = tuple(field.name for field in fields(Terms))
_SETTLED: Final = frozenset({State.PUBLISHED, State.DUPLICATE, State.REJECTED})


def account(
    slot: Slot,
    touched: Iterable[Standing],
    fetches: pa.Table,
    articles: pa.Table,
    rejects: pa.Table,
) -> pa.Table:
    """Return `schemas.outcome.OUTCOME` rows: one per URL and stage that the slot touched.

    `touched` is what the ledger knows of the slot, `fetches` its raw rows (`schemas.raw.RAW` less
    the body, with `raw_key`). Of several answers to one URL the last counts.
    """
    standings = {(s.link.source, s.link.url_key): s for s in touched}
    rows = [
        *_discovered(standings.values(), slot),
        *_fetched(fetches, standings, slot),
        *_judged(articles, rejects),
        *_published(articles),
    ]
    try:
        table = pa.Table.from_pylist([row | {"slot": slot.key} for row in rows], schema=OUTCOME)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        msg = f"The outcomes of the slot {slot.key} do not fit their schema: {error}"
        raise BrokenContract(msg) from error
    check_nulls(table, OUTCOME)
    return table


def settlements(articles: pa.Table, rejects: pa.Table) -> Iterator[Settlement]:
    """Yield how publishing ended for each article and reject."""
    for row in articles.select(["url_key", "source", "duplicate_of"]).to_pylist():
        first = row["duplicate_of"]
        if first is None:
            yield Settlement(row["url_key"], row["source"], State.PUBLISHED, Reason.OK)
        else:
            detail = f"same text as {first}"
            yield Settlement(
                row["url_key"], row["source"], State.DUPLICATE, Reason.DUPLICATE, detail
            )
    for row in rejects.select(["url_key", "source", "reason", "detail"]).to_pylist():
        yield Settlement(
            row["url_key"], row["source"], State.REJECTED, row["reason"], row["detail"]
        )


def unbalanced(slot: Slot, ports: Ports) -> list[str]:
    """Say, a line per source, which URLs of a slot lack the end that the books promise them.

    Every page fetched in the slot must have a verdict, every end the ledger notes must be a live
    row of the lake, and every live row must be known to the ledger. Empty: all is in order.
    """
    standings = list(ports.ledger.touched(slot))
    stored = _stored(slot, ports)
    trouble: dict[str, list[str]] = defaultdict(list)
    for standing in standings:
        if complaint := _complaint(standing, stored, slot):
            trouble[standing.link.source].append(f"{standing.link.url} ({complaint})")
    touched = {(s.link.source, s.link.url_key) for s in standings}
    for (source, url_key), (_, url) in stored.items():
        known = (source, url_key) in touched or any(
            s.link.source == source for s in ports.ledger.find(url_key)
        )
        if not known:
            trouble[source].append(f"{url} (in the lake, unknown to the ledger)")
    return [_line(source, urls, standings, slot) for source, urls in sorted(trouble.items())]


def _discovered(standings: Iterable[Standing], slot: Slot) -> Iterator[Outcome]:
    for standing in standings:
        link = standing.link
        if standing.found_slot == slot.key:
            yield {
                **{name: getattr(link, name) for name in _WHO},
                **_verdict(Stage.DISCOVER, State.PENDING, Reason.OK),
                "at": link.found_at,
                **(removed_fields() if standing.state == State.REMOVED else {}),
            }


def _fetched(
    fetches: pa.Table, standings: Mapping[tuple[str, str], Standing], slot: Slot
) -> Iterator[Outcome]:
    columns = [*_WHO, "reason", "detail", "status", "url_final", "attempts", "elapsed_s"]
    pages = fetches.filter(pc.equal(fetches["kind"], "page"))
    last: dict[tuple[str, str], Outcome] = {}
    for row in pages.select([*columns, *_TERMS, "fetched_at", "raw_key"]).to_pylist():
        key = (row["source"], row["url_key"])
        if key not in last or _rank(row) >= _rank(last[key]):
            last[key] = row
    for key, row in last.items():
        yield {
            **{name: row[name] for name in (*_WHO, "status", "url_final", "attempts", "raw_key")},
            **{name: row[name] for name in _TERMS},
            "stage": Stage.FETCH,
            "state": _fetch_state(row, standings.get(key), slot),
            "reason": row["reason"],
            "detail": row["detail"],
            "elapsed_ms": round(row["elapsed_s"] * 1000),
            "at": row["fetched_at"],
        }


def _rank(row: Outcome) -> tuple[bool, Any]:
    """Order answers: a page counts before a miss (a later 304 does not hide it), then the last."""
    return row["reason"] == Reason.OK, row["fetched_at"]


def _fetch_state(row: Outcome, standing: Standing | None, slot: Slot) -> State:
    reason = Reason(row["reason"])
    if reason == Reason.OK:
        return State.FETCHED
    if standing is not None and standing.fetched_slot is not None:
        return standing.state  # an earlier copy is held: its state stays true
    if reason == Reason.NOT_MODIFIED:
        return State.FETCHED
    used_up = (
        standing is not None and standing.state == State.FAILED and standing.tried_slot == slot.key
    )
    return State.PENDING if is_passing(reason, row["status"]) and not used_up else State.FAILED


def _judged(articles: pa.Table, rejects: pa.Table) -> Iterator[Outcome]:
    columns = [*_WHO, "fetched_at", "raw_key"]
    for row in articles.select(columns).to_pylist():
        yield _later(row, Stage.EXTRACT, State.FETCHED, Reason.OK)
    for row in rejects.select([*columns, "reason", "detail"]).to_pylist():
        yield _later(row, Stage.EXTRACT, State.REJECTED, row["reason"], row["detail"])


def _published(articles: pa.Table) -> Iterator[Outcome]:
    for row in articles.select([*_WHO, "fetched_at", "raw_key", "duplicate_of"]).to_pylist():
        first = row["duplicate_of"]
        if first is None:
            yield _later(row, Stage.PUBLISH, State.PUBLISHED, Reason.OK)
        else:
            detail = f"same text as {first}"
            yield _later(row, Stage.PUBLISH, State.DUPLICATE, Reason.DUPLICATE, detail)


def _later(row: Outcome, stage: Stage, state: State, reason: str, detail: str = "") -> Outcome:
    return {
        **{name: row[name] for name in (*_WHO, "raw_key")},
        **_verdict(stage, state, reason, detail),
        "at": row["fetched_at"],
    }


def _verdict(stage: Stage, state: State, reason: str, detail: str = "") -> Outcome:
    return {"stage": str(stage), "state": str(state), "reason": str(reason), "detail": detail}


def _stored(slot: Slot, ports: Ports) -> dict[tuple[str, str], tuple[State, str]]:
    """Return state and URL of the slot's live rows, by source and URL key."""
    lake = Lake(ports.store)
    articles = lake.read("articles", ["source", "url_key", "url", "duplicate_of"], of_slot(slot))
    rejects = lake.read("rejects", ["source", "url_key", "url"], of_slot(slot))
    stored = {(r["source"], r["url_key"]): (State.REJECTED, r["url"]) for r in rejects.to_pylist()}
    for row in articles.to_pylist():
        state = State.PUBLISHED if row["duplicate_of"] is None else State.DUPLICATE
        stored[row["source"], row["url_key"]] = (state, row["url"])
    return stored


def _complaint(
    standing: Standing, stored: Mapping[tuple[str, str], tuple[State, str]], slot: Slot
) -> str:
    if standing.state == State.FETCHED and standing.fetched_slot == slot.key:
        return "fetched, no verdict: extract and publish the slot again"
    if standing.state == State.REMOVED:
        back = (standing.link.source, standing.link.url_key) in stored
        return "taken down, but in the lake: take it down again" if back else ""
    if standing.state in _SETTLED and standing.settled_slot == slot.key:
        held = stored.get((standing.link.source, standing.link.url_key))
        if held is None:
            return f"{standing.state} in the ledger, no row in the lake: publish the slot again"
        if held[0] != standing.state:
            return f"{standing.state} in the ledger, {held[0]} in the lake: publish the slot again"
    return ""


def _line(source: str, urls: list[str], standings: Iterable[Standing], slot: Slot) -> str:
    mine = [s for s in standings if s.link.source == source and s.found_slot == slot.key]
    states = Counter(str(s.state) for s in mine)
    sums = " + ".join(f"{number} {state}" for state, number in sorted(states.items())) or "nothing"
    return (
        f"{source}: the slot {slot.key} does not balance: discovered {len(mine)} = {sums}, "
        f"but {len(urls)} cannot be accounted for: {', '.join(urls)}"
    )
