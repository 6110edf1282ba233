"""Claims -> when the article was published and changed, and who says so.

Claims are asked in the order in which they proved right on 1,000 labelled pages; one that names
only a day gives way to a later one that names the time of the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pipeline.extract.dates import is_believable, read_date
from pipeline.extract.day import day_of
from pipeline.extract.draft import Moment
from pipeline.extract.scan import Claims
from pipeline.extract.shown import shown_dates
from pipeline.model import Page
from pipeline.sources import Source

_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "article.published", "article:published", "published_time", "pubdate", "publishdate",
    "publish-date", "publish_date", "published-date", "publication_date", "date.created", "originalpublicationdate",
    "article_date_original", "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.issued", "dc.date",
    "dcterms.date", "dcterms.created", "dc.created", "citation_publication_date", "citation_date", "date",
    "published", "published_at", "published_on", "publisheddate", "pub_date", "release_date", "og:publish_date",
    "article:published_date", "article:first_published_time", "prism.publicationdate", "date.available", "bt:pubdate",
    "cxenseparse:publishtime", "cxenseparse:recs:published_time", "shareaholic:article_published_time", "datecreated",
    "uploaddate", "created-date",
)  # fmt: skip
_MODIFIED: Final = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "lastmod",
    "article.updated", "dcterms.modified", "dc.date.modified", "article:modified", "article:modified_date",
    "article:updated_time", "date.modified", "bt:moddate", "modified-date", "last-modified",
)  # fmt: skip
_PUBLISHING = re.compile(r"publi|posted|entry-date|pubdate", re.IGNORECASE)
_CHANGED = re.compile(r"updat|modif", re.IGNORECASE)
#: `/2026/11/21/`, `-2026-11-21`; and without marks, where nothing else is: `/20261121/`, `-20261121`.
_URL_DAY = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>0?[1-9]|1[0-2])[/-](?P<d>0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|[/_-](?P<year>20[0-3]\d)[/-]?(?P<month>0[1-9]|1[0-2])[/-]?(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?=[/_.?&-]|$)"
)
_UTC_ENDS: Final = ("Z", "+00:00", "+0000")
#: htmldate asks dateparser, at 0.7 ms each, of all that looks like a date: seconds on large pages.
#: Nineteen of twenty news pages are smaller.
_MOST_ELEMENTS: Final = 2_500
_MOST_BYTES: Final = 1_000_000


def read_published(claims: Claims) -> Moment | None:
    """Return the most trusted believable claim of the time of publication."""
    best: Moment | None = None
    for moment in published_claims(claims):
        if best is None:
            best = moment
        elif moment.precision != "day" and _same_day(moment, best):
            return moment
        if best.precision != "day":
            return best
    if best is not None and best.source != "url":
        return _first_shown(claims, best) if _is_stamp(claims, best) else best
    for moment in seen_claims(claims, changed=best is None):
        # An address knows the day for certain, and no more.
        if best is None or (moment.precision != "day" and _same_day(moment, best)):
            return moment
    return best or _searched(claims)


def _is_stamp(claims: Claims, moment: Moment) -> bool:
    """Whether a day may be that of the last change: some systems write it in both places."""
    return any(_same_day(moment, changed) for changed in modified_claims(claims))


def _first_shown(claims: Claims, stamp: Moment) -> Moment:
    """Return the date that readers see if it is an earlier one, else the stamp."""
    shown = next(seen_claims(claims), stamp)
    return shown if shown.at < stamp.at and not _same_day(shown, stamp) else stamp


def _same_day(one: Moment, other: Moment) -> bool:
    return abs(one.at - other.at) <= timedelta(days=1)


def read_day(claims: Claims, moment: Moment | None) -> date | None:
    """Return the day of publication where the publisher is."""
    if moment is None:
        return None
    # What is in UTC as well tells no other day, and need not be read.
    said = ((who, text) for who, text in _written(claims) if not text.endswith(_UTC_ENDS))
    others = (other for who, text in said if (other := _moment(text, who, claims)))
    return day_of(moment, claims.source.timezone, others)


def read_modified(claims: Claims, published: Moment | None) -> Moment | None:
    """Return the most trusted claim of a change, none from before the publication."""
    said = modified_claims(claims)
    return next((m for m in said if published is None or m.at >= published.at), None)


def modified_claims(claims: Claims) -> Iterator[Moment]:
    """Yield what page and listing say of the last change, the most trusted first."""
    page, source = claims.page, claims.source
    said: list[tuple[str, str]] = [
        ("json_ld", t) for n in claims.jsonld.articles for t in _date_texts(n, "dateModified")
    ]
    said += [("meta", text) for text in claims.meta(*_MODIFIED)]
    said += [("itemprop", text) for text in _itemprops(claims, "dateModified")]
    moments = (_moment(text, who, claims) for who, text in said)
    yield from (moment for moment in moments if moment)
    if moment := listed(page, page.link.modified_at, source):
        yield moment


def listed(page: Page, at: datetime | None, source: Source) -> Moment | None:
    """Return what the feed or sitemap claimed, if it is believable."""
    del source
    if at is None or not is_believable(at, page.fetched_at):
        return None
    at = at.astimezone(UTC)
    local = at.replace(tzinfo=None)
    return Moment(at, at.isoformat(), page.link.found_via, "second", "explicit", local)


def published_claims(claims: Claims) -> Iterator[Moment]:
    """Yield what listing and page declare as the time of publication, the most trusted first."""
    page, source = claims.page, claims.source
    feed = listed(page, page.link.published_at, source)
    if feed:
        yield feed
    for who, text in _written(claims):
        if moment := _moment(text, who, claims):
            yield moment


def _written(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who claims a date of publication, and how they write it, the most trusted first."""
    for node in claims.jsonld.articles:
        for key in ("datePublished", "dateCreated", "uploadDate"):
            yield from (("json_ld", text) for text in _date_texts(node, key))
    yield from (("meta", text) for text in claims.meta(*_PUBLISHED))
    for node in claims.jsonld.pages:
        yield from (("json_ld", text) for text in _date_texts(node, "datePublished"))
    yield from (("itemprop", text) for text in _itemprops(claims, "datePublished"))
    yield from (("time", text) for text in _times(claims))
    for url in (claims.page.link.url, claims.page.final_url):
        if match := _URL_DAY.search(url):
            year, month, day = (int(part) for part in match.groups() if part)
            yield "url", f"{year}-{month:02}-{day:02}"


