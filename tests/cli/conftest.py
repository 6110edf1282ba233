"""A small lake of invented articles, made by the lake's own writer, and the command to ask it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.cli import main
from pipeline.model import Article, Cut, Link, Page, Reason, Reject, Slot, State, Terms
from pipeline.ports import Settlement
from pipeline.publish.rows import to_table
from pipeline.publish.seen import sighting_rows
from pipeline.publish.table import Lake
from pipeline.urls import article_id, url_key
from schemas.article import ARTICLE
from schemas.outcome import OUTCOME
from schemas.poll import POLL
from schemas.reject import REJECT
from tests.publish.rows import article as any_article

ROOT = Path(__file__).resolve().parents[2]
SLOT = Slot.parse("2026-11-19T08:00")
FEED = "https://lantern.example/feed"
_POLL = {
    "source": "lantern",
    "url": FEED,
    "url_key": url_key(FEED),
    "via": "seed",
    "reason": "ok",
    "detail": "",
    "gap": False,
    "status": 200,
    "url_final": FEED,
    "attempts": 1,
    "elapsed_ms": 20,
    "raw_key": "raw/date=2026-11-19/part.parquet",
    "slot": SLOT.key,
}
GAP = "gap: none of the 9 links of 2026-11-19 08:40 is among the 9 of 2026-11-19 07:40"
POLLS = [
    _POLL | {"at": SLOT.start},
    _POLL | {"at": SLOT.start + timedelta(minutes=40), "gap": True, "detail": GAP},
]

SEED = """\
id: lantern
name: The Lantern
home: https://lantern.example/
languages: [en]
timezone: Europe/Riga
listings:
  - url: https://lantern.example/feed
"""
RULES = """\
category: related
rules:
  - id: also-read
    line: "also read: .*"
    hit: ["Also read: the ferry timetable"]
    miss: ["They also read: every page of it."]
"""
PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Harbour reopens after storm - The Lantern</title>
<link rel="canonical" href="https://lantern.example/news/harbour-reopens">
<meta property="article:published_time" content="2026-11-19T08:30:00+02:00">
<meta name="author" content="Ina Vale"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Harbour reopens after storm</h1>
<p>The harbour of Port Ellery reopened on Thursday morning after two days of storm, and the first
fishing boats left at dawn, the harbour master said.</p>
<p>Also read: <a href="/x">Ferry timetable changes for winter</a></p>
<p>Damage to the north pier is put at forty thousand crowns, and the town council will decide next
week who is to pay for the repair of the crane.</p>
<p>“We were lucky that nobody was hurt,” said Marten Hull, who has run the harbour for eleven years
and lost a shed to the waves.</p></article></body></html>
"""
DUMP = """\
Harbour reopens after storm

The harbour of Port Ellery reopened on Thursday morning after two days of storm, and the first \
fishing boats left at dawn, the harbour master said.
Also read: Ferry timetable changes for winter
Damage to the north pier is put at forty thousand crowns, and the town council will decide next \
week who is to pay for the repair of the crane.
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Command:
    """Runs the command: from its own `main`, in this process, as starting one costs a second."""

    env: dict[str, str]
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[bytes]

    def __call__(self, *arguments: str, **env: str) -> Done:
        with self.monkeypatch.context() as patch:
            for name in [name for name in os.environ if name not in self.env]:
                patch.delenv(name)
            for name, value in (self.env | env).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["broadsheet", *arguments])
            self.capture.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        said = self.capture.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    def process(self, *arguments: str, stdin: bytes | None = None, **env: str) -> Done:
        """Run it as a user does, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            cwd=ROOT,
            env=self.env | env,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder(tmp_path):
    """Seeds, rules and a page, as an operator would have them."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "lantern.yml").write_text(SEED)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "related.yml").write_text(RULES)
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "dump.txt").write_text(DUMP)
    return tmp_path


def settings_of(folder: Path, store: str) -> dict[str, str]:
    """The environment of an operator who has set nothing but folders and a store."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("BROADSHEET_", "AIRFLOW")) and key not in {"NO_COLOR", "FORCE_COLOR"}
    }
    return kept | {
        "BROADSHEET_STORE": store,
        "BROADSHEET_SOURCES": str(folder / "sources"),
        "BROADSHEET_BOILERPLATE": str(folder / "rules"),
        "COLUMNS": "120",
        "TERM": "xterm-256color",
    }


@pytest.fixture
def command(folder, monkeypatch, capsysbinary):
    """Make the command for a store."""

    def make(store: str) -> Command:
        return Command(settings_of(folder, store), folder, monkeypatch, capsysbinary)

    return make


@pytest.fixture
def broadsheet(command, folder):
    """The command, with a lake that is still empty."""
    return command(str(folder / "lake"))


