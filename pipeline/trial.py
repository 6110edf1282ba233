"""A page that belongs to no crawl, for `broadsheet try`: a file, a text dump, or one URL."""

from __future__ import annotations

import contextlib
import html
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from pipeline.boilerplate import Rules
from pipeline.crawl.dumps import dump_page
from pipeline.errors import FixSeed
from pipeline.extract import OnStage, extract_page, unheard
from pipeline.extract.claims import Claim, explain_page
from pipeline.extract.language import NEIGHBOURS
from pipeline.model import Article, Fetched, Link, Miss, Page, Reason, Reject, Slot
from pipeline.sources import Fetch, Source
from pipeline.stopwatch import Stopwatch
from pipeline.urls import url_key
from pipeline.workers import Judge, Limits
from pipeline.workers.alone import Step, answers_of
from pipeline.workers.ends import TRIES, reason_of

#: Id of the source that is made up for a page of no known site.
ANY_SOURCE: Final = "any"
#: Home of what has no address; `.invalid` can belong to nobody (RFC 2606).
_NOWHERE: Final = "https://file.invalid/"

#: A page's own address is looked for in so many bytes; heads beyond this are not worth the time.
_HEAD_BYTES: Final = 200_000
_TAG: Final = re.compile(rb"<(?:link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
_OWN: Final = (
    re.compile(rb"""\brel\s*=\s*["']?canonical\b""", re.IGNORECASE),
    re.compile(rb"""\bproperty\s*=\s*["']?og:url\b""", re.IGNORECASE),
)
_ADDRESS: Final = re.compile(
    rb"""\b(?:href|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried (None: a URL), the page it gave, the verdict: what a run would have stored.

    `timings` are milliseconds by stage, `claims` what was said of each field; where asked for.
    """

    file: str | None
    verdict: Article | Reject | Miss
    page: Page | None = None
    timings: Mapping[str, float] | None = None
    claims: tuple[Claim, ...] | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What pages are tried with: a seed, or none for a page of any site; rules, slot and time.

    With `timed` each page is judged once more, by a watch. `limits` are what a page may cost: it is
    judged in a process of its own, or without workers in this one and unlimited.
    """

    seed: Source | None
    rules: Rules
    slot: Slot
    now: datetime
    timed: bool = False
    limits: Limits = Limits(workers=0)  # noqa: RUF009 - frozen


def try_page(target: str, url: str | None, bench: Bench) -> Trial:
    """Judge an HTML file. Raises FixSeed if it cannot be read."""
    body = read_target(target, _limit(bench))
    url = url or own_url(body) or stand_in_url(target)
    source = bench.seed or generic_source(url)
    link = link_to(url, source, bench.now)
    # A file does not say how it was served: no headers, so the page is taken at its word.
    page = Page(link=link, final_url=url, status=200, headers=(), body=body, fetched_at=bench.now)
    return _tried(target, page, source, bench)


def try_text(target: str, bench: Bench) -> Trial:
    """Judge a text dump, as `import-text` would store it. Raises FixSeed if it cannot be read."""
    source = bench.seed or generic_source(_NOWHERE)
    body = read_target(target, _limit(bench))
    page = dump_page(body, Path(target).name, source.id, bench.now)
    return _tried(target, page, source, bench)


def try_fetched(fetched: Fetched, source: Source, bench: Bench) -> Trial:
    """Judge what the fetcher brought; a miss stays a miss."""
    if isinstance(fetched, Miss):
        return Trial(None, fetched)
    return _tried(None, fetched, source, bench)


def _tried(target: str | None, page: Page, source: Source, bench: Bench) -> Trial:
    steps: list[Step] = [lambda: judge(page, source, bench)]
    if bench.timed:
        # The first page of a process also pays for imports and tables; the second look does not.
        steps.append(lambda: _timings(page, source, bench))
        if _is_small(page, source):
            steps.append(lambda: explain_page(page, source, bench.rules))
    verdict, timings, claims = [*_answers(steps, page, source, bench), None, None][:3]
    return Trial(target, verdict, page, timings, claims)


def _answers(steps: Sequence[Step], page: Page, source: Source, bench: Bench) -> list[Any]:
    how = 0
    for _ in range(TRIES):
        answers, how = answers_of(steps, bench.limits)
        if answers:
            return answers
        # What a run's workers have loaded before their first page must not count as this page's.
        _as_in_a_run(source, bench).warm_up()
    return [_as_in_a_run(source, bench).refuse(page, *reason_of(how, bench.limits))]


def warm_up(bench: Bench) -> None:
    """Load once what each of several pages would have to load again."""
    _as_in_a_run(bench.seed or generic_source(_NOWHERE), bench).warm_up()


def _as_in_a_run(source: Source, bench: Bench) -> Judge:
    return Judge({source.id: source}, bench.rules, bench.slot)


def _timings(page: Page, source: Source, bench: Bench) -> dict[str, float]:
    watch = Stopwatch()
    judge(page, source, bench, on_stage=watch)
    return {stage: round(1000 * seconds, 3) for stage, seconds in watch.stop().items()}


def link_to(url: str, source: Source, now: datetime) -> Link:
    """Return the link to a page that no listing named."""
    return Link(
        source=source.id,
        url=url,
        url_key=url_key(url),
        found_at=now,
        found_in="try",
        found_via="seed",
    )


def _limit(bench: Bench) -> int:
    return (bench.seed.fetch if bench.seed else Fetch()).max_bytes


def judge(
    page: Page, source: Source, bench: Bench, *, on_stage: OnStage = unheard
) -> Article | Reject:
    """Extract one page. A giant is a reject like any other, and is not even parsed."""
    if not _is_small(page, source):
        detail = f"more than {source.fetch.max_bytes:,} bytes (fetch.max_bytes)"
        return _as_in_a_run(source, bench).refuse(page, Reason.TOO_LARGE, detail)
    return extract_page(page, source, bench.rules, bench.slot, on_stage=on_stage)


def _is_small(page: Page, source: Source) -> bool:
    return len(page.body) <= source.fetch.max_bytes


def read_target(target: str, limit: int) -> bytes:
    """Read a file, or standard input for `-`: at most `limit` + 1 bytes, so that a giant shows.

    Raises FixSeed naming the file if it cannot be read.
    """
    try:
        if target == "-":
            return sys.stdin.buffer.read(limit + 1)
        with Path(target).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        msg = f"{target}: cannot be read ({error.strerror}); give a file, a URL, or - for standard input"
        raise FixSeed(msg) from None
    except ValueError as error:  # a NUL in the name
        msg = f"{target!r} is no file name ({error})"
        raise FixSeed(msg) from None


def is_address(target: str) -> bool:
    """Say whether something is an absolute http(s) URL with a host."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.netloc)


def own_url(body: bytes) -> str | None:
    """Return the absolute http(s) address a page gives as its own: canonical link, then og:url."""
    tags = _TAG.findall(body[:_HEAD_BYTES])
    for mark in _OWN:
        for tag in tags:
            address = _ADDRESS.search(tag) if mark.search(tag) else None
            if address and is_address(url := _unquoted(address)):
                return url
    return None


def _unquoted(address: re.Match[bytes]) -> str:
    raw = next(group for group in address.groups() if group is not None)
    return html.unescape(raw.decode("utf-8", "replace")).strip()


def stand_in_url(target: str) -> str:
    """Make up an address for a file that has none."""
    name = "stdin" if target == "-" else Path(target).name
    return _NOWHERE + quote(name, errors="replace")


def generic_source(url: str) -> Source:
    """Make up the source of a page of no known site: every language, UTC, no rules of its own.

    Its pages may be asked on the port that the URL names.
    """
    fields: dict[str, Any] = {"id": ANY_SOURCE, "languages": tuple(sorted(NEIGHBOURS))}
    for base in (url, _NOWHERE):
        with contextlib.suppress(ValueError):  # a page may call anything its address
            home = urljoin(base, "/")
            name = urlsplit(base).hostname or ANY_SOURCE
            ports = {*Fetch().ports, urlsplit(base).port or 443}
            fields |= {"name": name, "home": home, "listings": [{"url": home}]}
            fields["fetch"] = {"ports": tuple(sorted(ports))}
            return Source.model_validate(fields)
    raise AssertionError(_NOWHERE)
