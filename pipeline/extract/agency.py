"""Lines -> the news agency they credit: `LONDON (Reuters) - …`, `/ТАСС/`, `(Quelle: dpa)`.

Such credits are part of the article and stay in its text. Only the places where editors put them
are read: the dateline, and short lines or brackets at the end. An agency named in a sentence is
news about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: Agencies as rows name them, and how their datelines write them.
_AGENCIES: Final = {
    "AA": ("Anadolu", "Anadolu Agency", "Anadolu Ajansı"),
    "AAP": ("AAP", "Australian Associated Press"),
    "AFP": ("AFP", "Agence France-Presse", "АФП", "法新社", "أ ف ب", "أ.ف.ب", "فرانس برس"),
    "AGI": ("AGI",),
    "Adnkronos": ("Adnkronos",),
    "ANP": ("ANP",),
    "ANI": ("ANI",),
    "ANSA": ("ANSA",),
    "Antara": ("Antara", "ANTARA News"),
    "AP": ("AP", "Associated Press", "The Associated Press", "АП", "AP通信", "美联社"),
    "APA": ("APA",),
    "ATS": ("ATS", "Keystone-ATS"),
    "Belga": ("Belga",),
    "BELTA": ("БЕЛТА", "BelTA"),
    "BNS": ("BNS",),
    "Canadian Press": ("CP", "The Canadian Press", "Canadian Press", "La Presse Canadienne"),
    "CNA": ("中央社",),
    "CTK": ("ČTK", "CTK"),
    "DHA": ("DHA",),
    "dpa": ("dpa", "dpa-AFX", "dpa/tmn"),
    "EFE": ("EFE",),
    "ELTA": ("ELTA",),
    "epd": ("epd",),
    "Europa Press": ("Europa Press", "EUROPA PRESS"),
    "HINA": ("Hina", "HINA"),
    "IANS": ("IANS",),
    "Interfax": ("Interfax", "Интерфакс", "Интерфакс-Украина", "Інтерфакс-Україна"),
    "IRNA": ("IRNA",),
    "Jiji": ("時事", "時事通信", "Jiji Press"),
    "Kazinform": ("Kazinform", "Казинформ", "ҚазАқпарат", "QazAqparat"),
    "KNA": ("KNA",),
    "Kyodo": ("Kyodo", "Kyodo News", "共同", "共同通信"),
    "LETA": ("LETA", "ЛЕТА"),
    "Lusa": ("Lusa", "LUSA"),
    "MTI": ("MTI",),
    "NTB": ("NTB",),
    "NOTIMEX": ("Notimex",),
    "PA": ("PA Media", "Press Association"),
    "PAP": ("PAP",),
    "PTI": ("PTI", "Press Trust of India"),
    "Reuters": ("Reuters", "Thomson Reuters", "Рейтер", "Reuters通信", "ロイター", "路透社", "路透", "رويترز"),
    "RIA Novosti": ("РИА Новости", "RIA Novosti"),
    "Ritzau": ("Ritzau",),
    "sda": ("sda", "SDA", "Keystone-SDA"),
    "SID": ("SID",),
    "SITA": ("SITA",),
    "STT": ("STT",),
    "TASR": ("TASR",),
    "TASS": ("TASS", "ТАСС", "ИТАР-ТАСС"),
    "TT": ("TT",),
    "Ukrinform": ("Ukrinform", "Укринформ", "Укрінформ"),
    "UNIAN": ("УНИАН", "УНІАН", "UNIAN"),
    "UPI": ("UPI", "United Press International"),
    "WAM": ("WAM", "وام"),
    "Xinhua": ("Xinhua", "新华社", "新華社", "新华网"),
    "Yonhap": ("Yonhap", "연합뉴스"),
}  # fmt: skip
_BY_NAME: Final = {name.casefold(): key for key, names in _AGENCIES.items() for name in names}
#: Short capitals are also words; a credit writes them as the agency does.
_NAMES = sorted((re.escape(n) for names in _AGENCIES.values() for n in names), key=len)[::-1]
_ONE: Final = rf"(?P<agency>{'|'.join(_NAMES)})"
_WITH: Final = r"(?:\s?[/,+]\s?[\w. -]{2,20})*"
_DATELINES: Final = (
    # `LONDON (Reuters) - …`, `МОСКВА, 21 ноября. /ТАСС/. …`, `BERLIN (dpa/AFP) – …`
    re.compile(rf"[^()\[\]/]{{0,70}}[(\[/]\s?(?:\w+[/,]\s?)?{_ONE}{_WITH}\s?[)\]/]\s?[-–—:.]"),
    # `(ANSA) ROMA …`, `(서울=연합뉴스) …`, `[東京 21日 ロイター] …`, `【共同】…`
    re.compile(rf"[(\[（【](?:[^()\[\]]{{1,24}}[=\s])?{_ONE}{_WITH}[)\]）】]"),
    # `РИГА, 21 ноя - РИА Новости. …`, `dpa - …`
    re.compile(rf"(?:[A-ZÀ-ŽА-ЯІЇЄҚ][\w .,]{{1,50}}\s[-–—]\s)?{_ONE}\s?(?:[-–—]\s|\.-?\s)"),
    re.compile(r"(?P<agency>新华社|新華社|中央社)\S{2,16}[电電]"),
)
_WORD = re.compile(r"\w+")
_WORDS: Final = frozenset(word for name in _BY_NAME for word in _WORD.findall(name))
#: Scripts that write no space between a place and an agency.
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_LABEL: Final = r"(?:quelle|source|sources|kilde|källa|bron|źródło|fonte|fuente|zdroj|источник|джерело|text|mit|mit material (?:von|der))"
_CLOSINGS: Final = (
    # `(Quelle: APA/sda/dpa)`, `© AFP`, `Mit dpa`, `/ТАСС/`
    re.compile(
        rf"(?:.*[.!?»”\"]\s?)?(?:[(\[/©ⓒ—–-]\s?(?:{_LABEL}\s?:?\s?)?|{_LABEL}\s?:?\s?)(?:©\s?)?{_ONE}{_WITH}\s?[)\]/.]*",
        re.IGNORECASE,
    ),
    # `dpa`, `SDA/sep`
    re.compile(rf"{_ONE}(?:/\w{{2,6}})*"),
)
_WRITERS = re.compile(
    rf"(?:[—–-]+ ?)?(?:The )?{_ONE}(?:'s|’s)? (?:\w+ )?(?:writer|reporter|journalist|correspondent)s?\b.*\bcontributed\b"
)
_DATELINE_LINES: Final = 2
_DATELINE_CHARS: Final = 160
_CLOSING_LINES: Final = 3
_CLOSING_CHARS: Final = 60


def read_agency(lines: Sequence[str]) -> str | None:
    """Return the agency that the dateline credits, else one credited at the end."""
    for line in lines[:_DATELINE_LINES]:
        start = line[:_DATELINE_CHARS]
        if _names_one(start):
            for pattern in _DATELINES:
                if found := pattern.match(start):
                    return _BY_NAME.get(found["agency"].casefold())
    for line in reversed(lines[-_CLOSING_LINES:]):
        ends = f"{line[:_CLOSING_CHARS]} {line[-_CLOSING_CHARS:]}"
        if _names_one(ends) and (found := _closing(line)):
            return _BY_NAME.get(found["agency"].casefold())
    return None


def _names_one(line: str) -> bool:
    """Whether a word of an agency's name occurs: hardly any line need be matched."""
    found = _WORD.findall(line.casefold())
    if not _WORDS.isdisjoint(found):
        return True
    return bool(_DENSE.search(line)) and any(_DENSE.match(word) for word in found)


def _closing(line: str) -> re.Match[str] | None:
    end = line[-_CLOSING_CHARS:].strip()
    return (
        _WRITERS.match(line)
        or _CLOSINGS[0].fullmatch(end)
        or (_CLOSINGS[1].fullmatch(end) if len(line) == len(end) else None)
    )
