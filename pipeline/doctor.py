"""What a deployment needs, tried one by one: each finding says what to do about it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.boilerplate import disagreements, load_rules, read_rules
from pipeline.errors import BroadsheetError
from pipeline.ports import ObjectStore, Ports
from pipeline.publish.tables import TABLES
from pipeline.publish.takedown import holders
from pipeline.settings import Settings
from pipeline.sources import read_sources
from pipeline.tombstones import read_tombstones
from pipeline.walls import disagreements as walls_disagreements
from pipeline.walls import load_walls

#: So many writers race for one key; a store that lets two of them win can lose a publication.
_RACERS: Final = 16
_LITTLE_DISK: Final = 1 << 30
_NO_DISK: Final = 100 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `level` is ok, warn or wrong; `advice` says what to do."""

    check: str
    level: str
    detail: str
    advice: str = ""


Check = Callable[[], Iterator[Finding]]


def examine(check: str, look: Check) -> list[Finding]:
    """Run one check; what stops it is a finding too."""
    try:
        return list(look())
    except BroadsheetError as error:
        lines = str(error).splitlines() or [""]
        return [Finding(check, "wrong", line, "see the message") for line in lines]


def settings(given: Settings) -> Iterator[Finding]:
    """Say which settings hold."""
    named = sorted(given.model_fields_set - {"ledger", "user_agent"})  # these have their own line
    told = ", ".join(f"{name}={_value(getattr(given, name))}" for name in named)
    yield Finding("settings", "ok", told or "all as by default")


