"""Every page of the newsstand, read as it is served: what it must become is known."""

from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from pipeline.extract import extract_page
from pipeline.model import Article, Link, Page, Slot
from pipeline.sources import load_sources
from pipeline.urls import url_key
from tests.extract.conftest import AT
from tests.stand import Newsstand


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with Newsstand() as stand:
        yield stand, load_sources(stand.write_sources(tmp_path_factory.mktemp("sources")))


def fetch(url):
    """Ask the newsstand without a name service; None for what is no page."""
    for _ in range(3):
        parts = urlsplit(url)
        connection = HTTPConnection("127.0.0.1", parts.port)
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        answer = connection.getresponse()
        body, headers = answer.read(), tuple(answer.getheaders())
        connection.close()
        if answer.status == 200:
            return url, headers, body
        if answer.status not in (301, 302, 308):
            return None
        url = answer.getheader("Location")
    return None


def test_every_page_becomes_what_it_must(stand, rules):
    server, sources = stand
    wrong, seen = [], 0
    for url, truth in server.expected().items():
        source = sources[truth.site]
        if truth.state not in {"published", "rejected", "duplicate"}:
            continue
        if (page := page_of(url, source)) is None:
            continue
        seen += 1
        parts = [page_of(f"{page.final_url}{n}/", source) for n in range(2, 1 + truth.pages)]
        page = replace(page, parts=tuple(parts))
        verdict = extract_page(page, source, rules, Slot(AT))
        wrong += [f"{urlsplit(url).path}: {fault}" for fault in faults(truth, verdict)]
    assert "\n".join(wrong) == ""
    assert seen > 40


def page_of(url, source):
    if (got := fetch(url)) is None:
        return None
    final, headers, body = got
    link = Link(source=source.id, url=url, url_key=url_key(url), found_at=AT, found_in=source.home)
    return Page(link=link, final_url=final, status=200, headers=headers, body=body, fetched_at=AT)


def faults(truth, verdict):
    if truth.state == "rejected" or not isinstance(verdict, Article):
        if truth.state != "rejected" or isinstance(verdict, Article):
            yield f"{truth.state} expected, {type(verdict).__name__}"
        elif verdict.reason != truth.reason:
            yield f"{truth.reason} expected, {verdict.reason} {verdict.broken_rules}"
        return
    lines = [line.removeprefix("- ") for line in verdict.text.split("\n")]  # items of lists
    yield from (f"lost: {line}" for line in truth.lines if line not in lines)
    known = {*truth.lines, *truth.optional}
    yield from (f"left in: {line}" for line in lines if line not in known)
    yield from (f"left in: {text}" for text in truth.absent if text in verdict.text)
    for name in ("title", "authors", "section", "published_at", "language"):
        if getattr(verdict, name) != getattr(truth, name):
            yield f"{name}: {getattr(truth, name)!r} expected, {getattr(verdict, name)!r}"
