"""The same path where the lake is a bucket (real radosgw) and the ledger is PostgreSQL."""

from __future__ import annotations

from pipeline import desk, jobs
from pipeline.publish.table import Lake
from pipeline.settings import load_settings
from pipeline.urls import url_key

SLOT, NEXT = "2026-11-21T09:00", "2026-11-21T10:00"


def test_an_edition_in_a_bucket(demo, stand, s3_address, postgres_url, monkeypatch):
    monkeypatch.setenv("BROADSHEET_STORE", s3_address)
    monkeypatch.setenv("BROADSHEET_LEDGER", postgres_url)
    jobs.run(SLOT)
    ports = jobs.open_ports(load_settings())
    lake = Lake(ports.store)
    ends = {u: str(s.state) for u in stand.expected() for s in ports.ledger.find(url_key(u))}
    assert ends == {url: truth.state for url, truth in stand.expected().items()}
    first = {name: lake.read(name).sort_by("url_key") for name in ("articles", "rejects")}

    jobs.run(SLOT)
    jobs.run(NEXT)
    assert {name: lake.read(name).sort_by("url_key") for name in first} == first

    counted, told = desk.query("select count(*) as n from articles")
    assert list(counted.rows()) == [{"n": first["articles"].num_rows}]
    assert not told
    assert not (demo / "lake").exists()
