"""Pages of the newsstand, mutated for as long as you like: `make fuzz MINUTES=10`.

A page that breaks a promise is written to a folder, with a command that repeats it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pipeline.boilerplate import load_rules
from pipeline.extract.decode import decode
from pipeline.extract.lines import tidy, visible
from pipeline.extract.parse import parse
from pipeline.extract.strip import strip
from pipeline.model import Article, Link, Page, Reason, Reject, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source
from pipeline.workers import Judge, Limits, Workers

_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
_URL = "https://fuzz.example/2026/11/20/page"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
#: What a page that is no worker's trouble may never be.
_GIVEN_UP: Final = {Reason.TOO_SLOW, Reason.EXTRACTOR_FAILED}
#: Of so many pages one is cut off, and one is in another encoding than it says.
_SELDOM: Final = 20
_TOKEN = re.compile(rb"<[^<>]{0,400}>|[^<]{1,400}|<")
_ODD: Final = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<plaintext>", b"<frameset>",
    b"<template>", b"<svg>", b"<math>", b"<noscript>", b"<script>", b"</script>", b"<style>", b"<title>", b"<textarea>",
    b"<select>", b"<table>", b"<tr>", b"<td>", b"<base href='//['>", b"<article>", b"</article>", b"<h1>", b"<p", b"<p>", b"</",
    b"&#0;", b"&#xD800;", b"&amp;lt;p&gt;", b"&nbsp;", b"&", "\u202e".encode(), "\u200b".encode(), "\u0301".encode() * 9,
    b"\r\n\r\n", b"\x1b[31m", b"<meta charset=utf-16>", b"<meta charset=x-user-defined>", b'<script type="application/ld+json">',
    b'{"@type":"NewsArticle","headline":', b'"author":{"@id":"a"}', b"[" * 99, b"class='share comments'", b"itemprop=datePublished",
    b"<time datetime='9999-99-99'>", b"2026-11-21T25:61:61+99:99", b"Share on ", b"Also read: ", "Читайте также: ".encode(), b"| ",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return the pages that mutations start from: the newsstand's, made by its own server."""
    sys.path.insert(0, str(ROOT / "docker" / "newsstand"))
    from serve import Newsstand  # type: ignore[import-not-found]  # the newsstand is a folder

    found = set()
    with Newsstand() as stand:
        for url, end in stand.expected().items():
            if end.state in {"published", "rejected"}:
                # Without a name service: the stand knows its sites by the Host header.
                parts = urlsplit(url)
                connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
                with closing(connection), suppress(OSError, HTTPException):  # some sites fail
                    connection.request("GET", parts.path, headers={"Host": parts.netloc})
                    found.add(connection.getresponse().read(200_000))
    # The server's port stands in the pages, and would make each run another.
    return sorted(re.sub(rb"localhost:\d+", b"localhost:8090", body) for body in found if body)


