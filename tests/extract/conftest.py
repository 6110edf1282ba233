from datetime import UTC, datetime

import pytest

from pipeline.boilerplate import load_rules
from pipeline.extract import extract_page
from pipeline.model import Link, Page, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source
from pipeline.urls import url_key

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
URL = "https://lantern.example/2026/11/18/ferry-back"


@pytest.fixture(scope="session")
def rules():
    return load_rules(ROOT / "seeds" / "boilerplate")


@pytest.fixture
def make_source():
    def make(**extra):
        fields = {
            "id": "lantern",
            "name": "The Lantern",
            "home": "https://lantern.example/",
            "languages": ["en"],
            "timezone": "Europe/Riga",
            "listings": [{"url": "https://lantern.example/feed"}],
        }
        return Source.model_validate(fields | extra)

    return make


@pytest.fixture
def make_page():
    def make(body, url=URL, content_type="text/html; charset=utf-8", **claims):
        link = Link(
            source="lantern",
            url=url,
            url_key=url_key(url),
            found_at=AT,
            found_in="https://lantern.example/feed",
            **claims,
        )
        return Page(
            link=link,
            final_url=url,
            status=200,
            headers=(("Content-Type", content_type),),
            body=body if isinstance(body, bytes) else body.encode(),
            fetched_at=AT,
        )

    return make


@pytest.fixture
def judge(rules, make_source, make_page):
    def run(body, source=None, **page):
        return extract_page(make_page(body, **page), source or make_source(), rules, Slot(AT))

    return run
