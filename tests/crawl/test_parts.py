"""Articles that a site splits over pages: what is asked for, and what is kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import flow
from pipeline.adapters.store import open_store
from pipeline.crawl import raw_rows
from pipeline.crawl.raw import RawArchive, read_fetches, read_pages, recover
from pipeline.crawl.raw_rows import rows_of
from pipeline.model import Link, Miss, Page, Reason, Slot, State
from pipeline.urls import url_key
from tests.crawl.conftest import due_of, fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer, in_turn, moved, robots

SLOT = Slot.parse("2026-11-21T09:00")
NEXT = Slot.parse("2026-11-21T10:00")


def page_of(number, last, path="/story", text="Text."):
    links = "".join(f'<a href="{path}/{n}/">{n}</a>' for n in range(1, last + 1) if n != number)
    return answer(200, f"<body><p>{text} {number}</p><div>{links}</div></body>".encode())


def story(server, last=3, path="/story"):
    server.on(path, page_of(1, last, path))
    for number in range(2, last + 1):
        server.on(f"{path}/{number}/", page_of(number, last, path))


def fetch(ports, prepare, path="/story", **seed):
    async def run():
        async with HostileServer() as server:
            prepare(server)
            source = source_of(server.port, **seed)
            async with fetcher_for(ports) as fetcher:
                fetched = await fetcher.article(due_of(server.url(path)), source)
            return fetched, [p for p in server.paths() if p != "/robots.txt"]

    return asyncio.run(run())


def test_the_pages_of_an_article_come_with_the_first(ports):
    page, asked = fetch(ports, story)
    assert asked == ["/story", "/story/2/", "/story/3/"]
    assert [part.body[9:16] for part in page.parts] == [b"Text. 2", b"Text. 3"]
    assert [part.link.found_in for part in page.parts] == [page.final_url, page.parts[0].final_url]
    assert {part.link.found_via for part in page.parts} == {"page"}
    assert page.missing is None


def test_a_site_may_be_told_not_to_be_followed(ports):
    page, asked = fetch(ports, story, max_parts=1)
    assert (page.parts, asked) == ((), ["/story"])


def test_an_article_of_too_many_pages_is_cut_off_and_says_so(ports):
    page, asked = fetch(ports, lambda server: story(server, 9), max_parts=4)
    assert len(asked) == 4
    assert (page.missing.reason, page.missing.attempts) == (Reason.TOO_LARGE, 0)
    assert "fetch.max_parts" in page.missing.detail


def test_the_pages_of_an_article_share_the_limit_of_size(ports):
    def prepare(server):
        story(server)
        server.on("/story/2/", page_of(2, 3, text="x" * 900))

    page, asked = fetch(ports, prepare, max_bytes=1000)
    assert asked == ["/story", "/story/2/"]
    assert page.missing.reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (answer(404, b""), Reason.GONE),
        (answer(500, b""), Reason.HTTP_ERROR),
        (moved("/story"), Reason.GONE),
        (moved("/login"), Reason.GONE),
        (moved("/story/2/"), Reason.REDIRECT_LOOP),
        (moved("http://169.254.169.254/2/"), Reason.BLOCKED_ADDRESS),
    ],
)
def test_a_part_that_cannot_be_had_ends_the_article(ports, what, reason):
    def prepare(server):
        story(server)
        server.on("/story/2/", what)
        server.on("/login", answer())

    page, asked = fetch(ports, prepare)
    assert page.body
    assert "/story/3/" not in asked
    assert page.missing.reason == reason


def test_robots_are_heeded_for_parts(ports):
    def prepare(server):
        story(server)
        server.on("/robots.txt", robots("User-agent: *\nDisallow: /story/3"))

    page, asked = fetch(ports, prepare)
    assert asked == ["/story", "/story/2/"]
    assert page.missing.reason == Reason.ROBOTS


def test_a_pager_that_goes_round_is_left(ports):
    def prepare(server):
        server.on("/story", page_of(1, 2))
        server.on(
            "/story/2/", answer(200, b'<a rel="next" href="/story/2/">2</a><a href="/story">1</a>')
        )

    page, asked = fetch(ports, prepare)
    assert asked == ["/story", "/story/2/"]
    assert (len(page.parts), page.missing) == (1, None)


def test_the_next_article_is_not_followed(ports):
    def prepare(server):
        server.on("/story", answer(200, b'<a rel="next" href="/story-2">Story</a>'))

    page, asked = fetch(ports, prepare)
    assert (page.parts, asked) == ((), ["/story"])


def test_parts_count_towards_the_pages_of_a_run(ports):
    async def run():
        async with HostileServer() as server:
            story(server)
            server.on("/other", answer())
            source = source_of(server.port, max_pages=3)
            dues = [due_of(server.url("/story")), due_of(server.url("/other"))]
            async with fetcher_for(ports) as fetcher:
                hour = now() + timedelta(hours=1)
                return [
                    item async for item in fetcher.run({"paper": dues}, {"paper": source}, hour)
                ]

    page, other = asyncio.run(run())
    assert len(page.parts) == 2
    assert (other.reason, other.attempts) == (Reason.DEADLINE, 0)


# --- kept and read back ---


def kept(number, body=b"<p>text</p>", parts=(), path="a"):
    url = f"https://lantern.example/{path}/{number}"
    link = Link(source="lantern", url=url, url_key=url_key(url), found_at=now(), found_in="test")
    return Page(
        link=link,
        final_url=url,
        status=200,
        headers=(),
        body=body,
        fetched_at=now(),
        parts=tuple(parts),
    )


def lost(number):
    page = kept(number)
    return Miss(link=page.link, reason=Reason.TIMEOUT, detail="late", fetched_at=page.fetched_at)


def test_parts_come_back_with_their_page_across_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_rows, "ROW_GROUP", 2)
    store = open_store(str(tmp_path))
    # By address the parts lie far from their pages, and among other ones.
    first = kept(1, b"one", [kept(9, b"one b", path="z"), lost(0)])
    second = kept(3, b"two", [kept(2, b"two b"), kept(1, b"two c", path="0")])
    pages = [second, kept(5, b"alone"), first, kept(2, b"also alone")]
    keys = {p.raw_key for p in RawArchive(store, SLOT, "0").keep(pages)}
    back = {page.body: page for page in read_pages(store, SLOT, "0")}
    assert back.keys() == {b"one", b"two", b"alone", b"also alone"}
    assert [part.body for part in back[b"two"].parts] == [b"two b", b"two c"]
    assert [type(part) for part in back[b"one"].parts] == [Page, Miss]
    assert not back[b"alone"].parts
    assert len(keys) == 1
    assert {part.raw_key for page in back.values() for part in page.parts} == keys
    light = {item.digest: item for item in recover(store, SLOT, "0")}
    assert len(light) == 4
    assert light[first.digest].missing.detail == "late"
    assert light[second.digest].parts[0].digest == second.parts[0].digest
    details = {row["url"]: row["detail"] for row in read_fetches(store, SLOT).to_pylist()}
    assert details[first.link.url] == "page 3 is missing: timeout: late"
    assert details[second.link.url] == "3 pages"


def test_an_object_from_before_there_were_parts_can_be_read(tmp_path):
    store = open_store(str(tmp_path))
    rows = rows_of(kept(1), "page", SLOT)
    old = pa.Table.from_pylist(rows, schema=raw_rows.RAW).drop_columns(["part_of", "part"])
    path = tmp_path / "raw/date=2026-11-21/20261121T0900Z-0-0000-0123456789abcdef.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(old, path)
    RawArchive(store, SLOT, "0").keep([kept(2, parts=[kept(3)])])
    assert {len(page.parts) for page in read_pages(store, SLOT, "0")} == {0, 1}
    assert {len(item.parts) for item in recover(store, SLOT, "0")} == {0, 1}
    assert read_fetches(store, SLOT)["part_of"].null_count == 2


# --- a whole crawl ---


def crawl(ports, server, slot=SLOT):
    async def run():
        sources = {"paper": source_of(server.port)}
        async with fetcher_for(ports) as fetcher:
            deadline = now() + timedelta(hours=1)
            return await flow.crawl(sources, slot, "0", ports, fetcher=fetcher, deadline=deadline)

    return run()


def listed(server, *paths):
    items = "".join(f"<item><link>{server.url(path)}</link></item>" for path in paths)
    server.on("/feed", answer(200, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()))


def test_parts_are_no_urls_of_the_ledger_and_are_not_asked_for_again(ports):
    async def run():
        async with HostileServer() as server:
            story(server)
            listed(server, "/story")
            report = await crawl(ports, server)
            asked = len(server.log)
            await crawl(ports, server)
            return report, server.paths()[asked:]

    report, again = asyncio.run(run())
    assert report.counts["paper"] == {
        "listings": 1,
        "links": 1,
        "pages": 1,
        "parts": 2,
        "parts_missing": 0,
    }
    assert ports.ledger.counts()["paper"] == {(State.FETCHED, "not_yet"): 1}
    assert not {"/story", "/story/2/", "/story/3/"} & set(again)


def test_an_article_whose_part_failed_is_asked_for_again_as_a_whole(ports):
    async def run():
        async with HostileServer() as server:
            story(server)
            server.on("/story", answer(200, page_of(1, 3).partition(b"\r\n\r\n")[2], etag='"1"'))
            server.on("/story/3/", in_turn(answer(500, b""), page_of(3, 3)))
            listed(server, "/story")
            await crawl(ports, server)
            (standing,) = ports.ledger.find(url_key(server.url("/story")))
            (due,) = ports.ledger.due("paper", now() + timedelta(days=1), 9)
            source = source_of(server.port)
            async with fetcher_for(ports) as fetcher:
                page = await fetcher.article(due, source)
            archive = RawArchive(ports.store, NEXT, "0")
            ports.ledger.settle_fetched(archive.keep([page]), NEXT, now())
            return standing, due, page, ports.ledger.due("paper", now() + timedelta(days=1), 9)

    standing, due, page, left = asyncio.run(run())
    assert standing.state == State.FETCHED
    assert standing.attempts == 1
    assert (due.etag, due.attempts) == (None, 1), "a 304 would hide the part"
    assert page.missing is None
    assert not left


def test_a_part_that_fails_for_good_is_not_asked_for_again(ports):
    async def run():
        async with HostileServer() as server:
            story(server)
            server.on("/story/3/", answer(404, b""))
            listed(server, "/story")
            await crawl(ports, server)

    asyncio.run(run())
    assert not ports.ledger.due("paper", now() + timedelta(days=9), 9)
