"""What form an article has: text, a live blog, a gallery or a video."""

from __future__ import annotations

import re
from typing import Final

from pipeline.extract.draft import Kind

#: Words beside pictures or a film up to which they are what the page is about …
_WORDS: Final = 300
#: … or so many for each picture: captions of a long gallery.
_WORDS_A_PICTURE: Final = 40
_GALLERIES: Final = frozenset({"imagegallery", "mediagallery", "og:gallery", "og:image.gallery"})
#: So many pictures beside a few lines are a gallery, whatever it is called.
_MANY_PICTURES: Final = 6
_FEW_WORDS: Final = 120
#: Classes of a page's body that name its kind. Themes that have galleries somewhere say so on every
#: page (`gallery-style-fill`), and some prefix them with their own name.
_GALLERY_MARK = re.compile(
    r"(?:[a-z]+[-_]){0,3}(?:single|page|type|format|template|body)[-_](?:(?:photo|image|picture)s?[-_]?)?gallery"
    r"(?:[-_](?:detail|page|single|template|default))?|(?:photo|image|picture)s?[-_]?gallery|gallery"
)
_FILM_MARKS: Final = frozenset({"single-format-video", "single-video", "page-video"})
#: Directories of addresses, in the languages of news.
_GALLERY_PATH = re.compile(
    r"/(?:[\w-]*gall?er(?:y|ies|i|ia|ias|ie|ien|ii|ier)|(?:foto|bilder)streck\w*|diaporamas?|slideshows?|"
    r"photos?|fotos?|bilder|in-pictures|pictures|photo-?essays?|foto-?report\w*)/",
    re.IGNORECASE,
)
_FILM_PATH = re.compile(r"/(?:videos?|watch|wideo|filmy?|mediathek|webtv)/", re.IGNORECASE)
_NEWS: Final = re.compile(r"(?:article|blogposting|report|review)$")


def is_news(kind: Kind) -> bool:
    """Whether a page calls itself an article."""
    return any(_NEWS.search(said) for said in kind.types)


def is_gallery_by_type(kind: Kind) -> bool:
    """Whether a page states that it is a gallery."""
    return bool(kind.types & _GALLERIES)


def is_called_gallery(kind: Kind) -> bool:
    """Whether a page's type or its template says that it is a gallery."""
    return is_gallery_by_type(kind) or any(map(_GALLERY_MARK.fullmatch, kind.marks))


def is_all_pictures(kind: Kind, word_count: int) -> bool:
    """Whether a page is pictures with a few lines beside them."""
    return kind.pictures >= _MANY_PICTURES and word_count < _FEW_WORDS


def form_of(kind: Kind | None, url: str, word_count: int, *, has_entries: bool) -> str:
    """Return `article`, `live`, `gallery` or `video`.

    A gallery or a video must be called so, by its type, its template or its address, and must not
    have much text: articles embed pictures and films too. Many pictures with hardly a word are a
    gallery whatever they are called.
    """
    if has_entries:
        return "live"
    if kind is None:
        return "article"
    if _is_gallery(kind, url, word_count):
        return "gallery"
    return "video" if _is_film(kind, url, word_count) else "article"


def _is_gallery(kind: Kind, url: str, word_count: int) -> bool:
    if word_count >= max(_WORDS, _WORDS_A_PICTURE * kind.pictures):
        return False
    if is_called_gallery(kind) or is_all_pictures(kind, word_count):
        return True
    return kind.pictures > 1 and _GALLERY_PATH.search(url) is not None


def _is_film(kind: Kind, url: str, word_count: int) -> bool:
    if word_count >= _WORDS:
        return False
    if kind.marks & _FILM_MARKS or any(said.startswith("og:video") for said in kind.types):
        return True
    shown = kind.films > 0 or "videoobject" in kind.types
    return shown and (not is_news(kind) or _FILM_PATH.search(url) is not None)
