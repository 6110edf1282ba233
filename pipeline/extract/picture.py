"""Claims -> the lead image: its address, its caption, and whom it is credited to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from pipeline.extract.jsonld import Node, texts
from pipeline.extract.lines import tidy
from pipeline.extract.scan import Claims

Element = Any  # lxml ships no types

_LONGEST_CAPTION: Final = 2000
_LONGEST_CREDIT: Final = 200
#: The lead image is among the first; later ones are the article's others, and teasers'.
_MOST_FIGURES: Final = 10
_CREDIT_CLASS = re.compile(
    r"credit|copyright|photographer|fotograf|image-?source|bildquelle|quelle|courtesy",
    re.IGNORECASE,
)
#: A credit at the end of a caption: `Photo: Anna Mill`, `(Foto: dpa)`, `© Karl Pier`.
_CREDIT_TEXT = re.compile(
    r"[\s(\[|/–—-]*(?:(?:(?:photo|image|picture|foto|bild|bilde|kép|фото|фотография|сурет|illustration)(?:graph)?"
    r"(?:\s+(?:by|credit|von|de|di|af|av|courtesy of))?|credits?|quelle|source|courtesy(?: of)?|crédit(?:\s+photo)?)\s*[:：/]"
    r"|[©Ⓒ]|\(c\))\s*(?P<who>[^.()]{2,120}?)[\s)\]]*\.?$",
    re.IGNORECASE,
)
#: What is written so is joined to nothing.
_WHOLE: Final = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Picture:
    """The lead image, as far as the page describes it."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


def read_picture(claims: Claims) -> Picture:
    """Return the lead image: as declared, described by JSON-LD or by the first figure."""
    url = next((url for _, url in image_claims(claims)), None)
    caption = next((text for _, text in caption_claims(claims)), None)
    credit = next((text for _, text in credit_claims(claims)), None)
    if caption and (match := _CREDIT_TEXT.search(caption)):
        credit = credit or tidy(match["who"])
        caption = caption[: match.start()].strip() or None
    return Picture(url, caption, credit)


def image_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who names a lead image, and its address."""
    said = chain(
        (("meta", t) for t in claims.meta("og:image:secure_url", "og:image", "og:image:url")),
        (("json_ld", url) for picture in _pictures(claims) for url in _addresses(picture)),
        (("meta", text) for text in claims.meta("twitter:image", "twitter:image:src")),
    )
    for place, text in said:
        if url := absolute(text, claims.page.final_url):
            yield place, url


def _addresses(picture: Any) -> list[str]:
    keys = ("url", "contentUrl")
    values = [picture.get(key) for key in keys] if isinstance(picture, dict) else [picture]
    return [url for value in values for url in texts(value)]


def caption_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who describes the lead image, and how."""
    for picture in _nodes(claims):
        for text in texts(picture.get("caption")):
            yield "json_ld", text[:_LONGEST_CAPTION]
    if (figure := _first_figure(claims)) is not None and (text := _own_caption(figure)):
        yield "figure", text[:_LONGEST_CAPTION]
    for text in claims.meta("og:image:alt", "twitter:image:alt"):
        yield "meta", text[:_LONGEST_CAPTION]


def credit_claims(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield who credits the lead image, and to whom."""
    for picture in _nodes(claims):
        for key in ("creditText", "creator", "author", "copyrightHolder", "copyrightNotice"):
            value = picture.get(key)
            for text in texts(value.get("name") if isinstance(value, dict) else value):
                yield "json_ld", text[:_LONGEST_CREDIT]
    if (figure := _first_figure(claims)) is not None:
        for element in figure.iter("span", "div", "p", "cite", "small", "em", "a"):
            if _CREDIT_CLASS.search(element.get("class") or ""):
                text = tidy(element.text_content())[:_LONGEST_CREDIT]
                match = _CREDIT_TEXT.search(text)
                if text := tidy(match["who"]) if match else text:
                    yield "figure", text


def absolute(href: str, page_url: str) -> str | None:
    """Return the http(s) address a reference means on a page; None if it means none."""
    href = href.strip()
    try:
        url = href if href.startswith(_WHOLE) else urljoin(page_url, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if href and parts.scheme in {"http", "https"} and parts.hostname else None


def _pictures(claims: Claims) -> Iterator[Any]:
    for node in claims.jsonld.articles:
        value = node.get("image")
        for image in value if isinstance(value, list) else [value]:
            if isinstance(image, dict) and set(image) == {"@id"}:
                yield from (n for n in claims.jsonld.nodes if n.get("@id") == image["@id"])
            elif isinstance(image, (str, dict)):
                yield image


def _nodes(claims: Claims) -> list[Node]:
    """Return the first image that JSON-LD describes: what is said of others is not of the lead."""
    return [picture for picture in _pictures(claims) if isinstance(picture, dict)][:1]


def _first_figure(claims: Claims) -> Element | None:
    figures = claims.elements["figure"][:_MOST_FIGURES]
    return next((f for f in figures if next(f.iter("figcaption"), None) is not None), None)


def _own_caption(figure: Element) -> str:
    """Return a figure's caption without the parts of it that are a credit."""
    caption = next(figure.iter("figcaption"))
    parts = [e for e in caption.iter() if _CREDIT_CLASS.search(e.get("class") or "")]
    text = tidy(caption.text_content())
    for element in parts[:1]:
        if element is not caption and (part := tidy(element.text_content())):
            text = text.replace(part, " ", 1)
    return tidy(text).strip(" |–—-")
