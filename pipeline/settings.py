"""BROADSHEET_* -> Settings. Read by `jobs.py` and the CLI when asked, never at import."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.errors import FixSeed

ROOT = Path(__file__).resolve().parents[1]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """What an operator can set for a whole deployment; per-site knobs live in the seed."""

    model_config = SettingsConfigDict(env_prefix="BROADSHEET_", extra="ignore", frozen=True)

    store: str = Field("lake", description="The lake: a directory, or s3://bucket/prefix.")
    ledger: str | None = Field(
        None,
        description="SQLAlchemy URL of the ledger. Default: SQLite inside a local lake, or under "
        ".broadsheet/ for an S3 one.",
    )
    sources: Path = Field(ROOT / "seeds" / "sources", description="Folder of source seeds.")
    boilerplate: Path = Field(ROOT / "seeds" / "boilerplate", description="Folder of rules.")
    walls: Path = Field(ROOT / "seeds" / "walls", description="Folder of the signs of walls.")
    user_agent: str | None = Field(
        None,
        description="How the crawler introduces itself, with a web or mail address where you can "
        "be reached. Required before anything is fetched; there is no default that works.",
    )
    shards: int = Field(4, ge=1, le=64, description="Crawl tasks; a host belongs to one of them.")
    allow_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Private networks that may be fetched from, comma-separated (127.0.0.0/8)."
    )
    crawl_minutes: float = Field(
        50, gt=0, description="Soft deadline of a crawl task; what is left stays due."
    )
    requests_a_day: int = Field(
        10_000,
        ge=1,
        description="Requests to one host (registrable domain) in one UTC day, robots.txt, listings "
        "and retries too, by daily crawl and backfill together; a seed's `fetch.requests_a_day` "
        "goes first.",
    )
    fetch_attempts: int = Field(
        5, ge=1, description="Runs that may try a URL before it has failed."
    )
    extract_workers: int | None = Field(
        None,
        ge=0,
        le=64,
        description="Processes that a task extracts with. Default: as many as it has cores, at most "
        "4. 0 extracts in the task's own process, without the two limits below.",
    )
    page_seconds: float = Field(
        2.0, gt=0, description="CPU seconds that reading one page may take; then it is `too_slow`."
    )
    page_megabytes: int = Field(
        500, ge=50, description="Memory that reading one page may take (held on Linux only)."
    )
    websub_callback: str | None = Field(
        None,
        description="Where hubs can reach `broadsheet websub`: a public https:// address, which a "
        "reverse proxy leads to `BROADSHEET_WEBSUB_LISTEN`. Without it nothing is subscribed to.",
    )
    websub_listen: str = Field(
        "127.0.0.1:8089",
        pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$",
        description="Host and port where `broadsheet websub` listens, without TLS.",
    )
    duplicate_days: int = Field(
        14, ge=0, description="How far back exact duplicates are looked for."
    )
    close_days: int = Field(
        2,
        ge=1,
        description="Days after which `maintain` makes one object of each table's day, counted from "
        "the day's beginning (UTC); a slot of such a day can still be published again.",
    )
    grace_hours: int = Field(
        2,
        ge=0,
        description="Hours that objects stay after they were replaced, for readers that are at them. "
        "Until then a plain glob sees them beside what replaced them.",
    )
    staged_days: int = Field(
        7, ge=1, description="Days that staged rows stay; after that a slot is extracted again."
    )
    raw_days: int | None = Field(
        None,
        ge=1,
        description="Days that responses are kept in `raw/`; a seed's `raw_days` goes first. Default: "
        "for ever. After that articles stay, and can no longer be extracted again.",
    )
    quorum: float = Field(
        0.5, ge=0, le=1, description="Share of sources that must have answered for a green run."
    )

    @field_validator("allow_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("user_agent")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            msg = "must be one printable line"
            raise ValueError(msg)
        if value is not None and not re.search(r"https?://\S+|\S+@\S+\.\S+", value):
            msg = "must carry a web or mail address, like: Example/1.0 (+https://example.org/bot)"
            raise ValueError(msg)
        return value

    @field_validator("websub_callback")
    @classmethod
    def _callback(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s?#/]+(/[^\s?#]*)?", value):
            msg = "must be an address without query, like: https://news.example.org/websub"
            raise ValueError(msg)
        return value.rstrip("/") if value else None

    @property
    def is_s3(self) -> bool:
        """Whether the lake lies in a bucket."""
        return self.store.startswith("s3://")

    @property
    def goldens(self) -> Path:
        """The folder of golden tests: beside the seeds, as both belong to who runs it."""
        return self.sources.parent / "golden"

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL, derived from the store where it is not set."""
        if self.ledger:
            return self.ledger
        if self.is_s3:
            name = re.sub(r"[^A-Za-z0-9.-]+", "-", self.store.removeprefix("s3://")).strip("-")
            return f"sqlite:///{Path('.broadsheet').resolve() / f'{name}.db'}"
        root = Path(self.store.removeprefix("file://")).expanduser().resolve()
        return f"sqlite:///{root / '_ledger' / 'ledger.db'}"

    def agent(self) -> str:
        """Return the user agent. Raises FixSeed if none is set."""
        if not self.user_agent:
            msg = (
                "No user agent is set, and nothing is fetched without one. Say who you are and how "
                "to reach you: export BROADSHEET_USER_AGENT='Example/1.0 (+https://example.org/bot)'"
            )
            raise FixSeed(msg)
        return self.user_agent


def load_settings() -> Settings:
    """Read the settings from the environment. Raises FixSeed naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"BROADSHEET_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        raise FixSeed("; ".join(lines)) from None
