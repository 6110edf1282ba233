from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
PHONY = set(re.findall(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)[0].split())


@pytest.fixture(scope="module")
def listed():
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_help_lists_every_target(listed):
    assert set(re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE)) == PHONY


def test_help_lists_the_variables_that_a_recipe_takes(listed):
    asked_for = set(re.findall(r"^([A-Z_]+) +\?=", TEXT, re.MULTILINE)) - {"VENV"}
    assert {name for name in asked_for if f"{name}=" not in listed} == set()


def test_the_makefile_keeps_to_what_gnu_make_3_81_knows():
    newer = [r"\$\(file ", r"\.ONESHELL", r"^\S+ *!=", r"\$\(let ", r"\$\(intcmp ", r"&:", r":::="]
    assert [pattern for pattern in newer if re.search(pattern, TEXT, re.MULTILINE)] == []


def test_recipes_are_plain_sh():
    assert [word for word in ("[[", "<<<", "&>", "function ", "pipefail") if word in TEXT] == []


def test_the_locks_carry_hashes_and_no_address():
    for lock in (ROOT / "lock").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        pins = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^]]*\])?==\S+.*$", text, re.MULTILINE)
        assert pins, lock
        assert len(pins) == len([line for line in pins if line.rstrip().endswith("\\")]), lock
        assert "://" not in text, lock
        assert "--index" not in text, lock
        assert "--find-links" not in text, lock


@pytest.mark.parametrize("other", ["dev", "image", "bootstrap"])
def test_the_locks_agree(other):
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "lock" / f"{name}.txt").read_text(encoding="utf-8")
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    run, others = pins("run"), pins(other)
    assert {
        name: (run[name], pin) for name, pin in others.items() if run.get(name, pin) != pin
    } == {}
    if other != "bootstrap":
        assert set(run) <= set(others)
