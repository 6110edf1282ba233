"""The doors: what a DAG task or the CLI calls. Ids in, a small Report out.

The only place where settings are read and adapters are built. Heavy imports happen inside the
functions, so that a task pays only for what it uses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import BrokenContract, SiteChanged
from pipeline.model import Purpose, Slot
from pipeline.ports import ObjectStore, Ports
from pipeline.report import Report
from pipeline.settings import Settings, load_settings
from pipeline.sources import Source, load_sources, read_sources

if TYPE_CHECKING:
    from pipeline.crawl.fetch import Fetcher
    from pipeline.crawl.request_log import RequestLog
    from pipeline.tombstones import Tombstone
    from pipeline.workers.limits import Limits

_ARTICLE_ID = re.compile("[0-9a-f]{32}")
#: The shard of imported text dumps: no crawl task owns it.
TEXT_SHARD: Final = "text"


def utc_now() -> datetime:
    """Return the time; the one clock of the project."""
    return datetime.now(UTC)  # noqa: TID251 - the ban leads here


def open_store(settings: Settings) -> ObjectStore:
    """Open the store alone, for what needs no ledger. Raises TryLater or FixSeed."""
    from pipeline.adapters import store

    return store.open_store(settings.store)


def open_ports(settings: Settings) -> Ports:
    """Open store and ledger. Raises TryLater or FixSeed, naming what cannot be opened."""
    from pipeline.adapters.ledger import SqlLedger

    return Ports(
        open_store(settings), SqlLedger(settings.ledger_url, settings.fetch_attempts), utc_now
    )


def open_fetcher(
    settings: Settings,
    ports: Ports,
    purpose: Purpose = Purpose.DAILY,
    log: RequestLog | None = None,
) -> Fetcher:
    """Build the polite fetcher; use it with `async with`. Raises FixSeed without a user agent.

    What it asks is counted for `purpose`, and noted in `log`.
    """
    from pipeline.adapters.http import AiohttpHttp
    from pipeline.crawl.fetch import Fetcher
    from pipeline.walls import load_walls

    http = AiohttpHttp(settings.allow_networks)
    return Fetcher(
        http,
        ports,
        settings.agent(),
        purpose=purpose,
        requests_a_day=settings.requests_a_day,
        log=log,
        walls=load_walls(settings.walls),
    )


@contextmanager
def apart(settings: Settings) -> Iterator[Settings]:
    """Yield settings with a store and a ledger of their own, gone afterwards: to ask, not to keep."""
    with TemporaryDirectory(prefix="broadsheet-") as nowhere:
        ledger = f"sqlite:///{nowhere}/ledger.db"
        yield settings.model_copy(update={"store": f"{nowhere}/lake", "ledger": ledger})


def page_limits(settings: Settings) -> Limits:
    """Return what a page may cost, and how many processes read pages."""
    from pipeline.workers.limits import Limits, cores

    asked = settings.extract_workers
    return Limits(
        workers=cores() if asked is None else asked,
        page_seconds=settings.page_seconds,
        page_bytes=settings.page_megabytes * 1_000_000,
    )


def current_slot() -> Slot:
    """Return the hourly slot of now."""
    return Slot.containing(utc_now())


def shard_sources(settings: Settings, shard: str, only: Sequence[str] = ()) -> dict[str, Source]:
    """Return the sources a crawl task owns: those whose host hashes to its shard.

    A seed that cannot be read is left to `check_seeds`, so that one typo does not stop the others.
    """
    from pipeline.urls import shard_of

    if only:
        sources = load_sources(settings.sources, only)
    else:
        sources = {key: s for key, s in read_sources(settings.sources)[0].items() if s.enabled}
    return {k: s for k, s in sources.items() if str(shard_of(s.home, settings.shards)) == shard}


def plan(slot: str | None = None, only: Sequence[str] = ()) -> Report:
    """Settle which slot a run answers for and which seeds are usable, before anything is asked.

    Raises FixSeed if no seed is usable; a run goes on without those that are not, and says so.
    """
    settings = load_settings()
    moment = Slot.parse(slot) if slot else current_slot()
    errors: list[str] = []
    if only:
        sources = load_sources(settings.sources, only)
    else:
        sources, errors = read_sources(settings.sources)
        if not sources:
            load_sources(settings.sources)
    counts = {key: {"listings": len(s.listings)} for key, s in sources.items() if s.enabled or only}
    return Report("plan", moment.key, counts, warnings=errors)


def crawl(
    slot: str, shard: str, only: Sequence[str] = (), purpose: Purpose = Purpose.DAILY
) -> Report:
    """Crawl the sources of a shard for a slot. Raises TryLater, FixSeed.

    A backfill takes what the daily crawl leaves of a host's day (docs/operate.md).
    """
    from pipeline.crawl.spare import spare_allocator, spare_pandas

    spare_allocator()
    spare_pandas()
    from pipeline import flow
    from pipeline.crawl.request_log import RequestLog

    settings = load_settings()
    sources = shard_sources(settings, shard, only)
    ports = open_ports(settings)
    deadline = utc_now() + timedelta(minutes=settings.crawl_minutes)

    async def run() -> Report:
        log = RequestLog(ports, Slot.parse(slot), shard)
        async with open_fetcher(settings, ports, purpose, log) as fetcher:
            return await flow.crawl(
                sources, Slot.parse(slot), shard, ports, fetcher=fetcher, deadline=deadline
            )

    return asyncio.run(run())


def extract(slot: str, shard: str) -> Report:
    """Extract the pages a shard fetched in a slot. Raises TryLater, FixSeed."""
    from pipeline import flow
    from pipeline.boilerplate import load_rules

    settings = load_settings()
    sources, _ = read_sources(settings.sources)
    rules = load_rules(settings.boilerplate, settings.walls)
    ports = open_ports(settings)
    limits = page_limits(settings)
    return flow.extract(sources, rules, Slot.parse(slot), shard, ports, limits=limits)


def publish(slot: str) -> Report:
    """Publish what is staged for a slot. Raises TryLater; BrokenContract if the audit forbids it."""
    from pipeline import flow
    from pipeline.publish.table import Lake

    settings = load_settings()
    ports = open_ports(settings)
    return flow.publish(Slot.parse(slot), ports, Lake(ports.store), settings.duplicate_days)


def gate(slot: str, reports: Sequence[Report]) -> Report:
    """Turn a run red that must not pass for green.

    Raises SiteChanged if fewer sources answered than the quorum asks; BrokenContract if, for any
    source, discovered is not published + duplicate + rejected + failed + pending + removed. A site that gives
    other than its seed expects is a warning: one of hundreds turns no run red.
    """
    from pipeline.expectations import misfits
    from pipeline.publish.account import unbalanced
    from pipeline.publish.table import Lake

    settings = load_settings()
    ports = open_ports(settings)
    if wrong := unbalanced(Slot.parse(slot), ports):
        raise BrokenContract("\n".join(wrong))
    counts = {key: value for report in reports for key, value in report.counts.items()}
    silent = sorted(
        key
        for key, value in counts.items()
        if value.get("listings") and value.get("listings_failed", 0) == value["listings"]
    )
    if counts and 1 - len(silent) / len(counts) < settings.quorum:
        msg = (
            f"{len(silent)} of {len(counts)} sources did not answer: {', '.join(silent)}. "
            "See `broadsheet sources check` and the crawl tasks' logs."
        )
        raise SiteChanged(msg)
    sources, _ = read_sources(settings.sources)
    lines = misfits(sources, Slot.parse(slot), Lake(ports.store), ports.now())
    return Report("gate", slot, {key: {"silent": 1} for key in silent}, warnings=lines)


def shards() -> list[str]:
    """Return the names of all crawl tasks' shares."""
    return [str(n) for n in range(load_settings().shards)]


