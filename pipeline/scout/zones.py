"""Dates as they were stated, a country, a language -> a time zone, and how sure that is. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.crawl.entries import moment

#: Top-level domains that are countries' by another name than ISO 3166's, or none's.
_DOMAINS: Final = {
    "uk": "GB",
    "su": "RU",
    "ac": "SH",
    "eu": "",
    "io": "",
    "co": "",
    "tv": "",
    "me": "",
}
#: Languages that have one country of their own (CLDR, likely subtags), ISO 639-1 and 3166.
_PAIRS: Final = """
    az-AZ be-BY bg-BG cs-CZ da-DK el-GR et-EE fi-FI he-IL hi-IN hr-HR hu-HU hy-AM id-ID is-IS it-IT
    ja-JP ka-GE ko-KR ky-KG lt-LT lv-LV mk-MK mt-MT nl-NL no-NO pl-PL ro-RO sk-SK sl-SI sq-AL sr-RS
    sv-SE th-TH tr-TR uk-UA ur-PK uz-UZ vi-VN de-DE fr-FR fa-IR
"""
_HOMES: Final = {pair[:2]: pair[3:] for pair in _PAIRS.split()}
#: What systems write unless they are told: it says nothing of a place.
_DEFAULT: Final = "US"
#: ISO 8601 and RFC 822 dates with an offset, as listings write them.
_STATED = re.compile(
    rb"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?[+-]\d\d:?\d\d(?!\d)"
    rb"|\b\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? [+-]\d{4}(?!\d)"
)
_MOST_STATED: Final = 200
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)$")
_ENOUGH: Final = 0.8


@dataclass(frozen=True, slots=True)
class Guess:
    """A zone, what it rests on, and whether a person should look at it."""

    zone: str
    why: str
    sure: bool


def stated_in(listing: bytes) -> list[tuple[datetime, str]]:
    """Return dates that name an offset, wherever they stand in a feed or sitemap (unpacked)."""
    texts = [match[0].decode() for match in islice(_STATED.finditer(listing), _MOST_STATED)]
    return [(at, text) for text in texts if (at := moment(text, UTC))]


def offset_of(stated: str) -> timedelta | None:
    """Return the offset from UTC that a date names; None where it names none or is in UTC.

    Many systems write every date in UTC: that says nothing of where they are.
    """
    match = _OFFSET.search(stated.strip())
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return (-offset if match[1] == "-" else offset) or None


def guess_zone(
    stated: Iterable[tuple[datetime, str]], country: str, host: str, language: str
) -> Guess:
    """Guess a site's zone from its dates (moment, as stated), the country it names, host, language."""
    offsets = [(at, offset) for at, text in stated if (offset := offset_of(text))]
    places = _places(country, host, language)
    if offsets:
        return _by_offsets(offsets, places)
    if not places:
        return Guess("UTC", "no date names an offset, and nothing names a country", sure=False)
    place, evidence = places[0]
    zones = zones_of(place)
    if len(zones) == 1:
        return Guess(zones[0], f"by {evidence}; no date names an offset", sure=False)
    some = ", ".join(zones[:4])
    return Guess("UTC", f"no date names an offset; by {evidence} one of {some}", sure=False)


def _by_offsets(
    offsets: Sequence[tuple[datetime, timedelta]], places: Sequence[tuple[str, str]]
) -> Guess:
    counted = Counter(offset for _, offset in offsets)
    common = " and ".join(_written(offset) for offset, _ in counted.most_common(2))
    told = f"{common} in {len(offsets)} dates"
    for place, evidence in places:
        best = max(zones_of(place), key=lambda zone: _fit(zone, offsets))
        if _fit(best, offsets) >= _ENOUGH:
            return Guess(best, f"{told}, and {evidence}", sure=True)
    offset, _ = counted.most_common(1)[0]
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return Guess("UTC", f"{told}; no place is known that has it", sure=False)
    # Etc's signs are POSIX's: Etc/GMT-2 is two hours east.
    return Guess(f"Etc/GMT{-hours:+d}", f"{told}; nothing says which place", sure=False)


def _places(country: str, host: str, language: str) -> list[tuple[str, str]]:
    """Return the countries that the evidence points to, and what that is: the strongest first."""
    domain = host.rpartition(".")[2].lower()
    choices = (
        (_DOMAINS.get(domain, domain.upper()), f"the domain .{domain}"),
        ("" if country == _DEFAULT else country, f"pages that name the country {country}"),
        (_HOMES.get(language, ""), f"the language {language}"),
    )
    return [(place, how) for place, how in choices if zones_of(place)]


def zones_of(country: str) -> tuple[str, ...]:
    """Return the zones of a country (ISO 3166), in the order of the tz database."""
    return _tables().get(country, ())


@cache
def _tables() -> dict[str, tuple[str, ...]]:
    zones: dict[str, list[str]] = defaultdict(list)
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            zones[code].append(zone)
    return {code: tuple(names) for code, names in zones.items()}


def _fit(zone: str, offsets: Sequence[tuple[datetime, timedelta]]) -> float:
    info = ZoneInfo(zone)
    return sum(at.astimezone(UTC).astimezone(info).utcoffset() == o for at, o in offsets) / len(
        offsets
    )


def _written(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
