"""The ledger again, from the lake: it is a cache, and may be lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.compute as pc

from pipeline.model import Fetched, Link, Slot, Stage
from pipeline.ports import ObjectStore, Ports
from pipeline.publish.account import settlements
from pipeline.publish.table import Lake, of_slot

_RAW = re.compile(r"^raw/date=[^/]+/(\d{8}T\d{4}Z)-")
_DISCOVERED = ["source", "url", "url_key", "found_in", "at"]


def slots(store: ObjectStore, lake: Lake) -> list[Slot]:
    """Return the slots that left a trace in the raw archive or in the outcomes, oldest first."""
    ids = {match[1] for info in store.list("raw/") if (match := _RAW.match(info.key))}
    keys = pc.unique(lake.read("outcomes", ["slot"])["slot"]).to_pylist()
    return sorted({Slot.parse(text) for text in (*ids, *keys)})


def rebuild(slot: Slot, fetched: Iterable[Fetched], ports: Ports, lake: Lake) -> None:
    """Tell the ledger what one slot found, fetched (`fetched`: its raw rows) and published.

    Call it slot by slot, oldest first; into an empty ledger, or into one that lags behind: what the
    ledger knows already stays. Not to be had from the lake: the state of listings (they are asked
    again), robots.txt, resting hosts, and titles and dates that listings gave unfetched links.
    """
    ports.ledger.remember(_links(slot, lake), [], slot)
    ports.ledger.settle_fetched(fetched, slot, ports.now())
    articles = lake.read("articles", ["url_key", "source", "duplicate_of"], of_slot(slot))
    rejects = lake.read("rejects", ["url_key", "source", "reason", "detail"], of_slot(slot))
    ports.ledger.settle(settlements(articles, rejects), slot)


def _links(slot: Slot, lake: Lake) -> Iterator[Link]:
    found = of_slot(slot) & (pc.field("stage") == str(Stage.DISCOVER))
    for row in lake.read("outcomes", _DISCOVERED, found).to_pylist():
        names: dict[str, Any] = {key: value for key, value in row.items() if key != "at"}
        yield Link(**names, found_at=row["at"])
