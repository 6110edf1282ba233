"""A table's Delta log: which objects are live, and the one commit that changes it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from pipeline.errors import BrokenContract, TryLater
from pipeline.ports import ObjectStore
from pipeline.publish.tables import PARTITION, TABLES

#: Eight writers of one slot needed 91 second tries for 32 commits: this ends only when one is stuck.
COMMIT_TRIES: Final = 40
LONGEST_WAIT_S: Final = 1.0
#: The version that a takedown raises in every table: who began before it must begin again.
REMOVALS: Final = "removals"


@dataclass(frozen=True, slots=True)
class NewFile:
    """An object that is to become live: path below the table, bytes, statistics as Delta JSON."""

    path: str
    size: int
    stats: str


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: objects that become live and cease to be (path, bytes), versions of owners.

    `data` is False if the rows stay the same.
    """

    added: Sequence[NewFile] = ()
    removed: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    data: bool = True


class DeltaLog:
    """The log of one table. Raises what the store raises; TryLater if the log gives no answer."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store, self._name = store, name

    def load(self) -> DeltaTable | None:
        """Return the log as it is now, None if the table was never made."""
        # The store is asked first: it explains what is wrong with an endpoint, a key or a folder.
        if next(iter(self._store.list(f"{self._name}/_delta_log/")), None) is None:
            return None
        with self.trouble():
            try:
                return DeltaTable(
                    self._store.uri(self._name), storage_options=self._store.options()
                )
            except TableNotFoundError:
                return None

    def read(
        self, log: DeltaTable, columns: list[str] | None, chosen: pc.Expression | None
    ) -> pa.Table:
        """Return live rows: those chosen, or all.

        Arrow reads with a file system of its own. deltalake's is called back from Arrow's threads,
        and one that is still at it when the interpreter ends takes the process down (abort, 134).
        """
        with self.trouble():
            dataset = log.to_pyarrow_dataset(filesystem=self._store.filesystem(self._name))
            return dataset.to_table(columns=columns, filter=chosen)

    def ensure(self) -> DeltaTable:
        """Return the log, made if it is missing. Raises BrokenContract if its columns are others."""
        log = self.load() or self._make()
        expected = _columns(DeltaSchema.from_arrow(TABLES[self._name].schema))
        with self.trouble():
            held = _columns(log.schema())
        if missing := expected - held:
            names = ", ".join(sorted(name for name, _ in missing))
            msg = (
                f"The table {self._name} in {self._store.uri()} was made with another schema: "
                f"it lacks {names}. Publish into a new lake, or add the columns to this one."
            )
            raise BrokenContract(msg)
        return log

    def _make(self) -> DeltaTable:
        schema = TABLES[self._name].schema.append(PARTITION)
        with self.trouble():
            try:
                return DeltaTable.create(
                    self._store.uri(self._name),
                    schema,
                    mode="ignore",
                    partition_by=[PARTITION.name],
                    name=self._name,
                    storage_options=self._store.options(),
                )
            except DeltaError:  # somebody else made it at the same moment
                return DeltaTable(
                    self._store.uri(self._name), storage_options=self._store.options()
                )

    def turns(self) -> Iterator[DeltaTable]:
        """Yield the log as it is now, for one try to change it after the other.

        Raises TryLater if others change it faster than we can.
        """
        for number in range(COMMIT_TRIES):
            if number:
                wait = min(LONGEST_WAIT_S, 0.02 * (1 << min(number, 10)))
                time.sleep(random.uniform(0, wait))  # noqa: S311 - spreads writers, hides nothing
            yield self.ensure()
        msg = f"The table {self._name} in {self._store.uri()} is changed by too many at once."
        raise TryLater(msg)

    def commit(self, log: DeltaTable, change: Change, now: datetime) -> bool:
        """Change the table if it still is as `log` shows it; False if it no longer is.

        What others have changed meanwhile is never reconciled: deltalake lets two transactions
        pass that replace the same object if one of them says that it changes no data.
        """
        at = int(now.timestamp() * 1000)
        actions: list[AddAction | RemoveAction] = [
            AddAction(new.path, new.size, _partition(new.path), at, change.data, new.stats)
            for new in change.added
        ]
        actions += [
            RemoveAction(
                path,
                data_change=change.data,
                deletion_timestamp=at,
                size=size,
                partition_values=_partition(path),
            )
            for path, size in change.removed.items()
        ]
        versions = [Transaction(owner, number) for owner, number in change.versions.items()]
        with self.trouble():
            try:
                log.create_write_transaction(
                    actions,
                    mode="append",
                    schema=log.schema(),
                    partition_by=[PARTITION.name],
                    commit_properties=CommitProperties(
                        max_commit_retries=0, app_transactions=versions
                    ),
                )
            except CommitFailedError:
                return False
        return True

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """Turn deltalake's trouble into TryLater that names the table."""
        try:
            yield
        except (DeltaError, OSError) as error:
            line = " ".join(str(error).split())
            msg = (
                f"The log of {self._name} in {self._store.uri()} is out of reach ({line}). "
                "Nothing is lost; run again."
            )
            raise TryLater(msg) from error


def live_files(log: DeltaTable) -> dict[str, int]:
    """Return the live objects of a table: path below it, and bytes."""
    actions = pa.table(log.get_add_actions())
    paths = (unquote(path) for path in actions["path"].to_pylist())
    return dict(zip(paths, actions["size_bytes"].to_pylist(), strict=True))


def row_counts(log: DeltaTable) -> dict[str, int]:
    """Return the rows of each live object, by its path below the table."""
    actions = pa.table(log.get_add_actions())
    paths = (unquote(path) for path in actions["path"].to_pylist())
    return dict(zip(paths, actions["num_records"].to_pylist(), strict=True))


def version_of(log: DeltaTable | None, owner: str) -> int:
    """Return the last version of an owner's rows that was committed; 0 if there is none."""
    return 0 if log is None else log.transaction_version(owner) or 0


def _partition(path: str) -> dict[str, str | None]:
    return {PARTITION.name: path.partition("/")[0].removeprefix(f"{PARTITION.name}=")}


def _columns(schema: DeltaSchema) -> set[tuple[str, str]]:
    return {(field.name, str(field.type)) for field in schema.fields}
