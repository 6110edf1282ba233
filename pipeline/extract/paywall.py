"""Page -> whether it is paid for, and whether its text is only the start of the article.

A page says that it is paid for in JSON-LD or a meta element (`seeds/walls/paywall.yml`); one that
says nothing is taken for it if its text breaks off and a prompt asks for a subscription to go on.
That text is missing takes two signs (`gaps`), or one of weight 2: many sites say that a page is
paid for and show all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from pipeline.extract.draft import Paywall
from pipeline.extract.jsonld import Node
from pipeline.extract.lines import ends_sentence, is_prose, words
from pipeline.extract.scan import Claims
from pipeline.extract.wall import Seen
from pipeline.extract.witness import MORE, TIMES, bodies, counts, is_far_more, is_of_words
from pipeline.walls import ENOUGH, Line, Sign, Signs
from pipeline.walls.signs import key

Element = Any  # lxml ships no types

#: Shown of an article, fewer are only its start.
FEW_WORDS: Final = 120
#: A paid part with fewer words than this is not there.
_SOME_WORDS: Final = 30
#: So close to the text's, it says that nothing is missing.
_CLOSE: Final = 1.2
#: Lines a prompt is looked for in: longer ones are no prompts, and a page has few.
_PROMPT_WORDS: Final = 80
_MOST_LINES: Final = 250
_LAST_LINES: Final = 3
#: A selector of plain names, three levels at most: others cost time, and say no more.
_SELECTOR = re.compile(r"[.#]?[\w-]{1,60}(?:[.#][\w-]{1,60})?(?:\s*[\s>]\s*[.#]?[\w-]{1,60}){0,2}")
_MOST_PARTS: Final = 5
_ELLIPSES: Final = ("…", "...")
#: Words at the end of the text by which its place in the declared body is found.
_TAIL_WORDS: Final = 8
_TIERS: Final = (
    "article:content_tier",
    "og:article:content_tier",
    "outbrain:article_access_status",
)


def read_paywall(seen: Seen, known: Signs | None) -> Paywall | None:
    """Return what says that a page is paid for; None if nothing does. `known` are its signs."""
    declared = _is_declared(seen.claims, known)
    last = next((line for line in reversed(seen.lines) if is_prose(line)), "")
    end = _end(last)
    if not declared and (end is None or known is None):
        return None
    shown = sum(map(words, seen.lines))
    if not declared and not _is_cut_short(last, shown, seen.claims):
        return None
    others = [sign for sign in (end, _part(seen.claims), _length(seen, shown)) if sign]
    searched = bool(others) or shown < FEW_WORDS
    prompt = _prompt(seen, known, searched=searched) if known else None
    if not declared and (prompt is None or not prompt.weight):
        return None
    found = (*others, prompt) if prompt else others
    gaps = tuple(replace(sign, weight=max(1, sign.weight)) for sign in found)
    weight = sum(sign.weight for sign in gaps) - _is_whole(seen, shown)
    return Paywall(declared, gaps, weight >= ENOUGH)


def joined(first: Paywall | None, later: Paywall | None) -> Paywall | None:
    """Return what holds of an article of two pages: the later one shows whether text is missing."""
    if later is None and first is not None and first.declared:
        return Paywall(declared=True, gaps=(), preview=False)
    return later


def _is_declared(claims: Claims, known: Signs | None) -> bool:
    if any(_is_no(node.get("isAccessibleForFree")) for node in _nodes(claims)):
        return True
    if any(True for _ in _paid_parts(claims)):
        return True
    if known is None:
        return False
    metas = ((name, said) for name in known.meta_names for said in claims.meta(name))
    return any(True for _ in known.in_meta(metas))


def _is_free(claims: Claims) -> bool:
    """Whether a page that declares nothing paid says that it is free."""
    said = [str(node.get("isAccessibleForFree", "")) for node in claims.jsonld.articles]
    said += claims.meta("isaccessibleforfree", *_TIERS)
    return any(value.strip().lower() in {"true", "yes", "1", "free"} for value in said)


def _nodes(claims: Claims) -> tuple[Node, ...]:
    return (*claims.jsonld.articles, *claims.jsonld.pages)


def _paid_parts(claims: Claims) -> Iterator[Node]:
    for node in _nodes(claims):
        parts = node.get("hasPart")
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, dict) and _is_no(part.get("isAccessibleForFree")):
                yield part


def _is_no(value: object) -> bool:
    return str(value).strip().lower().rpartition("/")[2] in {"false", "no", "0"}


def _end(last: str) -> Sign | None:
    """Return that the text breaks off, by its last paragraph: the last line may be a credit."""
    # French sets a blank before the closing quotation mark.
    if ends_sentence("".join(last[-8:].split())) and not last.endswith(_ELLIPSES):
        return None
    return Sign("breaks-off", "end of the text")


def _is_cut_short(last: str, shown: int, claims: Claims) -> bool:
    """Whether a text ends in an ellipsis or is very short: many end in a list, or without a stop.

    Not if the page says that it is free.
    """
    return (last.endswith(_ELLIPSES) or shown < FEW_WORDS) and not _is_free(claims)


def _prompt(seen: Seen, known: Signs, *, searched: bool) -> Sign | None:
    """Return the weightiest prompt to pay: in what was cut, in the last lines, or a plugin's box.

    Labels, which free pages have beside links to paid ones, weigh nothing. The markup is `searched`
    for a box where that can tip the balance: it takes a millisecond.
    """
    shown = (*(cut.text for cut in seen.cuts), *seen.lines[-_LAST_LINES:])
    said = list(known.said(islice(_short(shown), _MOST_LINES)))
    if not any(sign.weight for sign in said) and searched:
        said += islice(known.in_markup(seen.markup()), 1)
    return max(said, key=lambda sign: sign.weight, default=None)


def _short(texts: Iterable[str]) -> Iterator[Line]:
    for text in texts:
        if (count := words(text)) <= _PROMPT_WORDS:
            yield Line.of(text, count)


def _part(claims: Claims) -> Sign | None:
    """Return that the page names the part that is paid for, and has nothing there."""
    said = [part.get("cssSelector") for part in _paid_parts(claims)]
    selectors = {text.strip() for text in said if isinstance(text, str)}
    plain = sorted(text for text in selectors if _SELECTOR.fullmatch(text))[:_MOST_PARTS]
    if not plain or sum(_held(claims.tree, selector) for selector in plain) >= _SOME_WORDS:
        return None
    return Sign("part-missing", "json_ld")


def _held(tree: Element, selector: str) -> int:
    """Count the words of the elements a selector finds."""
    try:
        found = CSSSelector(selector)(tree)
    except SelectorError:
        return 0
    return sum(words(element.text_content()) for element in found)


def _length(seen: Seen, shown: int) -> Sign | None:
    """Return that the declared body goes on behind the text's last words, or is far longer."""
    tail = " ".join(key(" ".join(seen.lines[-_LAST_LINES:])).split()[-_TAIL_WORDS:])
    for body in bodies(seen.claims):
        _, found, rest = key(body).rpartition(tail) if tail else ("", "", "")
        if found and len(rest.split()) >= max(MORE, shown * (TIMES - 1)):
            return Sign("goes-on", "json_ld", ENOUGH)
        if not found and is_far_more(words(body), shown):
            return Sign("longer-body", "json_ld")
    if any(is_far_more(count, shown) for count in _counts(seen)):
        return Sign("word-count", "json_ld")
    feed = seen.claims.page.link.words
    return Sign("longer-in-feed", "feed") if feed and is_far_more(feed, shown) else None


def _is_whole(seen: Seen, shown: int) -> bool:
    """Whether the page's own count of words is that of the text."""
    return any(shown / _CLOSE <= count <= shown * _CLOSE for count in _counts(seen))


def _counts(seen: Seen) -> Iterator[int]:
    chars = sum(map(len, seen.lines))
    return (said.words for said in counts(seen.claims) if is_of_words(said.words, chars))
