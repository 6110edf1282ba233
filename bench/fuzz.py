"""Pages of the newsstand, and real ones, mutated for as long as you like: `make fuzz MINUTES=10`.

A page that breaks a promise is written to a folder, with a command that repeats it.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import html
import os
import random
import re
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from bench import pages as benchmark
from bench.mutate import mutate
from pipeline.boilerplate import load_rules
from pipeline.extract.decode import decode
from pipeline.extract.lines import code_lines, tidy, visible
from pipeline.extract.parse import parse
from pipeline.extract.strip import strip
from pipeline.markdown import to_markdown
from pipeline.model import Article, Link, Page, Reason, Reject, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source
from pipeline.workers import Judge, Limits, Workers
from pipeline.workers.limits import cores

_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
_URL = "https://fuzz.example/2026/11/20/page"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
#: What a page that is no worker's trouble may never be.
_GIVEN_UP: Final = {Reason.TOO_SLOW, Reason.EXTRACTOR_FAILED}
#: Ends the detail of a page that went over a worker's memory: the fixed bounds should come first.
_OF_MEMORY: Final = "of memory"
#: Real pages of each benchmark that mutations start from, and the slowest verdicts that are named.
_REAL: Final = 40
_NAMED: Final = 5
#: Elements that may stand amid a word, and whose text is none of the page's.
_UNSEEN: Final = "script style iframe noscript template svg object math audio video canvas title"
_SEEN: Final = etree.XPath(
    f"//text()[not({' or '.join(f'ancestor::{name}' for name in _UNSEEN.split())})]"
)
#: Whether they stay depends on what is around, which is not the same in a line and in a page.
_UNWRITTEN: Final = re.compile("[\u200c-\u200f\u061c]")
_MARKS: Final = re.compile("[\\s\u200c-\u200f\u061c]")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
#: Words of a verdict that are looked for on its page.
_ASKED: Final = 2000


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


def real_pages(each: int) -> list[bytes]:
    """Return so many pages of each benchmark; none where they are not laid beside the project."""
    found = benchmark.load(most=each) if each and benchmark.names() else []
    return [page.html.encode("utf-8", "replace") for page in found]


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
    if isinstance(verdict, Reject) and (
        verdict.reason in _GIVEN_UP or verdict.detail.endswith(_OF_MEMORY)
    ):
        yield f"{verdict.reason}: {verdict.detail}"
        return
    yield from _wrong_text(page, verdict)
    if verdict != judge(page):
        yield "another verdict on the second look"
    if isinstance(verdict, Article):
        yield from _wrong_article(judge, verdict)


def _wrong_text(page: Page, verdict: Article | Reject) -> Iterator[str]:
    if found := _CONTROL.search(verdict.text):
        yield f"a control character in the text: {found[0]!r}"
    lines = verdict.text.split("\n") if verdict.text else []
    # Rejects do not say what their lines are: any may be code.
    kinds = verdict.line_kinds if isinstance(verdict, Article) else ["pre"] * len(lines)
    for line, kind in zip(lines, kinds, strict=False):
        if tidy(line) != line and not (kind == "pre" and _is_code(line)):
            yield f"a line that is not tidy: {line[:200]!a}"
            break
    if invented := _invented(page, verdict):
        yield f"words that are not on the page: {invented}"


def _is_code(line: str) -> bool:
    """Whether a line is as code is written: its blanks stay, all else that is unseen goes."""
    return [line] == ["".join(parts) for parts in code_lines(line)]


def _wrong_article(judge: Judge, article: Article) -> Iterator[str]:
    lines = article.text.split("\n")
    again = strip(
        lines,
        judge.rules.for_source(judge.sources["fuzz"]),
        title=article.title,
        site="Fuzz",
        kinds=article.line_kinds,
    )
    if not article.paywalled and again.lines != tuple(lines):
        yield f"stripped again, it loses {set(lines) - set(again.lines)}"
    if len(article.line_kinds) != len(lines):
        yield f"{len(lines)} lines, but {len(article.line_kinds)} kinds"
    to_markdown(article.text, article.line_kinds, article.title)


def _invented(page: Page, verdict: Article | Reject) -> list[str]:
    """Return words of text and cuts that the parsed page does not hold."""
    tree = parse(decode(page.body, page.header("content-type")).text) if verdict.text else None
    if tree is None:
        return []
    # What is not seen may stand amid a word; and what is escaped twice reads as it looks.
    whole, seen = "".join(tree.itertext()), "".join(_SEEN(tree))
    data = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), whole)
    looks = (
        *map(visible, (whole, data, html.unescape(whole))),
        *map(tidy, (whole, seen)),
        "".join(map(tidy, tree.itertext())),
    )
    held = " ".join(_MARKS.sub("", text) for text in looks)
    said = "\n".join([verdict.text, *(cut.text.removesuffix("…") for cut in verdict.cuts)])
    # Each is looked for in the whole page: of a page of a million words some are enough.
    said_words = sorted(set(re.findall(r"\w+", _UNWRITTEN.sub("", said))))[:_ASKED]
    return [word for word in said_words if word not in held and not _is_joined(word, held)][:5]


def _is_joined(word: str, held: str) -> bool:
    """Whether it is two words without a blank: trafilatura drops what stood between, at times."""
    return any(word[:at] in held and word[at:] in held for at in range(4, len(word) - 3))


class Fuzz:
    """Judges mutated pages, and keeps those that break a promise and the slowest ones."""

    def __init__(self, bodies: Sequence[bytes], seed: int, folder: Path) -> None:
        self.number = 0
        self.troubles = 0
        self.digest = hashlib.sha256()
        self._bodies, self._folder = bodies, folder
        self._dice = random.Random(seed)  # noqa: S311 - to be repeatable
        self._made: deque[bytes] = deque()
        self._referee = judge()
        self._slowest: list[tuple[float, bytes]] = []

    def run(self, minutes: float, most: int | None, workers: int) -> None:
        """Go on until the time, or the number of pages, is up."""
        with Workers(self._referee, Limits(workers=workers)) as pool:
            for verdict in pool.judge(self._pages(60 * minutes, most)):
                self._look_at(self._made.popleft(), verdict)
                self.number += 1

    def slowest(self) -> Iterator[str]:
        """Yield the seconds of CPU of the slowest pages, and where they were kept."""
        for seconds, body in sorted(self._slowest, reverse=True):
            yield f"{seconds:.2f} s  {_keep(body, self._folder)}"

    def _pages(self, seconds: float, most: int | None) -> Iterator[Page]:
        until = time.monotonic() + seconds
        made = 0
        while time.monotonic() < until and (most is None or made < most):
            made += 1
            self._made.append(mutate(self._dice.choice(self._bodies), self._bodies, self._dice))
            yield page_of(self._made[-1])

    def _look_at(self, body: bytes, verdict: Article | Reject) -> None:
        self.digest.update(repr(verdict).encode("utf-8", "backslashreplace"))
        began = time.process_time()
        for trouble in broken_promises(self._referee, page_of(body), verdict):
            self.troubles += 1
            _say(f"{trouble}\n  python -m bench.fuzz --page {_keep(body, self._folder)}")
        heapq.heappush(self._slowest, (time.process_time() - began, body))
        if len(self._slowest) > _NAMED:
            heapq.heappop(self._slowest)


def _keep(body: bytes, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(body).hexdigest()[:16]}.html"
    path.write_bytes(body)
    return path


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - what a person waits for


def main() -> None:
    """Fuzz for some minutes, or look at one page again. Exits with 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pages", type=int, help="stop after so many")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument(
        "--real", type=int, default=_REAL, help="pages of each benchmark to start from"
    )
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--folder", type=Path, default=ROOT / ".run" / "fuzz")
    parser.add_argument("--page", type=Path, help="look at this one alone")
    given = parser.parse_args()
    if given.page:
        sys.exit(_look_again(given.page))
    bodies = seeds() + real_pages(given.real)
    _say(f"seed {given.seed}, {len(bodies)} pages to start from")
    fuzz = Fuzz(bodies, given.seed, given.folder)
    fuzz.run(given.minutes, given.pages, given.workers)
    for line in (
        f"{fuzz.number} pages, {fuzz.troubles} promises broken; slowest:",
        *fuzz.slowest(),
    ):
        _say(line)
    print(f"verdicts sha256 {fuzz.digest.hexdigest()}")  # noqa: T201 - compared between processes
    sys.exit(bool(fuzz.troubles))


def _look_again(path: Path) -> bool:
    page, referee = page_of(path.read_bytes()), judge()
    with Workers(referee, Limits(workers=1)) as workers:
        (verdict,) = workers.judge([page])
    print(verdict)  # noqa: T201 - what a person asked for
    troubles = list(broken_promises(referee, page, verdict))
    for trouble in troubles:
        _say(trouble)
    return bool(troubles)


if __name__ == "__main__":
    main()
