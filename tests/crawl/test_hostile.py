"""Every hostile answer has its exact reason, and its line in docs/hostile-answers.md."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from pipeline.model import Page
from tests.crawl.conftest import due_of, fetcher_for, source_of
from tests.crawl.hostile import HostileServer, answer, moved
from tests.crawl.hostile_cases import CASES, ROBOTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hostile-answers.md"


async def ask(ports, routes, path="/page"):
    async with HostileServer() as server:
        for n in range(30):
            server.on(f"/hop/{n}", moved(f"/hop/{n + 1}"))
        for route, what in routes.items():
            server.on(route, what)
        # Port 80 too, where nothing answers: the guard, not the list of ports, must hold.
        source = source_of(server.port, timeout_s=3, max_bytes=1_000_000, ports=[server.port, 80])
        async with fetcher_for(ports) as fetcher:
            due = due_of(server.url(path))
            return server, await fetcher.get(due, source, kind="page")


@pytest.mark.parametrize("case", CASES)
def test_what_a_page_can_do(ports, case):
    what, reason = CASES[case]
    _, fetched = asyncio.run(ask(ports, {"/page": what}))
    if reason is None:
        assert isinstance(fetched, Page)
        return
    assert fetched.reason == reason
    assert fetched.detail
    assert "\n" not in fetched.detail
    assert len(fetched.detail) < 300


@pytest.mark.parametrize("case", ROBOTS)
def test_what_robots_can_do(ports, case):
    what, reason = ROBOTS[case]
    routes = {"/robots.txt": what, "/secret/a": answer(200)}
    server, fetched = asyncio.run(ask(ports, routes, "/secret/a"))
    assert getattr(fetched, "reason", None) == reason
    assert ("/secret/a" in server.paths()) is (reason is None)


def test_the_docs_list_every_case_with_its_reason():
    listed = dict(re.findall(r"^\| (.+?) \| (?:`(\w+)`|page) \|", PAGE.read_text(), re.MULTILINE))
    cases = CASES | ROBOTS
    expected = {name: str(reason or "") for name, (_, reason) in cases.items()}
    assert listed == expected
