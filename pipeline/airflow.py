"""What Airflow's tasks need of us: reports as log lines, errors as one line, retries with manners.

The only module of the package that imports Airflow, and it imports little else: the DAG processor
and every task process pay for it.
"""

from __future__ import annotations

import json
import logging
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import Param, RetryDecision, RetryPolicy

from pipeline.errors import BroadsheetError, FixSeed, TryLater

if TYPE_CHECKING:
    from airflow.sdk import Context

    from pipeline.report import Report

#: Pause before the second try; each further pause is three times as long (30 s, 90 s, 4.5 min).
FIRST_PAUSE_S: Final = 30.0

#: As in Settings, which is too heavy to import when a DAG file is parsed.
SHARDS: Final = "4"
SOURCES: Final = Path(__file__).resolve().parents[1] / "seeds" / "sources"

log = logging.getLogger("broadsheet")


def shards() -> list[str]:
    """Return the names of the crawl tasks' shards. Raises FixSeed if BROADSHEET_SHARDS is wrong."""
    count = os.environ.get("BROADSHEET_SHARDS") or SHARDS
    if not (count.isdecimal() and int(count)):
        msg = f"BROADSHEET_SHARDS: {count!r} is not a number of crawl tasks, like {SHARDS}"
        raise FixSeed(msg)
    return [str(n) for n in range(int(count))]


def pools() -> dict[str, dict[str, Any]]:
    """Return the pools that the tasks name, as `airflow pools import` reads them.

    One slot each: a host belongs to one shard, and its shard is crawled by one task at a time,
    whichever DAG asks for it; a table is written by one task at a time.
    """
    why = {f"fetch_{n}": f"Crawls of shard {n}" for n in shards()} | {"lake": "Commits to the lake"}
    return {
        name: {"slots": 1, "description": text, "include_deferred": False}
        for name, text in why.items()
    }


def ingest_form() -> dict[str, Param]:
    """Return the fields of the trigger form; the choice of sources is what the seed folder has."""
    folder = Path(os.environ.get("BROADSHEET_SOURCES", SOURCES))
    return {
        "sources": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            examples=sorted(path.stem for path in folder.glob("*.yml")),
            title="Sources",
            description="None chosen: every source that is enabled.",
        ),
        "slot": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$",
            title="Slot (UTC)",
            description="Like 2026-11-21T09:00. Empty: the run's partition key or else this hour.",
        ),
    }


def tell(job: str, *args: Any) -> dict[str, Any]:
    """Call a function of `pipeline.jobs`; log its Report and return it as an XCom.

    A BroadsheetError becomes one line of the log and the exit code that `PoliteRetry` reads: an
    operator has no use for our stack.
    """
    from pipeline import jobs

    try:
        report: Report = getattr(jobs, job)(*args)
    except BroadsheetError as error:
        log.error("%s", error)  # noqa: TRY400 - the line says it all, the traceback is ours
        raise SystemExit(error.exit_code) from error
    for warning in report.warnings:
        log.warning("%s", warning)
    for source, counts in report.counts.items():
        log.info("%s: %s", source, ", ".join(f"{n} {what}" for what, n in counts.items()))
    return report.as_dict()


class PoliteRetry(RetryPolicy):
    """Try again what time may cure, fail at once what only a person can.

    Airflow's own jitter is a hash of DAG, task and date, so that all shards of a partitioned run
    would come back at the same instant; this one is random.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide by the BroadsheetError behind the exit; leave strangers to Airflow's default."""
        del max_tries, context
        cause = exception.__cause__ if isinstance(exception, SystemExit) else exception
        if isinstance(cause, TryLater):
            pause = max(FIRST_PAUSE_S * 3 ** (try_number - 1), cause.retry_after_s)
            jitter = random.uniform(1.0, 1.5)  # noqa: S311 - spreads load, keeps no secret
            return RetryDecision.retry(timedelta(seconds=pause * jitter), reason=str(cause))
        if isinstance(cause, BroadsheetError):
            return RetryDecision.fail(reason=str(cause))
        return RetryDecision.default()


#: `default_args` of every DAG: DAGs share an owner and manners.
EVERY_TASK: Final = {"owner": "broadsheet", "retries": 3, "retry_policy": PoliteRetry()}


if __name__ == "__main__":
    print(json.dumps(pools(), indent=1))  # noqa: T201 - what docker/services/prepare.sh asks for
