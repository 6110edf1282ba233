"""**News sites in, clean Parquet out.** A run answers for one hourly slot: its partition key.

A shard's sites are crawled and extracted on their own; what all have left is audited and made
visible in one commit. Any task can be run again, or the slot cleared: the rows are the same.
"""

from datetime import timedelta

from airflow.sdk import Asset, CronPartitionTimetable, TriggerRule, chain, dag, task

from pipeline.airflow import EVERY_TASK, ingest_form, shards, tell
from pipeline.report import Report

HOURLY = CronPartitionTimetable("0 * * * *", timezone="UTC", key_format="%Y-%m-%dT%H:%M")
ARTICLES = Asset("articles", group="lake")
RUN = {"max_active_runs": 1, "dagrun_timeout": timedelta(hours=3), "default_args": EVERY_TASK}


@task
def plan(params=None, partition_key=None):
    """Settle the slot, once for all tasks, and say which seeds are usable."""
    return tell("plan", partition_key or params["slot"], params["sources"] or [])


@task
def crawl(planned, shard, params=None):
    """Ask the listings of a shard's sites, fetch what is new, keep it in `raw/`."""
    return tell("crawl", planned["slot"], shard, params["sources"] or [])


@task
def extract(planned, shard):
    """Turn a shard's responses into articles and rejects in `staged/`."""
    return tell("extract", planned["slot"], shard)


@task(pool="lake", outlets=[ARTICLES], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def publish(planned):
    """Mark duplicates, audit the batch, commit. A failed shard does not hold back the others."""
    return tell("publish", planned["slot"])


@task
def gate(planned, crawled):
    """Fail the run under quorum or if the books do not balance."""
    return tell("gate", planned["slot"], [Report(**report) for report in crawled])


@dag(schedule=HOURLY, params=ingest_form(), tags=["broadsheet"], doc_md=__doc__, **RUN)
def ingest():
    """Wire it: crawl and extract, shard by shard, then publish, then judge."""
    plan_ = plan()
    crawls = [crawl.override(task_id=f"crawl_{n}", pool=f"fetch_{n}")(plan_, n) for n in shards()]
    extracts = [extract.override(task_id=f"extract_{n}")(plan_, n) for n in shards()]
    chain(crawls, extracts, publish(plan_), last := gate(plan_, crawls))
    chain(extracts, last)


ingest()
