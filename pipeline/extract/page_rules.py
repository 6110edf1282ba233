"""Row rules about the page: home page, listing, gallery, film, wall. What it is instead of an article."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from pipeline.extract.case import Case, Rule
from pipeline.extract.form import is_all_pictures, is_called_gallery, is_gallery_by_type
from pipeline.model import Reason

_FULL_TEXT: Final = 150
_STUB: Final = 120
#: Fewer words of prose beside a film, a sound, a price or a table are no article.
_BESIDE: Final = 60
_LISTED_HEADINGS: Final = 8
#: Linked headings of a page whose address says that it lists others.
_FEW_HEADINGS: Final = 4
_LISTS: Final = frozenset({
    "collectionpage", "itemlist", "searchresultspage", "profilepage", "og:profile",
})  # fmt: skip
_LIST_MARKS: Final = frozenset({
    "home", "archive", "category", "tag", "search", "author", "error404", "blog",
})  # fmt: skip
#: Directories of lists with a name or two behind them, in the languages of news; or a search.
_LIST_PATH = re.compile(
    r"/(?:[a-z]{2}/|[\w-]+/)?(?:tags?|topics?|categor(?:y|ies)|sections?|authors?|search|archives?|themen?|thema|"
    r"schlagworte?|autor(?:en|es|i)?|kategorien?|suche|mots?-cles?|themes?|auteurs?|recherche|etiquetas?|temas?|"
    r"categorias?|buscar?|autore|argoment[oi]|cerca|assuntos?|trefwoord|onderwerp|auteur|zoeken|tagi|kategoria|temat|"
    r"autorzy|szukaj|tema|temy|teg|avtor|rubrika|rubric|poisk|etiket|yazar|kategori|arama|hledat|stitky|amne|emne|sok)"
    r"(?:/[^/.]+){0,2}/?",
    re.IGNORECASE,
)
_LANGUAGE_HOME = re.compile(
    r"/(?:[a-z]{2}(?:-[a-z]{2})?/?)?(?:(?:index|default|home)(?:\.\w{2,5})?)?", re.IGNORECASE
)
_NUMBERED = re.compile(r"\d[^|]*(?:\||$)")
_PRODUCTS: Final = frozenset({"product", "og:product", "og:product.item", "productgroup"})
_SOUNDS: Final = frozenset({
    "podcastepisode",
    "radioepisode",
    "podcastseries",
    "audioobject",
    "og:music.song",
})


def _is_home(case: Case) -> bool:
    path, query = case.final.path, case.final.query
    if not case.is_web or query or case.final.fragment.startswith("!"):
        return False
    return not path.strip("/") or (_LANGUAGE_HOME.fullmatch(path) is not None and _is_thin(case))


def _is_thin(case: Case) -> bool:
    """Whether a page names itself no article, and has little prose or many linked headings."""
    kind = case.draft.kind
    if kind is None or case.is_news:
        return False
    return case.prose_words < _FULL_TEXT or kind.linked_headings >= _LISTED_HEADINGS


def _was_sent_away(case: Case) -> bool:
    """Whether another page was asked for, and its site's home page or a list above it came."""
    asked, final = case.asked, case.final
    if not case.is_web or not asked.path.strip("/") or asked.path == final.path:
        return False
    if (asked.hostname or "").removeprefix("www.") != (final.hostname or "").removeprefix("www."):
        return False  # to log in, to consent
    if _is_home(case):
        return not _LANGUAGE_HOME.fullmatch(asked.path)
    above = final.path.rstrip("/") + "/"
    return asked.path.startswith(above) and _is_listing(case)


def _is_listing(case: Case) -> bool:
    """Whether a page names itself a list, or is one by its looks and names itself no article."""
    kind = case.draft.kind
    if kind is None or case.is_news:
        return False
    if kind.types & _LISTS or kind.marks & _LIST_MARKS:
        # Themes put such words on articles too: excerpts below linked headings make the list.
        return _is_thin(case)
    if kind.linked_headings >= _FEW_HEADINGS and _LIST_PATH.fullmatch(case.final.path):
        return case.prose_words < _FULL_TEXT
    return kind.linked_headings >= _LISTED_HEADINGS and case.prose_words < _BESIDE


def _is_gallery(case: Case) -> bool:
    """Whether a page is pictures and next to no prose. What says that it is an article is one."""
    kind, count = case.draft.kind, case.article.word_count
    if kind is None or count >= _STUB:
        return False
    if is_gallery_by_type(kind) and not case.is_news:
        return True  # a sentence or two of prompts must not make it one
    if case.prose_words >= _BESIDE:
        return False
    return is_called_gallery(kind) or (is_all_pictures(kind, count) and not case.is_news)


def _is_film(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or case.is_news:
        return False
    shows_one = kind.films > 0 or any("video" in word for word in kind.types)
    return shows_one and case.prose_words < _BESIDE


def _is_sound(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or case.is_news:
        return False
    return bool(kind.types & _SOUNDS) and case.prose_words < _BESIDE


def _is_product(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or case.is_news:
        return False
    return bool(kind.types & _PRODUCTS) and case.prose_words < _BESIDE


def _is_table(case: Case) -> bool:
    """Whether most of the text is rows of figures: scores, rates, the weather."""
    lines = case.draft.lines
    if case.is_news or case.prose_words >= _BESIDE:
        return False
    return 2 * sum(map(_is_figures, lines)) > len(lines)


def _is_figures(line: str) -> bool:
    """Whether a line is a row of a table, at least two of whose cells hold numbers."""
    return " | " in line and len(_NUMBERED.findall(line)) > 1


def _wall(name: str, reason: Reason, doc: str) -> Rule:
    return Rule(name, reason, partial(Case.is_wall, reason=reason), doc)


PAGE_RULES: Final = (
    _wall("is_no_challenge", Reason.BOT_CHALLENGE, "the host asks who is there"),
    _wall("is_no_consent_wall", Reason.CONSENT_WALL, "the page asks for consent and shows nothing else"),
    _wall("is_no_error_page", Reason.SOFT_404, "the page says that there is nothing here"),
    _wall("is_no_login", Reason.LOGIN_WALL, "the page is a form to log in or to register"),
    Rule("is_what_was_asked", Reason.SOFT_404, _was_sent_away,
         "another page was asked for: it leads to the home page, or to a list above it"),
    Rule("is_no_home_page", Reason.HOME_PAGE, _is_home, "the address is the site's home page"),
    Rule("is_no_listing", Reason.LISTING_PAGE, _is_listing, "the page is a list of other pages"),
    Rule("is_no_gallery", Reason.NOT_ARTICLE, _is_gallery, "the page is a gallery with little text"),
    Rule("is_no_film", Reason.NOT_ARTICLE, _is_film, "the page is a film with little text"),
    Rule("is_no_sound", Reason.NOT_ARTICLE, _is_sound, "the page is a recording with little text"),
    Rule("is_no_product", Reason.NOT_ARTICLE, _is_product, "the page sells something"),
    Rule("is_no_table", Reason.NOT_ARTICLE, _is_table, "the page is a table of figures"),
)  # fmt: skip
