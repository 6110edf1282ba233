"""Claims -> the headline, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pipeline.extract.lines import tidy, tokens
from pipeline.urls import host_of, registrable_domain

if TYPE_CHECKING:
    from pipeline.extract.metadata import Claims

_JOINT = re.compile(r"\s+[|–—\-·•»:/]+\s+|\s*\|\s*")
_LONGEST: Final = 500
#: A headline that is part of another has more characters than this; a kicker has fewer.
_KICKER: Final = 10


def read_title(claims: Claims) -> str | None:
    """Return the headline: what the page shows, where what it declares agrees with it."""
    sites = site_names(claims)
    shown = [text for h1 in claims.tree.iter("h1") if (text := tidy(h1.text_content())[:_LONGEST])]
    declared = [*claims.jsonld.text("headline"), *claims.meta("og:title", "twitter:title")]
    declared = [without_site(text[:_LONGEST], sites) for text in declared]
    declared = [text for text in declared if text]
    shown = [text for text in shown if tokens(text) not in sites]
    if agreed := _agreed(shown, declared):
        return agreed
    if declared:
        return declared[0]
    if shown:
        return shown[0]
    named = (tidy(t.text_content())[:_LONGEST] for t in claims.tree.iter("title"))
    return next((cut for text in named if (cut := without_site(text, sites))), None)


def without_site(text: str, sites: Iterable[str]) -> str:
    """Drop the site's name from either end of a title. `sites` are names in their normal form."""
    known = {name.replace(" ", "") for name in sites if name}
    while joints := list(_JOINT.finditer(text)):
        first, last = joints[0], joints[-1]
        if tokens(text[last.end() :]).replace(" ", "") in known:
            text = text[: last.start()].strip()
        elif tokens(text[: first.start()]).replace(" ", "") in known:
            text = text[first.end() :].strip()
        else:
            break
    return "" if tokens(text).replace(" ", "") in known else text


def _agreed(shown: list[str], declared: list[str]) -> str | None:
    """Return the shown headline that a declared one is equal to, part of, or an extension of."""
    folded = [tokens(text) for text in declared]
    for text in shown:
        mine = tokens(text)
        if mine and any(mine == other for other in folded):
            return text
    for text in shown:
        mine = tokens(text)
        if len(mine) > _KICKER and any(
            mine in other or (len(other) > _KICKER and other in mine) for other in folded
        ):
            return text
    return shown[0] if len(shown) == 1 and not declared else None


def site_names(claims: Claims) -> set[str]:
    """Return the names the site goes by, in their normal form."""
    names = [
        claims.source.name,
        *claims.meta("og:site_name", "application-name", "al:android:app_name"),
    ]
    for node in claims.jsonld.articles:
        publisher = node.get("publisher")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            names.append(publisher["name"])
    host = registrable_domain(host_of(claims.page.final_url))
    return {tokens(name) for name in [*names, host, host.split(".")[0]]} - {""}
