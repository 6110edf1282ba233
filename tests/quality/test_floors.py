"""Text of real pages beside their references: figures may only rise."""

import json
import lzma
import re
import unicodedata
from collections import Counter
from statistics import mean

import pytest

from bench.entry import extract
from pipeline.settings import ROOT

BENCHMARKS = ROOT.parent / "shared" / "benchmarks"
#: Pages of each set, every so many-th: enough to see a fall, few enough for every run.
PAGES = 20
#: Precision and recall of 4-word shingles, a little under what was measured.
FLOORS = {"fundus_pages": (0.918, 0.987), "scrapinghub": (0.954, 0.967)}

pytestmark = pytest.mark.skipif(
    not BENCHMARKS.is_dir(),
    reason=f"the benchmark pages are not here: {BENCHMARKS.name}/ is laid beside the project",
)


def pages(name):
    with lzma.open(BENCHMARKS / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return rows[:: len(rows) // PAGES][:PAGES]


def shingles(text):
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    return (
        Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))
        if words
        else Counter()
    )


def scores(rows):
    for row in rows:
        wanted, given = shingles(row["text"]), shingles(extract(row["html"], row["url"])["text"])
        shared = sum((wanted & given).values())
        yield shared / max(1, sum(given.values())), shared / max(1, sum(wanted.values()))


@pytest.mark.parametrize("name", FLOORS)
def test_text_of_real_pages(name):
    precision, recall = (mean(column) for column in zip(*scores(pages(name)), strict=True))
    least_precision, least_recall = FLOORS[name]
    assert precision >= least_precision, f"{precision:.4f}"
    assert recall >= least_recall, f"{recall:.4f}"
