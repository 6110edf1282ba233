# ruff: noqa: PLR2004 - the numbers are those of the calendar
"""A written date -> the moment it means, how exact it is, and where its zone came from.

Own parser: dateutil reads `GMT+0500` as five hours west and drops `MSK` in silence, dateparser
takes 1.6 ms and reads `20261121T180525Z` as a day of 1532.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

#: Minutes east of Greenwich. Where letters mean several zones, the one news sites use them for.
_ZONES: Final = {
    "z": 0, "gmt": 0, "utc": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "ist": 330, "cet": 60,
    "mez": 60, "cest": 120, "mesz": 120, "met": 60, "eet": 120, "eest": 180, "sast": 120, "trt": 180,
    "samt": 240, "gst": 240, "yekt": 300, "pkt": 300, "uzt": 300, "tjt": 300, "tmt": 300, "omst": 360,
    "kgt": 360, "krat": 420, "wib": 420, "ict": 420, "irkt": 480, "hkt": 480, "sgt": 480, "pht": 480,
    "awst": 480, "jst": 540, "kst": 540, "yakt": 540, "vlat": 600, "aest": 600, "aedt": 660, "acst": 570,
    "magt": 660, "pett": 720, "nzst": 720, "nzdt": 780, "art": -180, "brt": -180, "est": -300, "edt": -240,
    "et": -300, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540,
    "akdt": -480, "hst": -600,
}  # fmt: skip
#: Letters whose offset a law has changed: minutes until a day (UTC), and from it on.
_MOVED: Final = {
    "almt": (datetime(2024, 2, 29, 18, tzinfo=UTC), 360, 300),
    "msk": (datetime(2014, 10, 25, 22, tzinfo=UTC), 240, 180),
}
_MSK_SUMMER: Final = datetime(2011, 3, 26, 23, tzinfo=UTC)

#: Month names, a month a line, as CLDR has them: en de fr es it pt nl sv no da pl cs ro tr lv lt et fi
#: ru uk be bg kk is el hu sk sl hr sr mk ca sq az uz ka hy id ms ar fa ur he (the Gregorian ones).
_MONTHS: Final = """
jan january janv enero ene gennaio gen janeiro styczeń stycznia sty leden ledna led ianuarie ian \
ocak oca janvāris janvārī sausio jaanuar tammikuu tammikuuta январь января янв січень січня \
студзеня қаңтар januari januar janúar ιανουαρίου január januára siječnja siječanj јануар јануари \
gener janar yanvar студзень януари იანვარი հունվարի հունվար يناير جانفي ژانویه جنوری ינואר јан \
בינואר
feb february févr fév fevrier février febrero febbraio fevereiro fev luty lutego lut únor února \
februarie şubat şub februāris februārī vasario veebruar helmikuu helmikuuta февраль февраля фев \
лютий лютого лютага ақпан februari februar febrúar φεβρουαρίου február februára veljače veljača \
фебруар февруари febrer shkurt fevral люты თებერვალი փետրվարի փետրվար فبراير فيفري شباط فوریه \
فروری פברואר febr בפברואר
mar march märz mär maart mrt mars marzo março marzec marca březen března martie mart marts martā \
kovo märts maaliskuu maaliskuuta март марта мар березень березня сакавіка наурыз μαρτίου március \
marec ožujka ožujak març сакавік მარტი մարտի մարտ maret مارس آذار مارچ מרץ márc במרץ
apr april avril avr abril abr aprile kwiecień kwietnia kwi duben dubna aprilie nisan nis aprīlis \
aprīlī balandžio aprill huhtikuu huhtikuuta апрель апреля апр квітень квітня красавіка сәуір \
apríl απριλίου április apríla travnja travanj април prill aprel красавік აპრილი ապրիլի ապրիլ \
أبريل أفريل نيسان آوریل اپریل אפריל באפריל
may mai mayo maggio mag maio mei maj maja květen května mayıs maijs maijā gegužės toukokuu \
toukokuuta май мая травень травня мамыр maí μαΐου május mája máj svibnja svibanj мај maig მაისი \
մայիսի մայիս مايو ماي أيار مئی מאי במאי
jun june juni juin junio jun. giugno giu junho czerwiec czerwca cze červen června iunie haziran \
haz jūnijs jūnijā birželio juuni kesäkuu kesäkuuta июнь июня июн червень червня чэрвеня юни \
маусым júní ιουνίου június júna jún junij lipnja lipanj јун јуни juny qershor iyun чэрвень \
ივნისი հունիսի հունիս يونيو جوان حزيران ژوئن جون יוני ביוני
jul july juli juillet juil julio luglio lug julho lipiec lipca lip červenec července iulie \
temmuz tem jūlijs jūlijā liepos juuli heinäkuu heinäkuuta июль июля июл липень липня ліпеня юли \
шілде júlí ιουλίου július júla júl julij srpnja srpanj јул јули juliol korrik iyul ліпень ივლისი \
հուլիսի հուլիս julai يوليو جويلية تموز ژوئیه جولائی יולי ביולי
aug august août aout agosto ago augustus sierpień sierpnia sie srpen srpna ağustos ağu augusts \
augustā rugpjūčio elokuu elokuuta август августа авг серпень серпня жніўня тамыз augusti ágúst \
αυγούστου augusztus augusta avgust kolovoza kolovoz agost gusht avqust жнівень აგვისტო օգոստոսի \
օգոստոս agustus ogos أغسطس أوت اوت اگست אוגוסט agu באוגוסט
sep sept september septembre septiembre settembre set setembro wrzesień września wrz září \
septembrie eylül eyl septembris septembrī rugsėjo syyskuu syyskuuta сентябрь сентября сен сент \
вересень вересня верасня септември қыркүйек σεπτεμβρίου szeptember septembra rujna rujan \
септембар septembar setembre shtator sentyabr sentabr верасень სექტემბერი սեպտեմբերի սեպտեմբեր \
سبتمبر أيلول سپتامبر ستمبر ספטמבר сеп szept בספטמבר
oct october oktober okt octobre octubre ottobre ott outubro out październik października paź \
říjen října octombrie ekim eki oktobris oktobrī spalio oktoober lokakuu lokakuuta октябрь \
октября окт жовтень жовтня кастрычніка октомври қазан október οκτωβρίου októbra октобар oktobar \
tetor oktyabr oktabr кастрычнік ოქტომბერი հոկտեմբերի հոկտեմբեր أكتوبر اکتبر اکتوبر אוקטובר \
באוקטובר
nov november novembre noviembre novembro listopad listopada lis listopadu noiembrie kasım kas \
листопад листопада novembris novembrī lapkričio marraskuu marraskuuta ноябрь ноября ноя нояб \
лістапада ноември қараша nóvember νοεμβρίου novembra studenoga studeni новембар novembar nëntor \
noyabr лістапад ნოემბერი նոյեմբերի նոյեմբեր نوفمبر نوامبر نومبر נובמבר ное нов בנובמבר
dec december dezember dez décembre decembre déc diciembre dic dicembre dezembro grudzień grudnia \
gru prosinec prosince decembrie aralık ara decembris decembrī gruodžio detsember joulukuu \
joulukuuta декабрь декабря дек грудень грудня снежня декември желтоқсан desember δεκεμβρίου \
decembra prosinca prosinac децембар decembar desembre dhjetor dekabr снежань დეკემბერი \
դեկտեմբերի դեկտեմբեր disember ديسمبر دسامبر دسمبر דצמבר בדצמבר
"""
_MONTH: Final = {
    name.rstrip("."): n
    for n, names in enumerate(_MONTHS.strip().splitlines(), 1)
    for name in names.split()
}
# `listopad` is November in Polish, Czech and Ukrainian but October in Croatian: whoever adds a
# Croatian source must tell them apart. Norwegian `des.` and Malay `mac` are other words elsewhere.

_ZONE = r"(?P<zone>Z|(?:(?:GMT|UTC)\s*)?[+-−]\d\d?(?::?\d\d)?|[A-Za-z]{2,5}(?![\w+-]))"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?"
)
#: Halves of the day before a time, or behind it: Korean, Japanese, Chinese, Arabic, Persian, Greek.
_BEFORE_NOON = re.compile(r"오전|午前|上午|(?<!\w)ص(?!\w)|ق\.ظ|(?<!\w)π\.?μ")
_AFTER_NOON = re.compile(r"오후|午後|下午|(?<!\w)م(?!\w)|ب\.ظ|(?<!\w)μ\.?μ")
_TIME = re.compile(rf"(?<![\d.:/]){_CLOCK}(?![\d:])(?:\s*\(?{_ZONE})?", re.IGNORECASE)
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)(?!\d)"
    r"(?:[T\s]+(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d?)(?:[.,]\d+)?)?"
    rf"\s*(?:{_ZONE})?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"^(\d{10})(?:\d{3})?$")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,4})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{1,2})(?!\d)")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_NAMED = re.compile(r"\d{4}|\d{1,2}|[^\W\d_]+")
_EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it was read: the moment in UTC, `second`, `minute` or `day`, and whose zone.

    `local` is the date and time as they are written, without a zone.
    """

    at: datetime
    precision: str
    zone: str
    local: datetime


