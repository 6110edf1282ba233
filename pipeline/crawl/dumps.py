"""A text dump -> Page: an article that comes as a text file takes the same way as a response."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pipeline.model import Link, Page
from pipeline.urls import url_key


def dump_page(body: bytes, name: str, source: str, now: datetime) -> Page:
    """Return the page of a text dump. Its address is made of its content; `name` is its file's."""
    url = f"urn:broadsheet:text:{source}:{hashlib.sha256(body).hexdigest()[:16]}"
    link = Link(
        source=source,
        url=url,
        url_key=url_key(url),
        found_at=now,
        found_in=name,
        found_via="text",
    )
    headers = (("content-type", "text/plain"),)
    return Page(link=link, final_url=url, status=200, headers=headers, body=body, fetched_at=now)
