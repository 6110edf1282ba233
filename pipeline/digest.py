"""What decides what a row says -> one digest: rules, libraries, and the code that applies them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Final

#: Libraries whose version changes what an extraction gives.
EXTRACTORS: Final = ("trafilatura", "lxml", "resiliparse", "htmldate", "py3langid")


def digest_of(folder: Path, walls: Path) -> str:
    """Hash rules, libraries and the code that applies them: all that decides what a row says."""
    code = Path(__file__).parent
    ours = [code / f"{name}.py" for name in ("boilerplate", "heads", "labels", "lookup")]
    signs = (*walls.glob("*.yml"), *(code / "walls").glob("*.py"))
    files = [*folder.glob("*.yml"), *(code / "extract").glob("*.py"), *ours, *signs]
    parts = [path.name.encode() + b"\0" + path.read_bytes() for path in sorted(files)]
    return sha(*parts, *(f"{name}=={version(name)}".encode() for name in EXTRACTORS))


def sha(*parts: bytes) -> str:
    """Return sha256 of the parts and where each ends, hex."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
