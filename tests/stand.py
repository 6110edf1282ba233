"""The newsstand's server for tests. It is a folder, not a package: its path comes first."""

import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[1] / "docker" / "newsstand"
sys.path.insert(0, str(_FOLDER))

from serve import Newsstand  # noqa: E402 - the path is set above

__all__ = ["Newsstand"]
