"""A firewall's question is the host's trouble: asked again later, not at once; too many end its run."""

import asyncio
from datetime import timedelta

import pytest

from pipeline.model import Page, Reason, is_passing
from pipeline.walls import load_walls
from tests.crawl.conftest import due_of, fetcher_for, now, source_of
from tests.crawl.hostile import HostileServer, answer

QUESTION = (
    b"<title>Just a moment...</title><script>window._cf_chl_opt = {cType: 'managed'};</script>"
)
PAGE = (
    b"<h1>Ferry back</h1>"
    + b"<p>The ferry sailed again on Monday, after two weeks at the pier.</p>" * 20
)
#: A page that quotes a firewall's markup in its text, and one with a firewall's sensor.
QUOTES = PAGE + b"<pre>window._cf_chl_opt</pre>"
SENSOR = PAGE + b"<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
CASES = {
    "markup": answer(200, QUESTION),
    "forbidden": answer(403, QUESTION),
    "unwell": answer(503, QUESTION),
    "header": answer(403, b"", cf_mitigated="challenge"),
    "accepted": answer(202, b"", x_amzn_waf_action="challenge"),
}


def fetch(ports, pages, **fetch):
    async def run():
        async with HostileServer() as server:
            for path, what in pages.items():
                server.on(path, what)
            source = source_of(server.port, **fetch)
            dues = {"paper": [due_of(server.url(path)) for path in pages]}
            async with fetcher_for(ports, walls=load_walls()) as fetcher:
                deadline = now() + timedelta(seconds=30)
                found = [f async for f in fetcher.run(dues, {"paper": source}, deadline)]
            return found, [entry.path for entry in server.log if entry.path in pages]

    return asyncio.run(run())


@pytest.mark.parametrize("case", CASES)
def test_a_question_is_no_page_and_is_asked_again_later(ports, case):
    (miss,), log = fetch(ports, {"/page": CASES[case]}, retries=2)
    assert miss.reason == Reason.BOT_CHALLENGE
    assert "signs: " in miss.detail
    assert is_passing(miss.reason, miss.status)
    assert log == ["/page"], "not again at once"


@pytest.mark.parametrize("body", [QUOTES, SENSOR], ids=["quotes", "sensor"])
def test_a_page_behind_a_firewall_is_a_page(ports, body):
    (page,), _ = fetch(ports, {"/page": answer(200, body)})
    assert isinstance(page, Page)


def test_too_many_questions_end_the_hosts_run(ports):
    pages = {f"/{n}": answer(403, QUESTION) for n in range(5)}
    found, log = fetch(ports, pages, give_up_after=2)
    assert len(log) == 2
    assert [miss.reason for miss in found].count(Reason.HOST_GIVEN_UP) == 3
