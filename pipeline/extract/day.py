"""A claimed time -> the day that readers and editors would call it.

A time in UTC is of another day for most of the world for some hours: of 11 labelled news pages of
2020 whose day we missed, four were a day off for no other reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.extract.draft import Moment

#: The clocks of the earth that are furthest behind UTC, and furthest ahead.
_BEHIND, _AHEAD = timedelta(hours=12), timedelta(hours=14)
_INSTANT: Final = timedelta(minutes=1)


def day_of(moment: Moment, zone: str, others: Iterator[Moment]) -> date:
    """Return the day of publication where the publisher is.

    It is as written, unless that is in UTC: then it is the day in `zone` (IANA), the source's own.
    Where that is unknown too (UTC), another claim of the page may name the day, if the moment can
    be of that day somewhere: one without a time, or one of the same moment in a zone of its own.
    """
    if moment.precision == "day" or not _in_utc(moment):
        return moment.local.date()
    if zone != "UTC":
        return moment.at.astimezone(ZoneInfo(zone)).date()
    return next((o.local.date() for o in others if _names_day(o, moment)), moment.at.date())


def _in_utc(moment: Moment) -> bool:
    return moment.zone == "explicit" and moment.local == moment.at.replace(tzinfo=None)


def _names_day(other: Moment, moment: Moment) -> bool:
    if other.precision != "day":
        return not _in_utc(other) and abs(other.at - moment.at) <= _INSTANT
    start = datetime.combine(other.local.date(), time(), moment.at.tzinfo)
    return start - _AHEAD <= moment.at < start + timedelta(days=1) + _BEHIND
