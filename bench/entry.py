"""The production path for one page, in the shape extraction benchmarks ask for."""

from __future__ import annotations

import gc
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

from pipeline.boilerplate import Rules, load_rules
from pipeline.extract import OnStage, extract_page, unheard
from pipeline.model import Article, Link, Page, Reject, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source
from pipeline.urls import url_key

#: Later than every page of every data set; a fixed day, so that figures can be repeated.
_FETCHED = datetime(2026, 11, 21, 12, tzinfo=UTC)
_LANGUAGES = (
    "en",
    "ru",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "pl",
    "nl",
    "uk",
    "kk",
    "lv",
    "tr",
    "ja",
    "zh",
)
#: Columns whose filling is measured; what other benchmarks do not know they pass over.
_FACTS = (
    "published_precision", "published_tz", "section", "tags", "image_url", "image_caption",
    "url_canonical", "paywalled", "modified_at",
)  # fmt: skip


def extract(html: str, url: str) -> dict[str, Any]:
    """Extract one page with general rules alone. A rejected page gives no text."""
    verdict = judge(html, url)
    written = re.match(r"\d{4}-\d\d-\d\d", getattr(verdict, "published_at_raw", None) or "")
    at = verdict.published_at
    return {
        "text": verdict.text if isinstance(verdict, Article) else "",
        "title": verdict.title,
        "authors": list(getattr(verdict, "authors", ())),
        # The day as the page writes it: references are in the publisher's zone.
        "date": written[0] if written else at.date().isoformat() if at else None,
        "facts": {"reason": getattr(verdict, "reason", "ok")}
        | {name: getattr(verdict, name, None) for name in _FACTS},
    }


def judge(html: str, url: str, *, on_stage: OnStage = unheard) -> Article | Reject:
    """Return the verdict on a page of no known site."""
    page, source = page_of(html, url)
    return extract_page(page, source, rules(), Slot(page.fetched_at), on_stage=on_stage)


def page_of(html: str, url: str) -> tuple[Page, Source]:
    """Return a benchmark's page as if it had just been fetched, and a source of no known site."""
    at = _FETCHED
    if not url.startswith(("http://", "https://")):
        url = "https://page.invalid/unknown"  # some pages of the data sets have lost theirs
    link = Link(source="bench", url=url, url_key=url_key(url), found_at=at, found_in="bench")
    headers = (("content-type", "text/html; charset=utf-8"),)
    body = html.encode("utf-8", "surrogatepass")
    page = Page(link=link, final_url=url, status=200, headers=headers, body=body, fetched_at=at)
    return page, _source(urljoin(url, "/"))


@cache
def rules() -> Rules:
    """Return the general rules; no garbage is looked for in them, as in a worker of the pipeline."""
    found = load_rules(ROOT / "seeds" / "boilerplate")
    gc.freeze()
    return found


@cache
def _source(home: str) -> Source:
    """Return the source of a site: checked once for all, as a source is once for all its pages."""
    general = _general()
    listings = [general.listings[0].model_copy(update={"url": home})]
    return general.model_copy(update={"home": home, "listings": type(general.listings)(listings)})


@cache
def _general() -> Source:
    home = "https://page.invalid/"
    return Source.model_validate({
        "id": "bench",
        "name": "bench",
        "home": home,
        "languages": _LANGUAGES,
        "listings": [{"url": home}],
    })