def _value(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def user_agent(given: Settings) -> Iterator[Finding]:
    """Say whether sites would be told who asks."""
    if given.user_agent:
        yield Finding("user agent", "ok", given.user_agent)
    else:
        advice = "export BROADSHEET_USER_AGENT='Example/1.0 (+https://example.org/bot)'"
        yield Finding("user agent", "wrong", "none is set: nothing can be fetched", advice)


def store(given: Settings, ports: Ports) -> Iterator[Finding]:
    """Write, read, list and delete an object, and let writers race for another."""
    key = f"_doctor/{uuid.uuid4().hex}"
    body = os.urandom(64)
    try:
        ports.store.put(key, body)
        same = ports.store.get(key) == body
        listed = [info.key for info in ports.store.list("_doctor/")]
        if same and key in listed:
            yield Finding("store", "ok", f"{given.store}: writes, reads and lists")
        else:
            detail = (
                f"{given.store}: what was written is not what is {'listed' if same else 'read'}"
            )
            yield Finding("store", "wrong", detail, "use a store with read-after-write consistency")
        yield race(ports.store, f"{key}-race")
    finally:
        ports.store.delete([key, f"{key}-race"])


def race(objects: ObjectStore, key: str) -> Finding:
    """Let writers create the same key at once: exactly one may win."""
    with ThreadPoolExecutor(_RACERS) as pool:
        writers = [pool.submit(objects.create, key, str(n).encode()) for n in range(_RACERS)]
        winners = [n for n, writer in enumerate(writers) if writer.result()]
    if len(winners) == 1 and objects.get(key) == str(winners[0]).encode():
        return Finding("store race", "ok", f"of {_RACERS} writers of one key, one won")
    return Finding(
        "store race",
        "wrong",
        f"of {_RACERS} writers of one key, {len(winners)} were told that they won",
        "publish from one process only, or use a store that honours If-None-Match: *",
    )


def ledger(given: Settings, ports: Ports) -> Iterator[Finding]:
    """Read what the ledger counts."""
    counted = ports.ledger.counts()
    urls = sum(n for by_state in counted.values() for n in by_state.values())
    yield Finding(
        "ledger", "ok", f"{_hidden(given.ledger_url)}: {urls:,} URLs of {len(counted)} sources"
    )


def _hidden(url: str) -> str:
    """Return a database URL without its password."""
    head, at, tail = url.rpartition("@")
    user = head.rpartition(":")[0] if head.count(":") > 1 else head
    return f"{user}{':…' * (user != head)}{at}{tail}"


def seeds(given: Settings) -> Iterator[Finding]:
    """Read all seeds."""
    sources, errors = read_sources(given.sources)
    for line in "\n".join(errors).splitlines():
        yield Finding("seeds", "wrong", line, "mend the field; the other sources go on without it")
    enabled = sum(source.enabled for source in sources.values())
    if enabled:
        yield Finding("seeds", "ok", f"{given.sources}: {enabled} of {len(sources)} enabled")
    else:
        advice = "add seeds/sources/<id>.yml, or set BROADSHEET_SOURCES"
        yield Finding("seeds", "wrong", f"{given.sources}: no seed is usable", advice)


def rules(given: Settings) -> Iterator[Finding]:
    """Read all boilerplate rules, and try each on its own examples."""
    load_rules(given.boilerplate, given.walls)
    files = sorted(given.boilerplate.glob("*.yml"))
    general = [(path.name, rule) for path in files for rule in read_rules(path).rules]
    known, _ = read_sources(given.sources)
    own = [(f"{s.id}.yml", rule) for s in known.values() for rule in s.extract.boilerplate]
    wrong = [f"{name}: {line}" for name, rule in (*general, *own) for line in disagreements(rule)]
    signs = load_walls(given.walls).files
    wrong += [f"{kind.reason}: {line}" for kind in signs for line in walls_disagreements(kind)]
    for line in wrong:
        yield Finding("rules", "wrong", line, "mend the rule or its example")
    if not wrong:
        number = sum(len(kind.signs) for kind in signs)
        detail = f"{len(general)} general, {len(own)} of one site, {number} signs of walls"
        detail += "; all agree with their examples"
        yield Finding("rules", "ok", detail)


def lake(objects: ObjectStore, live: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Compare what each table's log says is live (`live`: keys by table) with the objects there."""
    for table, keys in live.items():
        there = {
            info.key: info.size
            for info in objects.list(f"{table}/")
            if not info.key.startswith(f"{table}/_delta_log/")
        }
        missing = sorted(set(keys) - set(there))
        spare = sorted(set(there) - set(keys))
        for key in missing:
            advice = "publish the slot again: `broadsheet publish --slot …`"
            yield Finding("lake", "wrong", f"{key}: in the log, but not there", advice)
        if spare:
            detail = f"{table}: {len(spare)} superseded or orphaned objects, {_bytes(sum(there[k] for k in spare))}"
            yield Finding(
                "lake",
                "ok",
                detail,
                "`broadsheet maintain` removes them; readers of the log skip them",
            )
        if not missing:
            size = _bytes(sum(there[key] for key in keys))
            yield Finding("lake", "ok", f"{table}: {len(keys)} live files, {size}")


def tombstones(objects: ObjectStore) -> Iterator[Finding]:
    """Look for rows that were taken down and are live, and for takedowns that were not completed."""
    gone = read_tombstones(objects)
    held = [f"{name}/{path}" for name in TABLES for path in holders(objects, name, gone)]
    advice = (
        "`broadsheet maintain` completes takedowns of the last two days; else take it down again"
    )
    for key in held:
        yield Finding("tombstones", "wrong", f"{key}: has rows that were taken down", advice)
    if gone and not held:
        yield Finding("tombstones", "ok", f"{len(gone.stones)} takedowns, no row of theirs is live")


def airflow() -> Iterator[Finding]:
    """Look at Airflow's home, if one is configured."""
    home = os.environ.get("AIRFLOW_HOME")
    if not home:
        return
    path = Path(home).expanduser()
    if not path.is_dir():
        yield Finding("airflow", "warn", f"AIRFLOW_HOME={home}: no such directory", "run `make up`")
    elif not os.access(path, os.W_OK):
        yield Finding(
            "airflow", "wrong", f"AIRFLOW_HOME={home}: not writable", "mend its owner or mode"
        )
    else:
        yield Finding("airflow", "ok", f"AIRFLOW_HOME={home}")


def disk(given: Settings) -> Iterator[Finding]:
    """Look at the space that is left where lake or ledger lie."""
    place = Path(".broadsheet") if given.is_s3 else Path(given.store.removeprefix("file://"))
    place = place.expanduser().resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    level = "wrong" if free < _NO_DISK else "warn" if free < _LITTLE_DISK else "ok"
    advice = "" if level == "ok" else "make room, or move the lake (BROADSHEET_STORE)"
    yield Finding("disk", level, f"{place}: {_bytes(free)} free", advice)


def _bytes(n: float) -> str:
    if n < 1e6:  # noqa: PLR2004 - a megabyte
        return f"{n / 1e3:,.0f} kB"
    return f"{n / 1e6:,.0f} MB" if n < 1e9 else f"{n / 1e9:,.1f} GB"  # noqa: PLR2004 - a gigabyte
