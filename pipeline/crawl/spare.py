"""Keeps out of a crawl's memory what it has no use for: pandas, Arrow's own allocator."""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from typing import Any


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Refuse pandas; leave all else to the finders behind."""
        del path, target
        if fullname == "pandas":
            raise ImportError(fullname)


def spare_allocator() -> None:
    """Let Arrow take memory where Python does: its own allocator holds 4 MB more for small batches.

    Arrow looks at this once, when it is loaded; nothing happens where it is loaded already.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def spare_pandas() -> None:
    """Let pyarrow look for pandas now, and not find it: 40 MB and half a second less.

    pyarrow asks once whether an object is one of pandas; who calls `to_pandas` later makes it look
    again (`pandas-shim.pxi`), so that the audit in the same process is none the worse. Nothing
    happens where pandas is loaded already.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(finder)
