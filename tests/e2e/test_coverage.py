"""A day of a site whose listings each show a part: what is found, what is estimated, what is true."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.adapters.http import AiohttpHttp
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.coverage import Span, coverage
from pipeline.crawl.discover import discover
from pipeline.crawl.fetch import Fetcher
from pipeline.crawl.raw import RawArchive, read_fetches
from pipeline.model import Slot
from pipeline.ports import Ports
from pipeline.publish.polled import poll_rows
from pipeline.publish.seen import sighting_rows
from pipeline.publish.table import Lake
from pipeline.publish.tables import TABLES
from pipeline.query import Tables
from pipeline.sources import load_source
from pipeline.urls import url_key
from tests.stand import Newsstand

from press import ticker  # isort: skip - its folder comes first once the stand is imported

DAY = date(2026, 11, 24)
MIDNIGHT = datetime.combine(DAY, datetime.min.time(), ticker.ZONE)
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
SEED = Path(ticker.__file__).parents[1] / "moving" / "ticker.yml"
TRUE = ticker.stories(DAY)


@dataclass
class Clock:
    """The fake of the clock port."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def poll(source, slot, ports):
    """Do what a crawl does with listings, and publish what it saw."""
    archive = RawArchive(ports.store, slot, "0")
    http = AiohttpHttp(LOOPBACK)
    async with Fetcher(http, ports, "TestBot/1.0 (+https://example.org/bot)") as fetcher:
        async for polls in archive.keep_polls(discover({source.id: source}, fetcher, ports)):
            links = [link for one in polls for link in one.links]
            states = [one.state for one in polls if one.state]
            ports.ledger.remember(links, states, slot)
    rows = sighting_rows(ports.ledger.sightings(slot))
    lake = Lake(ports.store)
    lake.publish("sightings", slot, rows)
    lake.publish("polls", slot, poll_rows(read_fetches(ports.store, slot)))


@dataclass
class Site:
    """The site's server, and where seed and lake of each crawl lie."""

    stand: Newsstand
    folder: Path

    def crawl(self, name, listings, every):
        """Poll listings from the evening before to the morning after, and report on the day."""
        clock = Clock(MIDNIGHT - timedelta(hours=4))
        ledger = SqlLedger(f"sqlite:///{self.folder / name}.db", 5)
        ports = Ports(open_store(str(self.folder / name)), ledger, clock)
        source = self.source(listings)
        while clock.now < MIDNIGHT + timedelta(hours=30):
            self.stand.desk.clock(clock.now.isoformat())
            asyncio.run(poll(source, Slot.containing(clock.now), ports))
            clock.now += every
        ledger.close()
        return report(ports.store, source, clock.now)

    def source(self, listings):
        seed = self.folder / "ticker.yml"
        seed.write_text(SEED.read_text().replace("8090", str(self.stand.port)))
        source = load_source(seed)
        chosen = tuple(one for one in source.listings if one.url.endswith(listings))
        return source.model_copy(update={"listings": chosen})

    def found(self, name):
        """How many of the day's stories a crawl found, by the truth."""
        rows = Lake(open_store(str(self.folder / name))).read("sightings", ["url_key"])
        true = {url_key(self.stand.url("ticker", story.path)) for story in TRUE}
        return len(true & set(rows.column("url_key").to_pylist()))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Newsstand() as stand:
        yield Site(stand, tmp_path_factory.mktemp("ticker"))


def report(store, source, now):
    lake, span = Lake(store), Span(DAY, DAY)
    schemas = {name: TABLES[name].schema for name in ("sightings", "articles", "rejects", "polls")}
    tables = Tables(schemas, {name: lake.uris(name) for name in schemas}, store.options())
    (day,) = coverage(tables, span, {source.id: source.timezone}, now.date())
    return day


def test_of_a_day_99_percent_are_found_and_the_estimate_holds_the_truth(site):
    told = site.crawl("all", ("feed.xml", "news.xml", "latest"), timedelta(hours=1))
    assert told.found == site.found("all")
    assert told.found / len(TRUE) >= 0.99
    assert told.low <= len(TRUE) <= told.high
    assert told.estimate == pytest.approx(len(TRUE), rel=0.01)
    assert (told.method, told.partial, told.gaps) == ("darroch", "", [])


def test_without_the_sitemap_some_are_missed_and_the_estimate_says_so(site):
    told = site.crawl("two", ("feed.xml", "latest"), timedelta(hours=1))
    assert told.found == pytest.approx(site.found("two"), abs=1)
    assert told.found < len(TRUE)
    assert told.missed > 0.5
    assert told.low <= len(TRUE) <= told.high
    assert (told.method, told.caveats) == ("chapman", [])


def test_polled_too_seldom_both_miss_the_same_and_gaps_tell(site):
    told = site.crawl("seldom", ("feed.xml", "latest"), timedelta(hours=4))
    # A story that only the section shows has no day but that of its find: it may be the next one.
    assert told.found == pytest.approx(site.found("seldom"), abs=2)
    assert told.found < 0.9 * len(TRUE)
    # Feed and section both show the newest, so the estimate is too low: what it lacks are the gaps.
    assert told.high < len(TRUE)
    assert {gap.listing.rpartition("/")[2] for gap in told.gaps} == {"feed.xml", "latest"}
