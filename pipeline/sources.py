"""seeds/sources/*.yml -> Source: what differs per news site, checked before it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from pipeline.errors import FixSeed
from pipeline.expect import Expect
from pipeline.model import Page


def _is_pattern(value: str) -> str:
    try:
        # As boilerplate rules are compiled: then `re` has it in its cache, and pays once.
        re.compile(f"(?:{value})", re.IGNORECASE)
    except re.error as error:
        msg = f"not a regular expression: {error}"
        raise ValueError(msg) from None
    return value


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        msg = f"{value!r} is not an IANA time zone, like Europe/Riga"
        raise ValueError(msg) from None
    return value


def _is_url(value: str) -> str:
    try:
        return str(_HTTP_URL.validate_python(value))
    except ValidationError as error:
        msg = f"{value!r} is no http(s) address: {error.errors()[0]['msg']}"
        raise ValueError(msg) from None


def _is_page_url(value: str) -> str:
    if "{n}" not in value:
        msg = f"{value!r} must contain {{n}}, which stands for the number of the page"
        raise ValueError(msg)
    _is_url(value.replace("{n}", "2"))
    return value


_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)
Pattern = Annotated[str, AfterValidator(_is_pattern)]
#: Language (ISO 639-1) -> phrases.
Phrases = dict[Annotated[str, Field(pattern="^[a-z]{2}$")], tuple[str, ...]]
#: What a boilerplate rule can be.
RULE_KINDS = ("phrases", "headings", "line", "prefix", "suffix", "section", "selector")
Zone = Annotated[str, AfterValidator(_is_zone)]
Url = Annotated[str, AfterValidator(_is_url), Field(json_schema_extra={"format": "uri"})]
PageUrls = Annotated[str, AfterValidator(_is_page_url)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListingKind(StrEnum):
    """How a listing is read; `auto` looks at the document."""

    AUTO = "auto"
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


class Listing(_Strict):
    """A page of the site that names its articles.

    A section is a web page; of its links those that match `article` are taken. It may go on for
    several pages.
    """

    url: Url
    kind: ListingKind = ListingKind.AUTO
    article: Pattern | None = Field(
        None, description="Sections only: pattern that the addresses of articles match."
    )
    pages: PageUrls | None = Field(
        None,
        description="Sections only: address of page {n}, from 2 on; read until one has no new link.",
    )
    max_pages: int = Field(5, ge=2, le=100, description="Sections only: pages read at a time.")

    @model_validator(mode="after")
    def _as_its_kind(self) -> Listing:
        if self.kind is ListingKind.SECTION and self.article is None:
            msg = "a section needs `article`, a pattern that the addresses of its articles match"
            raise ValueError(msg)
        if self.kind is not ListingKind.SECTION and (self.article or self.pages):
            msg = "`article` and `pages` are for `kind: section`"
            raise ValueError(msg)
        return self


class OptOut(StrEnum):
    """A kind of signal by which a site opts out of some use of its pages."""

    NOINDEX = "noindex"
    NOARCHIVE = "noarchive"
    NOSNIPPET = "nosnippet"
    NOAI = "noai"
    NOIMAGEAI = "noimageai"
    TDM = "tdm"
    USAGE = "usage"
    AI = "ai"


class Fetch(_Strict):
    """How gently the site is asked."""

    delay_s: float = Field(2.0, ge=0, description="Seconds between two requests to the host.")
    timeout_s: float = Field(30.0, gt=0, description="Seconds for one response.")
    max_bytes: int = Field(10_000_000, gt=0, description="Largest body, unpacked.")
    max_redirects: int = Field(5, ge=0)
    retries: int = Field(2, ge=0, description="Second tries within one run.")
    longest_wait_s: float = Field(
        120.0, gt=0, description="Longest Retry-After or crawl-delay waited out."
    )
    give_up_after: int = Field(5, ge=1, description="Failures in a row that end a host's run.")
    ports: tuple[int, ...] = Field((80, 443), description="Ports that may be asked.")
    headers: dict[str, str] = Field(default_factory=dict, description="Extra request headers.")
    max_pages: int = Field(1000, ge=1, description="Pages fetched in one run.")
    max_parts: int = Field(
        10, ge=1, le=30, description="Pages one article may be split over; 1: none are joined."
    )
    requests_a_day: int | None = Field(
        None,
        ge=1,
        description="Requests to a host in one UTC day, whatever for: robots.txt, listings, pages, "
        "retries, daily and backfill together. Default: BROADSHEET_REQUESTS_A_DAY.",
    )
    tdmrep: bool = Field(
        default=True,
        description="Ask each host once a day for /.well-known/tdmrep.json, its reservation of text "
        "and data mining.",
    )
    heed: tuple[OptOut, ...] = Field(
        (),
        description="Opt-outs beside robots.txt that exclude a page (`opted_out`): noindex, "
        "noarchive, nosnippet, noai, noimageai (X-Robots-Tag, robots meta), tdm (text and data "
        "mining is reserved), usage (Content-Usage or Content-Signal says no to something), ai "
        "(robots.txt shuts out a known AI crawler). All are recorded, heeded or not.",
    )


class BoilerplateRule(_Strict):
    """A rule that removes one kind of boilerplate, with the examples that test it.

    Exactly one of `phrases`, `headings`, `line`, `prefix`, `suffix`, `section` or `selector`.

    Phrases and headings are lists by language, compared word by word: `#` stands for a number,
    `: …` at the end for a colon and whatever follows it, `…` alone for whatever follows. The others
    but the selector are patterns: they ignore case and see a line without its bullets, its closing
    dots and arrows, and with straight apostrophes.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    category: str | None = Field(
        None, pattern=r"^[a-z][a-z-]*$", description="Default: the file's."
    )
    phrases: Phrases | None = Field(None, description="Removes a line that is one of them.")
    headings: Phrases | None = Field(
        None, description="Removes a line that is one of them, and what follows (see extent)."
    )
    line: Pattern | None = Field(None, description="Removes a line that matches as a whole.")
    unless: Pattern | None = Field(None, description="A line in which this is found is left alone.")
    prefix: Pattern | None = Field(None, description="Removes the start of a line.")
    suffix: Pattern | None = Field(None, description="Removes the end of a line.")
    section: Pattern | None = Field(None, description="Removes the matching line and what follows.")
    extent: str = Field(
        "end",
        pattern="^(end|list)$",
        description="How far a section goes: to the end of the text (only in its second half), or "
        "over the headlines listed below it.",
    )
    then: Pattern | None = Field(None, description="The line after a section's must match this.")
    selector: str | None = Field(None, description="CSS selector: removes elements from the page.")
    where: str = Field(
        "any",
        pattern="^(any|head|tail|end)$",
        description="Part of the text it looks at: any; head, to the first paragraph; tail, the "
        "second half; end, from the last but two paragraphs.",
    )
    button: bool = Field(
        default=False,
        description="It is for buttons: a line that ends in a full stop is an answer, and is left "
        "alone.",
    )
    label: bool = Field(
        default=False,
        description="It is for labels and links: a line of more than four words that ends as a "
        "sentence does is left alone.",
    )
    keep: bool = Field(
        default=False,
        description="The line stays, whatever other rules say, and the article is flagged.",
    )
    max_words: int = Field(25, ge=1, description="Lines longer than this are left alone.")
    why: str = Field("", description="What the rule is for, where its pattern does not say it.")
    hit: tuple[str, ...] = Field(min_length=1, description="Examples it must remove.")
    miss: tuple[str, ...] = Field(min_length=1, description="Near misses it must leave alone.")

    @model_validator(mode="after")
    def _one_kind(self) -> BoilerplateRule:
        if sum(getattr(self, kind) is not None for kind in RULE_KINDS) != 1:
            msg = f"needs exactly one of {', '.join(RULE_KINDS)}"
            raise ValueError(msg)
        if self.unless and (self.prefix or self.suffix or self.selector):
            msg = "unless is for rules that remove whole lines"
            raise ValueError(msg)
        return self


