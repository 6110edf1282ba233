"""What can be done to a page as a whole: cut, spliced, misdeclared, flooded, nested, filled up."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from bench.tokens import any_gap, any_subtree, any_text, any_value

Bomb = Callable[[bytes, Sequence[bytes], Random], bytes]

#: How often something is repeated: a page has some, a broken one many, a hostile one too many.
_OFTEN: Final = (10, 100, 300, 1000, 1000, 3000, 10_000, 10_000, 100_000)
#: Bytes that repetition makes of a piece at the most.
_FILL: Final = 3_000_000
_CHARSETS: Final = (
    "utf-16", "utf-16-le", "utf-32-be", "cp1251", "koi8-r", "cp866", "utf-7", "cp500", "gb18030", "big5", "euc-jp",
    "shift_jis", "iso2022_jp", "cp1256", "iso8859-2", "cp1252",
)  # fmt: skip
_LABELS: Final = (
    "utf-8", "utf-16", "windows-1251", "iso-8859-1", "x-user-defined", "shift_jis", "iso-2022-jp", "hz", "utf-7", "idna",
    "unicode_escape", "\x00", "", "none", "gb2312", "replacement",
)  # fmt: skip
_CHARSET: Final = re.compile(rb"""(charset\s*=\s*["']?)[\w-]*""", re.IGNORECASE)
_LDJSON: Final = re.compile(
    rb"""(<script[^<>]*application/ld\+json[^<>]*>)(.*?)(</script)""", re.IGNORECASE | re.DOTALL
)
_UNSEEN: Final = (
    "\0", "\x01", "\x0b", "\x0c", "\x1b[0m", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a",
    "\u202e", "\u2028", "\u2029", "\u2060", "\u2066", "\u2069", "\ufeff", "\ufffc", "\ufffd", "\ufffe", "\u0301", "\u3000", "\u061c",
    "\U000e0041", "\ue000",
)  # fmt: skip
_ENTITIES: Final = (
    "&", "&;", "&#;", "&#x;", "&#0;", "&#128;", "&#xD800;", "&#x110000;", "&#99999999999;", "&nbsp", "&amp;amp;amp;", "&amp;lt;b&amp;gt;",
    "&lt;/p&gt;", "&quot", "&copy;", "&notit;", "&CounterClockwiseContourIntegral;", "&amp;#8217;", "&lt;br /&gt;", "&NewLine;",
    "&ZeroWidthSpace;", "&shy;", "&rlm;", "&lt;a href=",
)  # fmt: skip
#: Pieces that careless expressions go back and forth over, and words that readers look for.
_PIECES: Final = (
    "a", "A", " ", "-", " - ", "| ", "» ", ". ", "...", "“", "'", "(", "[", "/", ":", ", ", "1", "12.", "12:30 ", "2026-11-21 ", "21 Nov ",
    "By A B, ", "By ", "and ", "A. ", "Von ", "#a ", "@a ", "© ", "Share ", "Read more: ", "Читайте также: ", "Фото: ", "字", "。", "م ",
    "http://a.b/", "a@b.c ", "\t", "\n", "\r\n", "&nbsp;", "&lt;p&gt;", "&lt;a ", "Photo: A/B ", "%", "é", "e\u0301", "\u200b ", "1,", "+",
    "(Reuters) - ", "Reuters/", "UPDATED ", "PUBLISHED: ", "Correction: ", "• ", "– ", "_", "=", "*", "Д. ", "100 ", "$1 ", "\U0001f600",
)  # fmt: skip
_TAGS: Final = (
    "<div>", "<b>", "<a href=x>", "<span>", "<table><tr><td>", "<ul><li>", "<blockquote>", "<p><div>", "<font>", "<section class=share>",
    "<pre>", "<article>", "<dl><dd>", "<h2>", "<figure><figcaption>", "<svg>", "<button>", "<form>", "<time>", "<em><i></em>", "<select>",
    "<div id=comments>", "<main>", "<aside>", "<ruby><rt>", "<template>", "<body>", "<address>",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1e308, 10**40, "", " ", "NewsArticle", "2026-11-21", "2026-13-45T99:99", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", [], {}, [[]], [None], {"@id": "a"}, {"@value": "x"}, {"name": {"name": ["A B"]}}, ["A B"] * 3000,
    {"@type": "Person", "name": "A B"}, [{"@type": "Person", "name": "A B"}] * 1000, "A B, " * 5000, "<p>x</p>" * 3000, "\ud800", "\0",
    [[[[[[[[[["A B"]]]]]]]]]], {"@graph": [{"@type": "NewsArticle", "@id": "a", "author": {"@id": "a"}}]}, "https://[", "//", "javascript:x",
)  # fmt: skip
_FIELDS: Final = (
    "headline", "author", "datePublished", "dateModified", "image", "publisher", "mainEntityOfPage", "articleBody", "keywords", "articleSection",
    "isAccessibleForFree", "hasPart", "@graph", "@type", "@id", "name", "url", "description", "liveBlogUpdate", "creator", "inLanguage",
)  # fmt: skip
_METAS: Final = (
    "og:title", "og:url", "og:image", "author", "article:author", "article:published_time", "article:modified_time", "date", "description",
    "keywords", "article:tag", "article:section", "og:site_name", "og:type", "parsely-author", "sailthru.date", "dc.date", "citation_author",
    "robots", "refresh", "twitter:title", "og:locale",
)  # fmt: skip


def _truncate(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _splice(body: bytes, others: Sequence[bytes], dice: Random) -> bytes:
    other = dice.choice(others)
    return body[: dice.randrange(len(body) + 1)] + other[dice.randrange(len(other) + 1) :]


def _encode(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    return body.decode("utf-8", "replace").encode(dice.choice(_CHARSETS), "replace")


def _misdeclare(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    label = dice.choice(_LABELS).encode()
    if dice.randrange(2):
        body = body.decode("utf-8", "replace").encode(dice.choice(_CHARSETS), "ignore")
    if _CHARSET.search(body):
        return _CHARSET.sub(lambda found: found[1] + label, body, count=1)
    return b"<meta charset='" + label + b"'>" + body


def _nest(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    return _put(body, any_gap(body, dice), _filled(dice.choice(_TAGS).encode(), dice))


def _repeat(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    piece = any_subtree(body, dice)
    return _put(body, any_gap(body, dice), _filled(piece, dice))


def _fill_text(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    return _fill(body, any_text(body, dice), dice)


def _fill_value(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    return _fill(body, any_value(body, dice), dice)


def _fill(body: bytes, span: tuple[int, int], dice: Random) -> bytes:
    pieces = dice.choice(_PIECES) + (dice.choice(_PIECES) if dice.randrange(2) else "")
    at = dice.choice(span)
    return _put(body, at, _filled(pieces.encode(), dice))


def _attributes(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    count = dice.choice(_OFTEN)
    form = dice.choice((
        " a{}=x",
        " data-{}",
        " class=c{}",
        " a=x",
        ' on{}="\'"',
        " {}",
        " style='a:b'",
    ))
    tag = "<div" + "".join(form.format(n) for n in range(count)) + ">"
    return _put(body, any_gap(body, dice), tag.encode())


def _sprinkle(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    """Put unseen characters and entities anywhere: inside of words, tags and characters."""
    pieces = dice.choice((_UNSEEN, _UNSEEN, _ENTITIES))
    parts, at = [], 0
    for to in sorted(dice.randrange(len(body) + 1) for _ in range(dice.choice((3, 30, 300, 3000)))):
        parts += [body[at:to], dice.choice(pieces).encode("utf-8", "replace")]
        at = to
    return b"".join([*parts, body[at:]])


def _jsonld(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    """Change a value of the page's JSON-LD, or give it one."""
    found = dice.choice(list(_LDJSON.finditer(body)) or [None])
    try:
        data = json.loads(found[2]) if found else {"@type": "NewsArticle"}
    except (ValueError, RecursionError):
        data = {"@type": "NewsArticle"}
    for _ in range(dice.choice((1, 3, 9))):
        _spoil(data, dice)
    said = json.dumps(data).encode()
    if dice.randrange(4) == 0:
        said = said[: dice.randrange(len(said) + 1)]
    if found:
        return body[: found.start(2)] + said + body[found.end(2) :]
    return _put(body, 0, b"<script type=application/ld+json>" + said + b"</script>")


def _spoil(data: Any, dice: Random) -> None:
    """Put an odd value, or a copy of the whole, somewhere into a JSON."""
    at = data
    while dice.randrange(3) and isinstance(at, dict | list) and at:
        deeper = at[dice.choice(list(at))] if isinstance(at, dict) else dice.choice(at)
        if not isinstance(deeper, dict | list):
            break
        at = deeper
    value = copy.deepcopy(dice.choice(_VALUES) if dice.randrange(8) else data)
    if isinstance(at, dict):
        at[dice.choice(_FIELDS)] = value
    elif isinstance(at, list):
        at.append(value)


def _json_nest(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    """JSON-LD in itself, as deep as it goes; closed or not."""
    count = dice.choice(_OFTEN)
    field = dice.choice(_FIELDS)
    before, after = dice.choice((
        ("[", "]"),
        (f'{{"{field}":', "}"),
        (f'{{"@type":"Article","{field}":[', "]}"),
    ))
    inner = before * count + '"A B"' + after * dice.choice((0, count))
    return _put(body, 0, f"<script type=application/ld+json>{inner}</script>".encode())


def _metas(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    name = dice.choice(_METAS)
    form = f'<meta {dice.choice(("name", "property", "itemprop", "http-equiv"))}="{name}" content="{{}}">'
    value = dice.choice((
        "A B{}",
        "2026-11-21T{}",
        "https://x.y/{}",
        "{}",
        "",
        "a, b {}, ",
        "0;url=/{}",
    ))
    many = "".join(form.format(value.format(n)) for n in range(dice.choice(_OFTEN) // 3))
    return _put(body, any_gap(body, dice), many.encode())


def _script(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    piece = dice.choice((
        '{"a":"<p>b</p>"},',
        "a<b;",
        "</scrip",
        "<!--",
        "//]]>",
        "'\\u003c/p\\u003e'",
        "var d='2026-11-21';",
    ))
    tag = dice.choice((
        "script",
        "style",
        "noscript",
        "template",
        "textarea",
        "xmp",
        "title",
        "iframe",
    ))
    inner = _filled(piece.encode(), dice)
    close = f"</{tag}>".encode() if dice.randrange(4) else b""
    return _put(body, any_gap(body, dice), f"<{tag}>".encode() + inner + close)


def _xml(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    start = dice.choice((
        b'<?xml version="1.0" encoding="utf-16"?>', b'<?xml version="1.0"?><rss><channel><item><description><![CDATA[',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "&b;&b;&b;"><!ENTITY b "x">]>', b'<html xmlns="x"><h:p xmlns:h="y">',
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="html">', b"<?xml-stylesheet?>", b"<svg><desc>",
    ))  # fmt: skip
    return start + (body.replace(b"<p", b"<h:p") if dice.randrange(2) else body)


def _breaks(body: bytes, _others: Sequence[bytes], dice: Random) -> bytes:
    """Paragraphs by breaks, code with its blanks, tables without names: in the place of paragraphs."""
    new = dice.choice((
        b"<br>",
        b"<br/><br/>",
        b"<pre>",
        b"<tr><td>",
        b"<li>",
        b"<td>",
        b"<dd>",
        b"\n<blockquote>",
        b"<h3>",
        b"<pre>  \n\t",
    ))
    return body.replace(b"<p>", new).replace(b"</p>", b"")


def _filled(piece: bytes, dice: Random) -> bytes:
    return piece * min(dice.choice(_OFTEN), max(1, _FILL // max(1, len(piece))))


def _put(body: bytes, at: int, piece: bytes) -> bytes:
    return body[:at] + piece + body[at:]


BOMBS: Final[tuple[Bomb, ...]] = (
    _truncate, _splice, _encode, _misdeclare, _nest, _repeat, _fill_text, _fill_text, _fill_value, _fill_value, _attributes, _sprinkle,
    _sprinkle, _jsonld, _jsonld, _json_nest, _metas, _script, _xml, _breaks,
)  # fmt: skip
