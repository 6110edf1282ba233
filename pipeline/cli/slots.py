"""A slot as an option of a command."""

from __future__ import annotations

import typer


def slot_key(text: str | None) -> str | None:
    """Return a slot in its one spelling; a wrong one is wrong usage."""
    from pipeline.model import Slot

    try:
        return Slot.parse(text).key if text else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
