"""The page `docs/cli.md`: the help of every command, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from pipeline.cli.app import EXITS, app

#: What the help says of a value's type; its name says it already.
_TYPE = re.compile(r" <(?:list\[)?(?:str|path|Path|bool)\]?>|\s*\[required\]")


def manual() -> str:
    """Return Markdown: each command with its usage, arguments and options, then the exit codes."""
    root = typer.main.get_command(app)
    parts = [
        *_section(root, ("broadsheet",)),
        "## Exit codes\n",
        "| code | meaning |",
        "| --- | --- |",
    ]
    parts += [f"| {code} | {meaning} |" for code, meaning in EXITS.items()]
    return "\n".join(parts) + "\n"


def _section(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    yield f"## `{' '.join(path)}`\n"
    yield f"{_prose(command.help or '')}\n"
    context = typer.Context(command, info_name=path[-1])
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    yield f"```\n{usage}\n```\n"
    records = [record for p in command.get_params(context) if (record := _record(p, context))]
    if records:
        yield "| argument or option | meaning |"
        yield "| --- | --- |"
        yield from records
        yield ""
    for name, child in getattr(command, "commands", {}).items():
        yield from _section(child, (*path, name))


def _record(parameter: Any, context: Any) -> str | None:
    """Return a row of the table; none for what every command has, or the shell's completion."""
    if parameter.name in {"help", "install_completion", "show_completion"}:
        return None
    name, meaning = (_TYPE.sub("", part).strip() for part in parameter.get_help_record(context))
    return f"| `{_cell(name)}` | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _prose(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())
