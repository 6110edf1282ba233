"""Article -> Article or Reject: the row rules, each a question with a name.

A page breaks a rule or not; a Reject names every rule it broke. Missing dates, authors and
sections break none: such columns are null.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Final

from pipeline.extract.case import Case, Rule
from pipeline.extract.dates import is_believable
from pipeline.extract.draft import Draft
from pipeline.extract.page_rules import PAGE_RULES
from pipeline.extract.paywall import FEW_WORDS
from pipeline.model import Article, Reason, Reject
from pipeline.sources import Source


def validate(article: Article, draft: Draft, source: Source) -> Article | Reject:
    """Return the article if it breaks no rule, else a Reject that names all it broke."""
    case = Case(article, draft, source)
    broken = [rule for rule in RULES if rule.broken(case)]
    if not broken:
        return article
    # What the page is says more than what its row lacks.
    reason = next((r for r in _RANK if any(rule.reason is r for rule in broken)), broken[0].reason)
    detail = "; ".join(rule.doc for rule in broken)
    signs = draft.paywall if reason is Reason.PAYWALL else draft.wall
    if signs is not None:
        detail += f". Signs: {signs}"
    if article.cut_short and article.words_stated:
        detail += f". {article.words_source} says {article.words_stated} words"
    return refuse(article, reason, [rule.name for rule in broken], detail)


def refuse(article: Article, reason: Reason, broken: Sequence[str], detail: str) -> Reject:
    """Turn an article's row into that of a reject."""
    shared = {name: getattr(article, name) for name in _SHARED}
    return Reject(
        **shared, reason=reason, broken_rules=tuple(broken), detail=" ".join(detail.split())[:500]
    )


_RANK: Final = (
    Reason.UNDECODABLE, Reason.BOT_CHALLENGE, Reason.CONSENT_WALL, Reason.SOFT_404,
    Reason.LOGIN_WALL, Reason.HOME_PAGE, Reason.LISTING_PAGE, Reason.PAYWALL, Reason.NOT_ARTICLE,
    Reason.BROKEN_RULES,
)  # fmt: skip
_SHARED: Final = tuple({f.name for f in fields(Reject)} & {f.name for f in fields(Article)})
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


def _is_stub(case: Case) -> bool:
    """Whether so little of a paid page is shown: a short article behind the flag may be whole."""
    paywall = case.draft.paywall
    if paywall is None or not paywall.gaps:
        return False
    shown = case.prose_words if paywall.preview else case.article.word_count
    return shown < FEW_WORDS


def _is_garbled(case: Case) -> bool:
    text = case.article.text
    if text.isascii() or not any(sign in text for sign in _GARBLED):
        return False
    return bool(_MOJIBAKE.search(text))


def _is_residue(case: Case) -> bool:
    if not _may_hold_code(case.article.text):
        return False
    lines = case.draft.lines
    marked = sum(1 for line in lines if _may_hold_code(line) and _MARKUP.search(line))
    return marked > max(1, len(lines) // 4)


def _may_hold_code(text: str) -> bool:
    return any(sign in text for sign in _CODE)


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
    *PAGE_RULES,
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
