"""A crawl's surroundings on loopback: a hostile server, a real ledger, seeds made to measure."""

from __future__ import annotations

import ipaddress

import pytest

from pipeline.adapters.http import AiohttpHttp
from pipeline.adapters.ledger import SqlLedger
from pipeline.adapters.store import open_store
from pipeline.crawl.fetch import Fetcher
from pipeline.jobs import utc_now as now
from pipeline.model import Link
from pipeline.ports import Due, Ports
from pipeline.sources import Source
from pipeline.urls import url_key

AGENT = "TestBot/1.0 (+https://example.org/bot)"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.fixture
def ports(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}", 5)
    return Ports(open_store(str(tmp_path / "lake")), ledger, now)


def source_of(
    port, *, name="paper", home="http://paper.localhost", listings=(), seed=None, **fetch
):
    """Return a seed whose site is on the hostile server; no delay unless it is asked for."""
    gentle = {"delay_s": 0, "timeout_s": 5, "retries": 0, "ports": [port], "tdmrep": False, **fetch}
    fields = {
        "id": name,
        "name": name,
        "home": f"{home}:{port}/",
        "languages": ["en"],
        "listings": listings or [{"url": f"{home}:{port}/feed"}],
        "fetch": gentle,
    }
    return Source.model_validate(fields | (seed or {}))


def due_of(url, source="paper", **validators):
    link = Link(source=source, url=url, url_key=url_key(url), found_at=now(), found_in="test")
    return Due(link=link, **validators)


def fetcher_for(ports, agent=AGENT, allow=LOOPBACK, **more):
    return Fetcher(AiohttpHttp(allow), ports, agent, **more)
