"""The five seed articles through the real command: `broadsheet import-text`, as if piped."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
#: The site that each dump was taken from; every site has a seed file.
SOURCES = {"000": "bnn-news", "001": "vpk-name", "002": "worldtodaynews", "003": "worldtodaynews", "004": "caravanserai"}  # fmt: skip

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"no seed articles in {SEEDS}")


def labels():
    by_file = defaultdict(list)
    for line in (SEEDS / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        by_file[label["file"]].append(label)
    return by_file


@pytest.mark.parametrize("number", sorted(SOURCES))
def test_a_seed_article_comes_out_clean(number, tmp_path, monkeypatch):
    (path,) = SEEDS.glob(f"{number}_*.txt")
    monkeypatch.setenv("BROADSHEET_STORE", str(tmp_path / "lake"))
    monkeypatch.delenv("BROADSHEET_LEDGER", raising=False)
    words = ["import-text", str(path), "--source", SOURCES[number], "--slot", "2026-11-21T09:00"]
    # Not a process each: the audit's library alone takes four seconds to load.
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr or done.exception
    article = json.loads(done.stdout)
    lines = article["text"].split("\n")
    bare = {line.removeprefix("- ") for line in lines}
    for label in labels()[path.name]:
        text = label["text"].strip()
        where = f"line {label['line']}: {text}"
        match label["label"]:
            case "boilerplate" if label["category"] == "duplicate-caption":
                assert lines.count(text) <= 1, where
            case "boilerplate":
                assert text not in lines, where
            case "title":
                assert text in {article["title"], lines[0]}, where
            case "body" if label["category"] == "strip-prefix":
                assert text.split("/", 2)[-1].strip() in bare, where
            case "body" | "heading":
                assert text.removeprefix("•").strip() in bare | lines_of(lines), where


def lines_of(lines):
    return {" ".join(line.split()) for line in lines}
