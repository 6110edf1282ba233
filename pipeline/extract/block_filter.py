"""Numbers of blocks -> how likely each is part of the article: a small forest of symmetric trees.

Fitted by `bench/fit.py` to labelled pages (named in `block_filter.json`), none of which is special
to it: a tree asks six questions of a block's numbers, the answers choose one of 64 leaves, and the
leaves' sum is the log-odds. So a score can be followed by hand, and takes a few array operations.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_FILE: Final = Path(__file__).with_suffix(".json")
_DEPTH: Final = 6
_LEAVES: Final = 1 << _DEPTH


@dataclass(frozen=True)
class BlockFilter:
    """Trees as arrays: `leaves` hold 64 values a tree; a row of the other two a question to each."""

    columns: NDArray[np.intp]
    borders: NDArray[np.float32]
    leaves: NDArray[np.float32]
    bias: float
    width: int

    @classmethod
    def of(cls, forest: dict[str, Any]) -> BlockFilter:
        """Take the content of `block_filter.json`."""
        return cls(
            np.array(forest["columns"], np.intp).reshape(-1, _DEPTH).T.copy(),
            np.array(forest["borders"], np.float32).reshape(-1, _DEPTH).T.copy(),
            np.array(forest["leaves"], np.float32).reshape(-1),
            float(forest["bias"]),
            int(forest["width"]),
        )

    def scores(self, numbers: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return for each row of `features` the probability that the block is of the article."""
        if numbers.shape[1] != self.width:
            msg = (
                f"the filter was fitted to {self.width} columns, not {numbers.shape[1]}: `make fit`"
            )
            raise ValueError(msg)
        rows = np.ascontiguousarray(numbers.T)
        answers = (rows.take(self.columns, axis=0) > self.borders[:, :, None]).view(np.uint8)
        leaf = answers[-1]
        for answer in answers[-2::-1]:  # a number's bits, the last answer its highest
            leaf += leaf
            leaf += answer
        leaves = leaf + np.arange(0, len(self.leaves), _LEAVES)[:, None]
        odds = self.leaves.take(leaves).sum(axis=0, dtype=np.float64) + self.bias
        return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


@cache
def load_filter() -> BlockFilter:
    """Return the filter that comes with the code."""
    return BlockFilter.of(json.loads(_FILE.read_text(encoding="utf-8")))