def mutate(body: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    """Change a page at some places: its tags and texts are moved, repeated, dropped, mixed."""
    tokens = _TOKEN.findall(body) or [b""]
    for _ in range(dice.choice((1, 2, 4, 8, 32))):
        at, piece = dice.randrange(len(tokens) + 1), tokens[dice.randrange(len(tokens))]
        change = dice.choice(_CHANGES)
        change(tokens, at, piece, others, dice)
        tokens = tokens[:20_000] or [b""]
    whole = b"".join(tokens)
    if not dice.randrange(_SELDOM):
        whole = whole[: dice.randrange(len(whole) + 1)]
    if not dice.randrange(_SELDOM):
        charset = dice.choice(("utf-16", "utf-32-be", "cp1251", "utf-7", "cp500", "gb18030"))
        whole = whole.decode("utf-8", "replace").encode(charset, "replace")
    return whole[:2_000_000]


_Change = Callable[[list[bytes], int, bytes, Sequence[bytes], random.Random], None]


def _insert(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: random.Random) -> None:
    t.insert(at, d.choice(_ODD))


def _repeat(t: list[bytes], at: int, p: bytes, _o: Sequence[bytes], d: random.Random) -> None:
    t[at:at] = [p] * d.choice((1, 2, 9, 300))


def _drop(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: random.Random) -> None:
    del t[at : at + d.choice((1, 2, 20))]


def _move(t: list[bytes], at: int, _p: bytes, _o: Sequence[bytes], d: random.Random) -> None:
    size = d.choice((1, 5, 50))
    part = t[at : at + size]
    del t[at : at + size]
    to = d.randrange(len(t) + 1)
    t[to:to] = part


def _mix(t: list[bytes], at: int, _p: bytes, o: Sequence[bytes], d: random.Random) -> None:
    other = _TOKEN.findall(d.choice(o)) or [b""]
    start = d.randrange(len(other))
    t[at:at] = other[start : start + d.choice((1, 10, 100))]


def _flip(t: list[bytes], at: int, p: bytes, _o: Sequence[bytes], d: random.Random) -> None:
    if p:
        n = d.randrange(len(p))
        t.insert(at, p[:n] + bytes([d.randrange(256)]) + p[n + 1 :])


_CHANGES: Final[tuple[_Change, ...]] = (_insert, _insert, _repeat, _drop, _move, _mix, _flip)


def page_of(body: bytes) -> Page:
    """Return bytes as a page of no known site."""
    link = Link(source="fuzz", url=_URL, url_key=_URL, found_at=_AT, found_in="fuzz")
    headers = (("content-type", "text/html"),)
    return Page(link=link, final_url=_URL, status=200, headers=headers, body=body, fetched_at=_AT)


def judge() -> Judge:
    """Return the judge of the fuzzed pages: general rules, several languages."""
    fields = {"id": "fuzz", "name": "Fuzz", "home": "https://fuzz.example/"}
    fields |= {"languages": ["en", "ru", "lv"], "listings": [{"url": "https://fuzz.example/feed"}]}
    rules = load_rules(ROOT / "seeds" / "boilerplate")
    return Judge({"fuzz": Source.model_validate(fields)}, rules, Slot(_AT), {})


def broken_promises(judge: Judge, page: Page, verdict: Article | Reject) -> Iterator[str]:
    """Yield what is wrong with a verdict: the promises that hold for any page at all."""
    if isinstance(verdict, Reject) and verdict.reason in _GIVEN_UP:
        yield f"{verdict.reason}: {verdict.detail}"
        return
    if found := _CONTROL.search(verdict.text):
        yield f"a control character in the text: {found[0]!r}"
    lines = verdict.text.split("\n") if verdict.text else []
    if any(tidy(line) != line for line in lines):
        yield "a line that is not tidy"
    if invented := _invented(page, verdict):
        yield f"words that are not on the page: {invented}"
    if verdict != judge(page):
        yield "another verdict on the second look"
    chosen = judge.rules.for_source(judge.sources["fuzz"])
    if isinstance(verdict, Article):
        again = strip(lines, chosen, title=verdict.title, site="Fuzz")
        if not verdict.paywalled and again.lines != tuple(lines):
            yield f"stripped again, it loses {set(lines) - set(again.lines)}"


def _invented(page: Page, verdict: Article | Reject) -> list[str]:
    """Return words of text and cuts that the parsed page does not hold."""
    tree = parse(decode(page.body, page.header("content-type")).text) if verdict.text else None
    if tree is None:
        return []
    held = "".join(visible("".join(tree.itertext())).split())
    said = "\n".join([verdict.text, *(cut.text.removesuffix("…") for cut in verdict.cuts)])
    return sorted({word for word in re.findall(r"\w+", said) if word not in held})[:5]


def fuzz(minutes: float, seed: int, folder: Path, most: int | None = None) -> tuple[int, list[str]]:
    """Judge mutated pages until the time, or their number, is up; return how many, and troubles."""
    dice, bodies, referee = random.Random(seed), seeds(), judge()  # noqa: S311 - to be repeatable
    made: list[bytes] = []
    until = time.monotonic() + 60 * minutes

    def pages() -> Iterator[Page]:
        while time.monotonic() < until and (most is None or len(made) < most):
            made.append(mutate(dice.choice(bodies), bodies, dice))
            yield page_of(made[-1])

    troubles: list[str] = []
    digest = hashlib.sha256()
    number = 0
    with Workers(referee, Limits(workers=2)) as workers:
        for number, verdict in enumerate(workers.judge(pages()), 1):
            body, made[number - 1] = made[number - 1], b""
            digest.update(repr(verdict).encode("utf-8", "backslashreplace"))
            found = broken_promises(referee, page_of(body), verdict)
            troubles.extend(_keep(body, trouble, folder) for trouble in found)
    print(f"verdicts sha256 {digest.hexdigest()}")  # noqa: T201 - compared between processes
    return number, troubles


def _keep(body: bytes, trouble: str, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(body).hexdigest()[:16]}.html"
    path.write_bytes(body)
    return f"{trouble}\n  python -m bench.fuzz --page {path}"


def main() -> None:
    """Fuzz for some minutes, or look at one page again. Exits with 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pages", type=int, help="stop after so many")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--folder", type=Path, default=ROOT / ".run" / "fuzz")
    parser.add_argument("--page", type=Path, help="look at this one alone")
    given = parser.parse_args()
    if given.page:
        page, referee = page_of(given.page.read_bytes()), judge()
        with Workers(referee, Limits(workers=1)) as workers:
            (verdict,) = workers.judge([page])
        _number, troubles = 1, list(broken_promises(referee, page, verdict))
        print(verdict)  # noqa: T201 - what a person asked for
    else:
        _number, troubles = fuzz(given.minutes, given.seed, given.folder, given.pages)
    sys.exit(bool(troubles))


if __name__ == "__main__":
    main()
