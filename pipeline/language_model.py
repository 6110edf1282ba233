"""py3langid's model, unpacked once per machine and mapped into memory from then on.

The model comes as 4.5 MB of LZMA: unpacking it takes 0.6 s and 100 MB in every process that looks at
a language. Unpacked in the user's cache directory it takes 0.1 s and 25 MB, the rest is shared. The
numbers are the same, and so are the verdicts. Where nothing can be cached, it is unpacked each time.
"""

from __future__ import annotations

import io
import lzma
import os
import shutil
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

_ARRAYS = ("ptc", "pc", "classes", "nextmove", "nextmove_row", "out_feat")
_TYPECODE: dict[int, Literal["H", "I"]] = {2: "H", 4: "I"}


@cache
def load_model() -> Any:
    """Return the identifier of all languages, with probabilities. Copy it before restricting it."""
    packed = MODEL_DIR / MODEL_FILE
    try:
        return _mapped(_unpacked(packed))
    except Exception:  # noqa: BLE001 - the cache only saves time; whatever ails it, the packed model is there
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _mapped(folder: Path) -> Any:
    """Build the identifier over mapped arrays, without a copy of the large ones."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    moves = arrays["nextmove"]
    return LanguageIdentifier(
        arrays["ptc"],
        np.asarray(arrays["pc"]),
        arrays["classes"].tolist(),
        # Looked up byte by byte: a memoryview gives Python's own integers, an array numpy's.
        memoryview(moves.view(np.uint8)).cast(_TYPECODE[moves.dtype.itemsize]),
        arrays["out_feat"].tolist(),
        norm_probs=True,
        tk_row=arrays["nextmove_row"].tolist(),
    )


def _unpacked(packed: Path) -> Path:
    """Return the folder of the unpacked model, made if it is not there. Raises OSError."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "broadsheet"
    folder = root / f"py3langid-{version('py3langid')}-{packed.stat().st_size}"
    if folder.is_dir():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=root))
    try:
        with np.load(io.BytesIO(lzma.decompress(packed.read_bytes()))) as arrays:
            for name in _ARRAYS:
                np.save(building / f"{name}.npy", arrays[name])
        _settle(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def _settle(building: Path, folder: Path) -> None:
    """Give the folder its name; whoever was first is as good."""
    try:
        building.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
