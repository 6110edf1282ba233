"""Where output goes: colour and tables on a terminal, JSON lines when piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from rich.console import Console

#: C0 and C1 controls but for newline: a page must not be able to steer the terminal.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], "�") | {ord("\t"): " ", ord("\n"): "\n"}


def on_terminal() -> bool:
    """Say whether a person reads standard output. FORCE_COLOR does not turn a pipe into one."""
    return sys.stdout.isatty()


def console(*, stderr: bool = False) -> Console:
    """Return a rich console; it keeps to NO_COLOR and to what the terminal can do."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def printable(text: str) -> str:
    """Replace control characters, which a terminal would obey."""
    return text.translate(_CONTROLS)


def plain(value: Any) -> Any:
    """Return a value as JSON types: dataclasses as mappings, times in ISO 8601 with a Z."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    for kind, convert in _PLAIN:
        if isinstance(value, kind):
            return convert(value)
    return value


def _moment(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


#: The first that fits holds: a datetime is a date too.
_PLAIN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (dict, lambda value: {str(key): plain(item) for key, item in value.items()}),
    ((list, tuple, set, frozenset), lambda value: [plain(item) for item in value]),
    (datetime, _moment),
    (date, date.isoformat),
    (bytes, bytes.hex),
    (float, lambda value: value if isfinite(value) else None),  # JSON has no NaN
    ((Path, Decimal, UUID), str),
)


def write_json(value: Any) -> None:
    """Write one line of JSON to standard output, in UTF-8 whatever the locale.

    Half a surrogate pair, which a hostile page can hold and UTF-8 cannot, becomes its JSON escape.
    """
    line = json.dumps(plain(value), ensure_ascii=False, default=str)
    write_bytes(line.encode("utf-8", "backslashreplace") + b"\n")


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(line: str) -> None:
    """Write a line for a person to standard error."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


@contextmanager
def busy(what: str) -> Iterator[Callable[[str], None]]:
    """Show on standard error what is going on, if that is a terminal; yield how to change it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(stderr=True).status(what) as status:
        yield status.update


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on standard error, if that is a terminal; yield how to move it.

    It is told steps done, steps in all (0: not known yet), and what is waited for.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all, _left: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)

        def move(done: int, of: int, left: str) -> None:
            told = f"{what}: {printable(left)}" if left else what
            shown.update(task, completed=done, total=of or None, description=told)

        yield move
