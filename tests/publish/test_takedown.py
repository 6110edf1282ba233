"""Articles that are taken down are gone from every byte of the lake, and stay out."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline import golden
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.crawl.discover import Poll
from pipeline.crawl.raw import RawArchive, read_pages
from pipeline.crawl.removal import REDACTED, pages_without, polls_without
from pipeline.crawl.request_log import encode as encode_requests
from pipeline.doctor import tombstones
from pipeline.errors import FixSeed
from pipeline.flow import publish, rebuild_ledger
from pipeline.jobs import utc_now
from pipeline.memory.archive import MemoryArchive
from pipeline.memory.evidence import PageEvidence
from pipeline.model import Link, Miss, Page, Reason, Request, Slot, State
from pipeline.ports import Ports
from pipeline.publish.account import unbalanced
from pipeline.publish.claim import Overtaken
from pipeline.publish.compact import close_day
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake
from pipeline.publish.tables import TABLES
from pipeline.publish.takedown import EXPORT, export
from pipeline.removal import Target, gather, read_receipt, take_down, unfinished
from pipeline.summary import books_of_counts
from pipeline.tombstones import read_tombstones
from pipeline.urls import article_id, url_key
from schemas.article import ARTICLE
from schemas.reject import REJECT
from schemas.tombstone import TOMBSTONE
from tests.publish.rows import SLOT, article, reject
from tests.publish.slots import Run, page
from tests.publish.test_claim import Killed

NEXT = Slot.parse("2026-11-21T10:00")
URL = "https://lantern.example/2026/quillfeather-resigns"
OTHER = "https://lantern.example/2026/ferry"
FEED = "https://lantern.example/feed"
#: Words of the article that nothing else says.
WORDS = ("Quillfeather", "quillfeather", "Marrowby", "Brackwater", "quince jam")
TEXT = "Mayor Quillfeather of Marrowby has resigned over quince jam.\nNobody was surprised."


def made(url=URL, of=SLOT, **fields):
    named = (
        {"title": "Quillfeather resigns", "authors": ("Zelda Brackwater",)} if url == URL else {}
    )
    text = {"text": TEXT} if url == URL else {}
    key = url_key(url)
    ids = {"url_key": key, "article_id": article_id("lantern", key), "url_final": url}
    return article(1, of, url=url, **{**ids, **named, **text, **fields})


def feed_of(*rows):
    items = "".join(
        f"<item><title>{row.title}</title><link>{row.url}?utm_source=feed</link>"
        f"<content:encoded>{row.text}</content:encoded></item>"
        for row in rows
    )
    link = Link(source="lantern", url=FEED, url_key=url_key(FEED), found_at=SLOT.start,
                found_in="seed", found_via="seed")  # fmt: skip
    return Page(link=link, final_url=FEED, status=200, headers=(), body=items.encode(),
                fetched_at=SLOT.start)  # fmt: skip


def requested(url, slot=SLOT):
    return Request(host="lantern.example", source="lantern", purpose="daily", kind="page", url=url,
                   sent=True, at=slot.start + timedelta(seconds=len(url)), status=200,
                   slot=slot.key)  # fmt: skip


@pytest.fixture(params=["local", "s3"])
def ports(request, tmp_path):
    address = str(tmp_path / "lake")
    if request.param == "s3":
        address = request.getfixturevalue("s3_address")
    return opened(address, tmp_path)


@pytest.fixture
def local(tmp_path):
    return opened(str(tmp_path / "lake"), tmp_path)


def opened(address, tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path}/lake/_ledger/ledger.db", 3)
    return Ports(open_store(address), ledger, utc_now)


def filled(ports):
    """A lake that holds the article in all the places where something of it can be."""
    store = ports.store
    one, two, bad = made(), made(OTHER), reject(3)
    Run(ports, SLOT).published([one, two], [bad])
    second = made(of=NEXT, text=TEXT + "\nBrackwater reports.", fetched_at=NEXT.start)
    Run(ports, NEXT).published([second], [])
    feeds = RawArchive(store, SLOT, "0")
    feeds.keep([feed_of(one, two), feed_of(two)], "listing")
    key = f"requests/date={SLOT.date}/{SLOT.id}-0-0011223344556677.parquet"
    store.put(key, encode_requests([requested(URL), requested(OTHER)]))
    ports.ledger.journal("0", [requested(URL + "?utm_source=feed"), requested(URL, NEXT)])
    evidence = [
        PageEvidence(
            page=row.article_id[:16],
            url=row.url,
            layout="",
            filled=("article",),
            words=9,
            sketch=(row.char_count,),
            lines=(("cut", "r", row.title),),
        )
        for row in (one, two)
    ]
    MemoryArchive(store, "lantern").keep_evidence(SLOT, "0", evidence)
    store.put("inbox/lantern/1-0.push", b"{}\n" + feed_of(one).body)
    store.put("inbox/lantern/2-0.push", b"{}\n" + feed_of(two).body)
    return one, two, bad


def everything(ports, tmp_path):
    """Yield every object and file, unpacked."""
    for info in ports.store.list():
        yield info.key, unpacked(ports.store.get(info.key))
    for path in (tmp_path / "lake").rglob("*"):
        if path.is_file():
            yield str(path), unpacked(path.read_bytes())


def unpacked(body):
    if body[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(body))
        return (
            body
            + repr(table.to_pylist()).encode()
            + repr(pq.read_metadata(io.BytesIO(body))).encode()
        )
    if body[:2] == b"\x1f\x8b":
        return body + gzip.decompress(body)
    return body


def saying(ports, tmp_path, words=WORDS):
    return [
        key for key, body in everything(ports, tmp_path) if any(w.encode() in body for w in words)
    ]


def down(ports, target, goldens=Path("nowhere")):
    return take_down(gather(target, ports, "asked by its subject"), ports, goldens, lambda _: None)


def test_nothing_of_an_article_is_left_in_any_byte(ports, tmp_path):
    one, _, bad = filled(ports)
    assert len(saying(ports, tmp_path)) > 10
    spelled = "http://www.lantern.example/2026/quillfeather-resigns/?utm_source=x#top"
    receipt = down(ports, Target(url=spelled))
    assert saying(ports, tmp_path) == []
    assert receipt["done_at"]
    assert receipt["articles"] == 1
    assert {key.split("/")[0] for keys in receipt["objects"].values() for key in keys} >= {
        "articles", "outcomes", "raw", "requests", "staged", "inbox"
    }  # fmt: skip
    lake = Lake(ports.store)
    assert lake.read("articles", ["url"]).to_pylist() == [{"url": OTHER}]
    assert lake.read("rejects", ["url"]).to_pylist() == [{"url": bad.url}]
    for name in TABLES:
        live = lake.live_files(name)
        assert live == [info.key for info in ports.store.list(f"{name}/date=")], name
    (standing,) = ports.ledger.find(one.url_key)
    assert (standing.state, standing.link.url) == (State.REMOVED, "")
    assert ports.ledger.due("lantern", utc_now(), 10) == []


def test_the_books_balance_and_the_rest_is_as_it_was(local):
    one, _, bad = filled(local)
    down(local, Target(article=one.article_id))
    for slot in (SLOT, NEXT):
        assert unbalanced(slot, local) == []
    (book,) = books_of_counts(local.ledger.counts())
    assert (book.discovered, book.articles, book.removed) == (3, 1, 1)
    assert sum(book.rejected.values()) == 1
    mine = pc.field("url_key") == one.url_key
    rows = Lake(local.store).read("outcomes", filter=mine).to_pylist()
    assert [(r["stage"], r["state"], r["reason"], r["url"]) for r in rows] == [
        ("discover", "removed", "taken_down", "")
    ]
    pages = [p for slot in (SLOT, NEXT) for p in read_pages(local.store, slot, "0")]
    assert {p.link.url for p in pages} == {bad.url, OTHER}
    (kept,) = Lake(local.store).read("articles", ["raw_key"]).to_pylist()
    assert kept["raw_key"].startswith("raw/")
    (request,) = [r for r in local.ledger.journalled() if r.slot == NEXT.key]
    assert request.url == f"{REDACTED}{one.url_key}"


def test_it_stays_out_when_all_is_made_again(local, tmp_path):
    one, _, _ = filled(local)
    down(local, Target(url=URL))
    # found, fetched and extracted again, by whoever does not know
    run = Run(local, NEXT)
    run.fetched([made(of=NEXT), made(OTHER, of=NEXT)])
    run.staged([made(of=NEXT), made(OTHER, of=NEXT)], [])
    publish(NEXT, local, Lake(local.store), 14)
    assert set(Lake(local.store).read("articles")["url"].to_pylist()) == {OTHER}
    assert {s.state for s in local.ledger.find(one.url_key)} == {State.REMOVED}
    assert unbalanced(NEXT, local) == []
    lost = replace(local, ledger=SqlLedger(f"sqlite:///{tmp_path}/new.db", 3))
    rebuild_ledger(lost, Lake(local.store))
    assert {s.state for s in lost.ledger.find(one.url_key)} == {State.REMOVED}
    assert lost.ledger.counts() == local.ledger.counts()
    # the next upkeep looks again, and removes what was fetched meanwhile
    assert [s.id for s in unfinished(local.store, SLOT.start - timedelta(days=900))]
    down(local, Target(url=URL))
    assert saying(local, tmp_path) == []


def test_a_slot_published_again_is_what_the_takedown_left(local):
    filled(local)
    down(local, Target(url=URL))
    before = Lake(local.store).read("outcomes").sort_by("url_key").to_pylist()
    run = Run(local, SLOT)
    run.staged([made(OTHER)], [reject(3)])
    publish(SLOT, local, Lake(local.store), 14)
    after = Lake(local.store).read("outcomes").sort_by("url_key").to_pylist()
    assert sorted(map(repr, after)) == sorted(map(repr, before))


def test_of_a_closed_day_it_is_removed_too(local, tmp_path):
    filled(local)
    for name in TABLES:
        close_day(local.store, name, SLOT.date, local.now())
    down(local, Target(url=URL))
    assert saying(local, tmp_path) == []
    assert Lake(local.store).read("articles").num_rows == 1


def test_a_publisher_that_is_under_way_does_not_bring_it_back(local):
    filled(local)
    claim = Lake(local.store).claim(SLOT)
    down(local, Target(url=URL))
    with pytest.raises(Overtaken, match=r"is at version|taken down"):
        claim.publish("articles", to_table([made()], ARTICLE))
    other = Lake(local.store).claim(Slot.parse("2026-11-19T00"))
    down(local, Target(url=URL))
    with pytest.raises(Overtaken, match="taken down"):
        other.publish("rejects", to_table([], REJECT))


@pytest.mark.parametrize("fuse", [1, 2, 3, 5, 8, 12, 16])
def test_killed_at_any_point_and_run_again_it_completes(local, tmp_path, fuse):
    filled(local)
    mortal = replace(local, store=Mortal(local.store, fuse))
    with pytest.raises(Killed):
        down(mortal, Target(url=URL))
    target = Target(url=URL)
    if read_tombstones(local.store):
        (stone,) = unfinished(local.store, local.now() + timedelta(days=1))
        take_down(stone, local, Path("nowhere"), lambda _: None)
    else:
        down(local, target)
    assert saying(local, tmp_path) == []
    receipt = read_receipt(local.store, target.id)
    assert receipt["done_at"]
    assert any(key.startswith("articles/") for key in receipt["objects"]["replaced"])
    assert Lake(local.store).read("articles").num_rows == 1
    assert unbalanced(SLOT, local) == []


class Mortal:
    """A store that dies before its nth change."""

    def __init__(self, inner, fuse):
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name not in {"put", "create", "delete"}:
            return found

        def change(*args, **kwargs):
            self._fuse -= 1
            if self._fuse == 0:
                raise Killed
            return found(*args, **kwargs)

        return change


def test_all_of_a_source(local, tmp_path):
    filled(local)
    local_other = article(7, source="meridian", url="https://meridian.example/7")
    Run(local, NEXT, "1").published([local_other], [])
    down(local, Target(source="lantern"))
    assert Lake(local.store).read("articles", ["source"]).to_pylist() == [{"source": "meridian"}]
    assert Lake(local.store).read("sightings", ["source"]).to_pylist() == [{"source": "meridian"}]
    assert saying(local, tmp_path) == []
    assert read_tombstones(local.store).covers("lantern", "whatever")


def test_the_doctor_finds_what_is_back(local):
    filled(local)
    down(local, Target(url=URL))
    assert [f.level for f in tombstones(local.store)] == ["ok"]
    Lake(local.store).publish("articles", NEXT, to_table([made(of=NEXT)], ARTICLE))
    (found,) = tombstones(local.store)
    assert (found.level, found.detail[:9]) == ("wrong", "articles/")


def test_what_is_not_known_is_kept_out_all_the_same(local):
    filled(local)
    url = "https://lantern.example/not/yet"
    receipt = down(local, Target(url=url))
    assert receipt["objects"] == {}
    assert local.ledger.remember([replace(page(made(url)).link)], [], SLOT) == 0
    with pytest.raises(FixSeed, match="no article of the lake"):
        gather(Target(article="0" * 32), local, "")


def test_receipt_and_tombstone_name_no_content(local):
    filled(local)
    down(local, Target(url=URL))
    for folder in ("tombstones/", "receipts/"):
        (info,) = local.store.list(folder)
        text = local.store.get(info.key).decode()
        assert json.loads(text)
        assert "lantern.example" not in text
        assert "quill" not in text.lower()


def test_tombstones_are_exported_for_those_who_keep_copies(local):
    one, _, _ = filled(local)
    down(local, Target(article=one.article_id))
    down(local, Target(source="meridian"))
    assert export(local.store, read_tombstones(local.store).stones) == 2
    rows = pq.read_table(io.BytesIO(local.store.get(EXPORT)), schema=TOMBSTONE).to_pylist()
    assert {(r["source"], r["url_key"], r["article_id"]) for r in rows} == {
        ("lantern", one.url_key, one.article_id), ("meridian", None, None)
    }  # fmt: skip
    assert len(read_tombstones(local.store).stones) == 2


def test_golden_tests_of_it_go(local, tmp_path):
    filled(local)
    folder = tmp_path / "golden"
    for row in (made(), made(OTHER)):
        golden.keep(folder, page(row), row)
    assert len(list(folder.rglob("*.*"))) == 4
    down(local, Target(url=URL), folder)
    assert {path.name for path in folder.rglob("*.*")} == {"ferry.yml", "ferry.html.gz"}


async def _each(items):
    for item in items:
        yield item


async def _list(items):
    return [item async for item in items]


def test_a_crawl_keeps_nothing_of_it(local):
    filled(local)
    down(local, Target(url=URL))
    gone = read_tombstones(local.store)
    links = tuple(page(row).link for row in (made(), made(OTHER)))
    whole, other = feed_of(made(), made(OTHER)), feed_of(made(OTHER))
    polls = [Poll(whole, links, None), Poll(other, links[1:], None)]
    found = asyncio.run(_list(polls_without(_each(polls), gone)))
    assert [len(poll.links) for poll in found] == [1, 1]
    assert [bool(poll.fetched.body) for poll in found] == [False, True]
    led = replace(page(made("https://lantern.example/short")), final_url=URL)
    items = [page(made()), led, page(made(OTHER))]
    short, last = asyncio.run(_list(pages_without(_each(items), gone)))
    assert (type(short), short.reason, short.final_url) == (Miss, Reason.TAKEN_DOWN, None)
    assert last == items[2]