def run(
    slot: str | None = None,
    only: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> list[Report]:
    """Do what the `ingest` DAG does, in this process, one shard after the other.

    `tell` hears which phase begins.
    """
    planned = plan(slot, only)
    crawled, extracted = [], []
    for shard in shards():
        tell(f"crawl {shard}")
        crawled.append(crawl(planned.slot, shard, only))
    for shard in shards():
        tell(f"extract {shard}")
        extracted.append(extract(planned.slot, shard))
    tell("publish")
    published = publish(planned.slot)
    return [planned, *crawled, *extracted, published, gate(planned.slot, crawled)]


def close() -> Report:
    """Close the days that are old enough (`BROADSHEET_CLOSE_DAYS`). Raises TryLater."""
    from pipeline import upkeep

    settings = load_settings()
    return upkeep.close_days(open_store(settings), utc_now(), settings.close_days)


def sweep() -> Report:
    """Remove what is no longer live or was left behind. Raises TryLater."""
    from pipeline import upkeep

    settings = load_settings()
    grace, staged = timedelta(hours=settings.grace_hours), timedelta(days=settings.staged_days)
    return upkeep.sweep(open_store(settings), utc_now(), grace, staged)


def expire() -> Report:
    """Remove responses that are older than their source's are kept (`raw_days`). Raises TryLater."""
    from pipeline import upkeep

    settings = load_settings()
    known, _ = read_sources(settings.sources)
    days = {key: source.raw_days for key, source in known.items() if source.raw_days}
    return upkeep.expire_raw(open_store(settings), utc_now().date(), settings.raw_days, days)


def check_lake() -> Report:
    """Compare the lake's logs with its objects. Raises BrokenContract naming what is wrong."""
    from pipeline import upkeep

    return upkeep.check(open_store(load_settings()), utc_now().date())


def maintain(tell: Callable[[str], None] = lambda _: None) -> list[Report]:
    """Do what the `maintain` DAG does, in this process. `tell` hears which step begins."""
    reports = []
    steps = {"takedowns": finish_takedowns, "close": close, "sweep": sweep}
    steps |= {"expire": expire, "check": check_lake}
    for name, step in steps.items():
        tell(name)
        reports.append(step())
    return reports


def plan_takedown(
    targets: Sequence[str], sources: Sequence[str] = (), reason: str = ""
) -> list[Tombstone]:
    """Find what is to go: URLs in any spelling, article_ids, whole sources. Changes nothing.

    Raises FixSeed for an article_id that is not in the lake.
    """
    from pipeline.removal import Target, gather

    ports = open_ports(load_settings())
    wanted = [Target(article=t) if _ARTICLE_ID.fullmatch(t) else Target(url=t) for t in targets]
    wanted += [Target(source=source) for source in sources]
    return [gather(target, ports, reason) for target in wanted]


def take_down(
    stones: Sequence[Tombstone], tell: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Remove what was found, everywhere and for good; return the receipts. Raises TryLater."""
    from pipeline import removal

    settings = load_settings()
    ports = open_ports(settings)
    return [removal.take_down(stone, ports, settings.goldens, tell) for stone in stones]


def finish_takedowns() -> Report:
    """Complete takedowns that were killed, look again after the latest, export all tombstones.

    A crawl that ran beside a takedown may have brought something in.
    """
    from pipeline.publish.takedown import export
    from pipeline.removal import unfinished
    from pipeline.tombstones import read_tombstones

    now, store = utc_now(), open_store(load_settings())
    stones = unfinished(store, now - timedelta(days=2))
    receipts = take_down(stones)
    counts = {r["id"]: {what: len(keys) for what, keys in r["objects"].items()} for r in receipts}
    if everything := read_tombstones(store).stones:
        export(store, everything)
    return Report("takedowns", now.date().isoformat(), counts)


def import_text(paths: Sequence[Path], source: str, slot: str | None = None) -> list[Report]:
    """Take text dumps (no HTML) into the lake, through the same extract and publish as pages."""
    from pipeline.crawl.raw import RawArchive, text_page

    settings = load_settings()
    moment = Slot.parse(slot) if slot else current_slot()
    load_sources(settings.sources, [source])
    ports = open_ports(settings)
    pages = [text_page(path, source, ports.now()) for path in paths]
    archive = RawArchive(ports.store, moment, TEXT_SHARD)
    ports.ledger.remember([page.link for page in pages], [], moment)
    ports.ledger.settle_fetched(archive.keep(pages), moment, ports.now())
    return [extract(moment.key, TEXT_SHARD), publish(moment.key)]


def rebuild_ledger() -> int:
    """Fill the ledger from the lake, for when it was lost; return the number of slots read."""
    from pipeline import flow
    from pipeline.publish.table import Lake

    ports = open_ports(load_settings())
    return flow.rebuild_ledger(ports, Lake(ports.store, ports.now))
