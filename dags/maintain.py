"""**The lake kept fit**, every hour: old days closed, what is no longer live removed, all checked.

Nothing here changes a row. Tasks may run beside a crawl and be run again at any time; a publisher
and a task that want the same objects take turns.
"""

from datetime import timedelta

from airflow.sdk import chain, dag, task

from pipeline.airflow import EVERY_TASK, tell

RUN = {"max_active_runs": 1, "catchup": False, "dagrun_timeout": timedelta(hours=3)}


@task
def takedowns():
    """Complete takedowns that were killed; look after those of the last two days."""
    return tell("finish_takedowns")


@task(pool="lake")
def close():
    """Make one sorted object of each table's day that is old enough."""
    return tell("close")


@task(pool="lake")
def sweep():
    """Remove what was replaced or orphaned, once its grace is over, and old staging."""
    return tell("sweep")


@task
def expire():
    """Remove responses that are older than `raw_days` of their source, if it has any."""
    return tell("expire")


@task
def check():
    """Compare the logs with the objects; fail and say what to do about each finding."""
    return tell("check_lake")


@dag(schedule="30 * * * *", tags=["broadsheet"], doc_md=__doc__, default_args=EVERY_TASK, **RUN)
def maintain():
    """Wire it: takedowns, close, sweep, expire, check."""
    chain(takedowns(), close(), sweep(), expire(), check())


maintain()
