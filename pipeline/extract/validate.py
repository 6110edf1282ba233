"""Article -> Article or Reject: the row rules, each a question with a name.

A page breaks a rule or not; a Reject names every rule it broke. Missing dates, authors and
sections break none: such columns are null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from typing import Final

from pipeline.extract.dates import is_believable
from pipeline.extract.draft import Draft
from pipeline.extract.form import is_news
from pipeline.extract.lines import ends_sentence, is_prose, words
from pipeline.model import Article, Reason, Reject
from pipeline.sources import Source


@dataclass(frozen=True)
class Case:
    """What a rule may look at."""

    article: Article
    draft: Draft
    source: Source

    @cached_property
    def prose_words(self) -> int:
        """Words of the lines that are prose."""
        return sum(words(line) for line in self.draft.lines if is_prose(line))


@dataclass(frozen=True, slots=True)
class Rule:
    """A row rule. `broken` says whether a page breaks it; `reason` is what a Reject then says."""

    name: str
    reason: Reason
    broken: Callable[[Case], bool]
    doc: str


def validate(article: Article, draft: Draft, source: Source) -> Article | Reject:
    """Return the article if it breaks no rule, else a Reject that names all it broke."""
    case = Case(article, draft, source)
    broken = [rule for rule in RULES if rule.broken(case)]
    if not broken:
        return article
    # What the page is says more than what its row lacks.
    reason = next((r for r in _RANK if any(rule.reason is r for rule in broken)), broken[0].reason)
    return refuse(article, reason, [rule.name for rule in broken], "; ".join(r.doc for r in broken))


def refuse(article: Article, reason: Reason, broken: Sequence[str], detail: str) -> Reject:
    """Turn an article's row into that of a reject."""
    shared = {name: getattr(article, name) for name in _SHARED}
    return Reject(
        **shared, reason=reason, broken_rules=tuple(broken), detail=" ".join(detail.split())[:500]
    )


