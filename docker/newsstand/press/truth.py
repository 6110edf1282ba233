"""What must become of every listed URL: the ground truth, computed from the sites' own files."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from press.edition import Article, Site, load_sites
from press.markup import caption_lines, plain, text_lines
from press.pages import article_page

_TAG = re.compile(r"<[^>]+>")
SOURCES = Path(__file__).resolve().parents[1] / "sources"

#: How a page of each kind must end: (state, reason), in the pipeline's own words.
ENDS: Final[Mapping[str, tuple[str, str]]] = {
    "article": ("published", "ok"),
    "copy": ("duplicate", "duplicate"),
    "live": ("published", "ok"),
    "pictures": ("published", "ok"),
    "preview": ("published", "ok"),
    "paywall": ("rejected", "paywall"),
    "gallery": ("rejected", "not_article"),
    "listing": ("rejected", "listing_page"),
    "consent": ("rejected", "consent_wall"),
    "login": ("rejected", "login_wall"),
    "missing": ("rejected", "soft_404"),
    "homeward": ("rejected", "soft_404"),
    "challenge": ("pending", "bot_challenge"),
    "part": ("rejected", "part"),
    "pdf": ("rejected", "not_html"),
    "gone": ("failed", "gone"),
    "forbidden": ("failed", "robots"),
    "huge": ("failed", "too_large"),
    "bomb": ("failed", "too_large"),
    "loop": ("failed", "redirect_loop"),
    "file": ("failed", "bad_scheme"),
    "private": ("failed", "blocked_address"),
}


#: The form of what is kept; the others are articles.
_FORMS: Final[Mapping[str, str]] = {"live": "live", "pictures": "gallery"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must become of one URL.

    `lines` are the lines of the cleaned text, all of them and in order; list items come without a
    bullet. `optional` lines (captions, bylines, standfirsts) may stand among them, each at most
    once. No line of the text may hold a string of `absent`. Times are UTC. For what is not stored,
    `lines` is empty. `pages` is how many the article is split over; `form`, `entries` and
    `is_preview` are what its row says of a live blog, of a gallery with text, of the start of a paid
    article.
    """

    site: str
    slug: str
    url: str
    final_url: str
    state: str
    reason: str
    title: str
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime
    modified_at: datetime | None
    language: str
    encoding: str
    lines: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    duplicate_of: str | None = None
    pages: int = 1
    form: str = "article"
    entries: int = 0
    is_preview: bool = False

    @property
    def first_line(self) -> str:
        """The first line that must be there; empty for what is not stored."""
        return self.lines[0] if self.lines else ""

    @property
    def last_line(self) -> str:
        """The last line that must be there; empty for what is not stored."""
        return self.lines[-1] if self.lines else ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types, with the first and the last line."""
        times = {
            key: value.isoformat() if (value := getattr(self, key)) else None
            for key in ("published_at", "modified_at")
        }
        ends = {"first_line": self.first_line, "last_line": self.last_line}
        return {**asdict(self), **times, **ends}


def expected(port: int = 8090, domain: str = "localhost") -> dict[str, Expected]:
    """Return the end of every URL listed at the start, by URL (without the feeds' queries)."""
    return {
        item.url: item
        for site in _sites().values()
        for article in site.articles
        if not article.held
        for item in [expect(site, article, port, domain)]
    }


def expect(site: Site, article: Article, port: int, domain: str = "localhost") -> Expected:
    """Return what must become of one article."""
    base = f"http://{site.id}.{domain}:{port}"
    state, reason = ENDS[article.kind]
    stored = state in {"published", "duplicate"}
    return Expected(
        site=site.id,
        slug=article.slug,
        url=base + article.listed_path,
        final_url=base + article.path,
        state=state,
        reason=reason,
        title=article.title,
        authors=article.authors,
        section=article.section if "section" in site.declares else None,
        tags=article.tags if "tags" in site.declares else (),
        published_at=article.published.astimezone(UTC),
        modified_at=_modified(site, article),
        language=article.language,
        encoding=site.encoding,
        lines=text_lines(article.blocks) if stored else (),
        optional=_optional(article) if stored else (),
        absent=_absent(site, article) if stored else (),
        duplicate_of=_owner_url(article, port, domain),
        pages=len(article.pages),
        form=_FORMS.get(article.kind, "article"),
        entries=article.entries,
        is_preview=article.kind == "preview",
    )


def totals() -> dict[str, dict[str, int]]:
    """Return per site how many URLs are listed and how many must end in each state."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for item in expected().values():
        counts[item.site].update(("discovered", item.state, f"{item.state}:{item.reason}"))
    return {site: dict(sorted(counter.items())) for site, counter in sorted(counts.items())}


def write_sources(folder: Path, port: int, domain: str = "localhost") -> Path:
    """Write the demo seeds into a folder for another port or domain; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in SOURCES.glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("8090", str(port))
        text = text.replace(".localhost", f".{domain}")
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@cache
def _sites() -> dict[str, Site]:
    return load_sites()


def _modified(site: Site, article: Article) -> datetime | None:
    """Most sites declare a time of change on every page; the others only for what was edited."""
    if article.modified or "modified" in site.declares:
        return article.changed.astimezone(UTC)
    return None


def _optional(article: Article) -> tuple[str, ...]:
    byline = " and ".join(article.authors)
    names = (byline, f"By {byline}") if byline else ()
    return (*caption_lines(article.blocks), *names, article.summary, article.title)


def _absent(site: Site, article: Article) -> tuple[str, ...]:
    """The boilerplate this page really shows: the site's own, and what comes with the article."""
    shown = [other for other in site.articles if not other.held]
    numbers = range(1, 1 + len(article.pages))
    pages = [article_page(site, article, shown, "http://localhost", n) for n in numbers]
    text = " ".join(html.unescape(_TAG.sub("", "".join(pages))).split())
    tags = " ".join("#" + tag.replace(" ", "") for tag in article.tags)
    own = [tags, *(plain(text) for _, text in article.comments)]
    teasers = [other.title for other in shown if other.slug != article.slug]
    threads = [text for _, _, text in site.discussion]
    kept = set(text_lines(article.blocks))
    strings = dict.fromkeys([*site.boilerplate, *own, *threads, *teasers])
    return tuple(s for s in strings if s and s in text and s not in kept)


def _owner_url(article: Article, port: int, domain: str) -> str | None:
    if not article.text_of:
        return None
    owner, slug = article.text_of.split("/")
    return f"http://{owner}.{domain}:{port}{_sites()[owner].article(slug).listed_path}"
