"""What a response is: a page, a text dump, or nothing that could hold an article."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from pipeline.extract.decode import Decoded
from pipeline.extract.draft import Kind
from pipeline.extract.lines import tidy
from pipeline.extract.scan import Claims
from pipeline.model import Page, Reason

Element = Any  # lxml ships no types

#: First bytes of what servers send in place of pages.
_MAGIC: Final = (
    (b"%PDF-", "a PDF document"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"), (b"RIFF", "a RIFF file"), (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"), (b"ID3", "sound"), (b"\x00\x00\x00", "a film"), (b"wOF", "a font"),
    (b"{\\rtf", "an RTF document"), (b"\xd0\xcf\x11\xe0", "an Office document"),
)  # fmt: skip
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|article|main|div|p|h1|meta|title|section)\b", re.IGNORECASE
)
_FIRST_ELEMENT = re.compile(r"<([A-Za-z][\w:.-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
#: Root elements of the XML that stands where a page was asked for.
_XML: Final = frozenset({
    "rss", "feed", "rdf:rdf", "urlset", "sitemapindex", "svg", "opml", "soap:envelope", "error",
})  # fmt: skip
_HEAD_CHARS: Final = 10_000
_JSON = re.compile(r"\s*[\[{]\s*[\"{\[\]}]")
#: A page with this share of broken or control characters was read in the wrong encoding, or is no text.
_BROKEN: Final = 0.05
#: Pages carry megabytes of scripts; text beyond this is a dump of something else.
_MOST_CHARS: Final = 20_000_000
#: A link to a larger copy of a picture, or to a script that shows one.
_OF_PICTURE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)\b|^(?:#|$|javascript:)", re.IGNORECASE
)
#: Levels above a figure at which a teaser's link is.
_LINK_LEVELS: Final = 3
_FILMS: Final = (
    "youtube.com/embed",
    "youtube-nocookie.com/embed",
    "player.vimeo.com",
    "dailymotion.com/embed",
)


def unreadable(page: Page, decoded: Decoded) -> tuple[Reason, tuple[str, ...], str] | None:
    """Return reason, rule and detail if the response can hold no article, else None."""
    if (what := _other(page, decoded)) is not None:
        return Reason.NOT_HTML, ("is_html",), f"the response is {what}"
    if len(decoded.text) > _MOST_CHARS:
        detail = f"{len(decoded.text):,} characters; more than {_MOST_CHARS:,} are no article"
        return Reason.TOO_LARGE, ("is_readable",), detail
    if decoded.broken > _BROKEN:
        detail = f"{decoded.broken:.0%} of the characters cannot be read as {decoded.encoding}"
        return Reason.UNDECODABLE, ("is_decodable",), detail
    if not is_text(page, decoded) and not _HTML.search(decoded.text, 0, 100_000):
        what = "JSON" if _JSON.match(decoded.text) else "no HTML"
        return Reason.NOT_HTML, ("is_html",), f"the response is {what}"
    return None


def _other(page: Page, decoded: Decoded) -> str | None:
    """Say what the response is, if its first bytes or its first element tell."""
    known = next((what for magic, what in _MAGIC if page.body.startswith(magic)), None)
    if known is None and not decoded.text.strip():
        return "empty"
    root = _FIRST_ELEMENT.search(_COMMENT.sub("", decoded.text[:_HEAD_CHARS]))
    if known is None and root and root[1].lower() in _XML:
        return f"XML (<{root[1]}>)"
    return known


def is_text(page: Page, decoded: Decoded) -> bool:
    """Whether the response is a text dump: it says text/plain, and there is no page in it."""
    kind = (page.header("content-type") or "").partition(";")[0].strip().lower()
    return kind == "text/plain" and not re.match(
        r"\s*<(?:!doctype|html|\?xml)", decoded.text, re.IGNORECASE
    )


def read_kind(claims: Claims) -> Kind:
    """Gather what tells an article from a listing, a gallery or an error page."""
    tree, elements = claims.tree, claims.elements
    body = tree.find("body")
    counted = {"h2": 0, "h3": 0, "figure": 0, "iframe": 0, "video": 0}
    linked = 0
    for element in tree.iter(*counted):
        if element.tag in {"h2", "h3"}:
            linked += _is_linked(element)
        elif _IS_SHOWN[element.tag](element):
            counted[element.tag] += 1
    return Kind(
        types=claims.jsonld.types() | {f"og:{said.lower()}" for said in claims.meta("og:type")},
        marks=frozenset((body.get("class") or "").lower().split())
        if body is not None
        else frozenset(),
        headings=tuple(tidy(h.text_content()) for h in elements["h1"]),
        pictures=counted["figure"],
        films=counted["iframe"] + counted["video"],
        linked_headings=linked,
        page_title=tidy(elements["title"][0].text_content()) if elements["title"] else "",
    )


def _is_film(frame: Element) -> bool:
    return any(host in (frame.get("src") or "") for host in _FILMS)


def _is_picture(figure: Element) -> bool:
    """Whether a figure leads to no other page: most figures of a page are those of its teasers."""
    around = [e for e in islice(figure.iterancestors(), _LINK_LEVELS) if e.tag == "a"]
    links = (*around, *figure.iter("a"))
    return all(_OF_PICTURE.search(link.get("href") or "") for link in links)


def _is_linked(heading: Element) -> bool:
    parent = heading.getparent()
    linked = next(heading.iter("a"), None)  # `find` reads its path anew at five times the cost
    return linked is not None or (parent is not None and parent.tag == "a")


_IS_SHOWN: Final[dict[str, Callable[[Element], bool]]] = {
    "figure": _is_picture, "iframe": _is_film, "video": lambda _: True,
}  # fmt: skip
