"""The peers, each behind the same call: (html, url) -> a text, or a mapping with its metadata.

A factory imports what it needs, so that a package that is missing only takes its own row with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

Extractor = Callable[[str, str], Any]


def _trafilatura(**settings: Any) -> Extractor:
    from trafilatura import extract

    return partial(_text_of, extract, settings)


def _text_of(extract: Any, settings: dict[str, Any], html: str, url: str) -> Any:
    return extract(html, url=url, include_comments=False, include_tables=True, **settings)


def _trafilatura_with_metadata() -> Extractor:
    from trafilatura import bare_extraction

    def read(html: str, url: str) -> Any:
        found: Any = bare_extraction(
            html, url=url, with_metadata=True, include_comments=False, include_tables=True
        )
        if found is None:
            return None
        named = {"authors": (found.author or "").split("; "), "date": found.date}
        return {"text": found.text, "title": found.title, **named}

    return read


def _newspaper() -> Extractor:
    from newspaper import Article

    def read(html: str, url: str) -> Any:
        found = Article(url, fetch_images=False, memorize_articles=False)
        found.download(input_html=html)
        found.parse()
        day = found.publish_date
        return {
            "text": found.text,
            "title": found.title,
            "authors": list(found.authors or ()),
            "date": day.strftime("%Y-%m-%d") if day else None,
        }

    return read


def _readability() -> Extractor:
    from html_text import extract_text
    from readability import Document

    def read(html: str, _: str) -> Any:
        found = Document(html)
        return {"text": extract_text(found.summary()), "title": found.short_title()}

    return read


def _resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, _: extract_plain_text(html, main_content=True, alt_texts=False, links=False)


PEERS: dict[str, Callable[[], Extractor]] = {
    "traf_nocomm": _trafilatura,  # the setting of trafilatura's own benchmark
    "traf_meta": _trafilatura_with_metadata,
    "traf_fast": partial(_trafilatura, fast=True),
    "traf_precision": partial(_trafilatura, favor_precision=True),
    "newspaper4k": _newspaper,
    "resiliparse": _resiliparse,
    "readability": _readability,
}
