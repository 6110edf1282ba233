"""What is known of a page on its way to an article: claims of its metadata, lines, cuts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.extract.shapes import Shape
from pipeline.model import Cut, Page
from pipeline.walls import Sign, Wall


@dataclass(frozen=True, slots=True)
class Moment:
    """A claimed time: in UTC, as it was written, who claims it, how exact, where its zone is from.

    `source` and `precision` are those of the `articles` table; `zone` is its `published_tz`;
    `local` is date and time as written, without a zone.
    """

    at: datetime
    raw: str
    source: str
    precision: str
    zone: str
    local: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """Where an entry begins: the number of its first line, and its time, as far as it is known."""

    line: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What page and listing say of the article. Empty where they say nothing believable."""

    title: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    published: Moment | None = None
    #: Where the publisher is.
    published_day: date | None = None
    modified: Moment | None = None
    canonical: str | None = None
    image_url: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What tells an article from a listing, a gallery, a film or an error page.

    `types` are schema.org types and `og:` types in lower case; `marks` the words of the body's
    class; counts are of the page without its widgets, and `pictures` are figures that lead nowhere.
    """

    types: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    headings: tuple[str, ...] = ()
    pictures: int = 0
    films: int = 0
    linked_headings: int = 0
    page_title: str = ""


@dataclass(frozen=True, slots=True)
class Paywall:
    """A page that is paid for, or a part of it: why that is thought.

    `declared` says whether the page says so itself; `gaps` are the signs that text is missing, and
    `preview` whether they are enough to say that it is.
    """

    declared: bool
    gaps: tuple[Sign, ...]
    preview: bool

    def __str__(self) -> str:
        return ", ".join(map(str, self.gaps))


@dataclass(frozen=True, slots=True)
class Stated:
    """How many words someone says the text has: `source` is feed, json_ld or meta."""

    words: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A page that has been read but not judged. `kind` and `layout` are None for a text dump.

    `kinds` says of each line what it is (`body.Body`), where that is known; `starts` where the
    entries of a live blog begin.
    `part_of` is the address of the article's first page, if this is a later one. `shapes` are what
    the site's memory learns from.
    """

    page: Page
    encoding: str = "utf-8"
    broken: float = 0.0
    metadata: Metadata = field(default_factory=Metadata)
    kind: Kind | None = None
    layout: str | None = None
    lines: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    starts: tuple[Start, ...] = ()
    cuts: tuple[Cut, ...] = ()
    flags: frozenset[str] = frozenset()
    parts: int = 1
    parts_missing: bool = False
    part_of: str | None = None
    wall: Wall | None = None
    paywall: Paywall | None = None
    stated: tuple[Stated, ...] = ()
    shapes: tuple[Shape, ...] = ()
