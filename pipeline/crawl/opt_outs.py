"""What a site says about the use of its pages: read and recorded; what is heeded is the seed's.

An opt-out is written `signal@place`. Signals: noindex, noarchive, nosnippet, noai, noimageai; tdm
(text and data mining is reserved); a preference that says no (`train-ai=n`, `ai-train=no`); the
name of an AI crawler that the site shuts out. Places: header, meta, robots.txt, tdmrep.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice
from pathlib import Path
from string import ascii_letters, digits, punctuation
from typing import Any, Final
from urllib.parse import quote, urlsplit

import yaml

from pipeline.crawl.robots import Rules
from pipeline.sources import OptOut

Headers = Sequence[tuple[str, str]]

#: Directives that are recorded; `none` is two of them, `nocache` an older name of one.
_DIRECTIVES: Final[Mapping[str, str]] = {
    **{name: name for name in ("noindex", "noarchive", "nosnippet", "noai", "noimageai")},
    "none": "noindex",
    "nocache": "noarchive",
}
_WITH_VALUE: Final = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_MOST_HEAD: Final = 256 << 10
#: Of elements that matter a page has a few, of some hundred bytes. A hostile one has thousands.
_MOST_METAS: Final = 100
_LONGEST_META: Final = 8 << 10
_MOST_SIGNALS: Final = 200
_USAGE = re.compile(
    rb"^[ \t]*content-(?:signal|usage)[ \t]*:([^\r\n#]*)", re.IGNORECASE | re.MULTILINE
)
_AGENT = re.compile(
    rb"^[ \t]*user-agent[ \t]*:[ \t]*([A-Za-z0-9_.-]+)", re.IGNORECASE | re.MULTILINE
)
_NO = re.compile(r"([a-z][a-z0-9-]{0,30})\s*=\s*(?:no|n)(?![\w-])")
_META = re.compile(rb"<meta\b[^>]*>")
_UNSEEN: Final = ((b"<!--", b"-->"), (b"<script", b"</script"), (b"<style", b"</style"))
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(ascii_letters + digits + "-._~")  # RFC 3986, 2.3
_ATTRIBUTE = re.compile(
    rb"""(?<![a-z-])([a-z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Whether text and data mining is reserved (None: not said), and where the policy lies."""

    reserved: bool | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said of a page: opt-outs, sorted, and the address of a policy on mining."""

    opt_outs: tuple[str, ...] = ()
    tdm_policy: str | None = None


def said_of_page(headers: Headers, body: bytes, rules: Rules, file: Reservation) -> Said:
    """Return what headers, robots meta, robots.txt and tdmrep.json (`file`) say of a page."""
    token = rules.token.lower()
    metas = list(_metas(body, token))
    words = {f"{word}@header" for word in _in_headers(headers, token)}
    for name, content in metas:
        if name in {"robots", token}:
            words.update(f"{word}@meta" for word in _directives(content, token))
    place, mining = _nearest(
        ("tdmrep.json", file),
        ("header", _reservation((name.lower(), value) for name, value in headers)),
        ("meta", _reservation(metas)),
    )
    if mining.reserved:
        words.add(f"tdm@{place}")
    opt_outs = sorted(words | set(said_by_robots(rules)))[:_MOST_SIGNALS]
    # A policy says on what terms: where nothing is reserved it is not to be processed.
    return Said(tuple(opt_outs), mining.policy if mining.reserved else None)


def _nearest(*said: tuple[str, Reservation]) -> tuple[str, Reservation]:
    """Return the reservation that holds, and its place: each supersedes those before it.

    A place may name a policy only, for what was reserved before.
    """
    place, holds = "", Reservation()
    for where, one in said:
        if one.reserved is not None:
            place, holds = where, one
        elif one.policy:
            holds = Reservation(holds.reserved, one.policy)
    return place, holds


def said_by_robots(rules: Rules) -> tuple[str, ...]:
    """Return the AI crawlers that a robots.txt shuts out, and the uses it says no to."""
    return _said_by_robots(rules) if rules.parsed else ()


@lru_cache(maxsize=1024)
def _said_by_robots(rules: Rules) -> tuple[str, ...]:
    known = _ai_agents()
    named = {match.decode("ascii").lower() for match in _AGENT.findall(rules.body)}
    assert rules.parsed is not None
    words = {known[n] for n in named & known.keys() if not rules.parsed.can_fetch("/", known[n])}
    for line in _USAGE.findall(rules.body):
        words |= set(_noes(line.decode("latin-1")))
    return tuple(sorted(f"{word}@robots.txt" for word in words))


def heeded(opt_outs: Iterable[str], heed: Iterable[OptOut]) -> str | None:
    """Return the first opt-out that a seed heeds, if there is one."""
    kinds = set(heed)
    return next((word for word in opt_outs if _kind(word) in kinds), None)


def read_tdmrep(body: bytes, href: str) -> Reservation:
    """Return what a /.well-known/tdmrep.json says of a URL: the first rule that fits holds.

    Location and reservation are mandatory: what lacks one is no rule. A reservation that is neither
    0 nor 1 says nothing, and hides the rules after it (TDMRep, final report of 10 May 2024).
    """
    try:
        rules = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Reservation()
    parts = urlsplit(href)
    # `*` and `$` of an address are not special: a rule writes them as %2A and %24.
    path = _spelled(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    path = path.replace("*", "%2A").replace("$", "%24")
    for rule in rules if isinstance(rules, list) else ():
        if not isinstance(rule, dict) or "tdm-reservation" not in rule:
            continue
        location = rule.get("location")
        if isinstance(location, str) and _fits(location, path):
            return _reservation((name, str(value)) for name, value in rule.items())
    return Reservation()


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says; `*` and a final `$` as in robots.txt."""
    is_whole = pattern.endswith("$")
    pieces = _spelled(pattern.removesuffix("$").replace("$", "%24")).split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not is_whole or at == len(path):
        return True
    rest = len(path) - len(pieces[-1])  # the last piece may have been found too early
    return len(pieces) > 1 and path.endswith(pieces[-1]) and rest >= at - len(pieces[-1])


def _spelled(text: str) -> str:
    """Return one spelling of a path: what need not be escaped is not, and the rest in capitals."""

    def one(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(one, quote(text, safe=punctuation))


def _kind(opt_out: str) -> OptOut | None:
    signal, _, place = opt_out.partition("@")
    if "=" in signal:
        return OptOut.USAGE
    if place == "robots.txt":
        return OptOut.AI
    return OptOut(signal) if signal in {str(kind) for kind in OptOut} else None


def _in_headers(headers: Headers, token: str) -> Iterator[str]:
    for name, value in headers:
        if (lower := name.lower()) == "x-robots-tag":
            yield from _directives(value, token)
        elif lower == "content-usage":
            yield from _noes(value)


def _directives(text: str, token: str) -> Iterator[str]:
    """Yield what a list of directives forbids to all or to us: `otherbot: noindex` is not for us."""
    is_ours = True
    for part in text.lower().split(","):
        before, colon, after = part.partition(":")
        word = part.strip()
        if colon and before.strip() not in _WITH_VALUE:
            is_ours, word = before.strip() in {"*", "robots", token}, after.strip()
        if is_ours and word in _DIRECTIVES:
            yield _DIRECTIVES[word]


def _noes(text: str) -> Iterator[str]:
    """Yield the uses that a list of preferences says no to, as written: `train-ai=n`."""
    yield from (re.sub(r"\s", "", match[0]) for match in _NO.finditer(text.lower()))


def _reservation(named: Iterable[tuple[str, str]]) -> Reservation:
    reserved, policy = None, None
    for name, value in named:
        if name == "tdm-reservation" and reserved is None and value.strip() in {"0", "1"}:
            reserved = value.strip() == "1"
        elif name == "tdm-policy" and policy is None:
            policy = value.strip()[:2000] or None
    return Reservation(reserved, policy)


def _metas(body: bytes, token: str) -> Iterator[tuple[str, str]]:
    """Yield name and content of the meta elements that matter, from the head of a page."""
    end = body.find(b"<body", 0, _MOST_HEAD)
    head = body[: end if end >= 0 else _MOST_HEAD].lower()
    names = {"robots", "tdm-reservation", "tdm-policy", token}
    for start, end in islice(_metas_with(token.encode() or b"robots", head), _MOST_METAS):
        tag = body[start:end]  # an address keeps its capitals
        if _is_unseen(head, start):
            continue
        said: dict[str, Any] = {
            key.decode().lower(): unescape(value.strip(b"\"'").decode("utf-8", "replace"))
            for key, value in _ATTRIBUTE.findall(tag)
        }
        name = said.get("name", "").strip().lower()
        if name in names:
            yield name, said.get("content", "")


def _metas_with(token: bytes, head: bytes) -> Iterator[tuple[int, int]]:
    """Yield where meta elements that may matter begin and end, in linear time.

    For that the search stops at the last `>`: what is behind would be read to the end for each.
    """
    for found in _META.finditer(head, 0, head.rfind(b">") + 1):
        tag = found[0][:_LONGEST_META]
        if b"robots" in tag or b"tdm-" in tag or token in tag:
            yield found.start(), found.start() + len(tag)


def _is_unseen(head: bytes, at: int) -> bool:
    """Whether a place lies within a comment, a script or a style sheet."""
    return any(head.rfind(begin, 0, at) > head.rfind(end, 0, at) for begin, end in _UNSEEN)


@lru_cache(maxsize=1)
def _ai_agents() -> dict[str, str]:
    text = Path(__file__).with_name("ai_agents.yml").read_text(encoding="utf-8")
    return {name.lower(): name for name in yaml.safe_load(text)}
