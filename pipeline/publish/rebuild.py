"""The ledger again, from the lake: it is a cache, and may be lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.compute as pc

from pipeline.model import Fetched, Link, Slot, Stage
from pipeline.ports import ObjectStore, Ports
from pipeline.publish.account import settlements
from pipeline.publish.seen import links_of
from pipeline.publish.table import Lake, of_slot
from schemas.sighting import SIGHTING

_RAW = re.compile(r"^raw/date=[^/]+/(\d{8}T\d{4}Z)-")
_DISCOVERED = ["source", "url", "url_key", "found_in", "at"]


def slots(store: ObjectStore, lake: Lake) -> list[Slot]:
    """Return the slots that left a trace in the raw archive or in the lake, oldest first."""
    ids = {match[1] for info in store.list("raw/") if (match := _RAW.match(info.key))}
    for name in ("outcomes", "sightings"):
        ids.update(pc.unique(lake.read(name, ["slot"])["slot"]).to_pylist())
    return sorted({Slot.parse(text) for text in ids})  # written in two ways


def rebuild(slot: Slot, fetched: Iterable[Fetched], ports: Ports, lake: Lake) -> None:
    """Tell the ledger what one slot found, fetched (`fetched`: its raw rows) and published.

    Call it slot by slot, oldest first; into an empty ledger, or into one that lags behind: what the
    ledger knows already stays. Not to be had from the lake: the state of listings (they are asked
    again), when each place last listed a URL, robots.txt and resting hosts.
    """
    ports.ledger.remember(_links(slot, lake), [], slot)
    ports.ledger.settle_fetched(fetched, slot, ports.now())
    articles = lake.read("articles", ["url_key", "source", "duplicate_of"], of_slot(slot))
    rejects = lake.read("rejects", ["url_key", "source", "reason", "detail"], of_slot(slot))
    ports.ledger.settle(settlements(articles, rejects), slot)


def _links(slot: Slot, lake: Lake) -> Iterator[Link]:
    """Yield what was found in a slot: first each URL by the place that found it, then all places."""
    columns = [name for name in SIGHTING.names if name != "slot"]
    seen = list(links_of(lake.read("sightings", columns, of_slot(slot))))
    said = {(link.source, link.url_key, link.found_in): link for link in seen}
    found = of_slot(slot) & (pc.field("stage") == str(Stage.DISCOVER))
    for row in lake.read("outcomes", _DISCOVERED, found).to_pylist():
        names: dict[str, Any] = {key: value for key, value in row.items() if key != "at"}
        key = (row["source"], row["url_key"], row["found_in"])
        yield said.get(key) or Link(**names, found_at=row["at"])
    yield from seen
