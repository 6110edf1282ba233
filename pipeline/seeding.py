"""The doors for seeds: a new one for a site, and whether those there are still fit theirs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

from pipeline.errors import FixSeed
from pipeline.jobs import apart, current_slot, open_fetcher, open_ports, page_limits, utc_now
from pipeline.settings import Settings, load_settings
from pipeline.sources import Source, explain, load_sources, read_sources

if TYPE_CHECKING:
    from pipeline.model import Article, Page, Reject
    from pipeline.ports import ListingState
    from pipeline.scout.findings import Survey
    from pipeline.sitecheck import SourceCheck, Step
    from pipeline.workers import Workers

Tell = Callable[[str], None]

#: Longest that a site is looked at; what a crawl-delay puts off beyond it is left out.
_PATIENCE: Final = timedelta(minutes=20)
#: A person waits: a site that does not answer is told sooner than in a crawl.
_TIMEOUT_S, _LONGEST_WAIT_S = 15.0, 60.0


@dataclass(frozen=True, slots=True)
class NewSource:
    """A seed for a site: its id, where it belongs, its text, what it rests on, if it was written."""

    id: str
    path: Path
    text: str
    survey: Survey
    written: bool


def new_source(
    url: str,
    *,
    name: str | None = None,
    delay_s: float = 2.0,
    force: bool = False,
    dry_run: bool = False,
    tell: Tell = lambda _: None,
) -> NewSource:
    """Look at a site and write its seed.

    Raises FixSeed for a wrong address, without a user agent, or if there is such a seed (unless
    `force`); TryLater for a site that does not answer; SiteChanged for one that lists nothing.
    """
    from pipeline.scout.write import seed_id, seed_text

    settings = load_settings()
    settings.agent()
    source = _draft(url, delay_s)
    if not (force or dry_run):
        _refuse_second(settings, name or seed_id(url), source.home)
    found = _surveyed(url, source, settings, tell)
    key = name or seed_id(found.home)
    fetch = {"delay_s": delay_s, "ports": _ports_of(found)}
    text = seed_text(found, key, utc_now().date(), fetch)
    path = settings.sources / f"{key}.yml"
    _read_back(path, text)
    if not dry_run:
        _write(path, text, force=force)
    return NewSource(key, path, text, found, written=not dry_run)


def check_sources(
    only: Sequence[str], *, offline: bool, pages: int = 5, step: Step = lambda *_: None
) -> list[SourceCheck]:
    """Validate seeds, all or those named, and ask their sites unless `offline`.

    Of each site so many pages are sampled. `step` hears how far it is. Raises FixSeed for an id
    without a seed, and without a user agent if sites are to be asked.
    """
    from pipeline.crawl.polling import troubles
    from pipeline.sitecheck import SourceCheck, seed_errors

    settings = load_settings()
    known, errors = read_sources(settings.sources, only)
    checks = seed_errors(errors)
    if missing := sorted(set(only) - set(known) - {check.source for check in checks}):
        load_sources(settings.sources, missing)
    if offline:
        return sorted([*checks, *map(SourceCheck, known)], key=lambda check: check.source)
    asked = {key: source for key, source in known.items() if source.enabled or key in only}
    remembered = _remembered(settings, asked)
    found = _asked(settings, asked, pages, remembered, step)
    told = {key: list(troubles(states.values())) for key, states in remembered.items()}
    checks += [replace(check, troubles=told.get(check.source, ())) for check in found]
    return sorted(checks, key=lambda check: check.source)


def _asked(
    settings: Settings,
    asked: Mapping[str, Source],
    pages: int,
    remembered: Mapping[str, Mapping[str, ListingState]],
    step: Step,
) -> list[SourceCheck]:
    from pipeline.boilerplate import load_rules
    from pipeline.sitecheck import Look, ask_sites
    from pipeline.workers import Judge, Workers

    judge = Judge(asked, load_rules(settings.boilerplate, settings.walls), current_slot())

    async def ask(elsewhere: Settings, look: Look) -> list[SourceCheck]:
        ports = open_ports(elsewhere)
        async with open_fetcher(elsewhere, ports) as fetcher:
            return await ask_sites(asked, fetcher, ports, look)

    with apart(settings) as elsewhere, Workers(judge, page_limits(settings)) as workers:
        look = Look(pages, lambda sample: list(workers.judge(sample)), remembered, step)
        return asyncio.run(ask(elsewhere, look))


def _remembered(
    settings: Settings, sources: Iterable[str]
) -> dict[str, Mapping[str, ListingState]]:
    """Return what crawls know of listings; nothing, and no new ledger, before the first."""
    path = settings.ledger_url.removeprefix("sqlite:///")
    if path != settings.ledger_url and not Path(path).exists():
        return {}
    ledger = open_ports(settings).ledger
    return {key: ledger.listings(key) for key in sources}


def _draft(url: str, delay_s: float) -> Source:
    from pipeline.trial import generic_source, is_address

    if not is_address(url):
        msg = f"{url!r} is no address of a site; give one like https://news.example.org/"
        raise FixSeed(msg)
    source = generic_source(url)
    changes: dict[str, Any] = {
        "delay_s": delay_s,
        "timeout_s": _TIMEOUT_S,
        "longest_wait_s": _LONGEST_WAIT_S,
        "retries": 1,
        "max_parts": 1,
    }
    return source.model_copy(update={"fetch": source.fetch.model_copy(update=changes)})


def _refuse_second(settings: Settings, key: str, home: str) -> None:
    from pipeline.urls import host_of

    path = settings.sources / f"{key}.yml"
    if path.exists():
        raise _is_there(path)
    known = read_sources(settings.sources)[0] if settings.sources.is_dir() else {}
    same = [one.id for one in known.values() if host_of(one.home) == host_of(home)]
    if same:
        msg = f"{', '.join(same)} has this home already; --force makes another seed of it"
        raise FixSeed(msg)


def _is_there(path: Path) -> FixSeed:
    return FixSeed(
        f"{path} is there already; --force replaces it, --id gives the new one another name"
    )


def _surveyed(url: str, source: Source, settings: Settings, tell: Tell) -> Survey:
    from pipeline.boilerplate import load_rules
    from pipeline.scout.asking import Asking
    from pipeline.scout.survey import survey
    from pipeline.workers import Judge, Workers

    rules = load_rules(settings.boilerplate, settings.walls)
    judge = Judge({source.id: source}, rules, current_slot())

    async def look(elsewhere: Settings, workers: Workers[Article | Reject]) -> Survey:
        ports = open_ports(elsewhere)
        async with open_fetcher(elsewhere, ports) as fetcher:
            asking = Asking(fetcher, ports, source, ports.now() + _PATIENCE, tell)

            def judged(pages: Sequence[Page]) -> list[Article | Reject]:
                tell(f"read {len(pages)} pages")
                return list(workers.judge(pages))

            return await survey(url, asking, judged, settings.agent())

    with apart(settings) as elsewhere, Workers(judge, page_limits(settings)) as workers:
        return asyncio.run(look(elsewhere, workers))


def _ports_of(found: Survey) -> tuple[int, ...]:
    """Return the ports the site is on, where they are others than the web's."""
    urls = [found.home, *(one.listing.url for one in found.used), *(s.url for s in found.samples)]
    others = sorted({port for url in urls if (port := urlsplit(url).port)})
    return tuple(others) or (80, 443)


def _read_back(path: Path, text: str) -> None:
    """Raise FixSeed if what was written is no good seed: then nothing is written."""
    try:
        Source.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        raise FixSeed(explain(path, error)) from None


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write a seed whole or not at all, and never over another unless `force`."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        try:
            part.replace(path) if force else os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise _is_there(path) from None
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); set BROADSHEET_SOURCES"
        raise FixSeed(msg) from None
