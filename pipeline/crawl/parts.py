"""The first page of an article -> the article: the pages its pager leads to, one after the other.

A part is asked for like any page: by the same fetcher, at the host's pace, within robots.txt,
deadline and limits. It is no URL of its own: it was not discovered, and it gets no verdict.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pipeline.crawl.markup import parsed
from pipeline.model import Fetched, Link, Miss, Page, Reason
from pipeline.paging import is_page, may_have_next, next_page
from pipeline.ports import Due
from pipeline.sources import Source
from pipeline.urls import url_key

Ask = Callable[[Due], Awaitable[Fetched]]

#: Ten times a news page; a longer body is not looked through for a pager.
_MOST_BYTES: Final = 2 << 20


async def with_parts(page: Page, source: Source, ask: Ask, now: Callable[[], datetime]) -> Page:
    """Return the page with its article's later pages; the first one that cannot be had ends them.

    Without a request it costs a search for links: 0.5 ms.
    """
    parts: list[Page] = []
    last, first = page, page.final_url
    while (number := len(parts) + 2) and may_lead_on(last, first, number):
        # Beside the event loop: parsing a page must not look like a slow site.
        url = await asyncio.to_thread(next_part, last, first, number)
        if url is None:
            break
        link = _link_to(url, last, now())
        part = _beyond_limits(link, [page, *parts], source, now()) or await ask(Due(link=link))
        if isinstance(part, Page) and not is_page(part.final_url, first, number):
            part = _led_astray(part, number)
        if isinstance(part, Miss):
            return replace(page, parts=(*parts, part))
        parts.append(part)
        last = part
    return replace(page, parts=tuple(parts)) if parts else page


def may_lead_on(page: Page, first: str, number: int) -> bool:
    """Whether it is worth while to parse a page, to find page `number` of the article at `first`."""
    small = len(page.body) <= _MOST_BYTES
    return small and may_have_next(page.body, page.final_url, first, number)


def next_part(page: Page, first: str, number: int) -> str | None:
    """Return the address of page `number` of the article at `first`, if `page` leads to it. Pure."""
    tree = parsed(page.body, page.header("content-type"))
    if tree is None:
        return None
    return next_page(tree, page.final_url, first, number)


def _link_to(url: str, last: Page, now: datetime) -> Link:
    return Link(
        source=last.link.source,
        url=url,
        url_key=url_key(url),
        found_at=now,
        found_in=last.final_url,
        found_via="page",
    )


def _beyond_limits(link: Link, pages: Sequence[Page], source: Source, now: datetime) -> Miss | None:
    """Return why a further part is not asked for, if it would be one too many."""
    fetch = source.fetch
    if len(pages) >= fetch.max_parts:
        detail = f"more than {fetch.max_parts} pages (fetch.max_parts)"
    elif sum(len(page.body) for page in pages) > fetch.max_bytes:
        detail = f"pages of more than {fetch.max_bytes:,} bytes together (fetch.max_bytes)"
    else:
        return None
    return Miss(link=link, reason=Reason.TOO_LARGE, detail=detail, fetched_at=now, attempts=0)


def _led_astray(page: Page, number: int) -> Miss:
    """Say that a redirect led to what is not the page asked for: back to the first one, mostly."""
    return Miss(
        link=page.link,
        reason=Reason.GONE,
        detail=f"led to {page.final_url}, which is not page {number}",
        fetched_at=page.fetched_at,
        status=page.status,
        final_url=page.final_url,
        headers=page.headers,
        attempts=page.attempts,
        elapsed_s=page.elapsed_s,
        terms=page.terms,
    )
