"""The DAG run by Airflow itself, over the newsstand, into a lake in a directory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.dataset
import pytest

STAND = Path(__file__).resolve().parents[2] / "docker" / "newsstand"
SLOT = "2026-11-21T09:00"

#: Runs the DAG in this process, three times, the last time with a shard that cannot be staged.
SCRIPT = """
import json, os, pathlib
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag

def run(slot):
    dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["ingest"]
    for task in dag.tasks:
        task.retries = 0  # which would wait for minutes
    ended = dag.test(run_conf={"slot": slot}, logical_date=None)
    return {"state": ended.state, **{ti.task_id: ti.state for ti in ended.get_task_instances()}}

first, second = run("2026-11-21T09:00"), run("2026-11-21T09:00")
(pathlib.Path(os.environ["BROADSHEET_STORE"]) / "staged/20261121T1000Z/0-articles.parquet").mkdir(parents=True)
third = run("2026-11-21T10:00")
os.environ["BROADSHEET_SOURCES"] = "nowhere"
print("--- a mistake")
fourth = run("2026-11-21T11:00")
print()
print(json.dumps([first, second, third, fourth]))
"""


@pytest.fixture(scope="module")
def stand():
    """A newsstand in a process of its own; its port."""
    command = [sys.executable, str(STAND / "serve.py"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield int(server.stdout.readline().split("localhost:")[1].split("/")[0])
        server.terminate()


@pytest.fixture(scope="module")
def truth(stand):
    """How many rows each site must give, by the newsstand's own account."""
    command = [sys.executable, str(STAND / "serve.py"), "--port", str(stand), "--expected"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["totals"]


@pytest.fixture(scope="module")
def ran(stand, airflow_environment, tmp_path_factory):
    """Four runs of the DAG: how their tasks ended, what they logged, the lake they left."""
    folder = tmp_path_factory.mktemp("ran")
    write = [sys.executable, str(STAND / "serve.py"), "--port", str(stand)]
    subprocess.run([*write, "--write-sources", str(folder / "seeds")], check=True)
    environment = airflow_environment | {
        "BROADSHEET_STORE": str(folder / "lake"),
        "BROADSHEET_SOURCES": str(folder / "seeds"),
        "BROADSHEET_SHARDS": "2",
        "BROADSHEET_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "BROADSHEET_USER_AGENT": "BroadsheetTest/0.1 (+http://localhost/about)",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    *log, last = done.stdout.splitlines()
    return json.loads(last), log, folder / "lake"


def rows(lake: Path, table: str, slot: str = "20261121T0900Z"):
    files = [str(path) for path in (lake / table).glob(f"date=*/{slot}-*.parquet")]
    return pyarrow.dataset.dataset(files).to_table().to_pylist()


def test_every_task_succeeds(ran):
    first = ran[0][0]
    assert set(first) == {
        *("state", "plan", "crawl_0", "crawl_1", "extract_0", "extract_1", "publish", "gate")
    }
    assert set(first.values()) == {"success"}


def test_the_lake_holds_what_the_newsstand_says(ran, truth):
    articles = Counter(row["source"] for row in rows(ran[2], "articles"))
    rejects = Counter(row["source"] for row in rows(ran[2], "rejects"))
    for site, wanted in truth.items():
        assert articles[site] == wanted.get("published", 0) + wanted.get("duplicate", 0), site
        assert rejects[site] == wanted.get("rejected", 0), site


def test_a_second_run_of_the_slot_adds_no_row(ran):
    assert set(ran[0][1].values()) == {"success"}
    ids = [row["article_id"] for row in rows(ran[2], "articles")]
    assert len(ids) == len(set(ids))
    assert len(list((ran[2] / "articles").glob("date=*/*.parquet"))) == 1


def test_a_shard_that_fails_turns_the_run_red_but_does_not_stop_publishing(ran):
    third = ran[0][2]
    assert third["extract_0"] == "failed"
    assert third["extract_1"] == third["publish"] == "success"
    assert third["gate"] == "upstream_failed"
    assert third["state"] == "failed"


def test_a_mistake_is_one_line_and_nothing_is_tried(ran):
    _, log, _ = ran
    fourth = ran[0][3]
    assert fourth["plan"] == fourth["state"] == "failed"
    assert {fourth[task] for task in ("crawl_0", "extract_1", "publish", "gate")} == {
        "upstream_failed"
    }
    told = log[log.index("--- a mistake") :]
    assert (
        sum("nowhere: no such folder of sources" in line and "error" in line for line in told) == 1
    )
    assert not [line for line in told if "Traceback" in line]
