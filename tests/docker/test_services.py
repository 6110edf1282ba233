"""What starts and stops on this machine, tried with the one service that starts in no time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "docker" / "services"
sys.path.insert(0, str(SERVICES))

import environment  # noqa: E402 - a folder that is run, not a package: path first
import follow  # noqa: E402 - as above
import supervisor  # noqa: E402 - as above


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A `.run` of our own."""
    for name, path in (("RUN", tmp_path), ("HOME", tmp_path / "airflow")):
        monkeypatch.setattr(environment, name, path)
        monkeypatch.setattr(supervisor, name, path)
    monkeypatch.setattr(follow, "HOME", tmp_path / "airflow")
    monkeypatch.setattr(supervisor, "LOG", tmp_path / "services.log")
    monkeypatch.setattr(supervisor, "_LOCK", tmp_path / "services.lock")
    monkeypatch.setattr(supervisor, "_STATE", tmp_path / "services.json")
    return tmp_path


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(port: int) -> subprocess.Popen[bytes]:
    lock = supervisor.begin()
    assert lock is not None
    env = environment.services_environment(os.environ, 1, port)
    honcho = supervisor.start(lock, "up", ("newsstand",), 1, env)
    while not listens(port):
        assert honcho.poll() is None, supervisor.LOG.read_text()
    return honcho


def test_what_is_started_is_known_locked_and_ended():
    port = supervisor.free_port()
    honcho = start(port)
    state = supervisor.running()
    assert (state.pid, state.started_by) == (honcho.pid, "up")
    assert supervisor.begin() is None
    supervisor.stop(state)
    assert honcho.wait() != 0
    assert not listens(port)
    assert supervisor.running() is None


def test_services_whose_supervisor_was_killed_are_ended_all_the_same():
    port = supervisor.free_port()
    honcho = start(port)
    honcho.kill()
    honcho.wait()
    assert listens(port)
    supervisor.stop(supervisor.running(), patience_s=1.0)
    assert not listens(port)


def test_a_stale_state_deceives_nobody(place):
    (place / "services.json").write_text(
        '{"started_by": "up", "pid": 1, "port": 1, "broadsheet": {}}'
    )
    assert supervisor.running() is None


def test_a_taken_port_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(supervisor.Trouble, match=rf"Port {port}.*NEWSSTAND_PORT="):
            supervisor.claim_port(port, "the newsstand", "NEWSSTAND_PORT")


def test_secrets_are_made_once_and_are_nobody_elses(place):
    first = environment.services_environment({}, 8080, 8090)
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert environment.services_environment({}, 8080, 8090) == first
    assert environment.password() == environment.password()
    for name in ("secrets.json", "passwords.json"):
        assert (place / "airflow" / name).stat().st_mode & 0o777 == 0o600


def test_the_demo_is_set_only_where_nothing_is():
    demo = environment.broadsheet({"BROADSHEET_SHARDS": "3"}, 8090)
    assert demo["BROADSHEET_SOURCES"] == str(ROOT / "docker/newsstand/sources")
    assert demo["BROADSHEET_SHARDS"] == "3"
    own = environment.broadsheet(
        {"BROADSHEET_SOURCES": "seeds", "BROADSHEET_STORE": "s3://b/l"}, 8090
    )
    assert own == {"BROADSHEET_SOURCES": "seeds", "BROADSHEET_STORE": "s3://b/l"}


def test_another_port_of_the_newsstand_has_its_own_seeds(place):
    seeds = Path(environment.broadsheet({}, 8123)["BROADSHEET_SOURCES"])
    assert place in seeds.parents
    assert "localhost:8123" in (seeds / "lantern.yml").read_text()


def test_another_airflows_variables_are_left_out():
    env = environment.services_environment(
        {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW_CONN_X": "y"}, 8080, 8090
    )
    assert env["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert env["AIRFLOW_CONN_X"] == "y"


def task_log(*events):
    task = {"dag_run_id": "r", "task_id": "plan", "try_number": 1}
    path = follow.log_of(task)
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(json.dumps(event) for event in events))
    return task


def test_a_failed_task_tells_our_line():
    ours = {"logger": "broadsheet", "level": "error", "event": "x.yml: home: missing"}
    task = task_log(ours, {"logger": "task", "level": "error", "event": "Task exited"})
    assert follow.why(task) == "x.yml: home: missing"


def test_a_stranger_that_fails_a_task_is_named():
    detail = [{"exc_type": "ValueError", "exc_value": "no"}]
    task = task_log({"level": "error", "event": "Task failed", "error_detail": detail})
    assert follow.why(task) == "Task failed <- ValueError: no"