def _date_texts(node: dict[str, Any], key: str) -> list[str]:
    value = node.get(key)
    values = value if isinstance(value, list) else [value]
    return [str(v) for v in values if isinstance(v, (str, int)) and str(v).strip()]


def _itemprops(claims: Claims, name: str) -> Iterator[str]:
    """Yield what the page's time elements of that itemprop say; its meta tags are read as such."""
    for element in claims.elements["time"]:
        if element.get("itemprop") == name:
            yield element.get("datetime") or element.get("content") or element.text_content()


def _moment(text: str, who: str, claims: Claims) -> Moment | None:
    written = read_date(text, claims.source.timezone, _order(claims))
    if written is None or not is_believable(written.at, claims.page.fetched_at):
        return None
    raw = " ".join(text.split())[:120]
    return Moment(written.at, raw, who, written.precision, written.zone, written.local)


def _order(claims: Claims) -> str:
    """Return how numbers are meant: as the source says, else as the country does the page names."""
    said = claims.source.extract
    if "date_order" not in said.model_fields_set and claims.language.lower() == "en-us":
        return "mdy"
    return said.date_order


def seen_claims(claims: Claims, *, changed: bool = False) -> Iterator[Moment]:
    """Yield the dates that readers see, the likeliest first; with `changed` those of changes too."""
    for text in shown_dates(claims, changed=changed):
        if moment := _moment(text, "text", claims):
            yield moment


def _times(claims: Claims) -> Iterator[str]:
    """Yield the datetimes of the page's time elements: that of the publication, then the first."""
    times = [t for t in claims.elements["time"] if (t.get("datetime") or "").strip()]
    named = [t for t in times if t.get("pubdate") is not None or _is_published(t)]
    later = [t for t in times if not _CHANGED.search(t.get("class") or "")]
    yield from (t.get("datetime") for t in (*named[:1], *later[:1], *times[:1]))


def _is_published(time: Any) -> bool:
    return bool(_PUBLISHING.search(time.get("class") or time.get("itemprop") or ""))


def _searched(claims: Claims) -> Moment | None:
    """Let htmldate look for a day in the text: the last rung, and a slow one."""
    if len(claims.page.body) > _MOST_BYTES or claims.tree.xpath("count(//*)") > _MOST_ELEMENTS:
        return None
    from htmldate import find_date

    latest = claims.page.fetched_at.date().isoformat()
    # Its own default for the latest day is the clock's.
    day = find_date(
        deepcopy(claims.tree),
        original_date=True,
        url=claims.page.final_url,
        max_date=latest,
        min_date="1995-01-01",
    )
    # Of a year alone, in a line of rights for instance, it makes the first of January.
    if day is None or day.endswith("-01-01"):
        return None
    return _moment(day, "text", claims)