class Extract(_Strict):
    """What the general extractor must know of this site."""

    body: str | None = Field(
        None, description="CSS selector of the article body, if it must be told."
    )
    date_order: str = Field(
        "dmy",
        pattern="^(dmy|mdy|ymd)$",
        description="How 11/12/2026 is meant; unless told, mdy on pages in American English.",
    )
    min_words: int = Field(40, ge=0, description="Fewer words than this are not an article.")
    boilerplate: tuple[BoilerplateRule, ...] = Field((), description="Rules of this site alone.")


class Source(_Strict):
    """A news site: where its articles are listed, how to ask, what to expect."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="As the file is named.")
    name: str = Field(min_length=1, description="As readers know the site.")
    home: Url
    enabled: bool = True
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(min_length=1)
    timezone: Zone = Field("UTC", description="Zone of dates that name none.")
    every_minutes: int = Field(
        60,
        ge=0,
        description="How often a listing is asked at first; then as often as it has news, between "
        "the two below. 0: in every run.",
    )
    min_minutes: int | None = Field(
        None, ge=1, description="The shortest it comes to. Default: a quarter of every_minutes."
    )
    max_minutes: int | None = Field(
        None, ge=1, description="The longest it comes to. Default: six times every_minutes."
    )
    listings: tuple[Listing, ...] = Field(min_length=1)
    hosts: tuple[str, ...] = Field(
        (), description="Other hosts whose articles count as this site's."
    )
    include: tuple[Pattern, ...] = Field(
        (), description="Article URLs match one of these; empty: all."
    )
    exclude: tuple[Pattern, ...] = Field(
        (), description="URLs that match one of these are not articles."
    )
    fetch: Fetch = Fetch()
    extract: Extract = Extract()
    expect: Expect = Expect()
    raw_days: int | None = Field(
        None,
        ge=1,
        description="Days that responses are kept. Default: BROADSHEET_RAW_DAYS. After that their "
        "articles stay, and can no longer be extracted again.",
    )
    notes: str = Field("", description="For the next person who looks at this file.")

    @model_validator(mode="after")
    def _ordered(self) -> Source:
        least, first, most = self.min_minutes, self.every_minutes, self.max_minutes
        if not first and (least or most):
            msg = "every_minutes is 0: in every run; min_minutes and max_minutes say nothing then"
            raise ValueError(msg)
        if (least is not None and least > first) or (most is not None and most < first):
            msg = "needs min_minutes <= every_minutes <= max_minutes"
            raise ValueError(msg)
        return self


#: The C loader reads the rules in a fifth of the time; both build plain values only.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Return the plain values of a YAML file. Raises FixSeed naming the file."""
    try:
        return yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - a safe loader, see there
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise FixSeed(msg) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path}: not YAML: {' '.join(str(error).split())}"
        raise FixSeed(msg) from None