def read_date(text: str, zone: str = "UTC", order: str = "dmy") -> Written | None:
    """Read a date in any spelling of the web or of 40 languages; None if it is none.

    A date without a zone is in `zone` (IANA); one without a time is 00:00 there. `order` (dmy,
    mdy, ymd) decides where numbers alone do not.
    """
    text = " ".join(text.split())[:120]
    if match := _EPOCH.match(text):
        at = datetime.fromtimestamp(int(match[1]), UTC)
        return Written(at, "second", "explicit", at.replace(tzinfo=None))
    try:
        if match := _ISO.search(text):
            return _build(match, (match["year"], match["month"], match["day"]), zone)
        day = _numeric(text, order) or _named(text)
        return _build(_TIME.search(day[1]), day[0], zone) if day else None
    except (ValueError, OverflowError):
        return None


def is_believable(at: datetime, fetched_at: datetime) -> bool:
    """Whether a page fetched then can have been published at that moment.

    An hour is allowed for clocks that go wrong. A time within seconds of the request is the
    server's clock, not the article's.
    """
    if at < _EARLIEST or at > fetched_at + timedelta(hours=1):
        return False
    return not timedelta(seconds=-5) <= fetched_at - at <= timedelta(seconds=5)


def _numeric(text: str, order: str) -> tuple[tuple[int, int, int], str] | None:
    if match := _CJK.search(text):
        return (int(match[1]), int(match[2]), int(match[3])), text[match.end() :]
    match = _NUMERIC.search(text)
    if match is None:
        return None
    first, second, third = int(match[1]), int(match[2]), int(match[3])
    rest = text[: match.start()] + " " + text[match.end() :]
    if len(match[1]) == 4:
        return (first, second, third), rest
    if len(match[1]) == 3 or len(match[3]) == 1:
        return None
    year = third if third > 99 else 2000 + third
    if second > 12 or (order == "mdy" and first <= 12):
        return (year, first, second), rest
    return (year, second, first), rest


