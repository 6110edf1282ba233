"""Labelled blocks -> the block filter: `python bench/fit.py BLOCKS SCORES FILTER`, see `make fit`.

First each fifth of the publishers is scored by a filter fitted to the other four: those scores, in
SCORES, tell what the filter does on sites it has never seen. The filter that is kept is fitted to all.
Trees are symmetric and of depth six, so that a page is scored by a few array operations; the other
numbers are CatBoost's usual ones, not searched for.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier, Pool

_TREES, _DEPTH = 200, 6
_NEVER = 1e30
_SETTINGS = {
    "iterations": _TREES, "depth": _DEPTH, "learning_rate": 0.1, "l2_leaf_reg": 6, "border_count": 32,
    "rsm": 0.5, "bootstrap_type": "Bernoulli", "subsample": 0.8, "loss_function": "CrossEntropy",
    "random_seed": 1, "thread_count": 2, "verbose": False, "allow_writing_files": False,
}  # fmt: skip
_FITTED_TO = (
    "fundus_eval (dobbersc/fundus-evaluation), fundus_pages (flairNLP/fundus, MIT), scrapinghub "
    "(scrapinghub/article-extraction-benchmark, MIT), trafilatura_eval (adbar/trafilatura, Apache-2.0), "
    "wcxb_articles (Murrough-Foley/web-content-extraction-benchmark, CC-BY-4.0): the DEV half"
)


def main(blocks: str, scores: str, target: str) -> None:
    """Score held-out publishers, then fit and write the filter."""
    data = np.load(blocks)
    known = ~np.isnan(data["labels"])
    found = np.zeros(len(known))
    for fold in sorted(set(data["folds"].tolist())):
        held_out = data["folds"] == fold
        model = _fit(data, known & ~held_out)
        found[held_out] = model.predict(data["numbers"][held_out], prediction_type="Probability")[
            :, 1
        ]
    np.savez_compressed(scores, scores=found, pages=data["pages"])
    forest = _forest(_fit(data, known), data["numbers"].shape[1])
    Path(target).write_text(json.dumps(forest, separators=(",", ":")) + "\n", encoding="utf-8")


def _fit(data: Any, chosen: Any) -> CatBoostClassifier:
    model = CatBoostClassifier(**_SETTINGS)
    labels = np.clip(data["labels"][chosen], 0, 1)
    return model.fit(Pool(data["numbers"][chosen], labels, weight=data["weights"][chosen]))


def _forest(model: CatBoostClassifier, width: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        said = json.loads(path.read_text(encoding="utf-8"))
    trees = [_full(tree, said["scale_and_bias"][0]) for tree in said["oblivious_trees"]]
    columns, borders, leaves = (list(part) for part in zip(*trees, strict=True))
    return {
        "fitted_to": _FITTED_TO,
        "width": width,
        "bias": said["scale_and_bias"][1][0],
        "columns": columns,
        "borders": borders,
        "leaves": leaves,
    }


def _full(tree: dict[str, Any], scale: float) -> tuple[list[int], list[float], list[float]]:
    """Return a tree's columns, borders and leaves; a shallow one asks what no block answers with yes."""
    splits, missing = tree["splits"], _DEPTH - len(tree["splits"])
    columns = [split["float_feature_index"] for split in splits] + [0] * missing
    borders = [round(split["border"], 6) for split in splits] + [_NEVER] * missing
    leaves = [round(value * scale, 5) for value in tree["leaf_values"]]
    return columns, borders, leaves + [0.0] * (2**_DEPTH - len(leaves))


if __name__ == "__main__":
    main(*sys.argv[1:])
