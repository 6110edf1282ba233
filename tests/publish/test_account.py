from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import timedelta

import pyarrow as pa
import pytest

from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.model import Link, Miss, Page, Reason, Slot, State, Terms
from pipeline.ports import Ports
from pipeline.publish.account import account, settlements, unbalanced
from pipeline.publish.rows import to_table
from pipeline.publish.table import Lake
from schemas.article import ARTICLE
from schemas.outcome import OUTCOME
from schemas.raw import RAW
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, reject

NEXT = Slot.parse("2026-11-21T10:00")
NOW = SLOT.start + timedelta(minutes=30)
FETCHES = [
    "source",
    "url",
    "url_key",
    "found_in",
    "kind",
    "reason",
    "detail",
    "status",
    "url_final",
]
TYPES = {"status": pa.int16(), "attempts": pa.int32(), "elapsed_s": pa.float64()}


@pytest.fixture
def ports(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", 2)
    yield Ports(open_store(str(tmp_path / "lake")), ledger, lambda: NOW)
    ledger.close()


def link(of):
    names = ("source", "url", "url_key", "found_at", "found_in")
    return Link(**{name: getattr(of, name) for name in names})


def page(of):
    return Page(link=link(of), final_url=of.url_final, status=200, headers=(), body=b"x",
                fetched_at=of.fetched_at, elapsed_s=0.25, raw_key=of.raw_key)  # fmt: skip


def miss(of, reason, status=None, at=None):
    return Miss(link=link(of), reason=reason, detail=str(reason), status=status,
                fetched_at=at or of.fetched_at, raw_key="raw/x")  # fmt: skip


def fetches(*items):
    rows = [
        {
            **{name: getattr(item.link, name) for name in FETCHES[:4]},
            "kind": "page",
            "reason": str(item.reason if isinstance(item, Miss) else Reason.OK),
            "detail": item.detail if isinstance(item, Miss) else "",
            "status": item.status,
            "url_final": item.final_url,
            "attempts": item.attempts,
            "elapsed_s": item.elapsed_s,
            "fetched_at": item.fetched_at,
            "raw_key": item.raw_key,
            **asdict(item.terms),
        }
        for item in items
    ]
    schema = pa.schema(
        [(name, TYPES.get(name, pa.string())) for name in [*FETCHES, "attempts", "elapsed_s"]]
        + [("fetched_at", pa.timestamp("us", tz="UTC")), ("raw_key", pa.string())]
        + [RAW.field(field.name) for field in fields(Terms)]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def tables(articles=(), rejects=()):
    return to_table(list(articles), ARTICLE), to_table(list(rejects), REJECT)


def publish(ports, slot, articles=(), rejects=()):
    lake, both = Lake(ports.store), tables(articles, rejects)
    lake.publish("rejects", slot, both[1])
    lake.publish("articles", slot, both[0])
    ports.ledger.settle(settlements(*both), slot)


def stages(outcomes, of):
    return {
        row["stage"]: (row["state"], row["reason"])
        for row in outcomes.to_pylist()
        if row["url_key"] == of.url_key
    }


def test_every_stage_of_every_url_has_an_outcome(ports):
    first, bad, gone, slow, new = article(1), reject(3), article(4), article(5), article(6)
    copy = article(2, duplicate_of=first.article_id)
    answers = [page(first), page(copy), page(bad), miss(gone, Reason.GONE, 410),
               miss(slow, Reason.TIMEOUT)]  # fmt: skip
    ports.ledger.remember([link(of) for of in (first, copy, bad, gone, slow, new)], [], SLOT)
    ports.ledger.settle_fetched(answers, SLOT, NOW)
    outcomes = account(
        SLOT, ports.ledger.touched(SLOT), fetches(*answers), *tables([first, copy], [bad])
    )
    assert outcomes.schema.equals(OUTCOME, check_metadata=True)
    assert stages(outcomes, first) == {
        "discover": ("pending", "ok"),
        "fetch": ("fetched", "ok"),
        "extract": ("fetched", "ok"),
        "publish": ("published", "ok"),
    }
    assert stages(outcomes, copy)["publish"] == ("duplicate", "duplicate")
    assert stages(outcomes, bad) == {
        "discover": ("pending", "ok"),
        "fetch": ("fetched", "ok"),
        "extract": ("rejected", "not_article"),
    }
    assert stages(outcomes, gone)["fetch"] == ("failed", "gone")
    assert stages(outcomes, slow)["fetch"] == ("pending", "timeout")
    assert stages(outcomes, new) == {"discover": ("pending", "ok")}
    (fetched,) = [row for row in outcomes.to_pylist()
                  if row["stage"] == "fetch" and row["url_key"] == first.url_key]  # fmt: skip
    assert (fetched["status"], fetched["elapsed_ms"], fetched["attempts"]) == (200, 250, 1)
    assert set(outcomes["slot"].to_pylist()) == {SLOT.key}


def test_the_same_slot_gives_the_same_outcomes_after_it_was_settled(ports):
    one, bad = article(1), reject(2)
    ports.ledger.settle_fetched([page(one), page(bad)], SLOT, NOW)
    answers = fetches(page(one), page(bad))
    first = account(SLOT, ports.ledger.touched(SLOT), answers, *tables([one], [bad]))
    publish(ports, SLOT, [one], [bad])
    again = account(SLOT, ports.ledger.touched(SLOT), answers, *tables([one], [bad]))
    assert first == again
    lake = Lake(ports.store)
    assert lake.publish("outcomes", SLOT, first).change == "added"
    assert lake.publish("outcomes", SLOT, again).change == "unchanged"


def test_a_page_counts_before_a_later_not_modified():
    one = article(1)
    later = miss(one, Reason.NOT_MODIFIED, 304, one.fetched_at + timedelta(minutes=1))
    outcomes = account(SLOT, [], fetches(page(one), later), *tables())
    assert stages(outcomes, one) == {"fetch": ("fetched", "ok")}


def test_a_second_look_that_failed_leaves_the_url_published(ports):
    one = article(1)
    ports.ledger.settle_fetched([page(one)], SLOT, NOW)
    publish(ports, SLOT, [one])
    gone = miss(one, Reason.GONE, 410, NEXT.start)
    ports.ledger.settle_fetched([gone], NEXT, NEXT.start)
    outcomes = account(NEXT, ports.ledger.touched(NEXT), fetches(gone), *tables())
    assert stages(outcomes, one) == {"fetch": ("published", "gone")}


def test_the_try_that_was_the_last_is_a_failure(ports):
    one = article(1)
    tries = [miss(one, Reason.TIMEOUT, at=NOW), miss(one, Reason.TIMEOUT, at=NEXT.start)]
    ports.ledger.settle_fetched(tries[:1], SLOT, NOW)
    ports.ledger.settle_fetched(tries[1:], NEXT, NEXT.start)
    outcomes = account(NEXT, ports.ledger.touched(NEXT), fetches(tries[1]), *tables())
    assert stages(outcomes, one) == {"fetch": ("failed", "timeout")}


def test_settlements_say_how_each_row_ended():
    one, copy, bad = article(1), article(2, duplicate_of="e" * 32), reject(3)
    ends = {end.url_key: end for end in settlements(*tables([one, copy], [bad]))}
    assert ends[one.url_key].state == State.PUBLISHED
    assert (ends[copy.url_key].state, ends[copy.url_key].detail) == (
        State.DUPLICATE,
        f"same text as {'e' * 32}",
    )
    assert (ends[bad.url_key].state, ends[bad.url_key].reason) == (State.REJECTED, bad.reason)


def test_books_that_balance_have_nothing_to_say(ports):
    one, bad, gone, new = article(1), reject(2), article(3), article(4)
    ports.ledger.remember([link(of) for of in (one, bad, gone, new)], [], SLOT)
    ports.ledger.settle_fetched([page(one), page(bad), miss(gone, Reason.GONE)], SLOT, NOW)
    publish(ports, SLOT, [one], [bad])
    assert unbalanced(SLOT, ports) == []
    assert unbalanced(NEXT, ports) == []


def test_a_page_without_a_verdict_is_named(ports):
    one, lost = article(1), article(2)
    ports.ledger.remember([link(one), link(lost)], [], SLOT)
    ports.ledger.settle_fetched([page(one), page(lost)], SLOT, NOW)
    publish(ports, SLOT, [one])
    (line,) = unbalanced(SLOT, ports)
    assert line.startswith("lantern: the slot 2026-11-21T09:00 does not balance: discovered 2")
    assert f"{lost.url} (fetched, no verdict" in line
    assert one.url not in line


def test_a_row_the_lake_lacks_is_named(ports):
    one, other = article(1), article(2)
    ports.ledger.settle_fetched([page(one), page(other)], SLOT, NOW)
    publish(ports, SLOT, [one, other])
    Lake(ports.store).publish("articles", SLOT, tables([one])[0])
    (line,) = unbalanced(SLOT, ports)
    assert f"{other.url} (published in the ledger, no row in the lake" in line


def test_a_row_the_ledger_lacks_is_named(ports):
    one = article(1)
    Lake(ports.store).publish("articles", SLOT, tables([one])[0])
    (line,) = unbalanced(SLOT, ports)
    assert f"{one.url} (in the lake, unknown to the ledger)" in line


def test_an_end_that_differs_is_named(ports):
    one = article(1)
    ports.ledger.settle_fetched([page(one)], SLOT, NOW)
    publish(ports, SLOT, [one])
    copy = replace(one, duplicate_of="e" * 32)
    Lake(ports.store).publish("articles", SLOT, tables([copy])[0])
    (line,) = unbalanced(SLOT, ports)
    assert "published in the ledger, duplicate in the lake" in line


def test_a_page_a_later_slot_took_over_is_no_trouble(ports):
    one = article(1)
    ports.ledger.settle_fetched([page(one)], SLOT, NOW)
    publish(ports, SLOT, [one])
    newer = replace(page(one), fetched_at=NEXT.start)
    ports.ledger.settle_fetched([newer], NEXT, NEXT.start)
    assert unbalanced(SLOT, ports) == []
    assert "no verdict" in unbalanced(NEXT, ports)[0]
    publish(ports, NEXT, [article(1, NEXT)])
    assert unbalanced(NEXT, ports) == []
