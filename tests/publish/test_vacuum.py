from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import upkeep
from pipeline.adapters.local_store import TEMPORARY
from pipeline.adapters.store import open_store
from pipeline.crawl.raw import RawArchive, read_pages
from pipeline.errors import BrokenContract
from pipeline.flow import publish
from pipeline.jobs import utc_now
from pipeline.model import Slot
from pipeline.publish.claim import Overtaken
from pipeline.publish.compact import close_day
from pipeline.publish.rows import to_table
from pipeline.publish.stage import shard_of, stage, staged_shards
from pipeline.publish.table import Lake
from pipeline.publish.vacuum import expire_staged, vacuum
from schemas.article import ARTICLE
from tests.publish.rows import SLOT, article
from tests.publish.slots import Run, page
from tests.publish.test_claim import Killed, Port

#: deltalake compares what it removed with the real time.
NOW = utc_now()
DAY = "2026-11-20"
SLOTS = [Slot.parse(f"{DAY}T{hour:02d}") for hour in range(3)]
HOUR = timedelta(hours=1)


@pytest.fixture(params=["local", "s3"])
def store(request, tmp_path):
    if request.param == "local":
        return open_store(str(tmp_path / "lake"))
    return open_store(request.getfixturevalue("s3_address"))


@pytest.fixture
def local(tmp_path):
    return open_store(str(tmp_path / "lake"))


def rows(slot, numbers, **fields):
    return to_table([article(n, slot, **fields) for n in numbers], ARTICLE)


def objects(store):
    return [info.key for info in store.list("articles/date=")]


def killed_publisher(store, slot, numbers):
    """Leave an object that no commit made live."""

    class Mortal(Port):
        def __getattr__(self, name):
            found = getattr(store, name)
            return found if name != "create" else self.create

        def create(self, *args):
            store.create(*args)
            raise Killed

    with pytest.raises(Killed):
        Lake(Mortal(store, "", "", None)).publish("articles", slot, rows(slot, numbers))


def test_after_it_a_glob_and_the_log_name_the_same_objects(store):
    lake = Lake(store)
    for slot in SLOTS:
        lake.publish("articles", slot, rows(slot, range(5)))
    lake.publish("articles", SLOTS[0], rows(SLOTS[0], range(3)))
    killed_publisher(store, SLOTS[1], range(9))
    close_day(store, "articles", DAY, NOW)
    killed_publisher(store, SLOT, range(9))
    assert len(objects(store)) == 7
    swept = vacuum(store, "articles", NOW, timedelta(0))
    assert swept.objects == 6
    assert objects(store) == lake.live_files("articles")
    assert lake.read("articles").num_rows == 13
    assert vacuum(store, "articles", NOW, timedelta(0)).objects == 0


def test_what_was_replaced_stays_for_the_grace(local):
    past = Lake(local, lambda: NOW - 3 * HOUR)
    past.publish("articles", SLOT, rows(SLOT, [1]))
    past.publish("articles", SLOT, rows(SLOT, [2]))
    Lake(local).publish("articles", SLOT, rows(SLOT, [3]))
    assert len(objects(local)) == 3
    assert vacuum(local, "articles", NOW, 4 * HOUR).objects == 0
    assert vacuum(local, "articles", NOW, 2 * HOUR).objects == 1
    assert len(objects(local)) == 2


def test_what_never_was_live_stays_for_the_grace(local):
    Lake(local).publish("articles", SLOTS[0], rows(SLOTS[0], [1]))
    killed_publisher(local, SLOT, range(9))
    assert vacuum(local, "articles", NOW + HOUR, 2 * HOUR).objects == 0
    assert vacuum(local, "articles", NOW + 3 * HOUR, 2 * HOUR).objects == 1


def test_a_publisher_whose_object_was_swept_is_refused(store):
    """It sleeps between object and commit for longer than any grace."""
    lake = Lake(store)
    lake.publish("articles", SLOTS[0], rows(SLOTS[0], [1]))
    claim = lake.claim(SLOT)
    killed_publisher(store, SLOT, range(4))  # the same bytes that the sleeper has written
    vacuum(store, "articles", NOW + HOUR, timedelta(0))
    with pytest.raises(Overtaken):
        claim.publish("articles", rows(SLOT, range(4)))
    done = lake.publish("articles", SLOT, rows(SLOT, range(4)))
    assert done.change == "added"
    assert objects(store) == lake.live_files("articles")


def test_a_publisher_that_commits_while_it_sweeps_keeps_its_object(local):
    lake = Lake(local)
    lake.publish("articles", SLOTS[0], rows(SLOTS[0], [1]))
    killed_publisher(local, SLOT, range(4))
    late = Port(local, "list", "articles/_delta_log", lambda: lake.publish(
        "articles", SLOT, rows(SLOT, range(4))))  # fmt: skip
    vacuum(late, "articles", NOW + HOUR, timedelta(0))
    assert set(lake.live_files("articles")) <= set(objects(local))
    assert lake.read("articles").num_rows == 5


