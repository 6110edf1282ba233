"""The doors for people: what only the CLI asks. Reads the lake and the ledger; publishes nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import FixSeed, TryLater
from pipeline.jobs import (
    apart,
    current_slot,
    open_fetcher,
    open_ports,
    open_store,
    page_limits,
    utc_now,
)
from pipeline.model import Fetched, Miss, Slot
from pipeline.ports import Due, Ledger, ObjectStore
from pipeline.settings import Settings, load_settings
from pipeline.sources import Source, load_sources, read_sources

if TYPE_CHECKING:
    from pipeline.doctor import Finding
    from pipeline.hostreport import HostReport
    from pipeline.memory.archive import MemoryArchive
    from pipeline.memory.forget import Forgotten
    from pipeline.memory.rulebook import Rulebook
    from pipeline.query import Answer, Tables
    from pipeline.story import Story
    from pipeline.summary import Summary
    from pipeline.trial import Bench, Trial

Tell = Callable[[str], None]

#: Longest that `try URL` waits for a page, robots.txt and crawl-delay included.
_PATIENCE = timedelta(minutes=3)
_ARTICLE_ID = re.compile("[0-9a-f]{32}")
_BY_ID = "SELECT * FROM articles WHERE article_id = ? ORDER BY slot DESC LIMIT 1"


def try_targets(
    targets: Iterable[str],
    texts: Iterable[str] = (),
    *,
    source: str | None = None,
    url: str | None = None,
    slot: str | None = None,
    timed: bool = False,
) -> Iterator[Trial]:
    """Judge URLs and files as a run would, one after the other, then text dumps. Writes nothing.

    `source` is a seed's id; without it a URL is judged by the seed of its site if there is one, and
    a file as of any site, language and zone. `url` is the
    address a file is taken to have; without it, the one the page gives itself. With `timed` trials
    carry the milliseconds of each stage.
    Raises FixSeed for a file that cannot be read, an id without a seed, a URL without a user agent.
    """
    from pipeline import trial
    from pipeline.boilerplate import load_rules

    settings = load_settings()
    seed = load_sources(settings.sources, [source])[source] if source else None
    rules = load_rules(settings.boilerplate, settings.walls)
    moment = Slot.parse(slot) if slot else current_slot()
    bench = trial.Bench(seed, rules, moment, utc_now(), timed, page_limits(settings))
    targets, texts = list(targets), list(texts)
    if len(targets) + len(texts) > 1:
        trial.warm_up(bench)
    for target in targets:
        if trial.is_address(target):
            yield _try_url(target, bench, settings)
        else:
            yield trial.try_page(target, url, bench)
    for target in texts:
        yield trial.try_text(target, bench)


def _try_url(url: str, bench: Bench, settings: Settings) -> Trial:
    """Ask for one page as a crawl would, and judge it. Lake and ledger are left alone."""
    from pipeline import trial

    source = bench.seed or _owner(url, settings) or trial.generic_source(url)
    due = {source.id: [Due(link=trial.link_to(url, source, bench.now))]}
    with apart(settings) as elsewhere:
        fetched = asyncio.run(_fetch(due, source, elsewhere))
    return trial.try_fetched(fetched, source, bench)


def _owner(url: str, settings: Settings) -> Source | None:
    """Return the seed whose site a URL belongs to, if there is one."""
    from pipeline.urls import host_of, registrable_domain

    domain = registrable_domain(host_of(url))
    known, _ = read_sources(settings.sources)
    return next((s for s in known.values() if registrable_domain(host_of(s.home)) == domain), None)


async def _fetch(due: dict[str, list[Due]], source: Source, settings: Settings) -> Fetched:
    ports = open_ports(settings)
    async with open_fetcher(settings, ports) as fetcher:
        fetched = fetcher.run(due, {source.id: source}, utc_now() + _PATIENCE)
        return await anext(aiter(fetched))


def keep_golden(
    targets: Sequence[str], *, source: str | None = None, url: str | None = None
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Keep pages as golden tests of their source; yield where, and what there is to review.

    Raises FixSeed for a page of no known source, TryLater for one that could not be fetched.
    """
    from pipeline import golden, trial

    folder = load_settings().goldens
    for tried in try_targets(targets, source=source, url=url):
        page, verdict = tried.page, tried.verdict
        if isinstance(verdict, Miss):
            msg = f"{verdict.link.url}: not kept, for it was not fetched ({verdict.reason}: {verdict.detail})"
            raise TryLater(msg)
        assert page is not None  # only a miss has none
        if page.link.source == trial.ANY_SOURCE:
            msg = f"{tried.file or page.link.url}: of which site? Name its seed: --source ID"
            raise FixSeed(msg)
        yield golden.keep(folder, page, verdict), golden.review(verdict)


