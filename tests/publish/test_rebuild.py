from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.crawl.raw import RawArchive, read_fetches
from pipeline.flow import rebuild_ledger
from pipeline.model import Link, Miss, Page, Reason, Slot
from pipeline.ports import Ports
from pipeline.publish.account import account, settlements
from pipeline.publish.rows import to_table
from pipeline.publish.seen import sighting_rows
from pipeline.publish.table import Lake
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, reject

NEXT = Slot.parse("2026-11-21T10:00")
NOW = NEXT.start + timedelta(minutes=30)


def link(of):
    names = ("source", "url", "url_key", "found_at", "found_in")
    return Link(**{name: getattr(of, name) for name in names})


def page(of):
    return Page(link=link(of), final_url=of.url, status=200, headers=(("ETag", '"1"'),),
                body=of.text.encode(), fetched_at=of.fetched_at)  # fmt: skip


def run(ports, lake, slot, *, links, answers, articles, rejects):
    """What crawl and publish do with a slot, the network left out."""
    ports.ledger.remember(links, [], slot)
    ports.ledger.settle_fetched(RawArchive(ports.store, slot, "0").keep(answers), slot, NOW)
    both = to_table(articles, ARTICLE), to_table(rejects, REJECT)
    fetches = read_fetches(ports.store, slot)
    outcomes = account(slot, ports.ledger.touched(slot), fetches, *both)
    lake.publish("rejects", slot, both[1])
    lake.publish("articles", slot, both[0])
    lake.publish("outcomes", slot, outcomes)
    lake.publish("sightings", slot, sighting_rows(ports.ledger.sightings(slot)))
    ports.ledger.settle(settlements(*both), slot)


def everything(ledger):
    found = [*ledger.touched(SLOT), *ledger.touched(NEXT)]
    return {(s.link.source, s.link.url_key): s for s in found}


def test_a_lost_ledger_comes_back_from_the_lake(tmp_path):
    store = open_store(str(tmp_path / "lake"))
    lake = Lake(store)
    ports = Ports(store, SqlLedger(f"sqlite:///{tmp_path}/old.db", 3), lambda: NOW)
    one, copy, bad, gone, new = article(1), article(2), reject(3), article(4), article(5)
    miss = Miss(
        link=link(gone), reason=Reason.GONE, detail="410", status=410, fetched_at=gone.fetched_at
    )
    run(
        ports, lake, SLOT,
        links=[link(of) for of in (one, copy, bad, gone, new)],
        answers=[page(one), page(copy), page(bad), miss],
        articles=[one, replace(copy, duplicate_of=one.article_id)],
        rejects=[bad],
    )  # fmt: skip
    again = article(1, NEXT, fetched_at=NEXT.start)
    late = Miss(link=link(new), reason=Reason.TIMEOUT, detail="30 s", fetched_at=NEXT.start)
    answers = [page(again), late]
    run(ports, lake, NEXT, links=[link(one)], answers=answers, articles=[again], rejects=[])

    lost = everything(ports.ledger)
    fresh = Ports(store, SqlLedger(f"sqlite:///{tmp_path}/new.db", 3), lambda: NOW)
    assert rebuild_ledger(fresh, lake) == 2
    assert everything(fresh.ledger) == lost
    assert len(lost) == 5
    assert rebuild_ledger(fresh, lake) == 2
    assert everything(fresh.ledger) == lost


def test_every_place_comes_back_with_its_claims(tmp_path):
    store = open_store(str(tmp_path / "lake"))
    lake = Lake(store)
    ports = Ports(store, SqlLedger(f"sqlite:///{tmp_path}/old.db", 3), lambda: NOW)
    one = replace(link(article(1)), title="A storm", authors=("Ana Ozola",), words=300)
    plan = replace(one, found_in="https://lantern.example/map.xml", found_via="news_sitemap")
    section = replace(one, found_in="https://lantern.example/weather", found_via="section",
                      found_at=NEXT.start, authors=(), words=None)  # fmt: skip
    run(ports, lake, SLOT, links=[one, plan], answers=[], articles=[], rejects=[])
    run(ports, lake, NEXT, links=[section], answers=[], articles=[], rejects=[])
    fresh = Ports(store, SqlLedger(f"sqlite:///{tmp_path}/new.db", 3), lambda: NOW)
    rebuild_ledger(fresh, lake)
    assert everything(fresh.ledger) == everything(ports.ledger)
    assert fresh.ledger.places(one.url_key) == ports.ledger.places(one.url_key)
    assert [place.link for place in fresh.ledger.places(one.url_key)] == [one, plan, section]
