"""What was found of a site -> the text of its seed, to be reviewed. Pure.

What is sure stands plainly; what a person should look at carries `# check:` and why. What was
found and left out is said in comments.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final
from urllib.parse import urlsplit

import yaml

from pipeline.expect import Expect, expectation
from pipeline.model import Article, Reject
from pipeline.scout.candidates import Measured, Ranked
from pipeline.scout.findings import Survey
from pipeline.sources import Fetch
from pipeline.urls import host_of, registrable_domain

_WIDTH: Final = 100
_MOST_LEFT_OUT: Final = 12
_WALLS: Final = {
    "paywall": "show only a start, for they are paid for",
    "login_wall": "ask for a log-in",
    "consent_wall": "ask for consent first",
    "bot_challenge": "ask who comes, and let no crawler in",
    "robots": "are forbidden by robots.txt",
}
#: Of fewer articles length and filled fields say little.
_FEW: Final = 5
_ARTICLE_SHARE: Final = 0.8
_PATTERN_OF: Final = r"/{}/"


def seed_text(survey: Survey, name: str, day: date, fetch: Mapping[str, object]) -> str:
    """Return the seed as YAML. `fetch` are the fields of `fetch` that are not the default."""
    parts = (
        ["# yaml-language-server: $schema=../source.schema.json"],
        _opening(survey, day),
        [f"id: {name}", f"name: {_scalar(survey.name)}", f"home: {_scalar(survey.home)}"],
        _languages(survey),
        _zone(survey),
        _listings(survey.used),
        _left_out(survey),
        _excluded(survey),
        _fetch(fetch, survey),
        _expected(expectation(survey.observed, survey.articles_a_day), survey),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def seed_id(home: str) -> str:
    """Make an id of a site's host: its name without `www` and public suffix."""
    host = host_of(home)
    domain = registrable_domain(host)
    labels = [
        label for label in host.removesuffix(domain).split(".") if label not in {"", "www", "m"}
    ]
    own, _, suffix = domain.partition(".")
    # A suffix on no list, `localhost` say, leaves the site's own name in front of it as well.
    text = "-".join([*labels, own] if suffix else [*labels, domain])
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "site"


def signals(survey: Survey) -> list[str]:
    """Say in plain words what the site says of the use of its pages, and what walls it has."""
    said: dict[str, list[str]] = {}
    for word in sorted(survey.opt_outs):
        signal, _, place = word.partition("@")
        said.setdefault(place, []).append(signal)
    lines = [line for place, words in said.items() for line in _signal(place, words)]
    kept_out = Counter(str(getattr(one.verdict, "reason", "")) for one in survey.samples)
    of = f"of {len(survey.samples)} pages looked at"
    lines += [f"{kept_out[why]} {of} {told}" for why, told in _WALLS.items() if kept_out[why]]
    if survey.samples and not any(isinstance(one.verdict, Article) for one in survey.samples):
        lines.append("no page looked at is an article: think twice before you crawl it")
    paid = sum(isinstance(one.verdict, Article) and one.verdict.paywalled for one in survey.samples)
    if paid:
        lines.append(
            f"{paid} articles are marked as paid for; what they show of themselves is kept"
        )
    if delay := survey.robots.crawl_delay_s:
        lines.append(f"robots.txt asks for {delay:g} s between two requests, which is kept")
    return lines


def _signal(place: str, words: list[str]) -> Iterator[str]:
    uses = [word for word in words if "=" in word]
    agents = [word for word in words if place == "robots.txt" and "=" not in word]
    if agents:
        yield f"AI crawlers are shut out by robots.txt: {', '.join(agents)} (`fetch.heed: [ai]` heeds it)"
    if uses:
        yield f"{place} says no to some uses: {', '.join(uses)} (`fetch.heed: [usage]` heeds it)"
    for word in words:
        if word == "tdm":
            yield f"text and data mining is reserved ({place}; `fetch.heed: [tdm]` heeds it)"
        elif word not in uses and word not in agents:
            yield f"pages say {word} ({place}; `fetch.heed: [{word}]` heeds it)"


def _opening(survey: Survey, day: date) -> Iterator[str]:
    yield from _comment(
        f"Written by `broadsheet new` on {day}, after {survey.requests} requests. Read it through: "
        "what it is not sure of is marked `check:`."
    )
    robots = survey.robots.status
    told = f"answered {robots}" if robots else "was not asked"
    yield from _comment(f"robots.txt {told}.")
    for line in signals(survey):
        yield from _comment(f"- {line}")


def _languages(survey: Survey) -> Iterator[str]:
    spoken = [one.verdict.language for one in survey.samples if isinstance(one.verdict, Article)]
    if not survey.languages:
        yield "languages: [en]  # check: no page says, and no article could be read"
        return
    counts = ", ".join(f"{code} {n}" for code, n in Counter(spoken).most_common())
    told = f"of {len(spoken)} articles: {counts}" if spoken else "check: as its pages declare"
    yield f"languages: [{', '.join(survey.languages)}]  # {told}"
    for language, url in survey.editions:
        yield from _comment(f"Another edition, {language}: {url} (a seed of its own)")


