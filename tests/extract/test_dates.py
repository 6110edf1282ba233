from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.dates import is_believable, read_date


@pytest.mark.parametrize(
    ("text", "at", "precision", "zone"),
    [
        ("2026-11-21T18:05:25+03:00", "2026-11-21T15:05:25", "second", "explicit"),
        ("2026-11-21T18:05:25.123Z", "2026-11-21T18:05:25", "second", "explicit"),
        ("2026-11-21 18:05 +0200", "2026-11-21T16:05", "minute", "explicit"),
        ("20261121T180525Z", "2026-11-21T18:05:25", "second", "explicit"),
        ("2026-11-21T24:00:00Z", "2026-11-22T00:00", "second", "explicit"),
        ("2026-11-21T18:05:25", "2026-11-21T16:05:25", "second", "source_default"),
        ("2026-11-21", "2026-11-20T22:00", "day", "source_default"),
        ("Sat, 21 Nov 2026 18:05:25 GMT", "2026-11-21T18:05:25", "second", "explicit"),
        ("Sat, 21 Nov 2026 18:05:25 +0500", "2026-11-21T13:05:25", "second", "explicit"),
        ("21 Nov 2026 18:05 GMT+0500", "2026-11-21T13:05", "minute", "explicit"),
        ("21 Nov 2026 18:05 UTC+5", "2026-11-21T13:05", "minute", "explicit"),
        ("21 Nov 2026 18:05 EST", "2026-11-21T23:05", "minute", "explicit"),
        ("21 Nov 2026 18:05 MSK", "2026-11-21T15:05", "minute", "explicit"),
        ("21 Nov 2012 18:05 MSK", "2012-11-21T14:05", "minute", "explicit"),
        ("21 Nov 2023 18:05 ALMT", "2023-11-21T12:05", "minute", "explicit"),
        ("21 Nov 2026 18:05 ALMT", "2026-11-21T13:05", "minute", "explicit"),
        ("21 Jul 2026 18:05 EEST", "2026-07-21T15:05", "minute", "explicit"),
        ("November 21, 2026 6:05 pm", "2026-11-21T16:05", "minute", "source_default"),
        ("November 21, 2026 12:05 a.m.", "2026-11-20T22:05", "minute", "source_default"),
        ("21 ноября 2026 г., 18:05", "2026-11-21T16:05", "minute", "source_default"),
        ("21 листопада 2026", "2026-11-20T22:00", "day", "source_default"),
        ("2026. gada 21. novembris", "2026-11-20T22:00", "day", "source_default"),
        ("21. November 2026, 18:05 Uhr", "2026-11-21T16:05", "minute", "source_default"),
        ("21 novembre 2026 à 18h05", "2026-11-21T16:05", "minute", "source_default"),
        ("21 Kasım 2026", "2026-11-20T22:00", "day", "source_default"),
        ("2026 жылғы 21 қараша", "2026-11-20T22:00", "day", "source_default"),
        ("2026年11月21日 18:05", "2026-11-21T16:05", "minute", "source_default"),
        ("21.11.2026 18:05", "2026-11-21T16:05", "minute", "source_default"),
        ("11/21/2026", "2026-11-20T22:00", "day", "source_default"),
        ("1795284325", "2026-11-21T18:05:25", "second", "explicit"),
        ("1795284325000", "2026-11-21T18:05:25", "second", "explicit"),
    ],
)
def test_dates_as_the_web_writes_them(text, at, precision, zone):
    written = read_date(text, "Europe/Riga")
    assert written is not None
    assert written.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (written.precision, written.zone) == (precision, zone)


@pytest.mark.parametrize(
    "text",
    [
        "21 januari 2026", "21. januar 2026", "21. janúar 2026", "21 ιανουαρίου 2026", "2026. január 21.",
        "21. januára 2026", "21. siječnja 2026.", "21. јануар 2026.", "21 јануари 2026", "21 gener 2026",
        "21 yanvar 2026", "21 იანვარი 2026", "21 հունվարի 2026", "21 Januari 2026", "٢١ يناير ٢٠٢٦",
        "21 ژانویه 2026", "21 جنوری 2026", "21 בינואר 2026",
    ],
)  # fmt: skip
def test_months_by_their_names(text):
    assert read_date(text).local.isoformat() == "2026-01-21T00:00:00"


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026. 11. 21. 오후 6:05", 18), ("2026년 11월 21일 오전 6:05", 6), ("2026年11月21日 午後6:05", 18),
        ("2026年11月21日 上午12:05", 0), ("21 نوفمبر 2026 - 06:05 م", 18), ("21 نوفمبر 2026 - 06:05 ص", 6),
        ("21 Νοεμβρίου 2026 6:05 μ.μ.", 18), ("2026年11月21日 下午 18:05", 18),
    ],
)  # fmt: skip
def test_halves_of_the_day_in_other_scripts(text, hour):
    assert read_date(text).local.isoformat() == f"2026-11-21T{hour:02}:05:00"


@pytest.mark.parametrize("text", ["Le top 10 des films 2026", "10 Mac apps of 2026"])
def test_words_that_are_months_elsewhere(text):
    assert read_date(text) is None


def test_the_sources_order_decides_where_numbers_do_not():
    assert read_date("11/12/2026", order="dmy").at == datetime(2026, 12, 11, tzinfo=UTC)
    assert read_date("11/12/2026", order="mdy").at == datetime(2026, 11, 12, tzinfo=UTC)


def test_utc_by_default_is_said_to_be_assumed():
    assert read_date("2026-11-21T18:05").zone == "assumed_utc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-40",
        "31.02.2026",
        "{{ date }}",
        "12",
        "0000-00-00",
        "version 1.2.3",
    ],
)
def test_what_is_no_date(text):
    assert read_date(text) is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_not(text):
    read_date(text, "Asia/Almaty")


def test_believable_times():
    fetched = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert is_believable(fetched - timedelta(hours=2), fetched)
    assert is_believable(fetched + timedelta(minutes=40), fetched)
    assert not is_believable(fetched + timedelta(hours=2), fetched)
    assert not is_believable(fetched - timedelta(seconds=1), fetched)
    assert not is_believable(datetime(1970, 1, 1, tzinfo=UTC), fetched)
