"""What crawl and extract do with a slot, the network and the extractor left out."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.crawl.raw import RawArchive, read_fetches
from pipeline.model import Article, Link, Page, Reject, Slot
from pipeline.ports import Ports
from pipeline.publish.account import account, settlements
from pipeline.publish.seen import sighting_rows
from pipeline.publish.stage import read_staged, stage
from pipeline.publish.table import Lake

Row = Article | Reject


def link(of: Row) -> Link:
    names = ("source", "url", "url_key", "found_at", "found_in")
    return Link(**{name: getattr(of, name) for name in names}, title=getattr(of, "title", None))


def page(of: Row) -> Page:
    return Page(
        link=link(of),
        final_url=of.url_final,
        status=200,
        headers=(("ETag", '"1"'),),
        body=f"<html><title>{of.title}</title><p>{of.text}</p></html>".encode(),
        fetched_at=of.fetched_at,
    )


class Run:
    """A slot's run over one shard."""

    def __init__(self, ports: Ports, slot: Slot, shard: str = "0") -> None:
        self.ports, self.slot, self.shard = ports, slot, shard

    def fetched(self, rows: Sequence[Row]) -> None:
        """Find and fetch a page for each row."""
        self.ports.ledger.remember([link(row) for row in rows], [], self.slot)
        kept = RawArchive(self.ports.store, self.slot, self.shard).keep([page(r) for r in rows])
        self.ports.ledger.settle_fetched(kept, self.slot, self.ports.now())

    def staged(self, articles: Sequence[Article], rejects: Sequence[Reject]) -> None:
        """Judge the pages so."""
        stage([*articles, *rejects], self.ports.store, self.slot, self.shard)

    def published(self, articles: Sequence[Article], rejects: Sequence[Reject] = ()) -> None:
        """All of it, the audit left out: that takes seconds."""
        self.fetched([*articles, *rejects])
        self.staged(articles, rejects)
        ports, slot = self.ports, self.slot
        both = read_staged(ports.store, slot)
        outcomes = account(slot, ports.ledger.touched(slot), read_fetches(ports.store, slot), *both)
        claim = Lake(ports.store).claim(slot)
        claim.publish("rejects", both[1])
        claim.publish("articles", both[0])
        claim.publish("outcomes", outcomes)
        claim.publish("sightings", sighting_rows(ports.ledger.sightings(slot)))
        ports.ledger.settle(settlements(*both), slot)