_RANK: Final = (Reason.UNDECODABLE, Reason.PAYWALL, Reason.NOT_ARTICLE, Reason.BROKEN_RULES)
_SHARED: Final = tuple({f.name for f in fields(Reject)} & {f.name for f in fields(Article)})
_FULL_TEXT: Final = 150
_STUB: Final = 120
_GALLERY_PICTURES: Final = 6
_LISTED_HEADINGS: Final = 8
_LISTS: Final = frozenset({
    "collectionpage", "itemlist", "searchresultspage", "profilepage", "og:profile",
})  # fmt: skip
_LIST_MARKS: Final = frozenset({
    "home", "archive", "category", "tag", "search", "author", "error404", "blog",
})  # fmt: skip
_ERROR = re.compile(
    r"^(?:(?:error\s*)?40[34]\b|page (?:not|can(?:no|')t be) found|not found|access denied|forbidden|just a moment|"
    r"attention required|are you a (?:robot|human)|robot check|please verify|verify you are|"
    r"страница не найдена|ошибка 404|доступ (?:запрещ[её]н|ограничен)|seite nicht gefunden|page (?:introuvable|non trouvée)|"
    r"página no encontrada|pagina non trovata|página não encontrada|nie znaleziono|сторінку не знайдено|"
    r"lapa nav atrasta|бет табылмады|sayfa bulunamadı|pagina niet gevonden)",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?(?:div|span|script|p|a|img|iframe|br|li|ul)\b[^<>]{0,999}>|\{\{[^{}]{0,999}\}\}|\bfunction\s*\(\w*\)\s*\{|"
    r"\b(?:var|const|let) \w+\s*=|document\.\w+\(|\[/?(?:caption|gallery|vc_\w+|embed)\b"
)
#: Every match of _MARKUP holds one of these: searching for them is a tenth of the time.
_CODE: Final = ("<", "{{", "function", "=", "document.", "[")
_MOJIBAKE = re.compile(
    "(?:[ÐÑ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]){3}|(?:Ã[\u0080-\u00bf]){3}|(?:п»ї|СЊ.?Рµ|Рѕ.?Р)\\w*Р"
)
#: Every match of _MOJIBAKE holds one of these.
_GARBLED: Final = ("Ð", "Ñ", "Ã", "п»ї", "СЊ", "Рѕ")


def _is_home(case: Case) -> bool:
    from urllib.parse import urlsplit

    url = case.article.url_final
    return url.startswith(("http:", "https:")) and not (
        urlsplit(url).path.strip("/")
        or urlsplit(url).query
        or urlsplit(url).fragment.startswith("!")
    )


def _is_listing(case: Case) -> bool:
    """Whether a page names itself a list, or is one by its looks and names itself no article."""
    kind = case.draft.kind
    if kind is None or _is_news(case):
        return False
    if kind.types & _LISTS or kind.marks & _LIST_MARKS:
        # Themes put such words on articles too: excerpts below linked headings make the list.
        return case.prose_words < _FULL_TEXT or kind.linked_headings >= _LISTED_HEADINGS
    return kind.linked_headings >= _LISTED_HEADINGS and case.prose_words < _STUB // 2


def _is_gallery(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or case.article.word_count >= _STUB:
        return False
    named = any("gallery" in word for word in (*kind.types, *kind.marks))
    return named or (kind.pictures >= _GALLERY_PICTURES and case.prose_words < _STUB // 2)


def _is_film(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or _is_news(case):
        return False
    shows_one = kind.films > 0 or any("video" in word for word in kind.types)
    return shows_one and case.prose_words < _STUB // 2


def _is_error(case: Case) -> bool:
    kind = case.draft.kind
    if kind is None or case.article.word_count >= _FULL_TEXT:
        return False
    return any(
        _ERROR.match(text) for text in (kind.page_title, *kind.headings, case.article.title or "")
    )


def _is_stub(case: Case) -> bool:
    """Whether a short text breaks off: a short article behind a paywall's flag may be whole."""
    if case.draft.kind is None or case.article.word_count >= _STUB:
        return False
    prose = [line for line in case.draft.lines if is_prose(line)]
    # Only paragraphs tell: the last line may be a credit.
    breaks_off = not prose or not ends_sentence(prose[-1]) or prose[-1].endswith(("…", "..."))
    prompted = any(cut.category == "subscribe" for cut in case.draft.cuts)
    return breaks_off or prompted if case.article.paywalled else breaks_off and prompted


def _is_news(case: Case) -> bool:
    return case.draft.kind is not None and is_news(case.draft.kind)


def _is_garbled(case: Case) -> bool:
    text = case.article.text
    if text.isascii() or not any(sign in text for sign in _GARBLED):
        return False
    return bool(_MOJIBAKE.search(text))


def _is_residue(case: Case) -> bool:
    if not any(sign in case.article.text for sign in _CODE):
        return False
    lines = case.draft.lines
    marked = sum(1 for line in lines if _MARKUP.search(line))
    return marked > max(1, len(lines) // 4)


def _outside(case: Case) -> bool:
    at = case.article.published_at
    return at is not None and not is_believable(at, case.article.fetched_at)


def _changed_before(case: Case) -> bool:
    article = case.article
    return bool(
        article.published_at
        and article.modified_at
        and article.modified_at < article.published_at - timedelta(days=1)
    )


RULES: Final = (
    Rule("is_decodable", Reason.UNDECODABLE, _is_garbled, "the text was read in the wrong encoding"),
    Rule("is_no_error_page", Reason.NOT_ARTICLE, _is_error, "the page says that there is nothing here"),
    Rule("is_no_home_page", Reason.NOT_ARTICLE, _is_home, "the address is the site's home page"),
    Rule("is_no_listing", Reason.NOT_ARTICLE, _is_listing, "the page is a list of other pages"),
    Rule("is_no_gallery", Reason.NOT_ARTICLE, _is_gallery, "the page is a gallery with little text"),
    Rule("is_no_film", Reason.NOT_ARTICLE, _is_film, "the page is a film with little text"),
    Rule("is_complete", Reason.PAYWALL, _is_stub, "the page shows only the start of the article"),
    Rule("has_text", Reason.NOT_ARTICLE, lambda c: not c.article.text, "no article text was found"),
    Rule("has_title", Reason.BROKEN_RULES, lambda c: not c.article.title and c.draft.kind is not None,
         "no headline was found"),
    Rule("is_long_enough", Reason.BROKEN_RULES, lambda c: c.article.word_count < c.source.extract.min_words,
         "fewer words than extract.min_words"),
    Rule("has_no_markup", Reason.BROKEN_RULES, _is_residue, "the text holds code"),
    Rule("is_of_its_time", Reason.BROKEN_RULES, _outside, "published_at is before 1995 or after the fetch"),
    Rule("is_changed_later", Reason.BROKEN_RULES, _changed_before, "modified_at is before published_at"),
)  # fmt: skip
