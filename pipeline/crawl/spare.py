"""Keeps pandas out of a crawl's memory: pyarrow loads it at the first list it is given."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Refuse pandas; leave all else to the finders behind."""
        del path, target
        if fullname == "pandas":
            raise ImportError(fullname)


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