def _named(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Find day, month by name and year next to each other, in any order."""
    found = list(_NAMED.finditer(text))
    for n, match in enumerate(found):
        month = _MONTH.get(match[0].casefold())
        if month is None:
            continue
        near = found[max(0, n - 3) : n + 4]
        year = next((m for m in near if len(m[0]) == 4 and m[0].isdigit()), None)
        day = _nearest_day(near, match)
        if year and day:
            spans = sorted(m.span() for m in (match, year, day))
            return (int(year[0]), month, int(day[0])), _without(text, spans)
    return None


def _nearest_day(near: list[re.Match[str]], month: re.Match[str]) -> re.Match[str] | None:
    days = [m for m in near if len(m[0]) <= 2 and m[0].isdigit() and 1 <= int(m[0]) <= 31]
    # Before the month where both sides offer one: `21 November 18:05`.
    return min(days, key=lambda m: (abs(m.start() - month.start()), m.start()), default=None)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return text


def _build(match: re.Match[str] | None, day: tuple[int | str, ...], zone: str) -> Written:
    year, month, date = (int(part) for part in day)
    if match is None or not match["hour"]:
        at = datetime(year, month, date)  # noqa: DTZ001 - the zone follows
        return Written(_local(at, zone), "day", _default(zone), at)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if half := match.groupdict().get("half") or _half(match):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    # ISO 8601 lets midnight be the end of a day; so do CMSs.
    at = datetime(year, month, date, 0 if hour == 24 else hour, minute, second)  # noqa: DTZ001 - the zone follows
    at += timedelta(days=hour == 24)
    precision = "second" if match["second"] else "minute"
    known = _offset(match["zone"], at) if match["zone"] else None
    if known is None:
        return Written(_local(at, zone), precision, _default(zone), at)
    return Written(at.replace(tzinfo=known).astimezone(UTC), precision, "explicit", at)


def _half(match: re.Match[str]) -> str:
    """Return `a` or `p` if words that are no Latin ones say so beside a time; empty if none do."""
    if match.string.isascii() or int(match["hour"]) > 12:
        return ""
    around = match.string[max(0, match.start() - 4) : match.end() + 5]
    return "p" if _AFTER_NOON.search(around) else "a" if _BEFORE_NOON.search(around) else ""


def _offset(name: str, at: datetime) -> tzinfo | None:
    name = name.lower().replace("−", "-")
    if name in _MOVED:
        moment, before, after = _MOVED[name]
        early = at.replace(tzinfo=UTC) < moment
        if name == "msk" and at.replace(tzinfo=UTC) < _MSK_SUMMER:
            early = False
        return timezone(timedelta(minutes=before if early else after))
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name]))
    # The sign is as people mean it: GMT+5 is east of Greenwich.
    match = re.fullmatch(r"(?:gmt|utc)?\s*([+-])(\d\d?)(?::?(\d\d))?", name)
    if match is None:
        return None
    minutes = 60 * int(match[2]) + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def _local(at: datetime, zone: str) -> datetime:
    return at.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _default(zone: str) -> str:
    return "assumed_utc" if zone == "UTC" else "source_default"


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)