def load_source(path: Path) -> Source:
    """Read one seed. Raises FixSeed naming the file and every field that is wrong."""
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        msg = f"{path}: must be a mapping of fields (id, name, home, listings …)"
        raise FixSeed(msg)
    try:
        source = Source.model_validate(raw)
    except ValidationError as error:
        raise FixSeed(explain(path, error)) from None
    if source.id != path.stem:
        msg = f"{path}: id: {source.id!r} must be the file's name, {path.stem!r}"
        raise FixSeed(msg)
    return source


def explain(path: Path, error: ValidationError) -> str:
    """Say which fields of a file are wrong, a line each."""
    lines = []
    for item in error.errors():
        field = ".".join(str(part) for part in item["loc"]) or "(file)"
        hint = " (no such field: a typo?)" if item["type"] == "extra_forbidden" else ""
        lines.append(f"{path}: {field}: {item['msg']}{hint}")
    return "\n".join(lines)


def load_sources(folder: Path, only: Sequence[str] = ()) -> dict[str, Source]:
    """Read the seeds of a folder by id: those named, or all that are enabled.

    Raises FixSeed naming every file that is wrong, or an id that has no file.
    """
    if not folder.is_dir():
        msg = f"{folder}: no such folder of sources; set BROADSHEET_SOURCES"
        raise FixSeed(msg)
    sources, errors = read_sources(folder, only)
    if errors:
        raise FixSeed("\n".join(errors))
    if missing := sorted(set(only) - set(sources)):
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yml")))
        msg = f"no source {', '.join(missing)} in {folder}; there are: {known or 'none'}"
        raise FixSeed(msg)
    return {key: s for key, s in sources.items() if s.enabled or key in only}


def read_sources(folder: Path, only: Iterable[str] = ()) -> tuple[dict[str, Source], list[str]]:
    """Read the seeds of a folder; return the good ones by id, and what is wrong with the others."""
    wanted = set(only)
    sources: dict[str, Source] = {}
    errors: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        if wanted and path.stem not in wanted:
            continue
        try:
            source = load_source(path)
        except FixSeed as error:
            errors.append(str(error))
        else:
            sources[source.id] = source
    return sources, errors


def seed_of(page: Page, sources: Mapping[str, Source]) -> Source:
    """Return the seed of a page's source. Raises FixSeed if it is gone or cannot be read."""
    source = sources.get(page.link.source)
    if source is None:
        msg = (
            f"{page.raw_key} holds pages of {page.link.source!r}, whose seed is gone or cannot be "
            "read: bring it back or mend it (`broadsheet sources check`), then extract again."
        )
        raise FixSeed(msg)
    return source


def seed_schema() -> str:
    """Return the JSON Schema of a seed file (draft 2020-12), for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema"
    } | Source.model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
