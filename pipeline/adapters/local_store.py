"""LocalStore: a directory that keeps the promises of a bucket."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.adapters.keys import checked
from pipeline.errors import FixSeed, TryLater
from pipeline.ports import ObjectInfo

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

#: Where writes are prepared. A leftover of a killed run lies here and nowhere else.
TEMPORARY = ".tmp"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})


class LocalStore:
    """An object store in a directory, made at the first write.

    A write is prepared in `.tmp/` and then linked or renamed into place, so that it is there as a
    whole or not at all, and on the disk (fsync) before the call returns.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write an object, replacing what was there."""
        del content_type  # a file has none
        path = self._path(key)
        with self._trouble(), self._prepared(body) as prepared:
            self._make(path.parent)
            prepared.replace(path)
            _sync_folder(path.parent)

    def create(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> bool:
        """Write an object only if the key is free; False if it existed."""
        del content_type
        path = self._path(key)
        with self._trouble():
            if path.exists():  # saves the write; the link below is what decides
                return False
            with self._prepared(body) as prepared:
                self._make(path.parent)
                try:
                    os.link(prepared, path)
                except FileExistsError:
                    return False
                _sync_folder(path.parent)
                return True

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object or the bytes [start, end). Raises KeyError if there is none."""
        path = self._path(key)
        with self._trouble():
            try:
                with path.open("rb") as file:
                    file.seek(start)
                    return file.read() if end is None else file.read(max(0, end - start))
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                raise KeyError(key) from None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """List the objects whose key starts with the prefix, in key order."""
        folder = self._root / prefix.rpartition("/")[0]
        with self._trouble():
            found = {self._key(path): path for path in _files(folder)}
            for key in sorted(found):
                if not key.startswith(prefix) or key.startswith(f"{TEMPORARY}/"):
                    continue
                try:
                    stat = os.stat(found[key])  # noqa: PTH116 - as above
                except FileNotFoundError:  # deleted while we list
                    continue
                yield ObjectInfo(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; a key that is not there is no error."""
        with self._trouble():
            for key in keys:
                try:
                    self._path(key).unlink()
                except (FileNotFoundError, NotADirectoryError):
                    continue

    def clear_unfinished(self, before: datetime) -> int:
        """Remove what writes that were killed before a moment have left; return how many."""
        number = 0
        with self._trouble():
            for path in (self._root / TEMPORARY).glob("*"):
                with suppress(FileNotFoundError):  # its writer has ended
                    if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                        path.unlink()
                        number += 1
        return number

    def uri(self, key: str = "") -> str:
        """Return the absolute path of a key."""
        return str(self._path(key) if key else self._root)

    def options(self) -> dict[str, str]:
        """Return nothing: a path needs no options."""
        return {}

    def filesystem(self, key: str) -> FileSystem:
        """Return Arrow's own file system below a key."""
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        return SubTreeFileSystem(self.uri(key), LocalFileSystem())

    def _path(self, key: str) -> Path:
        parts = checked(key).split("/")
        if parts[0] == TEMPORARY:
            msg = f"{key!r} cannot be the key of an object: {TEMPORARY} is for writes under way"
            raise ValueError(msg)
        return self._root.joinpath(*parts)

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        for above in folder.parents:  # a new folder is durable once its parent is
            _sync_folder(above)
            if above == self._root:
                break

    def _key(self, path: str) -> str:
        return os.path.relpath(path, self._root).replace(os.sep, "/")

    @contextmanager
    def _prepared(self, body: bytes) -> Iterator[Path]:
        folder = self._root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / uuid.uuid4().hex
        try:
            with path.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _explained(error, self._root) from error


def _explained(error: OSError, root: Path) -> FixSeed | TryLater:
    what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if error.errno in _FULL:
        return TryLater(f"The lake's disk is full ({root}): free some space, then run again.")
    if error.errno in _REFUSED:
        return FixSeed(
            f"The lake {root} cannot be used ({what}). Make it writable for this user, on a disk "
            "with hard links, or set BROADSHEET_STORE to another directory."
        )
    return TryLater(f"The lake {root} is unwell ({what}). Mend the disk, then run again.")


def _files(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(parent, name)  # noqa: PTH118 - listings are long, Path objects slow


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
