"""A request, a reply, and what HTTP adds between them: validators, compression, 304."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from press.edition import Site

HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `headers` have lower-case names; `path` has no query."""

    host: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def stamped(
    site: Site, body: bytes, content_type: str, changed: datetime, request: Request
) -> Reply:
    """Add the validators the site is used to send, and compression if it does that."""
    headers = [("Content-Type", content_type)]
    tag = hashlib.blake2b(body, digest_size=8).hexdigest()
    if site.compress and "gzip" in request.headers.get("accept-encoding", ""):
        body, tag = gzip.compress(body, mtime=0), f"{tag}-gzip"
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    if "etag" in site.validators:
        headers.append(("ETag", f'"{tag}"'))
    if "last-modified" in site.validators:
        headers.append(("Last-Modified", format_datetime(changed.astimezone(UTC), usegmt=True)))
    return Reply(200, body, tuple(headers))


def conditional(reply: Reply, request: Request) -> Reply:
    """Turn a reply into 304 if the asker holds it already; If-None-Match goes first (RFC 9110)."""
    sent = {key.lower(): value for key, value in reply.headers}
    tags, since = (request.headers.get(key) for key in ("if-none-match", "if-modified-since"))
    if reply.status != HTTPStatus.OK:
        return reply
    if tags and "etag" in sent:
        same = sent["etag"] in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    else:
        same = bool(since and "last-modified" in sent and _not_after(sent["last-modified"], since))
    kept = tuple((k, v) for k, v in reply.headers if k.lower() in {"etag", "last-modified", "vary"})
    return Reply(304, b"", kept) if same else reply


def _not_after(changed: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def nothing(status: int) -> Reply:
    """Return a page that says only its status."""
    words = HTTPStatus(status).phrase
    body = f"<!doctype html><title>{status}</title><h1>{words}</h1>\n".encode()
    return Reply(status, body, (("Content-Type", HTML),))
