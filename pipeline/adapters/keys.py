"""What a key may be: the same for every store, so that a lake can move from one to the other."""

from __future__ import annotations


def checked(key: str) -> str:
    """Return the key. Raises ValueError for one that a directory could not hold, or not there."""
    if any(part in {"", ".", ".."} or "\0" in part for part in key.split("/")):
        msg = f"{key!r} cannot be the key of an object"
        raise ValueError(msg)
    return key