def _zone(survey: Survey) -> Iterator[str]:
    guess = survey.zone
    yield f"timezone: {guess.zone}  # {'' if guess.sure else 'check: '}{_line(guess.why)}"


def _listings(used: Iterable[Ranked]) -> Iterator[str]:
    yield "listings:"
    for one in used:
        found = one.listing
        shared = f"; {one.shared:,} of them are listed above, too" if one.shared else ""
        yield from _comment(f"{_told(found)}{shared}", "  ")
        if one.why or not one.sure:
            yield from _comment(f"check: {one.why}", "  ")
        yield f"  - url: {_scalar(found.url)}"
        if found.via == "section":
            yield "    kind: section"
            yield "    # check: learned from the addresses of the pages that were tried"
            yield f"    article: {_single(found.article or '')}"
            if found.pages:
                yield f"    pages: {_scalar(found.pages)}"
        else:
            yield f"    kind: {'feed' if found.via == 'feed' else 'sitemap'}"


def _told(found: Measured) -> str:
    how = {"given": "as given"}.get(found.candidate.how, f"by {found.candidate.how}")
    kind = found.via.replace("_", " ")
    title = f" “{found.candidate.title}”" if found.candidate.title else ""
    links = f"{len(found.entries):,} links"
    if found.newest and found.oldest:
        links += f", {found.oldest:%Y-%m-%d %H:%M} to {found.newest:%Y-%m-%d %H:%M}"
    return f"{kind}{title}, found {how}: {links}"


def _left_out(survey: Survey) -> Iterator[str]:
    rest = [one for one in survey.listings if not one.use]
    if rest:
        yield from _comment("Also found, and left out:", "  ")
    for one in rest[:_MOST_LEFT_OUT]:
        yield from _comment(f"- {one.listing.url}: {one.why}", "  ")
    if len(rest) > _MOST_LEFT_OUT:
        yield from _comment(f"- and {len(rest) - _MOST_LEFT_OUT} more", "  ")


def _excluded(survey: Survey) -> Iterator[str]:
    """Propose to leave out parts of the site whose pages were no articles, where others were."""
    articles = {_first(one.url) for one in survey.samples if isinstance(one.verdict, Article)}
    if not articles:
        return
    others = Counter(
        _first(one.url)
        for one in survey.samples
        if isinstance(one.verdict, Reject) and str(one.verdict.reason) not in _WALLS
    )
    parts = [(part, n) for part, n in others.items() if part and part not in articles and n > 1]
    if parts:
        yield "exclude:"
    for part, n in parts:
        yield f"  - {_single(_PATTERN_OF.format(re.escape(part)))}  # check: {n} of its pages were no articles"


def _first(url: str) -> str:
    """Return the first part of a path that has more than one."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    return parts[0] if len(parts) > 1 and not parts[0].isdigit() else ""


def _fetch(fetch: Mapping[str, object], survey: Survey) -> Iterator[str]:
    default = Fetch()
    changed = {key: value for key, value in fetch.items() if getattr(default, key) != value}
    if changed:
        yield "fetch:"
    for key, value in changed.items():
        yield f"  {key}: {json.dumps(value)}"
    if survey.opt_outs:
        yield from _comment("check: whether to heed the site's opt-outs, see above: fetch.heed")


def _expected(expect: Expect, survey: Survey) -> Iterator[str]:
    if not expect.sampled:
        yield "# check: no page could be read, so nothing is expected of the site yet"
        return
    yield "# What the site gave; `broadsheet sources check` says what has become of it."
    yield "expect:"
    if expect.articles_a_day:
        yield f"  articles_a_day: {expect.articles_a_day:g}"
    doubt = "" if (expect.articles or 0) >= _ARTICLE_SHARE else f"  # check: {_reasons(survey)}"
    yield f"  articles: {expect.articles:g}{doubt}"
    if expect.words:
        few = survey.observed.articles < _FEW
        doubt = f"  # check: of {survey.observed.articles} articles only" if few else ""
        yield f"  words: {expect.words}{doubt}"
    if expect.filled:
        filled = ", ".join(f"{name}: {share:g}" for name, share in expect.filled.items())
        yield f"  filled: {{{filled}}}"
    yield f"  sampled: {expect.sampled}"


def _reasons(survey: Survey) -> str:
    counted = Counter(
        str(one.verdict.reason) for one in survey.samples if isinstance(one.verdict, Reject)
    )
    return "rejected: " + ", ".join(f"{reason} {n}" for reason, n in counted.most_common())


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        _line(text),
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _line(text: str) -> str:
    """Return a site's words on one line, without what ends a comment or steers a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _scalar(text: str) -> str:
    """Return text as YAML that is read back as the same text."""
    dumped: str = yaml.safe_dump(_line(text), allow_unicode=True, width=sys.maxsize)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _single(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
