from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.airflow import SHARDS, pools, shards
from pipeline.errors import FixSeed
from pipeline.settings import ROOT as SETTINGS_ROOT
from pipeline.settings import Settings

DAGS = Path(__file__).resolve().parents[2] / "dags"
EXPECTED = {"ingest", "maintain"}

#: What a phase needs and a DAG file must not pay for: seconds, and hundreds of megabytes.
HEAVY = [
    "great_expectations",
    "pandas",
    "numpy",
    "pyarrow",
    "trafilatura",
    "lxml",
    "duckdb",
    "deltalake",
    "boto3",
    "aiohttp",
    "resiliparse",
    "pipeline.jobs",
    "pipeline.flow",
    "pipeline.crawl",
    "pipeline.extract",
    "pipeline.publish",
]

PARSE = f"""
import json, sys
import airflow.sdk, airflow.dag_processing.dagbag
before = set(sys.modules)
bag = airflow.dag_processing.dagbag.DagBag({str(DAGS)!r})
print(json.dumps({{"dags": sorted(bag.dags), "errors": bag.import_errors,
                  "new": sorted(set(sys.modules) - before)}}))
"""


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


def test_every_file_parses_and_imports_nothing_heavy(in_airflow):
    parsed = in_airflow(PARSE)
    assert not parsed["errors"]
    assert set(parsed["dags"]) == EXPECTED
    heavy = [name for name in parsed["new"] if name.startswith(tuple(HEAVY))]
    assert not heavy


def test_a_dag_file_fits_on_a_screen():
    assert {
        path.name: n for path in DAGS.glob("*.py") if (n := len(path.read_text().splitlines())) > 60
    } == {}


def test_every_dag_says_what_it_is_and_whose(bag):
    for dag in bag.dags.values():
        assert dag.doc_md
        assert dag.tags
        assert dag.dagrun_timeout
        assert dag.max_active_runs == 1
        assert not dag.catchup


def test_every_task_is_documented_owned_and_tried_again(bag):
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.doc_md, task.task_id
            assert task.owner == "broadsheet"
            assert task.retries
            assert task.has_retry_policy


def test_every_pool_that_a_task_names_is_made(bag):
    named = {task.pool for dag in bag.dags.values() for task in dag.tasks}
    assert named - {"default_pool"} == set(pools())
    assert {pool["slots"] for pool in pools().values()} == {1}


def test_a_crawl_runs_in_its_shards_pool_and_nothing_else_does(bag):
    pool_of = {task.task_id: task.pool for task in bag.dags["ingest"].tasks}
    for shard in shards():
        assert pool_of.pop(f"crawl_{shard}") == f"fetch_{shard}"
    assert not [pool for pool in pool_of.values() if pool.startswith("fetch_")]


def test_a_failed_shard_holds_back_neither_the_others_nor_the_red_light(bag):
    dag = bag.dags["ingest"]
    publish, gate = dag.get_task("publish"), dag.get_task("gate")
    assert publish.trigger_rule == "all_done_min_one_success"
    assert publish.upstream_task_ids == {"plan", *(f"extract_{n}" for n in shards())}
    assert gate.trigger_rule == "all_success"
    assert gate.upstream_task_ids == set(dag.task_ids) - {"gate"}
    assert [task.task_id for task in dag.tasks if not task.downstream_task_ids] == ["gate"]


def test_dags_survive_serialisation(bag):
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in bag.dags.values():
        written = DagSerialization.serialize_dag(dag)
        json.dumps(written)
        assert DagSerialization.deserialize_dag(written).task_ids == dag.task_ids


def test_the_form_offers_the_seeds_and_a_slot(bag):
    params = bag.dags["ingest"].params
    assert params["sources"] is None
    assert params["slot"] is None
    offered = params.get_param("sources").schema["examples"]
    assert offered == sorted(path.stem for path in (SETTINGS_ROOT / "seeds/sources").glob("*.yml"))


def test_a_partition_key_is_a_slot(bag):
    from datetime import UTC, datetime

    from airflow.serialization.encoders import coerce_to_core_timetable
    from pendulum import instance

    from pipeline.model import Slot

    table = coerce_to_core_timetable(bag.dags["ingest"].timetable)
    moment = instance(datetime(2026, 11, 21, 9, tzinfo=UTC))
    _, key = table._get_partition_info(moment)
    assert key == Slot.parse("2026-11-21T09:00").key


def test_the_number_of_shards_is_the_settings(monkeypatch):
    assert str(Settings.model_fields["shards"].default) == SHARDS
    monkeypatch.setenv("BROADSHEET_SHARDS", "2")
    assert shards() == ["0", "1"]
    assert set(pools()) == {"fetch_0", "fetch_1", "lake"}


@pytest.mark.parametrize("wrong", ["many", "0", "-1", "2.5"])
def test_a_wrong_number_of_shards_is_told_by_name(monkeypatch, wrong):
    monkeypatch.setenv("BROADSHEET_SHARDS", wrong)
    with pytest.raises(FixSeed, match="BROADSHEET_SHARDS"):
        shards()


def test_the_pools_are_printed_as_airflow_reads_them(airflow_environment):
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.airflow"],
        env=airflow_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == pools()
