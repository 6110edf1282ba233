"""sites/<name>/site.toml and articles/*.md -> Site and Article: all that the sites print."""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

SITES = Path(__file__).resolve().parents[1] / "sites"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a body. `kind` is p, h2, li, quote, figure, also (a link to another article), at or more.

    `at` begins an entry of a live blog, and its text is the time. `more` ends a page of an article
    that is split over several. For a figure `extra` is the credit and `name` the picture; for `also` the text is a slug.
    """

    kind: str
    text: str
    extra: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One listed page of a site, as its file tells it. `kind` decides how the page answers."""

    site: str
    slug: str
    path: str
    title: str
    published: datetime
    summary: str
    blocks: tuple[Block, ...]
    kind: str = "article"
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    section: str = "News"
    tags: tuple[str, ...] = ()
    language: str = "en"
    comments: tuple[tuple[str, str], ...] = ()
    moved_from: str | None = None
    text_of: str | None = None
    charset_header: str | None = None
    charset_meta: str | None = None
    held: bool = False

    @property
    def listed_path(self) -> str:
        """The path the feed and the sitemap give: the old one if the page has moved."""
        return self.moved_from or self.path

    @property
    def pages(self) -> tuple[tuple[Block, ...], ...]:
        """The blocks of each page the site splits the article over; mostly there is one."""
        pages: list[list[Block]] = [[]]
        for block in self.blocks:
            if block.kind == "more":
                pages.append([])
            else:
                pages[-1].append(block)
        return tuple(map(tuple, pages))

    def address(self, page: int) -> str:
        """Return the path of one of its pages, counted from 1, as WordPress has it."""
        return self.path if page == 1 else f"{self.path}{page}/"

    @property
    def is_paid(self) -> bool:
        """Whether the page shows only the start of it: too little to keep, or enough."""
        return self.kind in {"paywall", "preview"}

    @property
    def entries(self) -> int:
        """Entries of a live blog; 0 if it is none."""
        return sum(block.kind == "at" for block in self.blocks)

    @property
    def changed(self) -> datetime:
        """When the page last changed."""
        return self.modified or self.published

    @property
    def number(self) -> int:
        """A number that belongs to the page: its id in addresses, the seed of its counters."""
        return zlib.crc32(self.slug.encode()) % 900_000 + 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host: its manners (site.toml), its templates (*.html) and its articles, newest first."""

    id: str
    name: str
    tagline: str
    articles: tuple[Article, ...]
    page: Template
    path: str
    language: str = "en"
    encoding: str = "utf-8"
    feed: str = ""
    feed_path: str = ""
    feed_length: int = 50
    feed_query: str = ""
    sitemap_paths: tuple[str, ...] = ()
    json_ld: str = "none"
    date_format: str = "%d %B %Y, %H:%M"
    also_label: str = "Also read:"
    first_paragraph_prefix: str = ""
    doubled_captions: bool = False
    validators: tuple[str, ...] = ("etag", "last-modified")
    compress: bool = False
    robots: str = ""
    declares: tuple[str, ...] = ("section", "tags", "modified")
    unwell_paths: tuple[str, ...] = ()
    box: str = ""  # class of a box around every article's text; empty: none
    below: str = ""  # a line below every article's text
    retry_after_s: int = 1
    boilerplate: tuple[str, ...] = ()
    discussion: tuple[tuple[str, str, str], ...] = ()
    fragments: Mapping[str, Template] = field(default_factory=dict)

    def article(self, slug: str) -> Article:
        """Return the article of that name. Raises KeyError if there is none."""
        for article in self.articles:
            if article.slug == slug:
                return article
        msg = f"{self.id} has no article {slug!r}"
        raise KeyError(msg)


def load_sites(folder: Path = SITES) -> dict[str, Site]:
    """Read every site of the newsstand, by name."""
    sites = {path.name: load_site(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    return {key: replace(site, articles=_borrow(site, sites)) for key, site in sites.items()}


def load_site(folder: Path) -> Site:
    """Read one site's manners, templates and articles."""
    manners = tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))
    fragments = {key: Template(text) for key, text in manners.pop("fragments", {}).items()}
    articles = [
        load_article(path, folder.name, manners) for path in (folder / "articles").glob("*.md")
    ]
    articles.sort(key=lambda article: (article.published, article.slug), reverse=True)
    return Site(
        id=folder.name,
        articles=tuple(articles),
        page=Template((folder / "page.html").read_text(encoding="utf-8")),
        fragments=fragments,
        **{key: _tuples(value) for key, value in manners.items()},
    )


def load_article(path: Path, site: str, manners: Mapping[str, Any]) -> Article:
    """Read `+++`, TOML, `+++`, then the body: blank lines part its blocks."""
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    fields = {key: _tuples(value) for key, value in tomllib.loads(head).items()}
    fields.setdefault("language", manners.get("language", "en"))
    fields.setdefault("path", manners["path"])
    article = Article(site=site, slug=path.stem, blocks=read_blocks(body), **fields)
    day = article.published
    where = article.path.format(
        slug=article.slug,
        day=day.strftime("%Y/%m/%d"),
        id=article.number,
        section=article.section.lower().replace(" ", "-"),
    )
    return replace(article, path=where)


def read_blocks(body: str) -> tuple[Block, ...]:
    """Part a body into blocks; see README.md for the signs a block can begin with."""
    blocks: list[Block] = []
    for piece in body.split("\n\n"):
        text = " ".join(piece.split("\n")).strip()
        if piece.lstrip().startswith("- "):
            blocks += [Block("li", line[2:].strip()) for line in piece.strip().split("\n")]
        elif text:
            blocks.append(_read_block(text))
    return tuple(blocks)


def _read_block(text: str) -> Block:
    if text.startswith("!["):
        caption, rest = text[2:].rsplit("](", 1)
        name, _, credit = rest.removesuffix(")").partition(" ")
        return Block("figure", caption, credit, name)
    if text == "<!--nextpage-->":
        return Block("more", "")
    for sign, kind in (("## ", "h2"), ("> ", "quote"), ("also: ", "also"), ("at: ", "at")):
        if text.startswith(sign):
            return Block(kind, text.removeprefix(sign))
    return Block("p", text)


def _borrow(site: Site, sites: Mapping[str, Site]) -> tuple[Article, ...]:
    """Give an article that carries another site's text (`text_of`) that text, to the letter."""
    articles = []
    for article in site.articles:
        if article.text_of:
            owner, slug = article.text_of.split("/")
            articles.append(replace(article, blocks=sites[owner].article(slug).blocks))
        else:
            articles.append(article)
    return tuple(articles)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
