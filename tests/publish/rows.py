"""Articles and rejects to test with; every field can be set."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.model import Article, Cut, Reason, Reject, Slot, Terms

SLOT = Slot.parse("2026-11-21T09:00")


def digest(text: str, size: int = 16) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def article(number: int = 0, of: Slot = SLOT, **fields: Any) -> Article:
    source = fields.get("source") or "lantern"
    url = fields.get("url", f"https://{source}.example/{number}")
    text = fields.get("text") or f"The ferry left at {number} o'clock.\nNobody was late."
    at = of.start + timedelta(minutes=number % 60)
    values: dict[str, Any] = {
        "article_id": digest(f"{source} {url}"),
        "source": source,
        "url": url,
        "url_key": digest(url),
        "url_final": url,
        "url_canonical": None,
        "title": f"Ferry {number} leaves",
        "description": None,
        "authors": ("Ana Ozola",),
        "section": "Harbour",
        "tags": ("ferry", "sea"),
        "language": "en",
        "language_declared": "en",
        "language_confidence": 0.99,
        "published_at": at - timedelta(hours=2),
        "published_day": (at - timedelta(hours=2)).date(),
        "published_at_raw": "2026-11-21",
        "published_source": "json_ld",
        "published_precision": "second",
        "published_tz": "explicit",
        "modified_at": None,
        "modified_source": None,
        "image_url": None,
        "image_caption": None,
        "image_credit": None,
        **dict.fromkeys(("paywalled", "preview", "cut_short"), False),
        **dict.fromkeys(("words_stated", "words_source")),
        "corrected": False,
        "agency": None,
        "text": text,
        "char_count": len(text),
        "word_count": len(text.split()),
        "line_kinds": ("p",) * (text.count("\n") + 1),
        "form": "article",
        "entries": (),
        "paragraph_count": text.count("\n") + 1,
        "parts": 1,
        "parts_missing": False,
        "content_key": digest(text, 32),
        "title_key": digest(f"title {number}", 32),
        "duplicate_of": None,
        "cuts": (Cut("share", "share-line", "Share this"),),
        "layout": "main.content>article.story",
        "found_at": at,
        "found_in": f"https://{source}.example/feed",
        "fetched_at": at + timedelta(minutes=1),
        **asdict(Terms(at, digest("robots", 32), ("noarchive@header",))),
        "encoding": "utf-8",
        "raw_key": f"raw/date={of.date}/{of.id}-0-0000-0011223344556677.parquet",
        "raw_digest": digest(f"raw {text}", 32),
        "rules_version": "1",
        "slot": of.key,
    }
    return Article(**(values | fields))


def reject(number: int = 0, of: Slot = SLOT, **fields: Any) -> Reject:
    like = article(number, of, **{k: v for k, v in fields.items() if k in {"source", "url"}})
    names = [name for name in Reject.__dataclass_fields__ if hasattr(like, name)]
    values = {name: getattr(like, name) for name in names} | {
        "reason": Reason.NOT_ARTICLE,
        "broken_rules": ("is_no_listing",),
        "detail": "the page is a list of other pages",
    }
    return Reject(**(values | fields))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
