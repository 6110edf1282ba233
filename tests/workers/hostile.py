"""Pages that nobody means well with: big, deep, broken, lying, or no pages at all.

Each is made when asked for: together they are half a gigabyte.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from typing import Final

SENTENCE: Final = (
    "The harbour council met again on Monday and spoke at length about the old crane. "
)
STORY: Final = "".join(f"<p>{n}. {SENTENCE * 2}</p>" for n in range(12))
MB: Final = 1_000_000


def page(body: str = STORY, head: str = "", html: str = "") -> bytes:
    title = "<title>The crane stays</title>"
    return (
        f"<!doctype html><html {html}><head>{title}{head}</head><body>{body}</body></html>".encode()
    )


def filled(piece: str, size: int) -> str:
    """Repeat a piece up to a size."""
    return piece * (size // len(piece))


def around(piece: str, size: int = 60_000) -> bytes:
    """A story with something long in its midst."""
    return page(STORY + f"<p>{filled(piece, size)}</p>" + STORY)


def numbered(form: str, count: int) -> str:
    return "".join(form.format(n=n) for n in range(count))


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def jsonld(value: str) -> bytes:
    return page(head=f'<script type="application/ld+json">{value}</script>')


ITEM: Final = '{"@type":"NewsArticle","headline":"x","author":{"name":"Anna Mill"}}'

#: Size, on every scale: text, elements, attributes, depth.
BIG: Final[dict[str, Callable[[], bytes]]] = {
    "20 MB in one line": lambda: page(f"<p>{filled(SENTENCE, 19 * MB)}</p>"),
    "20 MB without a blank": lambda: page(f"<p>{'a' * 19 * MB}</p>"),
    "more than 20 MB": lambda: page(f"<p>{filled(SENTENCE, 21 * MB)}</p>"),
    "2 MB in one line": lambda: page(STORY + f"<p>{filled(SENTENCE, 2 * MB)}</p>"),
    "20 MB of paragraphs": lambda: page(filled(f"<p>{SENTENCE}</p>", 19 * MB)),
    "20 MB of empty paragraphs": lambda: page(filled("<p>", 19 * MB)),
    "20 MB of long paragraphs": lambda: page(filled(f"<p>{SENTENCE * 300}</p>", 19 * MB)),
    "20 MB of line breaks": lambda: page(filled("x<br>", 19 * MB)),
    "20 MB of blanks": lambda: page(STORY + " \n" * (9 * MB)),
    "20 MB of script": lambda: page(STORY + f"<script>{filled('a<b;', 19 * MB)}</script>"),
    "20 MB of style": lambda: page(STORY, f"<style>{filled('a{b:c} ', 19 * MB)}</style>"),
    "20 MB of comments": lambda: page(STORY + filled("<!-- x -->", 19 * MB)),
    "20 MB of entities": lambda: page(f"<p>{filled('&amp;', 19 * MB)}</p>"),
    "20 MB of wrong entities": lambda: page(
        f"<p>{filled('&notanentity;&#0;&#xD800;', 19 * MB)}</p>"
    ),
    "20 MB of <": lambda: page("<" * (19 * MB)),
    "20 MB of </": lambda: page(filled("</p></div>", 19 * MB)),
    "20 MB of &": lambda: page("&" * (19 * MB)),
    "20 MB of Cyrillic": lambda: page(f"<p>{filled('Совет гавани снова собрался. ', 10 * MB)}</p>"),
    "20 MB of combining marks": lambda: page(f"<p>a{filled(chr(0x301) + chr(0x323), 9 * MB)}</p>"),
    "23,000 elements": lambda: page("<div>" + "<p>word <b>x</b></p>" * 14_400 + "</div>"),
    "23,000 paragraphs": lambda: page(f"<p>{SENTENCE}</p>" * 23_000),
    "3,000 paragraphs": lambda: page(f"<p>{SENTENCE}</p>" * 3_000),
    "3,000 short paragraphs": lambda: page("<p>word</p>" * 3_000),
    "3,000 links": lambda: page(numbered("<a href=/n/{n}>Link {n}</a> ", 3_000)),
    "3,000 list items": lambda: page("<ul>" + numbered("<li>Item {n}</li>", 3_000) + "</ul>"),
    "3,000 divs": lambda: page(numbered("<div class=c{n} id=i{n}>Text {n}</div>", 3_000)),
    "3,000 spans": lambda: page("<p>" + "<span>word</span> " * 3_000),
    "3,000 breaks": lambda: page("<p>" + f"{SENTENCE}<br>" * 3_000),
    "3,000 rows": lambda: page("<table>" + "<tr><td>a<td>b" * 3_000 + "</table>"),
    "3,000 figures": lambda: page(STORY + "<figure><img src=x><figcaption>c</figure>" * 3_000),
    "3,000 times": lambda: page(STORY + numbered("<time datetime=x{n}>x</time>", 3_000)),
    "3,000 headings": lambda: page(STORY + numbered("<h1>Heading {n}</h1>", 3_000)),
    "3,000 bylines": lambda: page(STORY + numbered("<a rel=author class=author>A B{n}</a>", 3_000)),
    "3,000 dates": lambda: page(STORY + numbered("<p>12.03.20{n}, 5 May {n}</p>", 3_000)),
    "12,000 lines": lambda: page("<pre>" + numbered("Line {n} of it\n", 12_000) + "</pre>"),
    "a million attributes": lambda: page(f"<div {numbered(' a{n}=x', MB)}>{STORY}</div>"),
    "a million equal attributes": lambda: page(f"<div {' a=x' * MB}>{STORY}</div>"),
    "a million attributes without values": lambda: page(
        f"<div {numbered(' a{n}', MB)}>{STORY}</div>"
    ),
    "2,000 tags of 2,000 attributes": lambda: page(
        f"<div {numbered(' a{n}', 2_000)}>" * 2_000 + STORY
    ),
    "12,000 attributes that are not closed": lambda: page(
        f"{STORY}<div {numbered(' a{n}', 12_000)}"
    ),
    "a class of 1 MB": lambda: page(f'<div class="{filled("share ", MB)}">{STORY}</div>'),
    "many classes of 10 kB": lambda: page(
        numbered(f'<div class="c{{n}} {filled("box ", 10_000)}">x</div>', 900) + STORY
    ),
    "an id of 1 MB": lambda: page(f'<div id="{"i" * MB}">{STORY}</div>'),
    "100,000 meta tags": lambda: page(head=numbered('<meta name="k{n}" content="v">', 100_000)),
    "3,000 meta tags": lambda: page(head='<meta name="author" content="A, B and C">' * 3_000),
    "a meta of 10 MB": lambda: page(head=f'<meta name="author" content="{"a, " * (3 * MB)}">'),
    "a title of 10 MB": lambda: page(f"<h1>{filled('Crane | ', 10 * MB)}</h1>{STORY}"),
    "titles of 10 MB": lambda: page(head=f'<meta property="og:title" content="{" - a" * 3 * MB}">'),
    "keywords of 10 MB": lambda: page(head=f'<meta name="keywords" content="{"a," * 5 * MB}">'),
    "3,000 canonical links": lambda: page(head='<link rel="canonical" href="//[">' * 3_000),
    "3,000 og:urls": lambda: page(head='<meta property="og:url" content="https://x.y/z">' * 3_000),
    "nesting of 100,000": lambda: page("<div>" * 100_000 + "deep"),
    "nesting of 20,000": lambda: page("<div>" * 20_000 + STORY),
    "nesting of 5,000": lambda: page("<div>" * 5_000 + STORY + "</div>" * 5_000),
    "nesting of inline": lambda: page("<b><i>" * 4_000 + SENTENCE * 20),
    "misnesting": lambda: page("<b><p><i></b>" * 4_000 + SENTENCE * 20),
    "nesting of tables": lambda: page("<table><tr><td>" * 3_000 + SENTENCE * 20),
    "nesting of lists": lambda: page("<ul><li>" * 4_000 + SENTENCE * 20),
    "nesting of forms": lambda: page("<form><a><button>" * 3_000 + SENTENCE * 20),
    "nesting of quotes": lambda: page("<blockquote><q>" * 4_000 + SENTENCE * 20),
    "nesting of widgets": lambda: page('<div class="share comments related">x ' * 5_000 + STORY),
    "a JSON-LD of 10 MB": lambda: jsonld(f"[{','.join([ITEM] * 140_000)}]"),
    "a broken JSON-LD of 10 MB": lambda: jsonld(f"[{','.join([ITEM] * 140_000)}"),
    "a JSON-LD of commas": lambda: jsonld("[" + ", " * 2 * MB),
    "a JSON-LD of blanks": lambda: jsonld(" " * 5 * MB + ";"),
    "a deep JSON-LD": lambda: jsonld('{"@graph":[' * 100_000),
    "a deep whole JSON-LD": lambda: jsonld('{"author":[' * 5_000 + "1" + "]}" * 5_000),
    "deep keywords": lambda: jsonld(
        '{"@type":"Article","keywords":' + "[" * 900 + '"a"' + "]" * 900 + "}"
    ),
    "3,000 JSON-LDs": lambda: page(
        head=f"<script type=application/ld+json>{ITEM}</script>" * 3_000
    ),
    "wide keywords": lambda: jsonld(
        json.dumps({"@type": "Article", "keywords": ["a,b"] * 999_999})
    ),
    "a big number in JSON-LD": lambda: jsonld('{"@type":"Article","headline":' + "9" * MB + "}"),
    "JSON-LD full of escapes": lambda: jsonld(
        '{"@type":"Article","headline":"' + "\\ud800&amp;" * 300_000 + '"}'
    ),
}

#: Lines that make careless expressions go back and forth.
LINES: Final[dict[str, Callable[[], bytes]]] = {
    f"60 kB of {piece[:24]!r}": lambda piece=piece: around(piece)
    for piece in (
        "a", "a ", " ", ".", ". ", ",", ", ", "-", "- ", "–", "—", "…", "!?", '"', "“”", "'", "(", ")", "()", "[", "][",
        "{{", "{", "<!--", "/", "//", "|", " | ", ":", ": ", ";", "@", "#", "#a ", "*", "•", "• ", "▶", "1", "1 ", "1.",
        "12:", "12:00 ", "2026-", "2026-11-21 ", "1/1/", "21 Nov ", "2026 年 ", "share ", "Share on ", "Share: ", "read more ",
        "Also read: ", "by ", "By Anna and ", "by A, ", "and ", "photo: ", "subscribe ", "Follow us on ", "Comments ",
        "Читайте также: ", "подписывайтесь на ", "фото ", "Автор: ", "© ", "http://", "http://a.b/c ", "www.", "a@b.c ",
        "\u00a0", "\u200b", "\u00ad", "\u202e", "\ufeff", "\u0301", "\ud7ff", "\U0001f600", "日本", "。", "」「", "ไทย", "עב ", "عر ",
        "Ѐ", "Рѕ", "ÐÑ", "Ã©", "function(", "var a = ", "</p", "&lt;p&gt;", "\\u0041", "%20", "_", "__ ", "~", "^", "`", "+", "=",
    )
}  # fmt: skip

#: Markup that HTML parsers treat in their own way.
ODD: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"<",
    "blanks": lambda: b" \n\t" * 1000,
    "NULs": lambda: b"\0" * 10_000,
    "NULs in a page": lambda: page().replace(b"harbour", b"har\0bour"),
    "a NUL in a tag": lambda: page().replace(b"<p>", b"<p\0>"),
    "no body": lambda: b"<!doctype html><html><head><title>x</title></head></html>",
    "no html": STORY.encode,
    "two bodies": lambda: page(f"{STORY}</body><body>{STORY}"),
    "after html": lambda: page() + STORY.encode(),
    "frames": lambda: b"<html><frameset><frame src=a><noframes>" + STORY.encode(),
    "an open comment": lambda: page(f"{STORY}<!-- {STORY}"),
    "an open CDATA": lambda: page(f"{STORY}<![CDATA[ {STORY}"),
    "an open script": lambda: page(f"{STORY}<script>{STORY}"),
    "an open style": lambda: page(f"{STORY}<style>{STORY}"),
    "an open title": lambda: b"<html><head><title>" + STORY.encode(),
    "an open attribute": lambda: page(f'{STORY}<div class="{STORY}'),
    "an open tag": lambda: page(f"{STORY}<div {SENTENCE}"),
    "an open declaration": lambda: b"<!doctype html " + STORY.encode(),
    "comments like IE's": lambda: page(f"<!--[if IE]>{STORY}<![endif]--><!--><p>a</p><!--->{STORY}"),
    "plaintext": lambda: page(f"{STORY}<plaintext>{STORY}"),
    "xmp": lambda: page(f"<xmp>{STORY}</xmp>{STORY}"),
    "noscript": lambda: page(f"<noscript>{STORY}</noscript>"),
    "template": lambda: page(f"<template>{STORY}</template>"),
    "svg": lambda: page(f"<svg><foreignObject>{STORY}</foreignObject><title>t</title></svg>{STORY}"),
    "math": lambda: page(f"<math><mi>x</mi><annotation-xml>{STORY}</annotation-xml></math>{STORY}"),
    "select": lambda: page(f"<select><option>{STORY}</select>"),
    "textarea": lambda: page(f"<textarea>{STORY}</textarea>{STORY}"),
    "an iframe": lambda: page(f"<iframe srcdoc='{STORY}'>{STORY}</iframe>"),
    "odd names": lambda: page(f"<a:b c:d=1><{'x' * 10_000}>{STORY}</a:b><p:p xmlns:p=q>{STORY}"),
    "odd attributes": lambda: page(f"<p =\"a\" '=b \"=c / / ==><p onclick='\"'>{STORY}", html='="'),
    "a base": lambda: page(head="<base href='javascript:alert(1)'><base href='http://[::1'>"),
    "wrong addresses": lambda: page(head='<link rel="canonical" href="http://[x"><meta property="og:image" content="//[">'),
    "a processing instruction": lambda: page(f"<?php echo 1 ?>{STORY}<?xml ?>"),
    "an internal subset": lambda: b'<!DOCTYPE html [<!ENTITY a "&b;&b;"><!ENTITY b "' + b"x" * 9999 + b'">]>' + page(),
    "entities that multiply": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    ) + page("<p>&d;&d;&d;&d;</p>" + STORY),
    "an outside entity": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    ) + page("<p>&a;</p>" + STORY),
    "control characters": lambda: page(STORY.replace("crane", "cr\x01\x02\x1b[31m\x7f\x85ane")),
    "line separators": lambda: page(STORY.replace("crane", "cr\u2028\u2029\x0b\x0c\x1c\x1dane")),
    "directions": lambda: page(STORY.replace("crane", "\u202ecrane\u202c\u2066")),
    "no characters": lambda: page(STORY.replace("crane", "\ufffe\uffff\U0001fffe\ufdd0")),
    "half pairs": lambda: page(STORY).replace(b"crane", "\ud800x\udc00".encode("utf-8", "surrogatepass")),
    "numbered half pairs": lambda: page(STORY.replace("crane", "&#xD800;&#xDFFF;&#x110000;&#0;&#x80;")),
    "dates out of time": lambda: page(head='<meta property="article:published_time" content="9999-99-99T99:99:99+99:99"><meta name="date" content="99999999999999999999">'),
    "dates at the ends": lambda: page(head='<meta name="date" content="0001-01-01T00:00:00+14:00"><meta name="pubdate" content="9999-12-31T23:59:59-14:00">'),
    "an epoch": lambda: jsonld('{"@type":"Article","datePublished":9999999999,"dateModified":1e400}'),
    "JSON-LD of wrong types": lambda: jsonld(
        '{"@type":[1,null,{}],"@graph":[[],1,"x",{"@id":[],"@type":"Article","author":[[{"name":{"name":[1]}}]],'
        '"publisher":[],"image":[1,[{}],{"url":{}}],"headline":{},"articleSection":[[1]],"isAccessibleForFree":[]}]}'
    ),
    "JSON-LD of itself": lambda: jsonld('{"@type":"Article","@id":"a","name":"x","author":{"@id":"a"}}'),
    "JSON-LD of constants": lambda: jsonld('{"@type":"Article","headline":NaN,"author":[Infinity,true,null]}'),
}  # fmt: skip


def _as(encoding: str, declared: str = "") -> Callable[[], bytes]:
    head = f'<meta charset="{declared}">' if declared else ""
    text = page(STORY.replace("crane", "кран"), head).decode()
    return lambda: text.encode(encoding, "xmlcharrefreplace")


#: Bytes that are not what they are said to be.
BYTES: Final[dict[str, Callable[[], bytes]]] = {
    **{f"in {name}": _as(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "cp500", "koi8-r", "hz", "iso2022_jp")},
    **{f"in {name}, said to be {said}": _as(name, said) for name, said in (
        ("utf-8", "utf-16"), ("utf-16-le", "utf-8"), ("cp1251", "utf-8"), ("utf-8", "cp1251"), ("utf-8", "x-user-defined"),
        ("utf-8", "utf-7"), ("utf-8", "cp500"), ("cp1251", "idna"), ("cp1251", "punycode"), ("cp1251", "unicode_escape"),
        ("cp1251", "raw_unicode_escape"), ("cp1251", "undefined"), ("cp1251", "hz"), ("cp1251", "mbcs"), ("cp1251", "rot13"),
        ("cp1251", "utf-32"), ("cp1251", "\\x00"), ("cp1251", "a" * 300),
    )},
    "marks that disagree": lambda: b"\xff\xfe" + page(),
    "two marks": lambda: b"\xef\xbb\xbf\xff\xfe" + page(),
    "a mark alone": lambda: b"\xff\xfe",
    "half a character": lambda: page()[:-20] + "кран".encode()[:-1],
    "UTF-16 cut off": lambda: page().decode().encode("utf-16")[:-1],
    "overlong": lambda: page().replace(b"crane", b"\xc0\xae\xf8\x88\x80\x80\x80"),
    "Latin in UTF-8": lambda: page(STORY.replace("crane", "grúa")).replace("ú".encode(), b"\xfa"),
    "noise": lambda: noise(1, MB),
    "noise in a page": lambda: page().replace(b"crane", noise(2, 200)),
    "20 MB of noise": lambda: b"<html><body><p>" + noise(3, 19 * MB),
    "20 MB in cp1251": lambda: page(f"<p>{filled('Совет гавани собрался. ', 19 * MB)}</p>").decode().encode("cp1251"),
    "20 MB of high bytes": lambda: b"<html><body><p>" + b"\xe9" * (19 * MB),
    "20 MB of control characters": lambda: b"<html><body><p>" + b"a\x01" * (9 * MB),
    "20 MB of tags in cp1251": lambda: page("<b>я</b>" * 2 * MB).decode().encode("cp1251"),
    "20 MB of open tags in cp1251": lambda: b"<html>\xff" + b"<script " * (2 * MB),
    "20 MB of open comments in cp1251": lambda: b"<html>\xff" + b"<!--" * (4 * MB),
    "4 MB of metas": lambda: b"\xff<html>" + b"<meta " * 700_000,
}  # fmt: skip

#: What is sent as HTML and is none.
OTHER: Final[dict[str, Callable[[], bytes]]] = {
    "a feed": lambda: b'<?xml version="1.0"?><rss><channel><item><title>x</title></item></channel></rss>',
    "an Atom feed": lambda: b"<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>",
    "XHTML": lambda: b'<?xml version="1.0" encoding="utf-8"?>' + page(html='xmlns="http://www.w3.org/1999/xhtml"'),
    "XML": lambda: b'<?xml version="1.0"?><data>' + b"<row><cell>1</cell></row>" * 1000 + b"</data>",
    "a sitemap": lambda: b"<urlset><url><loc>http://a.b/</loc></url></urlset>",
    "a drawing": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><text>" + SENTENCE.encode() * 99 + b"</text></svg>",
    "a PDF": lambda: b"%PDF-1.7\n" + noise(4, 10_000),
    "a JSON": lambda: json.dumps({"article": {"html": STORY}}).encode(),
    "a JSON of 20 MB": lambda: b"[" * (19 * MB),
    "a script": lambda: b"var page = '<div>'; " * 1000,
    "text": lambda: SENTENCE.encode() * 100,
    "gzip": lambda: gzip.compress(page(), mtime=0),
    "a PNG": lambda: b"\x89PNG\r\n\x1a\n" + noise(5, 1000),
    "an mbox": lambda: b"From a@b Mon Nov 23\n" + SENTENCE.encode() * 100,
    "MHTML": lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n" + page(),
    "a listing of files": lambda: page(numbered("<a href=f{n}>f{n}</a> 21-Nov-2026 09:00 1M\n", 500)),
}  # fmt: skip

PAGES: Final = BIG | LINES | ODD | BYTES | OTHER
