from datetime import UTC, datetime

import pytest

from pipeline.boilerplate import load_rules
from pipeline.model import Link, Page, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Slot(AT)


@pytest.fixture(scope="session")
def rules():
    return load_rules(ROOT / "seeds" / "boilerplate")


@pytest.fixture(scope="session")
def sources():
    lantern = {
        "id": "lantern",
        "name": "The Lantern",
        "home": "https://lantern.example/",
        "languages": ["en"],
        "listings": [{"url": "https://lantern.example/feed"}],
    }
    return {"lantern": Source.model_validate(lantern)}


@pytest.fixture(scope="session")
def page():
    def make(body, n=0, content_type="text/html"):
        url = f"https://lantern.example/news/{n}"
        link = Link(source="lantern", url=url, url_key=url, found_at=AT, found_in="feed")
        return Page(
            link=link,
            final_url=url,
            status=200,
            headers=(("content-type", content_type),),
            body=body if isinstance(body, bytes) else body.encode(),
            fetched_at=AT,
        )

    return make
