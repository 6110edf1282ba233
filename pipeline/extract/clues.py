"""What tells a page's blocks apart: words of prompts, and what the page says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline.extract.scan import Claims

#: Words of letters and digits, and the sign of copyright.
_WORD: Final = re.compile(r"[^\W_]+|©")
#: All else of ASCII as blanks: a text of it is divided in a fifth of the time.
_ASCII: Final = "".join(char if (char := chr(code)).isalnum() else " " for code in range(128))
#: Marks in English texts that are not ASCII, none of a word: without them, such a text mostly is.
_TYPOGRAPHIC: Final = "’“”‘–—…•"
#: A shorter title is a label.
_LABEL_CHARS: Final = 10

#: Words of prompts, in the languages of news: each word of a short block is looked up.
CUES: Final = {
    "share": "share shares sharing tweet whatsapp facebook twitter telegram linkedin instagram "
    "pinterest copy bookmark teilen partager compartir condividi compartilhar udostępnij "
    "delen dela del поделиться поделитесь поділитися бөлісу paylaş dalīties jaga jaa sdílet "
    "distribuie vk viber follow folgen folge suivez sigue síguenos segui siga obserwuj volg "
    "följ følg подписывайтесь підписуйтесь жазылыңыз takip sekojiet seuraa",
    "sub": "newsletter newsletters subscribe subscriber subscribers subscription abonnieren abo "
    "abonnez abonné suscríbete suscribirse iscriviti abbonati assine prenumerera abonnér "
    "abonner abonneer zapisz register registrieren registrer login log sign anmelden premium "
    "member membership donate spenden inbox email e-mail рассылка рассылку подписка підписка "
    "abone abonează odebírat 購読 会員 ログイン 订阅 اشترك",
    "also": "read also related more mehr lesen weiter weiterlesen lire aussi leer también lee leia "
    "também leggi anche recommended most top trending auch siehe les läs læs lees ook czytaj "
    "więcej zobacz читайте также смотрите читать ещё ще дивіться читайте оқыңыз сондай-ақ "
    "ayrıca lasi lasiet skaityk taip pat loe lue přečtěte citește 関連 おすすめ 记事 相关 اقرأ",
    "ad": "advertisement advertising advert anzeige werbung reklam reklama publicité publicidad "
    "pubblicità publicidade annons annonse annonce advertentie sponsored реклама жарнама "
    "reklaam mainos 広告 广告 إعلان affiliate",
    "credit": "photo foto photos fotos getty reuters afp dpa ap epa shutterstock imago image images "
    "bild bilder credit courtesy copyright © illustration photograph фото zdjęcie fot foto: "
    "picture alliance photograph: video 写真 图 صورة",
    "date": "published updated veröffentlicht aktualisiert stand publié mis modifié publicado "
    "actualizado pubblicato aggiornato atualizado opublikowano aktualizacja опубликовано "
    "обновлено min minutes uhr ago jan feb mar apr jun jul aug sep sept oct nov dec january "
    "february march april june july august september october november december januar februar "
    "märz juni juli oktober dezember janvier février mars avril juin juillet août septembre "
    "octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre "
    "octubre noviembre diciembre",
}  # fmt: skip
CUE_BIT: Final = {
    word: sum(1 << i for i, listed in enumerate(CUES.values()) if word in listed.split())
    for listed in CUES.values()
    for word in listed.split()
}


@dataclass(frozen=True, slots=True)
class Clues:
    """What the page says of itself that tells its blocks apart, in `normal` form."""

    titles: frozenset[str] = frozenset()
    description: str = ""
    body: str = ""

    @classmethod
    def of(cls, titles: Iterable[str], descriptions: Iterable[str], bodies: Iterable[str]) -> Clues:
        """Take titles, standfirsts and whole bodies as the page gives them."""
        known = frozenset(title for title in map(normal, titles) if len(title) > _LABEL_CHARS)
        return cls(
            known,
            max(map(normal, descriptions), key=len, default=""),
            max(map(normal, bodies), key=len, default=""),
        )


def clues_of(claims: Claims) -> Clues:
    """Gather what a page claims of its title, its standfirst and its body."""
    jsonld, h1 = claims.jsonld, claims.elements["h1"]
    titles = [
        *(e.text_content()[:500] for e in (*h1, *claims.elements["title"])),
        *jsonld.text("headline"),
    ]
    descriptions = [*claims.meta("og:description", "description"), *jsonld.text("description")]
    return Clues.of(
        [*titles, *claims.meta("og:title", "twitter:title")],
        descriptions,
        jsonld.text("articleBody"),
    )


def normal(text: str) -> str:
    """Return a text's words in lower case: what likeness is decided on here."""
    return " ".join(words_of(text))


def words_of(text: str) -> list[str]:
    """Return a text's words in lower case, signs of copyright among them."""
    low = text.lower()
    if not low.isascii():
        for mark in _TYPOGRAPHIC:
            low = low.replace(mark, " ")
    return low.translate(_ASCII).split() if low.isascii() else _WORD.findall(low)
