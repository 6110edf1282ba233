"""Page -> what it says of itself: title, authors, dates, section, tags, image, address, language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.extract import authors, published, title
from pipeline.extract.day import day_of
from pipeline.extract.draft import Metadata
from pipeline.extract.jsonld import texts
from pipeline.extract.picture import absolute, read_picture
from pipeline.extract.scan import Claims
from pipeline.model import Page
from pipeline.sources import Source
from pipeline.urls import host_of, registrable_domain

Element = Any  # lxml ships no types

_LANGUAGE = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")
_SECTION: Final = (
    "article:section", "og:article:section", "parsely-section", "sailthru.section",
)  # fmt: skip
_MOST_TAGS: Final = 30
_LONGEST_TAG: Final = 80
_LONGEST_TEXT: Final = 2000


def read_metadata(claims: Claims) -> Metadata:
    """Read what the page says, and what its listing said of it. The tree is left as it was."""
    page, picture = claims.page, read_picture(claims)
    said = Metadata(
        title=title.read_title(claims),
        description=_first(description_claims(claims)),
        authors=authors.read_authors(claims),
        section=_first(section_claims(claims)),
        tags=_tags(claims),
        language=_language(claims),
        published=published.read_published(claims),
        canonical=_first(canonical_claims(claims)),
        image_url=picture.url,
        image_caption=picture.caption,
        image_credit=picture.credit,
    )
    return replace(
        said,
        title=said.title or page.link.title,
        published_day=published.read_day(claims, said.published),
        modified=published.read_modified(claims, said.published),
    )


def read_claims(said: Metadata, page: Page, source: Source) -> Metadata:
    """Add what a listing said of a text that has no page around it."""
    moment = published.listed(page, page.link.published_at, source)
    changed = published.listed(page, page.link.modified_at, source)
    return replace(
        said,
        title=said.title or page.link.title,
        published=moment,
        published_day=day_of(moment, source.timezone, iter(())) if moment else None,
        modified=changed,
    )


def _first(claims: Iterable[tuple[str, str]]) -> str | None:
    return next((claim for _, claim in claims if claim), None)


def description_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who gives a standfirst or summary, and which."""
    said = chain(
        (("meta", text) for text in claims.meta("og:description")),
        (("json_ld", text) for text in claims.jsonld.text("description")),
        (("meta", t) for t in claims.meta("description", "twitter:description", "dc.description")),
    )
    return ((place, text[:_LONGEST_TEXT]) for place, text in said)


def section_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who names a section, and which."""
    for text in claims.jsonld.text("articleSection"):
        if len(text) <= _LONGEST_TAG:
            yield "json_ld", text
    yield from (("meta", text) for text in claims.meta(*_SECTION))
    home = {"home", claims.source.name.casefold()}
    yield from (("breadcrumb", c) for c in reversed(_crumbs(claims)) if c.casefold() not in home)


def _crumbs(claims: Claims) -> list[str]:
    """Return the breadcrumb's names above the page itself, the site's home first."""
    for node in claims.jsonld.nodes:
        items = node.get("itemListElement")
        if node.get("@type") == "BreadcrumbList" and isinstance(items, list):
            names = []
            for item in items:
                inner = item.get("item") if isinstance(item, dict) else None
                named = [inner, item] if isinstance(inner, dict) else [item]
                names += next(
                    (t for n in named if isinstance(n, dict) if (t := texts(n.get("name")))), []
                )
            return names[:-1]
    return []


def _tags(claims: Claims) -> tuple[str, ...]:
    for group in (
        claims.jsonld.text("keywords"),
        claims.meta("article:tag", "og:article:tag"),
        claims.meta("news_keywords", "keywords", "parsely-tags", "sailthru.tags"),
    ):
        tags = [tag.strip(" #") for text in group for tag in re.split(r"[,;|]", text)]
        # Some systems put their own variables there: `author:Jane`, `nid:42`.
        kept = [tag for tag in tags if tag and len(tag) <= _LONGEST_TAG and ":" not in tag]
        if kept:
            return tuple(dict.fromkeys(kept))[:_MOST_TAGS]
    return ()


def _language(claims: Claims) -> str | None:
    root = claims.tree.getroottree().getroot()
    said = [root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""]
    said += claims.jsonld.text("inLanguage")
    said += claims.meta("og:locale", "content-language", "language", "dc.language")
    return next((match[1].lower() for text in said if (match := _LANGUAGE.match(text))), None)


def canonical_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield the addresses the page calls its own, that are of this site and no home page."""
    links = (e for e in claims.elements["link"] if "canonical" in (e.get("rel") or "").lower())
    said = chain(
        (("link", link.get("href") or "") for link in links),
        (("meta", text) for text in claims.meta("og:url")),
    )
    for place, href in said:
        url = absolute(href, claims.page.final_url)
        if (
            url
            and urlsplit(url).path.strip("/")
            and registrable_domain(host_of(url)) == claims.domain
        ):
            yield place, url
