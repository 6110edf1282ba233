"""What a site's dates, domain and language say of its time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.scout.zones import guess_zone, stated_in

WINTER = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)

CASES = {
    "offset and domain": ([(WINTER, "2026-11-20T10:00:00+02:00")], "", "delfi.lv", "ru", "Europe/Riga", True),
    "summer and winter": (
        [(SUMMER, "2026-07-01T11:00:00+03:00"), (WINTER, "2026-11-20T10:00:00+0200")],
        "", "paper.example", "lv", "Europe/Riga", True,
    ),
    "one zone of a large country": ([(WINTER, "Fri, 20 Nov 2026 15:00:00 +0700")], "", "paper.ru", "ru", "Asia/Novosibirsk", True),
    "the language's country has another offset": ([(WINTER, "2026-11-20T14:00:00+06:00")], "", "paper.example", "de", "Etc/GMT-6", False),
    "all in UTC, a country of one zone": ([(WINTER, "2026-11-20T08:00:00Z")], "", "paper.ee", "et", "Europe/Tallinn", False),
    "no offset, a large country": ([], "", "paper.ru", "ru", "UTC", False),
    "what systems write unless told": ([], "US", "paper.example", "en", "UTC", False),
    "west of Greenwich": ([(WINTER, "2026-11-20T03:00:00-05:00")], "", "paper.example", "en", "Etc/GMT+5", False),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_zones(case):
    stated, country, host, language, zone, sure = case
    guess = guess_zone(stated, country, host, language)
    if zone == "Asia/Novosibirsk":  # several zones of the country have that offset
        assert guess.zone.startswith("Asia/")
    else:
        assert guess.zone == zone
    assert guess.sure is sure
    assert guess.why


def test_listings_state_offsets_in_both_spellings():
    found = stated_in(
        b"<pubDate>Fri, 20 Nov 2026 10:05:00 +0200</pubDate><lastmod>2026-11-20T10:05:00+02:00"
        b"</lastmod><lastmod>2026-11-20</lastmod><pubDate>Fri, 20 Nov 2026 10:05:00 GMT</pubDate>"
    )
    assert [at for at, _ in found] == [datetime(2026, 11, 20, 8, 5, tzinfo=UTC)] * 2
