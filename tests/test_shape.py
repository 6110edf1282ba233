"""The house rules that a machine can hold: sizes, names, words that must not appear."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = sorted(
    path
    for folder in ("pipeline", "schemas", "dags", "docker", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
MAX_FILE, MAX_FUNCTION, MAX_NOQA = 400, 60, 60


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_and_functions_stay_small():
    long_files = {p: n for p in CODE if (n := len(p.read_text().splitlines())) > MAX_FILE}
    long_functions = {
        f"{p}:{name}": n for p in CODE for name, n in functions(p) if n > MAX_FUNCTION
    }
    assert not long_files
    assert not long_functions


def test_no_module_has_a_name_that_says_nothing():
    assert not [p for p in CODE if p.stem in VAGUE_NAMES]


def test_every_silenced_lint_says_why():
    marks = [
        (path.name, line)
        for path in CODE
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"# (noqa|type: ignore)", line) and "test_shape" not in path.name
    ]
    unexplained = [
        mark for mark in marks if not re.search(r"# (noqa|type: ignore)\S*.*( - |  # ).+", mark[1])
    ]
    assert not unexplained
    assert len(marks) <= MAX_NOQA


@pytest.mark.parametrize(
    "pattern", [r"/root\b", r"/home/\w", r"/work/", r"pythonhosted", r"pypi\.org", r"debian\.org"]
)
def test_no_path_of_a_machine_and_no_registry_is_named(pattern):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = [
        name
        for name in listed.stdout.split("\0")
        if name
        and name != "tests/test_shape.py"
        and (ROOT / name).is_file()
        and re.search(pattern, (ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def test_the_import_rules_hold():
    done = subprocess.run(
        [str(Path(__import__("sys").executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
