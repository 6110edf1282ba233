"""Every command says what it does, and what is generated is fresh."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest
import typer.main
import yaml
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.errors import BroadsheetError
from pipeline.model import Reason
from schemas.reasons import REASONS
from tests.cli.conftest import ROOT


def commands(command, path=()):
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


SEEDS = sorted((ROOT / "seeds" / "sources").glob("*.yml"))
ALL = dict(commands(typer.main.get_command(app)))


def test_generated_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, "-m", "schemas.generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_editors_find_the_schema_and_it_holds_for_every_seed(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../source.schema.json\n")
    schema = json.loads((ROOT / "seeds" / "source.schema.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema)
    seed = yaml.safe_load(text)
    assert list(checker.iter_errors(seed)) == []
    assert list(checker.iter_errors(seed | {"timezon": "UTC"}))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_and_a_place_in_the_page(path):
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"## `{' '.join(('broadsheet', *path))}`" in page
    assert ALL[path].help or getattr(ALL[path], "callback", None).__doc__


def test_every_option_says_what_it_is_for():
    silent = [
        (path, parameter.name)
        for path, command in ALL.items()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert not silent


def test_every_exit_code_is_in_the_page():
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    codes = {error.exit_code for error in BroadsheetError.__subclasses__()} | {0, 1, 2, 130}
    assert not [code for code in codes if f"| {code} |" not in page]


def test_every_reason_has_a_meaning():
    assert set(REASONS) == {str(reason) for reason in Reason}
