"""One contract for both stores: a directory, and a bucket on a real radosgw."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from pipeline.adapters.local_store import TEMPORARY, LocalStore
from pipeline.adapters.store import open_store
from pipeline.errors import FixSeed, TryLater
from pipeline.jobs import utc_now
from tests.servers import free_port

ODD_KEYS = [
    "date=2026-11-21/a.parquet",
    "with space/and+plus",
    "percent%2Fsign/100%",
    "hash#and?question&amp",
    "кириллица/日本語",
    "quote'\"double",
    "a.b-c_d~e!(f)*",
    "_delta_log/00000000000000000000.json",
    ".hidden",
]


@pytest.fixture(params=["local", "s3"])
def store(request, tmp_path):
    if request.param == "local":
        return open_store(str(tmp_path / "lake"))
    return open_store(request.getfixturevalue("s3_address"))


def keys(store, prefix=""):
    return [info.key for info in store.list(prefix)]


def test_reads_back_what_was_put(store):
    store.put("a/b", b"one")
    store.put("a/b", b"second")
    assert store.get("a/b") == b"second"


def test_creates_once(store):
    assert store.create("a/b", b"one")
    assert not store.create("a/b", b"two")
    assert store.get("a/b") == b"one"


def test_create_has_one_winner_among_sixteen(store):
    start = Barrier(16)

    def race(number: int, turn: int) -> bool:
        start.wait()
        return store.create(f"race/{turn}", bytes([number]) * 1000)

    with ThreadPoolExecutor(16) as threads:
        for turn in range(10):
            wins = list(threads.map(race, range(16), [turn] * 16))
            assert sum(wins) == 1
            assert store.get(f"race/{turn}") == bytes([wins.index(True)]) * 1000


def test_reads_ranges(store):
    store.put("a", b"0123456789")
    assert store.get("a", 3) == b"3456789"
    assert store.get("a", 3, 6) == b"345"
    assert store.get("a", 0, 1) == b"0"
    assert store.get("a", 8, 100) == b"89"
    assert store.get("a", 5, 5) == b""
    assert store.get("a", 10) == b""


def test_holds_an_empty_object(store):
    store.put("a", b"")
    assert store.get("a") == b""
    assert [info.size for info in store.list("a")] == [0]


def test_missing_key_is_a_key_error(store):
    with pytest.raises(KeyError, match="nothing/here"):
        store.get("nothing/here")
    store.put("a/b", b"1")
    with pytest.raises(KeyError):
        store.get("a")
    with pytest.raises(KeyError):
        store.get("a/b/c")


def test_takes_odd_keys(store):
    for key in ODD_KEYS:
        assert store.create(key, key.encode())
    assert keys(store) == sorted(ODD_KEYS)
    assert [store.get(key).decode() for key in ODD_KEYS] == ODD_KEYS
    store.delete(ODD_KEYS)
    assert keys(store) == []


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../../b", "a/.", "a\0b"])
def test_refuses_keys_that_lead_astray(store, key):
    for use in (
        lambda: store.put(key, b""),
        lambda: store.create(key, b""),
        lambda: store.get(key),
    ):
        with pytest.raises(ValueError, match="cannot be the key"):
            use()


def test_lists_by_prefix_in_key_order(store):
    for key in ["a/2", "a/10", "a-b", "ab/1", "b", "a/1/x"]:
        store.put(key, b"xy")
    assert keys(store) == sorted(["a/2", "a/10", "a-b", "ab/1", "b", "a/1/x"])
    assert keys(store, "a/") == ["a/1/x", "a/10", "a/2"]
    assert keys(store, "a/1") == ["a/1/x", "a/10"]
    assert keys(store, "nothing") == []
    assert {info.size for info in store.list()} == {2}
    assert all(info.modified_at.tzinfo for info in store.list())


def test_lists_and_deletes_more_than_a_page(store):
    wanted = [f"many/{number:04d}" for number in range(1105)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda key: store.put(key, b"x"), wanted))
    assert keys(store, "many/") == wanted
    store.delete(wanted[1:])
    assert keys(store) == wanted[:1]


def test_deleting_nothing_is_no_error(store):
    store.delete([])
    store.delete(["not/there"])


def test_its_address_serves_other_readers(store):
    import polars as pl

    store.put("t/a.csv", b"x\n1\n2\n")
    found = pl.scan_csv(store.uri("t/a.csv"), storage_options=store.options()).collect()
    assert found["x"].sum() == 3


# A directory


def test_local_accepts_a_file_address(tmp_path):
    store = open_store(f"file://{tmp_path}/lake")
    store.put("a", b"1")
    assert (tmp_path / "lake" / "a").read_bytes() == b"1"
    assert store.uri("a") == str(tmp_path / "lake" / "a")


def test_local_reads_of_a_lake_that_is_not_there_make_none(tmp_path):
    store = LocalStore(tmp_path / "lake")
    assert keys(store) == []
    with pytest.raises(KeyError):
        store.get("a")
    assert not (tmp_path / "lake").exists()


def test_local_leaves_no_trace_of_a_write_that_was_killed(tmp_path):
    store = LocalStore(tmp_path / "lake")
    store.put("a/b", b"1")
    (tmp_path / "lake" / ".tmp" / "leftover").write_bytes(b"half")
    assert keys(store) == ["a/b"]
    with pytest.raises(ValueError, match="cannot be the key"):
        store.get(".tmp/leftover")


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing: util-linux")
def test_local_says_when_the_folder_cannot_be_written(tmp_path):
    lake = tmp_path / "lake"
    lake.mkdir()
    lake.chmod(0o500)
    for above in (tmp_path, *tmp_path.parents):
        if above.owner() == "root" and "pytest" in str(above):
            above.chmod(0o755)
    script = (
        f"from pipeline.adapters.store import open_store\nopen_store({str(lake)!r}).put('a', b'1')"
    )
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    prefix = as_nobody if os.geteuid() == 0 else []
    if subprocess.run(
        [*prefix, sys.executable, "-c", ""], capture_output=True, check=False
    ).returncode:
        pytest.skip("this Python lies where nobody but its owner can start it")
    done = subprocess.run(
        [*prefix, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("pipeline.errors.FixSeed: ")
    assert "BROADSHEET_STORE" in last
    assert str(lake) in last


def test_local_says_when_a_file_is_in_the_way(tmp_path):
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(FixSeed, match="BROADSHEET_STORE"):
        LocalStore(tmp_path / "lake").put("a", b"1")


def test_local_says_when_the_disk_is_full(tmp_path):
    lake = tmp_path / "lake"
    lake.mkdir()
    small = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=64k none {lake}"
    if shutil.which("unshare") is None or subprocess.run([*small, mount], check=False).returncode:
        pytest.skip("no right to mount a small disk")
    script = (
        "from pipeline.adapters.store import open_store\n"
        f"open_store({str(lake)!r}).put('a', b'1' * 100_000)"
    )
    done = subprocess.run(
        [*small, f'{mount} && {sys.executable} -c "$0"', script],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("pipeline.errors.TryLater: The lake's disk is full")
    assert "free some space" in last


@pytest.mark.parametrize("address", ["", "gs://bucket/x", "s3://", "s3:///x"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(FixSeed, match="BROADSHEET_STORE"):
        open_store(address)


# A bucket


def test_s3_says_when_the_endpoint_is_down(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testtest")
    store = open_store("s3://bucket/lake")
    with pytest.raises(TryLater, match=r"bucket bucket at http://127.*AWS_ENDPOINT_URL"):
        store.get("a")


def test_s3_says_when_the_key_is_refused(s3_address, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(FixSeed, match="AWS_SECRET_ACCESS_KEY"):
        open_store(s3_address).put("a", b"1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(FixSeed, match="AWS_ACCESS_KEY_ID"):
        open_store(s3_address).put("a", b"1")


@pytest.mark.usefixtures("s3_address")
def test_s3_says_when_there_is_no_bucket():
    store = open_store("s3://no-such-bucket/lake")
    for use in (
        lambda: store.put("a", b"1"),
        lambda: store.create("a", b"1"),
        lambda: list(store.list()),
        lambda: store.get("a"),
        lambda: store.delete(["a"]),
    ):
        with pytest.raises(FixSeed, match=r"no bucket no-such-bucket at http://.*Create it"):
            use()


def test_s3_says_when_there_are_no_keys(s3_address, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    store = open_store(s3_address)
    with pytest.raises(FixSeed, match="AWS_ACCESS_KEY_ID"):
        store.put("a", b"1")
    with pytest.raises(FixSeed, match="AWS_ACCESS_KEY_ID"):
        store.options()


def test_s3_says_when_the_endpoint_is_no_address(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not an address")
    with pytest.raises(FixSeed, match="AWS_ENDPOINT_URL"):
        open_store("s3://bucket/lake")


def test_s3_keeps_to_its_prefix(s3_address):
    bucket = s3_address.removesuffix("/lake")
    open_store(s3_address).put("a", b"1")
    assert keys(open_store(bucket)) == ["lake/a"]
    assert keys(open_store(f"{bucket}/other")) == []
    assert open_store(s3_address).uri("a") == f"{s3_address}/a"
    assert open_store(f"{s3_address}/").uri() == s3_address


def test_what_killed_writes_have_left_is_removed(store, request):
    store.put("a", b"kept")
    left = leave_unfinished(store, request)
    now = utc_now()
    assert store.clear_unfinished(now - timedelta(hours=1)) == 0
    assert store.clear_unfinished(now + timedelta(hours=1)) == left
    assert store.clear_unfinished(now + timedelta(hours=1)) == 0
    assert store.get("a") == b"kept"


def leave_unfinished(store, request) -> int:
    if isinstance(store, LocalStore):
        folder = Path(store.uri()) / TEMPORARY
        folder.mkdir(exist_ok=True)
        (folder / "left").write_bytes(b"half")
        return 1
    bucket, _, prefix = store.uri().removeprefix("s3://").partition("/")
    import boto3

    boto3.client("s3", endpoint_url=request.getfixturevalue("s3").endpoint).create_multipart_upload(
        Bucket=bucket, Key=f"{prefix}/half"
    )
    return 1
