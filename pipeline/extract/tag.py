"""Draft -> Article: ids, keys, language and counts. What a row says beyond the page's own words."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.boilerplate import RuleSet
from pipeline.extract.agency import read_agency
from pipeline.extract.draft import Draft
from pipeline.extract.form import form_of
from pipeline.extract.language import detect
from pipeline.extract.lines import tokens, words
from pipeline.extract.witness import is_far_more, most
from pipeline.model import Article, Entry, Slot, Terms
from pipeline.sources import Source
from pipeline.urls import article_id


def tag(draft: Draft, source: Source, rules: RuleSet, slot: Slot) -> Article:
    """Assemble the row, as it would be stored if no rule is broken."""
    page, link, said = draft.page, draft.page.link, draft.metadata
    text = "\n".join(draft.lines)
    count = words(text)
    language, confidence = detect(f"{said.title or ''}\n{text}", source.languages)
    published, modified = said.published, said.modified
    return Article(
        article_id=article_id(source.id, link.url_key),
        source=source.id,
        url=link.url,
        url_key=link.url_key,
        url_final=page.final_url,
        url_canonical=said.canonical,
        title=said.title,
        description=said.description,
        authors=said.authors,
        section=said.section,
        tags=said.tags,
        language=language,
        language_declared=said.language,
        language_confidence=confidence,
        published_at=published.at if published else None,
        published_day=said.published_day,
        published_at_raw=published.raw if published else None,
        published_source=published.source if published else None,
        published_precision=published.precision if published else None,
        published_tz=published.zone if published else None,
        modified_at=modified.at if modified else None,
        modified_source=modified.source if modified else None,
        image_url=said.image_url,
        image_caption=said.image_caption,
        image_credit=said.image_credit,
        **_missing(draft, text, count),
        corrected="correction" in draft.flags,
        agency=read_agency(draft.lines),
        text=text,
        line_kinds=draft.kinds,
        form=form_of(draft.kind, page.final_url, count, has_entries=bool(draft.starts)),
        entries=_entries(draft),
        char_count=len(text),
        word_count=count,
        paragraph_count=len(draft.lines),
        parts=draft.parts,
        parts_missing=draft.parts_missing,
        content_key=content_key(text),
        title_key=content_key(said.title) if said.title else None,
        duplicate_of=None,
        cuts=draft.cuts,
        layout=draft.layout,
        found_at=link.found_at,
        found_in=link.found_in,
        fetched_at=page.fetched_at,
        **{name: getattr(page.terms, name) for name in Terms.__slots__},
        encoding=draft.encoding,
        raw_key=page.raw_key,
        raw_digest=page.digest,
        rules_version=rules.version,
        slot=slot.key,
    )


def _missing(draft: Draft, text: str, count: int) -> dict[str, Any]:
    """Return what is known of text that is missing: who pays, who says that there is more."""
    paywall, said = draft.paywall, most(draft.stated, len(text))
    preview = paywall is not None and paywall.preview
    far_more = said is not None and is_far_more(said.words, count)
    return {
        "paywalled": paywall is not None,
        "preview": preview,
        "cut_short": preview or draft.parts_missing or far_more,
        "words_stated": said.words if said else None,
        "words_source": said.source if said else None,
    }


def _entries(draft: Draft) -> tuple[Entry, ...]:
    """Divide the lines of a live blog at the starts of its entries."""
    ends = (*(start.line for start in draft.starts[1:]), len(draft.lines))
    entries = []
    for start, end in zip(draft.starts, ends, strict=False):  # one end more, where there is none
        lines = draft.lines[start.line : end]
        titled = draft.kinds[start.line].startswith("h")
        title = lines[0] if titled else None
        entries.append(Entry(start.at, title, "\n".join(lines[titled:])))
    return tuple(entries)


def content_key(text: str) -> str:
    """Return sha256 of the text's words in their normal form, hex: equal for exact duplicates."""
    return hashlib.sha256(tokens(text).encode("utf-8", "surrogatepass")).hexdigest()
