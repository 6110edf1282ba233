"""Why no seed is written: one line that says what to do, whatever the first page answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.errors import FixSeed, SiteChanged, TryLater
from pipeline.model import Miss, Reason
from pipeline.scout.refusals import not_answered
from tests.crawl.conftest import due_of

URL = "https://paper.example/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "status", "retry_at", "kind", "told"),
    [
        (Reason.BOT_CHALLENGE, 403, None, SiteChanged, "No challenge is solved here"),
        (Reason.HTTP_ERROR, 403, None, SiteChanged, "ask its publisher"),
        (Reason.ROBOTS, None, None, SiteChanged, "ask its publisher"),
        (Reason.HTTP_ERROR, 503, NOON, TryLater, "after 2026-11-22 12:00 UTC, as it asks"),
        (Reason.NETWORK, None, None, TryLater, "Try again later"),
        (Reason.BLOCKED_ADDRESS, None, None, FixSeed, "Give a public address"),
        (Reason.GONE, 404, None, SiteChanged, "Give the site's home page"),
    ],
)
def test_each_refusal_has_its_advice(reason, status, retry_at, kind, told):
    link = due_of(URL).link
    miss = Miss(
        link=link,
        reason=reason,
        detail="it said",
        status=status,
        fetched_at=NOON,
        retry_at=retry_at,
    )
    error = not_answered(miss)
    assert type(error) is kind
    assert str(error).startswith(f"{URL}: it said")
    assert told in str(error)
