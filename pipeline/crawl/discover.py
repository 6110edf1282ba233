"""Listings that are due -> polls: what each answered, the links it gave, what to remember."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model import Fetched, Link
from pipeline.ports import ListingState


@dataclass(frozen=True, slots=True)
class Poll:
    """One listing asked once: its response, its links, and its state for the ledger.

    Links and state are remembered together: validators without their links would lose them.
    """

    fetched: Fetched
    links: tuple[Link, ...]
    state: ListingState
