"""A user's mistake gets one clear line and an exit code, never a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from tests.cli.conftest import ROOT


def test_a_file_that_is_not_there(broadsheet):
    done = broadsheet.process("try", "not-there.html")
    assert done.returncode == 78
    assert done.stderr.decode() == (
        "broadsheet: not-there.html: cannot be read (No such file or directory); "
        "give a file, a URL, or - for standard input\n"
    )


def test_debug_shows_where_an_error_came_from(broadsheet):
    assert b"Traceback" in broadsheet.process("--debug", "try", "not-there.html").stderr
    assert b"Traceback" in broadsheet.process("try", "not-there.html", BROADSHEET_DEBUG="1").stderr


def test_a_url_without_a_user_agent(broadsheet):
    done = broadsheet("try", "https://lantern.example/")
    assert done.returncode == 78
    assert b"BROADSHEET_USER_AGENT" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_seed_with_a_typo_names_file_and_field(broadsheet):
    seed = broadsheet.folder / "sources" / "lantern.yml"
    seed.write_text(seed.read_text().replace("timezone", "timezon"))
    done = broadsheet("sources", "check", "--offline")
    assert done.returncode == 78
    assert b"lantern.yml: timezon: " in done.stdout
    done = broadsheet("try", str(broadsheet.folder / "page.html"), "--source", "lantern")
    assert done.returncode == 78
    assert b"lantern.yml: timezon: " in done.stderr


def test_a_wrong_setting_names_the_variable(broadsheet):
    done = broadsheet("query", "SELECT 1", BROADSHEET_SHARDS="many")
    assert done.returncode == 78
    assert b"BROADSHEET_SHARDS" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["try"],
        ["run", "--slot", "yesterday"],
        ["report", "--slot", "32"],
        ["query"],
        ["why"],
        ["nothing"],
        ["try", "--nothing"],
        ["import-text", "a.txt"],
    ],
)
def test_wrong_usage_ends_with_2(arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_reader_that_stops_early_is_no_error(in_lake):
    """`broadsheet query … | head -1`: no traceback, no word on standard error."""
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "query",
        "SELECT range AS n FROM range(500000)",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=in_lake.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b'{"n": 0}\n'
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


class Interrupted:
    """A standard input at which a person presses Ctrl-C."""

    @property
    def buffer(self):
        raise KeyboardInterrupt


def test_an_interrupt_ends_with_130_and_says_nothing(broadsheet):
    broadsheet.monkeypatch.setattr("sys.stdin", Interrupted())
    done = broadsheet("try", "-")
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_bug_is_called_a_bug(broadsheet):
    broadsheet.monkeypatch.setattr("sys.stdin", object())
    done = broadsheet("try", "-")
    assert done.returncode == 70
    assert b"this is a bug" in done.stderr
    assert b"Traceback" not in done.stderr
