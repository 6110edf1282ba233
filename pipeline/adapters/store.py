"""An address -> the object store behind it: a directory, or a bucket."""

from __future__ import annotations

from pathlib import Path

from pipeline.adapters.local_store import LocalStore
from pipeline.errors import FixSeed
from pipeline.ports import ObjectStore


def open_store(address: str) -> ObjectStore:
    """Open `s3://bucket/prefix`, `file:///dir` or a plain directory. Touches nothing yet.

    Raises FixSeed for an address that is none of these.
    """
    if address.startswith("s3://"):
        from pipeline.adapters.s3_store import S3Store

        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not bucket:
            msg = f"BROADSHEET_STORE={address}: names no bucket; write it like s3://bucket/prefix"
            raise FixSeed(msg)
        return S3Store(bucket, prefix.strip("/"))
    path = address.removeprefix("file://")
    if not path.strip() or "://" in path:
        msg = (
            f"BROADSHEET_STORE={address!r} is no place for a lake; "
            "give a directory, or s3://bucket/prefix"
        )
        raise FixSeed(msg)
    return LocalStore(Path(path))
