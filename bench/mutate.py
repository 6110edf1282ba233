"""A page -> a page that nobody wrote: pieces moved, repeated, dropped, mixed; then perhaps a bomb.

All of it is drawn from the dice that are given: the same seed makes the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from bench import bombs
from bench.tokens import TOKEN

#: Of so many pages one is left to the changes of its pieces alone.
_PLAIN: Final = 3
#: Longer than any page a source accepts unasked, by a megabyte (`fetch.max_bytes`).
_LONGEST: Final = 21_000_000
_ODD: Final = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<plaintext>", b"<frameset>",
    b"<template>", b"<svg>", b"<math>", b"<noscript>", b"<script>", b"</script>", b"<style>", b"<title>", b"<textarea>",
    b"<select>", b"<table>", b"<tr>", b"<td>", b"<base href='//['>", b"<article>", b"</article>", b"<h1>", b"<p", b"<p>", b"</",
    b"<pre>\n\t  ", b"<br>", b"<blockquote>", b"<ul><li>", b"<dl><dt>", b"<figcaption>", b"<body>", b"<html>", b"</html>",
    b"&#0;", b"&#xD800;", b"&amp;lt;p&gt;", b"&nbsp;", b"&", "\u202e".encode(), "\u200b".encode(), "\u0301".encode() * 9,
    b"\r\n\r\n", b"\x1b[31m", b"<meta charset=utf-16>", b"<meta charset=x-user-defined>", b'<script type="application/ld+json">',
    b'{"@type":"NewsArticle","headline":', b'"author":{"@id":"a"}', b"[" * 99, b"class='share comments'", b"itemprop=datePublished",
    b"<time datetime='9999-99-99'>", b"2026-11-21T25:61:61+99:99", b"Share on ", b"Also read: ", "Читайте также: ".encode(), b"| ",
)  # fmt: skip

_Change = Callable[[list[bytes], int, bytes, Sequence[bytes], Random], None]


def mutate(body: bytes, others: Sequence[bytes], dice: Random) -> bytes:
    """Change a page at some places, then as a whole."""
    tokens = TOKEN.findall(body) or [b""]
    for _ in range(dice.choice((0, 1, 2, 4, 8, 32))):
        at, piece = dice.randrange(len(tokens) + 1), tokens[dice.randrange(len(tokens))]
        dice.choice(_CHANGES)(tokens, at, piece, others, dice)
        tokens = tokens[:20_000] or [b""]
    whole = b"".join(tokens)
    if dice.randrange(_PLAIN):
        for _ in range(dice.choice((1, 1, 2, 3))):
            whole = dice.choice(bombs.BOMBS)(whole, others, dice)
    return whole[:_LONGEST]


def _insert(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: Random) -> None:
    t.insert(at, d.choice(_ODD))


def _repeat(t: list[bytes], at: int, p: bytes, _o: Sequence[bytes], d: Random) -> None:
    t[at:at] = [p] * d.choice((1, 2, 9, 300))


def _drop(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: Random) -> None:
    del t[at : at + d.choice((1, 2, 20))]


def _move(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: Random) -> None:
    size = d.choice((1, 5, 50))
    part = t[at : at + size]
    del t[at : at + size]
    to = d.randrange(len(t) + 1)
    t[to:to] = part


def _mix(t: list[bytes], at: int, _p: bytes, o: Sequence[bytes], d: Random) -> None:
    other = TOKEN.findall(d.choice(o)) or [b""]
    start = d.randrange(len(other))
    t[at:at] = other[start : start + d.choice((1, 10, 100))]


def _flip(t: list[bytes], at: int, p: bytes, _o: Sequence[bytes], d: Random) -> None:
    if p:
        n = d.randrange(len(p))
        t.insert(at, p[:n] + bytes([d.randrange(256)]) + p[n + 1 :])


_CHANGES: Final[tuple[_Change, ...]] = (_insert, _insert, _repeat, _drop, _move, _mix, _flip)