def check_golden(only: Sequence[str] = (), *, update: bool) -> Iterator[tuple[Path, list[str]]]:
    """Judge golden tests anew, with today's rules; yield how each differs. `update` takes it over.

    Raises FixSeed for a golden test that cannot be read or whose seed is gone.
    """
    from pipeline import golden, trial
    from pipeline.boilerplate import load_rules

    settings = load_settings()
    rules = load_rules(settings.boilerplate, settings.walls)
    for kept in golden.read_goldens(settings.goldens, only):
        name, at = kept.path.parent.name, kept.page.fetched_at
        seed = load_sources(settings.sources, [name])[name]
        bench = trial.Bench(seed, rules, Slot.containing(at), at)
        verdict = trial.judge(kept.page, seed, bench)
        lines = kept.differences(verdict)
        if lines and update:
            golden.write(replace(kept, expected=golden.review(verdict)))
        yield kept.path, lines


def why(url: str) -> Story:
    """Tell all that is known of a URL. Raises TryLater, FixSeed."""
    from pipeline.story import tell

    settings = load_settings()
    tables = open_tables(settings)
    ports = open_ports(settings)
    return tell(url, ports.ledger, lambda sql, given: tables.ask(sql, given, filename=True).rows())


def article(name: str) -> Mapping[str, Any] | None:
    """Return the latest row of an article, by its URL in any spelling or its article_id."""
    if _ARTICLE_ID.fullmatch(name):
        rows = open_tables(load_settings()).ask(_BY_ID, (name,)).rows()
        return next(iter(rows), None)
    return next(reversed(why(name).articles), None)


def query(sql: str) -> tuple[Answer, list[str]]:
    """Ask the lake in SQL; return the answer, and lines about its tables that are still empty."""
    settings = load_settings()
    tables = open_tables(settings)
    empty = [name for name in tables.named(sql) if name in tables.empty]
    told = (
        [f"nothing is published in {settings.store} yet: empty {', '.join(empty)}"] if empty else []
    )
    return tables.ask(sql), told


def summary(slot: str | None = None) -> Summary:
    """Sum up what became of every URL: of all runs, or of those a slot's run touched."""
    from pipeline.expectations import misfits
    from pipeline.memory.archive import changes
    from pipeline.publish.table import Lake
    from pipeline.summary import (
        FIRST_QUERY,
        Summary,
        books_of_counts,
        books_of_standings,
        cuts_query,
        marked_query,
    )

    settings = load_settings()
    ports, tables = open_ports(settings), open_tables(settings)
    if slot:
        books = books_of_standings(ports.ledger.touched(Slot.parse(slot)))
    else:
        books = books_of_counts(ports.ledger.counts())
    places = [
        {"name": name, "uri": ports.store.uri(name), "files": len(tables.files.get(name, ()))}
        for name in tables.schemas
    ]
    cuts = list(tables.ask(*cuts_query(slot)).rows())
    marked = list(tables.ask(*marked_query(slot)).rows())
    answer = list(tables.ask(FIRST_QUERY).rows())
    sources, _ = read_sources(settings.sources)
    moment = Slot.parse(slot) if slot else current_slot()
    changed = [
        *changes(ports.store, Slot.parse(slot) if slot else None),
        *misfits(sources, moment, Lake(ports.store), ports.now()),
    ]
    listings = _listing_troubles(ports.ledger, sources)
    first = " ".join(FIRST_QUERY.split())
    return Summary(slot, books, places, cuts, first, answer, marked, changed, listings)


def host_report(name: str, day: date | None = None, since: date | None = None) -> HostReport:
    """Tell what was asked of a host (or of a URL's), on a day or from one to another, in UTC.

    Raises FixSeed if the name is no host.
    """
    from pipeline.hostreport import host_report as read
    from pipeline.urls import host_of, registrable_domain

    host = host_of(name if "://" in name else f"https://{name}")
    if not host:
        msg = f"{name!r} is no host; give one like news.example.org, or a URL on it"
        raise FixSeed(msg)
    until = day or utc_now().date()
    return read(registrable_domain(host), since or until, until, open_ports(load_settings()))


