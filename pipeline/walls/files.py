"""seeds/walls/*.yml -> WallFile: what is written of each kind of wall, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import FixSeed
from pipeline.model import Reason
from pipeline.sources import Pattern, Phrases, explain, read_yaml

#: The order in which kinds are believed: whoever asks for proof of a person shows nothing at all;
#: an error page may hold a form to log in.
ORDER: Final = (
    Reason.BOT_CHALLENGE,
    Reason.CONSENT_WALL,
    Reason.SOFT_404,
    Reason.LOGIN_WALL,
)
#: What is judged apart: a page behind a paywall is an article, as far as it is shown.
PAYWALL: Final = Reason.PAYWALL
#: Where a sign can be looked for.
PLACES: Final = ("headers", "meta", "markup", "title", "text", "address")


class SignRule(BaseModel):
    """A sign as it is written, with the examples that test it.

    Exactly one of `headers` and `meta` (patterns for the whole value, by name), `markup` (pieces of
    HTML, in any case), `title` (phrases, as boilerplate rules have them: a title, a heading or a part of
    one), `text` (words that stand anywhere in a line) or `address` (patterns, searched in host,
    path and query in lower case).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    weight: int = Field(1, ge=1, le=2, description="2: it stands on such pages and on no others.")
    ordinary: bool = Field(
        default=False,
        description="It stands on ordinary pages too: text counts only where it is most of the "
        "text, markup only beside a sign in title, heading or text.",
    )
    headers: dict[str, Pattern] | None = None
    meta: dict[str, Pattern] | None = None
    markup: tuple[str, ...] | None = None
    title: Phrases | None = None
    text: Phrases | None = None
    address: tuple[Pattern, ...] | None = None
    hit: tuple[str, ...] = Field(min_length=1)
    miss: tuple[str, ...] = Field(min_length=1)

    @property
    def place(self) -> str:
        """Where the sign is looked for."""
        return next(name for name in PLACES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_place(self) -> SignRule:
        if sum(getattr(self, name) is not None for name in PLACES) != 1:
            msg = f"needs exactly one of {', '.join(PLACES)}"
            raise ValueError(msg)
        return self


class WallFile(BaseModel):
    """One kind of wall: its reason, how many words its pages have at most, and its signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    doc: str = Field(min_length=1)
    most_words: int = Field(ge=1)
    signs: tuple[SignRule, ...] = Field(min_length=1)


def read_walls(path: Path) -> WallFile:
    """Read one file of signs. Raises FixSeed naming file, sign and field."""
    try:
        file = WallFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise FixSeed(explain(path, error)) from None
    if file.reason not in {*ORDER, PAYWALL}:
        msg = f"{path}: reason: must be one of {', '.join((*ORDER, PAYWALL))}"
        raise FixSeed(msg)
    return file


def flat(phrases: Mapping[str, Sequence[str]] | None) -> list[str]:
    """Return phrases of all languages."""
    return [phrase for by_language in (phrases or {}).values() for phrase in by_language]
