"""What a listing says of one article, with its dates and texts made plain."""

from __future__ import annotations

import contextlib
import html
import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

import ciso8601

from pipeline.urls import address_of, is_address

#: Zone names that RFC 822 does not know and that mean one offset only, in hours.
_ZONES: Final = {
    name: hours
    for hours, names in {
        0: "WET",
        1: "CET WEST MEZ",
        2: "CEST EET MESZ",
        3: "EEST MSK",
        8: "HKT SGT",
        9: "JST KST",
    }.items()
    for name in names.split()
}
_ZONE_NAME = re.compile(r" ([A-Z]{3,4})$")
_ISO_BLANKS = re.compile(
    r"^(\d{4}-\d\d-\d\d)[ T]+(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) *([+-]\d\d:?\d\d|Z)$"
)
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\r\n]+")
#: Scripts without spaces between words: kana, Han, Thai, Lao, Khmer, Burmese.
_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article as a listing names it; `url` is absolute.

    `content` is what it gives of the text, and `words` counts it where that is the whole.
    """

    url: str
    title: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    content: str | None = None
    words: int | None = None
    image: str | None = None


def moment(text: object, zone: tzinfo) -> datetime | None:
    """Read an ISO 8601 or RFC 822 date, in UTC; one that names no zone is of the given zone."""
    if not isinstance(text, str) or not (text := text.strip()):
        return None
    found = _iso(text) or _rfc822(text)
    if found is None or found.year in {MINYEAR, MAXYEAR}:  # how some systems write "no date"
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def absolute(url: object, base: str) -> str | None:
    """Return a listed URL as it stands if it is absolute, or joined to its base; None if neither."""
    if not isinstance(url, str):
        return None
    url = (url if url.isprintable() else _CONTROLS.sub("", url)).strip()
    if not url:
        return None
    if _ABSOLUTE.match(url):
        return url if is_address(url) else None
    try:
        return address_of(url, base=base).href
    except ValueError:
        return None


def plain(text: object) -> str | None:
    """Return a title without markup, entities and runs of blanks; None if nothing is left."""
    if not isinstance(text, str):
        return None
    if "<" in text or "&" in text:
        # Twice: `&lt;b&gt;` in a title is markup, escaped once more.
        text = _MARKUP.sub("", html.unescape(_MARKUP.sub("", text)))
    if text.isprintable() and "  " not in text:  # no control characters, no other blanks
        return text.strip(" ") or None
    return _BLANKS.sub(" ", _CONTROLS.sub("", text)).strip(" ") or None


def word_count(content: object) -> int | None:
    """Count the words of a text, its markup left out; None if there is none.

    Where a script writes no spaces, two characters make a word.
    """
    if not isinstance(content, str) or not content.strip():
        return None
    text = html.unescape(_MARKUP.sub(" ", content))
    dense = len(_DENSE.findall(text))
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2


def _iso(text: str) -> datetime | None:
    try:
        return ciso8601.parse_datetime(text)
    except ValueError:
        pass
    with contextlib.suppress(ValueError):
        return ciso8601.parse_datetime(_ISO_BLANKS.sub(r"\1T\2\3", text))
    return None


def _rfc822(text: str) -> datetime | None:
    zone = None
    if (match := _ZONE_NAME.search(text)) and match[1] in _ZONES:
        zone, text = timezone(timedelta(hours=_ZONES[match[1]])), text[: match.start()]
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=zone) if zone else found
