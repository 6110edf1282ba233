"""A publisher that sleeps while its successor publishes must not put older rows back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from pipeline.adapters.store import open_store
from pipeline.flow import publish
from pipeline.model import State
from pipeline.ports import Ports
from pipeline.publish.account import unbalanced
from pipeline.publish.claim import Overtaken
from pipeline.publish.rows import to_table
from pipeline.publish.stage import stage
from pipeline.publish.table import Lake
from schemas.article import ARTICLE
from tests.publish.rows import SLOT, article, reject
from tests.publish.slots import Run

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["local", "s3"])
def address(request, tmp_path):
    return (
        str(tmp_path / "lake")
        if request.param == "local"
        else request.getfixturevalue("s3_address")
    )


def rows(numbers, **fields):
    return to_table([article(n, **fields) for n in numbers], ARTICLE)


def test_a_claim_commits_only_on_top_of_what_it_saw(address):
    lake = Lake(open_store(address))
    late, prompt = lake.claim(SLOT), lake.claim(SLOT)
    prompt.publish("articles", rows([1, 2]))
    with pytest.raises(Overtaken):
        late.publish("articles", rows([1]))
    prompt.check()
    with pytest.raises(Overtaken):
        late.check()
    assert lake.read("articles").num_rows == 2


def test_a_publication_that_changes_nothing_ends_older_ones_too(address):
    lake = Lake(open_store(address))
    lake.publish("articles", SLOT, rows([1, 2]))
    for table in (rows([1, 2]), rows([])):
        late = lake.claim(SLOT)
        assert lake.claim(SLOT).publish("articles", table).change in {"unchanged", "removed"}
        with pytest.raises(Overtaken):
            late.publish("articles", rows([1]))
    late = lake.claim(SLOT)
    assert lake.claim(SLOT).publish("articles", rows([])).change == "empty"
    with pytest.raises(Overtaken):
        late.publish("articles", rows([1]))


def test_other_slots_do_not_end_a_claim(address):
    lake = Lake(open_store(address))
    claim = lake.claim(SLOT)
    other = SLOT.before(1)
    lake.publish("articles", other, to_table([article(5, other)], ARTICLE))
    assert claim.publish("articles", rows([1])).change == "added"
    claim.check()


class Port:
    """A store or ledger that does something once, just before a call."""

    def __init__(self, inner, method, which, do):
        self._inner, self._method, self._which, self._do = inner, method, which, do

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def call(*args, **kwargs):
            if self._do and str(args[0]).startswith(self._which):
                do, self._do = self._do, None
                do()
            return found(*args, **kwargs)

        return call


POINTS = [
    ("create", "rejects/date="),
    ("create", "articles/date="),
    ("create", "outcomes/date="),
    ("settle", "<generator"),
]


def through(ports, method, which, do):
    """The same ports, one of which does something just before a call."""
    store, ledger = (Port(port, method, which, do) for port in (ports.store, ports.ledger))
    return Ports(store, ledger, ports.now)


def older_and_newer(ports):
    """Stage a slot; return what stages it again with other rows."""
    run = Run(ports, SLOT)
    run.fetched([article(1), article(2), reject(3)])
    run.staged([article(1, text="An older text of the storm.")], [reject(2), reject(3)])
    newer = [article(1, text="The newer text of the storm."), article(2)]
    return lambda: run.staged(newer, [reject(3)])


def assert_newer(ports):
    found = Lake(ports.store).read("articles", ["url", "text"]).sort_by("url").to_pylist()
    assert [row["text"][:9] for row in found] == ["The newer", "The ferry"]
    assert Lake(ports.store).read("rejects", ["url"]).to_pylist() == [{"url": reject(3).url}]
    assert unbalanced(SLOT, ports) == []
    (standing,) = ports.ledger.find(article(2).url_key)
    assert standing.state == State.PUBLISHED


@pytest.mark.parametrize(("method", "which"), [POINTS[0], POINTS[3]], ids=["rejects", "settle"])
def test_a_zombie_leaves_the_rows_of_its_successor(ports, method, which):
    stage_newer = older_and_newer(ports)
    asleep, awake = Event(), Event()

    def sleep() -> None:
        asleep.set()
        assert awake.wait(60)

    with ThreadPoolExecutor(1) as threads:
        slow = through(ports, method, which, sleep)
        zombie = threads.submit(publish, SLOT, slow, Lake(slow.store), 14)
        assert asleep.wait(60)
        stage_newer()
        publish(SLOT, ports, Lake(ports.store), 14)
        awake.set()
        zombie.result(60)
    assert_newer(ports)


#: Stops itself just before it writes articles.
STOPPING = """
import os, signal, sys
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.flow import publish
from pipeline.ports import Ports
from pipeline.publish.table import Lake
from tests.publish.rows import SLOT
from tests.publish.test_claim import through

ports = Ports(open_store(sys.argv[1]), SqlLedger(sys.argv[2], 3), lambda: SLOT.start)
ports = through(ports, "create", "articles/", lambda: os.kill(os.getpid(), signal.SIGSTOP))
publish(SLOT, ports, Lake(ports.store), 14)
"""


def test_a_process_that_was_stopped_leaves_the_rows_of_its_successor(ports, tmp_path):
    stage_newer = older_and_newer(ports)
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPING, str(tmp_path / "lake"), f"sqlite:///{tmp_path}/ledger.db"],
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), child.stderr.read()
        stage_newer()
        publish(SLOT, ports, Lake(ports.store), 14)
        child.send_signal(signal.SIGCONT)
        _, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 0, err
    assert_newer(ports)


class Killed(BaseException):
    """What ends a publisher in the middle."""


def test_what_was_killed_between_two_tables_is_completed(ports):
    run = Run(ports, SLOT)
    run.fetched([article(1), reject(3)])
    run.staged([article(1)], [reject(3)])

    def die() -> None:
        raise Killed

    for method, which in POINTS:
        mortal = through(ports, method, which, die)
        with pytest.raises(Killed):
            publish(SLOT, mortal, Lake(mortal.store), 14)
    publish(SLOT, ports, Lake(ports.store), 14)
    assert unbalanced(SLOT, ports) == []
    for name, number in {"articles": 1, "rejects": 1, "outcomes": 7}.items():
        assert Lake(ports.store).read(name).num_rows == number, name
        live = Lake(ports.store).live_files(name)
        assert live == [info.key for info in ports.store.list(f"{name}/date=")]


def test_staging_is_what_a_publication_goes_by(ports):
    store = ports.store
    run = Run(ports, SLOT)
    run.fetched([article(1)])
    stage([article(1)], store, SLOT, "0")
    publish(SLOT, ports, Lake(store), 14)
    stage([article(1, text="Corrected: nobody was late.")], store, SLOT, "0")
    report = publish(SLOT, ports, Lake(store), 14)
    assert [line.split(":")[0] for line in report.files] == [
        "empty", "replaced", "unchanged", "empty", "unchanged"
    ]  # fmt: skip
