"""One run of the `ingest` DAG, from its start to the line that says why it failed."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from environment import HOME
from rest import Airflow, Refused

DAG: Final = "ingest"
ENDED: Final = frozenset({"success", "failed"})
_SETTLED: Final = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})

#: A question costs the API server a tenth of a second of computing, which the tasks want too.
POLL_S: Final = 0.7

_TOLD: Final = {"success": "done", "failed": "FAILED", "up_for_retry": "will be tried again"}


def parsed(airflow: Airflow, since: datetime) -> bool:
    """Whether the DAG file has been read since a moment. Raises Refused if it is broken."""
    if errors := airflow.ask("/importErrors")["import_errors"]:
        msg = "\n".join(f"{error['filename']}: {error['stack_trace']}" for error in errors)
        raise Refused(msg)
    try:
        read = airflow.ask(f"/dags/{DAG}")["last_parsed_time"]
    except Refused:
        return False
    return bool(read) and datetime.fromisoformat(read) >= since


def trigger(airflow: Airflow, slot: str) -> str:
    """Start a run for a slot; return its id."""
    body = {"logical_date": None, "partition_key": slot}
    return str(airflow.tell("POST", f"/dags/{DAG}/dagRuns", body)["dag_run_id"])


def follow(
    airflow: Airflow, run: str, say: Callable[[str], None], alive: Callable[[], None]
) -> tuple[str, list[Any]]:
    """Say how each task ends until the run does, or until a task wants to be tried again.

    `alive` raises if there is nothing left to follow.
    Returns the run's state and the tasks that failed or that want to be tried again.
    """
    told: dict[str, str] = {}
    here = f"/dags/{DAG}/dagRuns/{urllib.parse.quote(run)}"
    while True:
        alive()
        tasks = airflow.ask(f"{here}/taskInstances", limit=200, order_by="end_date")
        for task in tasks["task_instances"]:
            name, ended = task["task_id"], _TOLD.get(task["state"])
            if ended and told.get(name) != ended:
                told[name] = ended
                say(f"  {name:<12} {task['duration'] or 0:6.1f} s  {ended}")
        states = {task["state"] for task in tasks["task_instances"]}
        if "up_for_retry" in states or states <= _SETTLED:
            unwell = [
                t for t in tasks["task_instances"] if t["state"] in {"failed", "up_for_retry"}
            ]
            state = str(airflow.ask(here)["state"])
            if unwell or state in ENDED:
                return state, unwell
        time.sleep(POLL_S)


def give_up(airflow: Airflow, run: str) -> None:
    """Mark a run as failed, so that nothing of it is tried again."""
    here = f"/dags/{DAG}/dagRuns/{urllib.parse.quote(run)}"
    airflow.tell("PATCH", here, {"state": "failed"})


def log_of(task: dict[str, Any]) -> Path:
    """Return where the log of a task's last try lies."""
    ids = {"dag_id": DAG, "run_id": task["dag_run_id"], "task_id": task["task_id"]}
    folder = HOME.joinpath("logs", *(f"{key}={value}" for key, value in ids.items()))
    return folder / f"attempt={task['try_number']}.log"


def why(task: dict[str, Any]) -> str:
    """Return the clear line of a task that failed: ours, or else the exception's."""
    lines = []
    try:
        text = log_of(task).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "It left no log."
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    for event in reversed(lines):
        if event.get("logger") == "broadsheet" and event.get("level") == "error":
            return str(event["event"])
    for event in reversed(lines):
        if event.get("level") in {"error", "critical"}:
            causes = [f"{e['exc_type']}: {e['exc_value']}" for e in event.get("error_detail") or ()]
            return " <- ".join([str(event["event"]), *causes])
    return "Its log names no error."