def article(name: str, **changes) -> Article:
    """An invented article of the Lantern."""
    url = f"https://lantern.example/news/{name}"
    key = url_key(url)
    when = datetime(2026, 11, 19, 6, 30, tzinfo=UTC)
    text = f"The council spoke of the {name} until late."
    values = {
        "article_id": article_id("lantern", key),
        "url": url,
        "url_key": key,
        "url_canonical": url,
        "title": f"What became of the {name}",
        "authors": ("Ina Vale",),
        "section": "Town",
        "tags": ("town",),
        "published_at": when,
        "published_day": when.date(),
        "published_at_raw": "2026-11-19T08:30:00+02:00",
        "text": text,
        "content_key": "c0",
        "cuts": (Cut("related", "also-read", "Also read: more"), Cut("share", "buttons", "Share")),
        "found_at": when + timedelta(hours=1),
        "found_in": FEED,
        "fetched_at": when + timedelta(hours=2),
        **asdict(Terms(when, None, ())),
        "raw_key": "raw/date=2026-11-19/part.parquet",
        "raw_digest": "ab" * 32,
    }
    return any_article(of=SLOT, **(values | changes))


def reject_of(like: Article) -> Reject:
    names = [name for name in REJECT.names if name not in {"reason", "broken_rules", "detail"}]
    values = {name: getattr(like, name) for name in names}
    return Reject(
        **values,
        reason=Reason.BROKEN_RULES,
        broken_rules=("too_short",),
        detail="8 words, 40 are needed",
    )


def outcome(of: Article | Reject, stage: str, state: str, reason: str = "ok", **changes) -> dict:
    values = dict.fromkeys(OUTCOME.names) | {
        "source": of.source,
        "url": of.url,
        "url_key": of.url_key,
        "stage": stage,
        "state": state,
        "reason": reason,
        "detail": "",
        "at": of.found_at if stage == "discover" else of.fetched_at,
        "found_in": of.found_in,
        "raw_key": of.raw_key,
        "slot": of.slot,
    }
    return values | changes


def fill(store_address: str, ledger_url: str) -> None:
    """Publish three articles (one a duplicate) and a reject, and tell the ledger."""
    store, ledger = open_store(store_address), SqlLedger(ledger_url, 5)
    bridge, copy = article("bridge"), article("copied-bridge")
    rows = [bridge, replace_duplicate(copy, bridge), article("harbour", language="lv")]
    reject = reject_of(article("gallery"))
    lake = Lake(store)
    lake.publish("rejects", SLOT, to_table([reject], REJECT))
    lake.publish("articles", SLOT, to_table(rows, ARTICLE))
    outcomes = []
    for row in (*rows, reject):
        rejected, doubled = isinstance(row, Reject), getattr(row, "duplicate_of", None)
        state = "rejected" if rejected else "duplicate" if doubled else "published"
        outcomes.append(outcome(row, "discover", state))
        moved = "https://lantern.example/moved/harbour" if row.url.endswith("/harbour") else row.url
        outcomes.append(
            outcome(row, "fetch", state, status=200, url_final=moved, attempts=1, elapsed_ms=34)
        )
        outcomes.append(outcome(row, "extract", state, "broken_rules" if rejected else "ok"))
        if not rejected:
            outcomes.append(outcome(row, "publish", state, "duplicate" if doubled else "ok"))
    lake.publish("outcomes", SLOT, pa.Table.from_pylist(outcomes, OUTCOME))
    remember(ledger, [*rows, reject], article("still-waiting"))
    lake.publish("polls", SLOT, pa.Table.from_pylist(POLLS, POLL))
    lake.publish("sightings", SLOT, sighting_rows(ledger.sightings(SLOT)))


def replace_duplicate(copy: Article, first: Article) -> Article:
    values = {name: getattr(copy, name) for name in ARTICLE.names}
    return Article(**(values | {"duplicate_of": first.article_id}))


def remember(ledger: SqlLedger, rows: list[Article | Reject], waiting: Article) -> None:
    links = [
        Link(
            source=r.source, url=r.url, url_key=r.url_key, found_at=r.found_at, found_in=r.found_in
        )
        for r in (*rows, waiting)
    ]
    ledger.remember(links, [], SLOT)
    pages = [
        Page(
            link=link,
            final_url=link.url,
            status=200,
            headers=(),
            body=b"",
            fetched_at=link.found_at,
            raw_key="raw/date=2026-11-19/part.parquet",
        )
        for link in links[:-1]
    ]
    ledger.settle_fetched(pages, SLOT, SLOT.start)
    ends = []
    for row in rows:
        if isinstance(row, Reject):
            ends.append(Settlement(row.url_key, row.source, State.REJECTED, str(row.reason)))
        else:
            state = State.DUPLICATE if row.duplicate_of else State.PUBLISHED
            ends.append(Settlement(row.url_key, row.source, state, "ok"))
    ledger.settle(ends, SLOT)


@pytest.fixture(scope="session")
def filled_lake(tmp_path_factory):
    """A local lake with a published slot; read only."""
    place = tmp_path_factory.mktemp("filled") / "lake"
    place.mkdir()
    (place / "_ledger").mkdir()
    fill(str(place), f"sqlite:///{place}/_ledger/ledger.db")
    return place


@pytest.fixture
def in_lake(command, filled_lake):
    """The command, with a lake in which a slot is published."""
    return command(str(filled_lake))
