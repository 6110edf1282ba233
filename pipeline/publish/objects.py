"""Objects of a table, written and read."""

from __future__ import annotations

from typing import Final

from pipeline.errors import TryLater
from pipeline.ports import ObjectStore
from pipeline.publish.encode import Encoded
from pipeline.publish.log import NewFile
from pipeline.publish.names import Name

PARQUET: Final = "application/vnd.apache.parquet"


def write(store: ObjectStore, table: str, name: Name, encoded: Encoded) -> NewFile:
    """Write an object that a commit is to make live."""
    # An object of that name holds these very bytes: then an earlier try has written it.
    store.create(f"{table}/{name.path}", encoded.body, PARQUET)
    return NewFile(name.path, len(encoded.body), encoded.stats)


def read(store: ObjectStore, table: str, path: str) -> bytes:
    """Read an object that was live a moment ago. Raises TryLater if it is gone."""
    try:
        return store.get(f"{table}/{path}")
    except KeyError:
        msg = (
            f"{table}/{path} is in the log, but not there. If it is not replaced at this moment, "
            "`broadsheet doctor` says what to do."
        )
        raise TryLater(msg) from None
