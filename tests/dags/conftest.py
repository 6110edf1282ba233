"""Airflow for the tests of the DAGs: a home of its own, migrated once, each use in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Importing Airflow writes into its home, so that must be settled before any test module is read.
_HOME = tempfile.TemporaryDirectory(prefix="broadsheet-airflow-")
os.environ["AIRFLOW_HOME"] = _HOME.name


@pytest.fixture(scope="module")
def airflow_environment(tmp_path_factory):
    """What a process needs to be an Airflow with our DAGs and an empty home; no demo, no lake."""
    foreign = ("AIRFLOW", "BROADSHEET_", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)} | {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture
def in_airflow(airflow_environment):
    """Run a script in a fresh Airflow; return the JSON of its last line."""

    def run(script: str, **environment: str):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=airflow_environment | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
