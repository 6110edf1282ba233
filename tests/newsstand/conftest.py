import gzip
import http.client

import pytest
from lxml import etree

from tests.stand import Newsstand

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {key.lower(): value for key, value in response.getheaders()}
        self.body = response.read()


@pytest.fixture(scope="session")
def started():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def stand(started):
    started.desk.reset()
    started.log.clear()
    return started


@pytest.fixture
def ask(stand):
    """Ask the newsstand over real HTTP: the host by header, as every client does it."""

    def ask(url, *, method="GET", body=None, **headers):
        host, _, path = url.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection("127.0.0.1", stand.port, timeout=10)
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request(method, f"/{path}", body=body, headers={"Host": host, **names})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    return ask


@pytest.fixture
def end_of(stand):
    """Find the one expected URL of a site whose fields are as wanted."""

    def end_of(site, **wanted):
        found = [
            item
            for item in stand.expected().values()
            if item.site == site and all(getattr(item, k) == v for k, v in wanted.items())
        ]
        assert len(found) == 1, found
        return found[0]

    return end_of


@pytest.fixture
def listed(ask):
    """Read the addresses of a sitemap, through its index if it has one."""

    def listed(url):
        body = ask(url).body
        root = etree.fromstring(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        urls = [node.text for node in root.iter(SITEMAP)]
        if root.tag.endswith("sitemapindex"):
            return [url for part in urls for url in listed(part)]
        return urls

    return listed
