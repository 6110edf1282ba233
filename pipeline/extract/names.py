"""A byline -> the names in it: without `by`, jobs, degrees, dates, addresses."""

from __future__ import annotations

import re
from typing import Final

from pipeline.extract.lines import tidy
from pipeline.heads import starts

#: What opens a byline. Short words need a name behind them, the others a colon or a blank.
_BY = re.compile(
    r"^\W*(?:(?:(?:written|reported|story|words|text|posted|published|reviewed|article|post|analysis|opinion)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|przez|autor(?:a|es|zy|em|en|in|ius|s)?|autore|auteurs?|authors?|текст|text|tekst|"
    r"автор(?:ы|и)?|автори|yazan|haber|írta|szerző|teksts|teksti|kirjutas|redactie|redazione|writer)\b\s*:?\s+"
    r"|(?:автор|autor|author|text|текст|tekst|文|作者|記者|记者|글|by)\s*[:：/／]\s*)",
    re.IGNORECASE,
)
#: The first two letters of its words: all but a twentieth of what is asked begins otherwise.
_INITIALS: Final = frozenset(first[:2] for first in starts(_BY.pattern))
_AND = re.compile(
    r"\s*(?:[;|•·\n，、]|,(?!\s*(?:Jr|Sr|II|III|PhD|MD|M\.D)\b)|\s/\s"
    r"|\s(?:and|und|et|y|e|i|и|та|un|ir|ja|ve|en|&|och|og|with|mit)\s)\s*"
)
_NO_NAME = re.compile(
    r"https?:|www\.|[@/\\<>{}=#%*?!]|(?<![^\W\d_])\d{2,}|^\W*$|^\(|^\S+\.(?:com|org|net|co|info)$|^\d",
    re.IGNORECASE,
)
#: What stands behind a name in brackets is a sign or a place: `Anna Mill (am)`.
_SIGN = re.compile(r"\s*\([^)]*\)?\s*$")
#: What stands behind a name and a dash is a job, a place or a house.
_BEHIND = re.compile(r"\s+[–—-]\s+.*$")
_ROLE = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|writers?|journalists?|columnists?|contributors?|fellow|producer|staff"
    r"|professor|director|manager|specialist|coordinator|officer|coach|attorney|intern|expert|consultant|founder|ceo|president|analyst|bureau|newsroom|photographer|"
    r"redakteur(?:in)?|korrespondent(?:in)?|chefredakteur(?:in)?|redaktion|journalistin|rédact\w+|journaliste|envoyée?|"
    r"periodista|redactora?|giornalista|jornalista|redaktors?|dziennikar\w+|muhabir|корреспондент|журналист|редактор"
    r"|обозреватель|кореспондент)\b|기자$|記者$|记者$",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"^(?:[A-Z][A-Za-z]?\.?[A-Z]{1,4}\.?[A-Z]?|[A-Z]{2,5}(?:-[A-Z]{1,3})?|Ph\.?\s?D\.?|M\.D\.|Jr\.?|Sr\.?)$"
)
#: News agencies sign in capitals, or in small letters in German papers; nobody has such degrees.
_AGENCIES: Final = frozenset({
    "afp", "ap", "apa", "dpa", "sda", "kna", "epd", "sid", "dts", "efe", "ansa", "pap", "ntb", "tt", "ritzau", "anp",
    "belga", "lusa", "cna", "pti", "ani", "ians", "upi", "reuters", "bns", "elta", "leta", "unian", "kyodo",
})  # fmt: skip
#: Words of the furniture around bylines, and of dates.
_FURNITURE = re.compile(
    r"^(?:by|von|par|por|av|more|see|view|read|full|all|about|follow|share|updated?|published|posted|written|last|on|"
    r"in|the author|author|authors|autor|auteur|byline|written by|edited|reviewed|photo|photos|image|foto|fotos?|video|"
    r"contributor|bio|profile|comments?|leave|no|min|minutes?|uncategorized|news|home|blog|share|print|e-?mail|twitter|"
    r"facebook|linkedin|instagram|source|date|time|ago|today|yesterday|medically|fact.checked|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? \d.*)\b"
    r"|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?$"
    r"|\b(?:says|said|wrote|min read|minutes? read|ago|posts|articles|articolo|profile|bio|comments?|am|pm|uhr|updated)$",
    re.IGNORECASE,
)  # fmt: skip
_PARTICLES: Final = frozenset({
    "de", "da", "do", "dos", "das", "di", "del", "della", "van", "von", "der", "den", "zu", "la", "le", "el", "al", "bin",
    "ibn", "ben", "ter", "ten", "du", "y", "e", "af", "av", "st", "mc", "o", "und", "dr", "prof", "te", "dem", "vom", "zum",
})  # fmt: skip
_DENSE_NAME = re.compile("^[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af・＝]{2,10}$")
#: Names that systems give to nobody in particular.
_NOBODY: Final = frozenset({
    "admin", "administrator", "root", "webmaster", "editor", "author", "user", "guest", "staff", "anonymous", "unknown",
    "none", "null", "undefined", "default", "editorial", "redaktion", "wordpress", "redazione", "redacción",
})  # fmt: skip
_LONGEST_NAME: Final = 60
_MOST_WORDS: Final = 6


