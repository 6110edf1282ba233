"""The wiring, on one screen: what one run does with its sources, in order.

crawl    listings -> links -> responses in `raw/`, and only then the ledger
extract  responses -> articles and rejects in `staged/`; nothing else is read, so it can be repeated
publish  staged rows -> echoes set aside, duplicates marked -> audit -> one object per table, one commit each
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pipeline.errors import BrokenContract, TryLater
from pipeline.model import Slot
from pipeline.ports import Ports
from pipeline.report import Report, Tally
from pipeline.sources import Source

# A phase loads only what it uses: a crawl needs no extractor and no Great Expectations, and a task
# of an hour holds for an hour what it has loaded (60 MB less; see tests/crawl/test_memory.py).
if TYPE_CHECKING:
    from pipeline.boilerplate import Rules
    from pipeline.crawl.fetch import Fetcher
    from pipeline.publish.table import Lake
    from pipeline.workers import Limits


#: So often a publisher that is overtaken begins anew. Each time somebody else has got through.
_PUBLICATIONS: Final = 10


async def crawl(
    sources: Mapping[str, Source],
    slot: Slot,
    shard: str,
    ports: Ports,
    *,
    fetcher: Fetcher,
    deadline: datetime,
) -> Report:
    """Fetch what is new. Killed at any point and run again, it asks for nothing it already holds."""
    from pipeline.crawl.discover import discover
    from pipeline.crawl.raw import RawArchive, recover
    from pipeline.crawl.removal import pages_without, polls_without
    from pipeline.tombstones import ANY, read_tombstones

    archive, tally = RawArchive(ports.store, slot, shard), Tally("crawl", slot)
    gone = read_tombstones(ports.store)
    sources = {key: source for key, source in sources.items() if not gone.covers(key, ANY)}
    ports.ledger.settle_fetched(recover(ports.store, slot, shard), slot, ports.now())
    asked = polls_without(discover(sources, fetcher, ports, tally.warn), gone)
    async for polls in archive.keep_polls(asked):
        links = [link for poll in polls for link in poll.links]
        states = [poll.state for poll in polls if poll.state]
        ports.ledger.remember(links, states, slot)
        ports.store.delete(poll.inbox for poll in polls if poll.inbox)
        tally.polls(polls)
    due = {key: ports.ledger.due(key, ports.now(), s.fetch.max_pages) for key, s in sources.items()}
    answers = pages_without(fetcher.run(due, sources, deadline), gone)
    async for fetched in archive.keep_fetched(answers):
        ports.ledger.settle_fetched(fetched, slot, ports.now())
        tally.fetched(fetched)
    for line in fetcher.notes:
        tally.warn(line)
    tally.challenged()
    return tally.report()


def extract(
    sources: Mapping[str, Source],
    rules: Rules,
    slot: Slot,
    shard: str,
    ports: Ports,
    *,
    limits: Limits,
) -> Report:
    """Judge every page of a slot's shard. Pure but for its reads and writes: the same rows again.

    Raises FixSeed if the seed of a page's source is gone: with other rules its row would be wrong.
    """
    from pipeline.crawl.raw import read_pages, sources_of
    from pipeline.memory.watch import Watch
    from pipeline.publish.stage import stage
    from pipeline.tombstones import read_tombstones
    from pipeline.workers import Judge, Observer, Workers

    watch = Watch(ports.store, slot, shard)
    memories = {key: watch.memory(key) for key in sources_of(ports.store, slot, shard)}
    observer = Observer(Judge(sources, rules, slot, memories))
    gone = read_tombstones(ports.store)
    pages = (
        page
        for page in read_pages(ports.store, slot, shard)
        if not gone.covers(page.link.source, page.link.url_key)
    )
    with Workers(observer, limits) as workers:
        verdicts = watch.over(workers.judge(pages))
        return watch.close(stage(verdicts, ports.store, slot, shard))


def publish(slot: Slot, ports: Ports, lake: Lake, duplicate_days: int) -> Report:
    """Make a slot's rows visible, or raise BrokenContract and leave the lake as it was.

    Whoever is overtaken by another publisher reads again: what is staged then is the truth.
    """
    from pipeline.publish.claim import Overtaken

    for _ in range(_PUBLICATIONS):
        try:
            return _publish(slot, ports, lake, duplicate_days)
        except Overtaken as error:
            why = error
    msg = f"The slot {slot.key} is being published by others ({why}). Run again."
    raise TryLater(msg)


def _publish(slot: Slot, ports: Ports, lake: Lake, duplicate_days: int) -> Report:
    from pipeline.crawl.raw import read_fetches
    from pipeline.publish.account import account, settlements
    from pipeline.publish.audit import audit
    from pipeline.publish.dedupe import mark_duplicates
    from pipeline.publish.echoes import set_aside, titles_of
    from pipeline.publish.polled import poll_rows
    from pipeline.publish.seen import sighting_rows
    from pipeline.publish.stage import read_staged
    from pipeline.publish.takedown import kept
    from pipeline.tombstones import read_tombstones

    claim = lake.claim(slot)
    if not claim.is_first:
        _refuse_to_forget(slot, ports, lake)
    gone = read_tombstones(ports.store)
    fetches = kept(read_fetches(ports.store, slot), gone)
    articles, rejects = (kept(rows, gone) for rows in read_staged(ports.store, slot))
    articles, rejects = set_aside(articles, rejects, titles_of(fetches))
    articles = mark_duplicates(articles, lake.earlier_texts(slot, duplicate_days))
    findings = audit(articles, rejects, slot, ports.store)
    outcomes = account(slot, ports.ledger.touched(slot), fetches, articles, rejects)
    files = [
        claim.publish("rejects", rejects),
        claim.publish("articles", articles),
        claim.publish("outcomes", outcomes),
        claim.publish("polls", poll_rows(fetches)),
        claim.publish("sightings", kept(sighting_rows(ports.ledger.sightings(slot)), gone)),
    ]
    ports.ledger.settle(settlements(articles, rejects), slot)
    claim.check()  # who slept until now has told the ledger what is no longer so
    return Tally("publish", slot).published(articles, rejects, findings, files).report()


def _refuse_to_forget(slot: Slot, ports: Ports, lake: Lake) -> None:
    """Raise BrokenContract if rows would go whose shard is not staged (any more).

    A shard whose extraction failed does not hold back the others; one that is published does.
    """
    from pipeline.publish.stage import shard_of, staged_shards
    from pipeline.publish.table import of_slot

    keys = [
        key
        for name in ("articles", "rejects")
        for key in lake.read(name, ["raw_key"], of_slot(slot))["raw_key"].unique().to_pylist()
    ]
    if lost := sorted({shard_of(key) for key in keys} - staged_shards(ports.store, slot)):
        msg = (
            f"The slot {slot.key} is published, and of shard {', '.join(lost)} nothing is staged now: "
            "its rows would go. As long as its responses are kept, extract it first: "
            f"broadsheet extract --slot {slot.key}"
        )
        raise BrokenContract(msg)


def rebuild_ledger(ports: Ports, lake: Lake) -> int:
    """Fill an empty ledger from the lake, slot by slot; return the number of slots."""
    from pipeline.crawl.raw import recover
    from pipeline.publish.rebuild import rebuild, slots
    from pipeline.tombstones import read_tombstones

    moments = slots(ports.store, lake)
    for slot in moments:
        rebuild(slot, recover(ports.store, slot), ports, lake)
    for stone in read_tombstones(ports.store).stones:
        ports.ledger.bury(stone.entries, stone.keys, ports.now())
    return len(moments)