def open_tables(settings: Settings) -> Tables:
    """Open the lake's tables as they are live now, and the log of requests. Raises TryLater, FixSeed."""
    from pipeline.crawl.request_log import FOLDER
    from pipeline.publish.table import Lake
    from pipeline.publish.tables import TABLES
    from pipeline.query import Tables
    from schemas.request import REQUEST

    store = open_store(settings)
    lake = Lake(store)
    files = {name: lake.uris(name) for name in TABLES}
    files["requests"] = [store.uri(info.key) for info in store.list(FOLDER)]
    schemas = {name: definition.schema for name, definition in TABLES.items()}
    # A crawl that was killed leaves requests that the next one writes again.
    return Tables(schemas | {"requests": REQUEST}, files, store.options(), frozenset({"requests"}))


def doctor(tell: Tell) -> list[Finding]:
    """Try what a deployment needs; findings in order. `tell` hears what is being tried."""
    from pipeline import doctor as check

    try:
        settings = load_settings()
    except FixSeed as error:
        return [
            check.Finding("settings", "wrong", line, "mend the variable")
            for line in str(error).split("; ")
        ]
    ports = open_ports(settings)
    checks: dict[str, check.Check] = {
        "settings": lambda: check.settings(settings),
        "user agent": lambda: check.user_agent(settings),
        "disk": lambda: check.disk(settings),
        "store": lambda: check.store(settings, ports),
        "lake": lambda: check.lake(ports.store, live_files(ports.store)),
        "tombstones": lambda: check.tombstones(ports.store),
        "ledger": lambda: check.ledger(settings, ports),
        "seeds": lambda: check.seeds(settings),
        "rules": lambda: check.rules(settings),
        "airflow": check.airflow,
    }
    findings = []
    for name, look in checks.items():
        tell(name)
        findings += check.examine(name, look)
    return findings


def live_files(store: ObjectStore) -> dict[str, list[str]]:
    """Return the keys of each table's live files."""
    from pipeline.publish.table import Lake
    from pipeline.publish.tables import TABLES

    return {name: Lake(store).live_files(name) for name in TABLES}


def _listing_troubles(ledger: Ledger, sources: Iterable[str]) -> list[str]:
    from pipeline.crawl.polling import troubles

    return [line for key in sources for line in troubles(ledger.listings(key).values())]


def site_rules(source: str, day: str | None = None, *, everything: bool = False) -> Rulebook:
    """Return what was learned of a source: all up to now, or what slots of a day go by.

    Raises FixSeed for an id without a seed.
    """
    from pipeline.memory.rulebook import rulebook

    archive, tomorrow = _memory_of(source)
    return rulebook(archive.known(day or tomorrow), archive.decisions(), everything=everything)


def decide_rule(source: str, rule: str, verdict: str | None, day: str | None = None) -> None:
    """Accept or refuse a rule that a day knows, or take back what was said of it (None).

    Raises FixSeed for an id without a seed or a rule that was not learned.
    """
    from pipeline.memory.rulebook import find_rule

    archive, tomorrow = _memory_of(source)
    found = find_rule(rule, archive.known(day or tomorrow), archive.decisions())
    archive.decide(found, verdict, utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"))


def forget_articles(source: str, articles: Iterable[str]) -> Forgotten:
    """Remove what articles, each by URL or article_id, left in the memory of their source.

    Raises FixSeed for an id without a seed.
    """
    from pipeline.urls import article_id, url_key

    archive, _ = _memory_of(source)
    named = [a if _ARTICLE_ID.fullmatch(a) else article_id(source, url_key(a)) for a in articles]
    return archive.forget(named)


def forget_source(source: str) -> int:
    """Remove all that was learned of a source but the operator's word; return how many objects.

    Raises FixSeed for an id without a seed.
    """
    return _memory_of(source)[0].forget_all()


def _memory_of(source: str) -> tuple[MemoryArchive, str]:
    """Return a source's memory, and the first day that knows all up to now."""
    from pipeline.memory.archive import MemoryArchive

    settings = load_settings()
    load_sources(settings.sources, [source])
    return MemoryArchive(open_store(settings), source), current_slot().before(-1).date


def sources() -> tuple[list[Source], list[str]]:
    """Return the seeds that can be read, and what is wrong with the others."""
    settings = load_settings()
    known, errors = read_sources(settings.sources)
    return list(known.values()), errors