def without_by(text: str) -> str:
    """Drop what opens a byline."""
    return _BY.sub("", text)


def is_byline(text: str) -> bool:
    """Whether a text opens as bylines do: `By …`, `Автор: …`."""
    first = text[:2]
    if first.isascii() and first.isalpha() and first.lower() not in _INITIALS:
        return False
    return _BY.match(text) is not None


def split_names(text: str) -> list[str]:
    """Split a byline into its parts, jobs and places cut off; not every part is a name."""
    parts = _AND.split(without_by(tidy(text)))
    cut = (_SIGN.sub("", _BEHIND.sub("", without_by(part))) for part in parts)
    return [part for raw in cut if (part := raw.strip(" .,:‧*"))]


def names(text: str) -> list[str]:
    """Return the names in a byline. What follows the first is taken only if it looks like one."""
    found: list[str] = []
    for part in split_names(text):
        if part.casefold() in _AGENCIES or (is_name(part) and _goes_with(part, found)):
            found.append(part)
    if len(found) > 1:
        found = [name for name in found if not _ROLE.search(name)] or found[:1]
    whole = without_by(tidy(text)).strip(" .,:")
    # `Sports and leisure desk` is one name; a comma divides in any case.
    if len(found) == 1 and not is_person(found[0]) and "," not in whole and is_name(whole):
        return [whole]
    return found


def _goes_with(part: str, found: list[str]) -> bool:
    if not found:
        return True
    if _DEGREE.match(part):
        return False
    return is_person(part) or (" " not in part and " " not in found[-1] and part[:1].isupper())


def is_name(text: str) -> bool:
    """Whether a text can be anybody's name: a person's, a team's, a house's."""
    if not 1 < len(text) <= _LONGEST_NAME or _NO_NAME.search(text):
        return False
    return len(text.split()) <= _MOST_WORDS


def is_furniture(text: str) -> bool:
    """Whether a text is what stands around bylines: a date, a count, `Read more`."""
    return _FURNITURE.search(text) is not None


def is_nobody(text: str) -> bool:
    """Whether a name is an account's rather than somebody's."""
    folded = text.casefold()
    if folded in _AGENCIES:
        return False
    if " " not in text:
        return folded in _NOBODY or text.islower() or "." in text.strip(".")
    return not _NOBODY.isdisjoint((folded.split()[-1], folded)) and not is_person(text)


def is_person(text: str) -> bool:
    """Whether a text looks like a person's full name."""
    if _DENSE_NAME.match(text):
        return True
    words = text.replace(".", ". ").split()
    if not 1 < len(words) <= _MOST_WORDS or not is_name(text):
        return False
    if _ROLE.search(text) or is_furniture(text):
        return False
    capital = [
        word[:1].isupper() or (word[:1].isalpha() and word.lower() == word.upper())
        for word in words
    ]
    others = [word for word, is_capital in zip(words, capital, strict=True) if not is_capital]
    return sum(capital) > 1 and all(word.strip(".'’").lower() in _PARTICLES for word in others)
