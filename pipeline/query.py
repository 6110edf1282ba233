"""SQL over the lake: DuckDB, with a view for each table over exactly the files that are live."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.errors import FixSeed, TryLater

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Nothing is downloaded behind the operator's back; the httpfs extension comes as a wheel.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: columns, and rows as they come."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as mappings. Raises what `Tables.ask` raises."""
        for batch in self.batches:
            yield from batch.to_pylist()


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a lake, as the addresses of their live files; `options` are the store's.

    `repeated` are those whose files may hold a row twice; their views show it once.
    """

    schemas: Mapping[str, pa.Schema]
    files: Mapping[str, Sequence[str]]
    options: Mapping[str, str]
    repeated: frozenset[str] = frozenset()

    def ask(
        self,
        sql: str,
        parameters: Sequence[Any] = (),
        *,
        filename: bool = False,
        megabytes: int = 0,
    ) -> Answer:
        """Run a query; `filename` adds a column of that name, the file a row lies in.

        `megabytes` bounds the memory it may take; what is more goes to the system's temporary
        folder.
        Raises FixSeed for SQL that is wrong, TryLater if a file cannot be read.
        """
        import duckdb

        try:
            connection = duckdb.connect(config=_CONFIG)
            connection.execute("SET TimeZone = 'UTC'")
            if megabytes:
                bound(connection, megabytes)
            if any(uri.startswith("s3://") for uris in self.files.values() for uri in uris):
                reach_s3(connection, self.options)
            # A view reads every footer; `SHOW TABLES` names none and wants all.
            for name in self.named(sql) or self.schemas:
                view(
                    connection,
                    name,
                    self.files.get(name, ()),
                    self.schemas[name],
                    filename=filename,
                    once=name in self.repeated,
                )
            reader = connection.execute(sql, list(parameters)).to_arrow_reader(_BATCH_ROWS)
        except duckdb.Error as error:
            raise _told(error) from None
        return Answer(reader.schema, _batches(reader, connection))

    def named(self, sql: str) -> list[str]:
        """Return the tables that a query names."""
        words = set(re.findall(r"\w+", sql.lower()))
        return [name for name in self.schemas if name in words]

    @property
    def empty(self) -> list[str]:
        """The tables that have no file yet."""
        return [name for name in self.schemas if not self.files.get(name)]


def _batches(
    reader: pa.RecordBatchReader, connection: duckdb.DuckDBPyConnection
) -> Iterator[pa.RecordBatch]:
    """Yield batches; a value that cannot be read shows only now. The connection lives as long."""
    import duckdb
    import pyarrow as pa

    try:
        yield from reader
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise _told(error) from None
    finally:
        connection.close()


def _told(error: Exception) -> FixSeed | TryLater:
    """Put DuckDB's error into one line: its message and hints, without the caret drawing."""
    message = " ".join(str(error).split("\n\nLINE ")[0].split())
    name = type(error).__name__
    if name in {"IOException", "HTTPException"} or message.startswith(("IO Error", "HTTP Error")):
        return TryLater(f"query: the lake's files cannot be read: {message}")
    return FixSeed(f"query: {message}")


def view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    uris: Sequence[str],
    schema: pa.Schema,
    *,
    filename: bool = False,
    once: bool = False,
) -> None:
    """Make the view of one table; without files it is empty and has the right columns.

    `once`: a row that is in several files is shown once.
    """
    if not uris:
        import pyarrow as pa

        more = [pa.field("date", pa.date32())] + [pa.field("filename", pa.string())] * filename
        connection.register(name, pa.schema([*schema, *more]).empty_table())
        return
    listed = ", ".join(quoted(uri) for uri in uris)
    connection.execute(
        f"CREATE VIEW {name} AS SELECT {'DISTINCT ' * once}* FROM read_parquet([{listed}], "  # noqa: S608 - our own names
        "hive_partitioning = true, hive_types = {'date': DATE}, union_by_name = true"
        f"{', filename = true' * filename})"
    )


def bound(connection: duckdb.DuckDBPyConnection, megabytes: int) -> None:
    """Let a connection hold so much in memory, and the rest on disk."""
    connection.execute(f"SET memory_limit = '{megabytes}MB'")
    connection.execute(f"SET temp_directory = {quoted(str(Path(gettempdir(), 'broadsheet')))}")
    connection.execute("SET preserve_insertion_order = false")


def quoted(text: str) -> str:
    """Write a string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def reach_s3(connection: duckdb.DuckDBPyConnection, options: Mapping[str, str]) -> None:
    """Load the S3 reader from its wheel and give it endpoint and key as the store has them."""
    connection.execute(f"LOAD {quoted(str(httpfs_path()))}")
    given = {key.lower().removeprefix("aws_"): value for key, value in options.items()}
    secret = {
        "KEY_ID": given.get("access_key_id"),
        "SECRET": given.get("secret_access_key"),
        "SESSION_TOKEN": given.get("session_token"),
        "REGION": given.get("region") or given.get("default_region"),
    }
    if endpoint := given.get("endpoint_url") or given.get("endpoint"):
        parts = urlsplit(endpoint)
        secret |= {"ENDPOINT": parts.netloc, "URL_STYLE": "path"}
        secret["USE_SSL"] = "true" if parts.scheme == "https" else "false"
    listed = ", ".join(f"{key} {quoted(value)}" for key, value in secret.items() if value)
    connection.execute(f"CREATE SECRET lake (TYPE s3{', ' if listed else ''}{listed})")


def httpfs_path() -> Path:
    """Return where the httpfs extension lies. Raises FixSeed if its wheel is not installed."""
    import duckdb

    spec = find_spec("duckdb_extension_httpfs")
    places = spec.submodule_search_locations if spec else None
    name = f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension"
    path = Path(next(iter(places)), name) if places else None
    if path is None or not path.is_file():
        msg = (
            f"reading S3 needs duckdb-extension-httpfs=={duckdb.__version__} beside duckdb of that "
            "version; install it as the lock file has it"
        )
        raise FixSeed(msg)
    return path