def test_what_is_not_ours_is_left_alone(local):
    Lake(local).publish("articles", SLOT, rows(SLOT, [1]))
    local.put("articles/date=2026-11-21/notes.txt", b"mine")
    vacuum(local, "articles", NOW + HOUR, timedelta(0))
    assert "articles/date=2026-11-21/notes.txt" in objects(local)


def test_the_log_gets_checkpoints_and_sheds_what_killed_writers_left(local, tmp_path):
    lake = Lake(local)
    for number in range(25):
        lake.publish("articles", SLOT, rows(SLOT, [number % 2]))
    folder = tmp_path / "lake" / "articles" / "_delta_log"
    (folder / "00000000000000000099.json#1").write_bytes(b"{")
    assert vacuum(local, "articles", NOW + HOUR / 2, timedelta(0)).objects
    assert (folder / "00000000000000000099.json#1").exists()
    vacuum(local, "articles", NOW + 2 * HOUR, timedelta(0))
    assert not (folder / "00000000000000000099.json#1").exists()
    assert list(folder.glob("*.checkpoint*.parquet"))
    assert lake.read("articles").num_rows == 1


def test_old_staging_goes_slot_by_slot(local):
    stage([article(1)], local, SLOT, "0")
    stage([article(2)], local, SLOT, "1")
    stage([article(3, SLOTS[0])], local, SLOTS[0], "0")
    for key in (f"staged/{SLOT.id}/0-articles.parquet", f"staged/{SLOTS[0].id}/0-articles.parquet",
                f"staged/{SLOTS[0].id}/0-rejects.parquet"):  # fmt: skip
        path = Path(local.uri(key))
        os.utime(path, times=((NOW - 100 * HOUR).timestamp(),) * 2)
    assert expire_staged(local, NOW, 99 * HOUR).objects == 2
    assert len(list(local.list("staged/"))) == 4


def test_a_slot_is_not_published_empty_when_its_staging_is_gone(ports):
    Run(ports, SLOT, "0").fetched([article(1)])
    Run(ports, SLOT, "1").fetched([article(2)])
    Run(ports, SLOT, "0").staged([article(1)], [])
    assert staged_shards(ports.store, SLOT) == {"0"}
    assert shard_of(f"raw/date={SLOT.date}/{SLOT.id}-text-0000-0011223344556677.parquet") == "text"
    publish(SLOT, ports, Lake(ports.store), 14)  # a shard that failed does not hold back the others
    raw_key = f"raw/date={SLOT.date}/{SLOT.id}-1-0000-0011223344556677.parquet"
    Run(ports, SLOT, "1").staged([article(2, raw_key=raw_key)], [])
    publish(SLOT, ports, Lake(ports.store), 14)
    ports.store.delete(info.key for info in ports.store.list(f"staged/{SLOT.id}/1-"))
    with pytest.raises(BrokenContract, match=r"shard 1 nothing is staged .*broadsheet extract"):
        publish(SLOT, ports, Lake(ports.store), 14)
    assert Lake(ports.store).read("articles").num_rows == 2


def test_responses_expire_by_source(local):
    old = Slot.parse("2026-11-01T09:00")
    kept = RawArchive(local, old, "0").keep([
        page(article(1, old)),
        page(article(2, old, source="b")),
    ])
    RawArchive(local, old, "1").keep([page(article(3, old))])
    RawArchive(local, SLOT, "0").keep([page(article(4))])
    today = SLOT.start.date()
    assert upkeep.expire_raw(local, today, None, {}).counts == {}
    assert upkeep.expire_raw(local, today, 20, {}).counts == {}
    report = upkeep.expire_raw(local, today, None, {"lantern": 19})
    assert report.counts == {"raw": {"objects": 2, "rows": 2}}
    assert [info.key[:21] for info in local.list("raw/")] == [
        "raw/date=2026-11-01/2", "raw/date=2026-11-21/2"
    ]  # fmt: skip
    (left,) = read_pages(local, old, "0")
    assert (left.link.source, left.raw_key) == ("b", kept[1].raw_key)
    assert upkeep.expire_raw(local, today, 19, {"lantern": 400}).counts["raw"]["rows"] == 1


def test_upkeep_closes_old_days_and_sweeps(local, tmp_path):
    lake = Lake(local, lambda: NOW - 3 * HOUR)
    for slot in SLOTS:
        lake.publish("articles", slot, rows(slot, [1]))
    (tmp_path / "lake" / TEMPORARY).mkdir(exist_ok=True)
    left = tmp_path / "lake" / TEMPORARY / "left"
    left.write_bytes(b"x")
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert upkeep.close_days(local, noon, 2).counts == {}
    report = upkeep.close_days(local, noon + 24 * HOUR, 2)
    assert report.files == [f"closed: articles/date={DAY}"]
    assert upkeep.check(local, noon.date()).warnings == []
    swept = upkeep.sweep(local, NOW + 48 * HOUR, timedelta(0), 24 * HOUR)
    assert swept.counts["articles"]["objects"] == 3
    assert swept.counts["unfinished"] == {"objects": 1}
    assert not left.exists()
    local.delete(lake.live_files("articles"))
    with pytest.raises(BrokenContract, match="in the log, but not there"):
        upkeep.check(local, noon.date())
