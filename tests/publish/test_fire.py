"""Publishing under fire: racing publishers, kills, readers at the same time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable

from pipeline.adapters.store import open_store
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake
from schemas.article import ARTICLE
from tests.publish.rows import SLOT, article


def rows(numbers):
    return to_table([article(n) for n in numbers], ARTICLE)


def objects(store):
    return [info.key for info in store.list("articles/date=")]


PUBLISHER = """
import sys
from tests.publish.rows import SLOT, article
from pipeline.adapters.store import open_store
from pipeline.model import Slot
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake
from schemas.article import ARTICLE
address, what, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
lake = Lake(open_store(address))
print("ready", flush=True)
if what == "race":
    for line in sys.stdin:
        rows = [article(n) for n in range(int(line) + number)]
        print(lake.publish("articles", SLOT, to_table(rows, ARTICLE)).change, flush=True)
else:
    for hour in range(number):
        slot = Slot.parse(f"2026-11-20T{hour:02d}")
        lake.publish("articles", slot, to_table([article(n, slot) for n in range(100)], ARTICLE))
        print(hour, flush=True)
"""


def publisher(address, what, number):
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, address, what, str(number)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
    )  # fmt: skip


def test_eight_racing_publishers_leave_one_object_live(tmp_path):
    address = str(tmp_path / "lake")
    racers = [publisher(address, "race", number) for number in range(8)]
    lake = Lake(open_store(address))
    for racer in racers:
        assert racer.stdout.readline() == "ready\n", racer.stderr.read()
    for least in (10, 30, 50):  # a fresh slot, then one that is there
        for racer in racers:
            racer.stdin.write(f"{least}\n")
            racer.stdin.flush()
        changes = [racer.stdout.readline().strip() for racer in racers]
        assert set(changes) <= {"added", "replaced"}
        assert changes.count("added") == (least == 10)
        (live,) = lake.live_files("articles")
        count = lake.read("articles").num_rows
        assert least <= count < least + 8
        assert pq.read_metadata(lake.uris("articles")[0]).num_rows == count
        assert lake.publish("articles", SLOT, rows(range(count))).key == live
    for racer in racers:
        _, err = racer.communicate(timeout=60)
        assert racer.returncode == 0, err


def test_racing_publishers_in_a_bucket(s3_address):
    store = open_store(s3_address)

    def race(number: int) -> str:
        return Lake(store).publish("articles", SLOT, rows(range(10 + number))).change

    with ThreadPoolExecutor(4) as threads:
        changes = list(threads.map(race, range(4)))
    assert sorted(changes) == ["added", "replaced", "replaced", "replaced"]
    assert len(Lake(store).live_files("articles")) == 1


def test_a_publisher_killed_at_any_point_loses_and_doubles_nothing(tmp_path):
    address, slots = str(tmp_path / "lake"), 6
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15):
        running = publisher(address, "all", slots)
        running.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            running.wait(delay)
        running.kill()
        running.communicate()
    last = publisher(address, "all", slots)
    _, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    store = open_store(address)
    lake = Lake(store)
    assert lake.live_files("articles") == objects(store)
    assert len(objects(store)) == slots
    ids = lake.read("articles", ["article_id", "slot"])
    assert ids.num_rows == slots * 100
    assert len(set(map(tuple, zip(*ids.to_pydict().values(), strict=True)))) == slots * 100


def test_a_reader_sees_a_slot_whole_before_and_after(tmp_path):
    store = open_store(str(tmp_path / "lake"))
    lake = Lake(store)
    lake.publish("articles", SLOT, rows(range(200)))
    seen = set()

    def read() -> int:
        return DeltaTable(store.uri("articles")).to_pyarrow_table(columns=["article_id"]).num_rows

    with ThreadPoolExecutor(2) as threads:
        for turn in range(6):
            writing = threads.submit(
                lake.publish, "articles", SLOT, rows(range(100 + turn % 2 * 100))
            )
            while not writing.done():
                seen.add(read())
    assert seen <= {100, 200}
