"""Tag, class names and other attributes of an element -> what they say of its content, as bits.

Nothing here decides anything: the block filter was fitted to these bits, and weighs them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_lowercase
from typing import Any, Final

Element = Any  # lxml ships no types

_CONTROLS: Final = frozenset(["button", "select", "textarea", "option", "progress", "meter"])
_MARKED_TAGS: Final = (
    "article", "main", "section", "aside", "header", "footer", "nav", "figure", "form", "ul", "table", "blockquote", "a",
)  # fmt: skip
_TAG_BIT: Final = {tag: 1 << i for i, tag in enumerate(_MARKED_TAGS)} | {
    "ol": 1 << _MARKED_TAGS.index("ul"), "dl": 1 << _MARKED_TAGS.index("ul"),
    "figcaption": 1 << _MARKED_TAGS.index("figure"), "menu": 1 << _MARKED_TAGS.index("nav"),
}  # fmt: skip

#: How words in class names and ids begin, all over the web, and what they say of an element: a bit
#: each, after those of tags.
HINTS: Final = {
    "share": "share|sharing|social|follow|addthis",
    "related": "relat|recirc|recommend|more|similar|also|teaser|promo|trending|popular|most|latest|carousel|slid|card|"
    "outbrain|taboola|swiper|next|prev|read$|suggest|ticker|discover",
    "comment": "comment|disqus|respond|reply|replies|discussion|feedback|vote|rating|reaction",
    "nav": "nav|menu|breadcrumb|pagin|pager|tabs?$|toolbar|skip|topbar|megamenu|dropdown|search",
    "foot": "foot|legal|colophon|imprint|bottom",
    "side": "side|aside|rail|secondary|complement|widget|right$|left$",
    "ad": "ads?$|advert|sponsor|banner|dfp|gpt|werbung|anzeige|reklam|publicid|affiliate|commerc|shop|product|deals?$",
    "sub": "newsletter|subscri|sign|paywall|piano|regist|login|donat|member|cta|regwall|premium|abo$|offer",
    "author": "author|byline|bio$|contribut|avatar|profile|autor|writer|journalist|redakt",
    "meta": "meta|date|time$|timestamp|publish|posted|info$|kicker|categor|eyebrow|topline|overline|rubri|section$|stats",
    "caption": "caption|credit|photo|image|img|media|gallery|video|player|legend|thumb|lightbox|embed|figure|picture|copyright",
    "tags": "tags?$|keyword|topic|label|hashtag|themen",
    "consent": "cookie|consent|gdpr|modal|popup|overlay|dialog|notice|notif|alert|toast|tooltip|message",
    "hidden": "hidden|sr$|screenreader|invisible|print|hide|collapse|offscreen|assistive|noscript",
    "list": "list|feed|stream|archive|grid|items?$|results?$|listing|column|row$",
    "box": "box|fact|key$|toc$|inset|quote|pull|highlight|faq|glossary|infobox|note",
    "lead": "lead$|intro|standfirst|deck|dek$|subtit|subhead|summary|excerpt|abstract|lede|sapo$|chapeau|chapo|vorspann|"
    "anreis|entrad|bajada|copete|descri|strap|perex|ingress|manchet|subline|sommario|catenaccio|occhiello",
    "head": "headline|title|heading|titulo|titre|titel|hed$",
    "live": "live|timeline|updates?$|minute",
    "subject": "article|story|post|entry|news|page|main|detail|single|node|field|blog",
    "matter": "body|text|content|copy|inner|paragraph|prose|rte$|rich|wysiwyg|formatted",
}  # fmt: skip
_WORD = re.compile("[a-z]+")
#: By the first letter of a word: which of them it begins with, and their bits.
_SEARCHES: Final = {
    letter: [
        (re.compile("|".join(mine)), 1 << (i + len(_MARKED_TAGS)))
        for i, hint in enumerate(HINTS.values())
        if (mine := [word for word in hint.split("|") if word[0] == letter])
    ]
    for letter in ascii_lowercase
}
_OWN_BODY: Final = 1 << (len(_MARKED_TAGS) + len(HINTS))
_UNDISPLAYED: Final = _OWN_BODY << 1
_MAIN_ROLE: Final = _OWN_BODY << 2
_CONTROL: Final = _OWN_BODY << 3
MARKS: Final = (*_MARKED_TAGS, *HINTS, "articlebody", "undisplayed", "mainrole", "control")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
#: Attributes besides class and id that tell what an element is.
_TELLING: Final = frozenset(["style", "itemprop", "role", "hidden", "aria-hidden"])
_BODY_ITEMS: Final = frozenset({"articlebody", "text"})
_ASIDE_ROLES: Final = frozenset([
    "navigation", "complementary", "contentinfo", "banner", "search", "dialog",
])  # fmt: skip


def of_element(element: Element, tag: str) -> int:
    """Return the bits of what an element's tag and attributes say."""
    marks = _TAG_BIT.get(tag, 0) | (_CONTROL if tag in _CONTROLS else 0)
    names = element.keys()
    if "class" in names:
        marks |= _of_names(element.get("class"))
    if "id" in names:
        marks |= _of_names(element.get("id"))
    return marks if _TELLING.isdisjoint(names) else marks | _of_others(element)


def _of_others(element: Element) -> int:
    """Return the bits of what attributes besides class and id say."""
    get, marks = element.get, 0
    if (get("itemprop") or "").lower() in _BODY_ITEMS:
        marks |= _OWN_BODY
    if (
        get("hidden") is not None
        or get("aria-hidden") == "true"
        or _STYLE.search(get("style") or "")
    ):
        marks |= _UNDISPLAYED
    role = get("role")
    if role == "main":
        marks |= _MAIN_ROLE
    elif role in _ASIDE_ROLES:
        marks |= _TAG_BIT["nav"]
    return marks


@lru_cache(maxsize=1 << 15)
def _of_names(names: str) -> int:
    """Return the bits of what classes or an id say; a site repeats them from page to page."""
    marks = 0
    low = names.lower()
    for word in _WORD.findall(low if low == names else _HUMP.sub("-", names).lower()):
        marks |= _hints(word)
    return marks


@lru_cache(maxsize=1 << 16)
def _hints(word: str) -> int:  # sites make their names of the same few thousand words
    return sum(bit for search, bit in _SEARCHES[word[0]] if search.match(word))
