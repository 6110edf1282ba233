"""The environment of the native services: docker/airflow.env, this machine's paths, our demo.

Nothing is written but the secrets: `.run/airflow/secrets.json` and `passwords.json`, mode 600.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
RUN: Final = ROOT / ".run"
HOME: Final = RUN / "airflow"
STAND: Final = ROOT / "docker" / "newsstand"

#: The port that the committed demo seeds name.
STAND_PORT: Final = 8090

ADMIN: Final = "admin"


def is_demo(shell: Mapping[str, str]) -> bool:
    """Whether the newsstand is crawled: it is unless BROADSHEET_SOURCES names other seeds."""
    return not shell.get("BROADSHEET_SOURCES")


def services_environment(shell: Mapping[str, str], port: int, stand_port: int) -> dict[str, str]:
    """Return what every service and task is started with; the shell has the demo's settings by now.

    Airflow's own variables come from here alone: those of the shell belong to another Airflow.
    """
    foreign = ("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG", "PYTHONDONTWRITEBYTECODE")
    ours = {
        "NEWSSTAND_PORT": str(stand_port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{shell.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
    kept = {key: value for key, value in shell.items() if not key.startswith(foreign)}
    return kept | shared() | _native(port) | _secrets() | ours


def shared() -> dict[str, str]:
    """Return the settings of docker/airflow.env."""
    lines = (ROOT / "docker" / "airflow.env").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def broadsheet(shell: Mapping[str, str], stand_port: int) -> dict[str, str]:
    """Return the BROADSHEET_* settings: the shell's, and those of the demo where it has none."""
    ours = {key: value for key, value in shell.items() if key.startswith("BROADSHEET_") and value}
    if is_demo(shell):
        ours = {
            "BROADSHEET_SOURCES": str(_demo_seeds(stand_port)),
            "BROADSHEET_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
            "BROADSHEET_SHARDS": "2",  # six small sites; each task imports the whole path anew
            "BROADSHEET_USER_AGENT": f"BroadsheetDemo/0.1 (+http://localhost:{stand_port}/about)",
        } | ours
    store = ours.get("BROADSHEET_STORE", "lake")
    if "://" not in store:  # a task's working directory is not the shell's
        store = str(Path(store).expanduser().absolute())
    return ours | {"BROADSHEET_STORE": store}


def _demo_seeds(stand_port: int) -> Path:
    if stand_port == STAND_PORT:
        return STAND / "sources"
    folder = RUN / "newsstand" / str(stand_port)
    serve = [sys.executable, str(STAND / "serve.py"), "--port", str(stand_port)]
    subprocess.run([*serve, "--write-sources", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def _native(port: int) -> dict[str, str]:
    """Return the settings of one machine: SQLite, LocalExecutor, loopback."""
    return {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",  # each slot is a process of 60 MB; the default is 32
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(HOME / "passwords.json"),
    }


def _secrets() -> dict[str, str]:
    """Return the keys that the services share, made at first need."""
    made = {
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
    }
    return _keep("secrets.json", made)


def password() -> str:
    """Return the password of the UI's one user, made at first need."""
    return _keep("passwords.json", {ADMIN: secrets.token_urlsafe(12)})[ADMIN]


def _keep(name: str, fresh: dict[str, str]) -> dict[str, str]:
    """Return what a private file holds; write it first if it is not there."""
    path = HOME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fresh, file)
    return fresh
