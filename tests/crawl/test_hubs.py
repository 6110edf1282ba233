"""Which hub an answer names, and what it calls itself there."""

from __future__ import annotations

import pytest

from pipeline.crawl.hubs import advertised
from pipeline.model import Link, Page
from tests.crawl.conftest import now

URL = "https://paper.example/feeds/all"
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def page(body="", *links):
    link = Link(source="paper", url=URL, url_key="", found_at=now(), found_in="seed")
    data = body if isinstance(body, bytes) else body.encode()
    headers = tuple(("Link", value) for value in links)
    return Page(link=link, final_url=URL, status=200, headers=headers, body=data, fetched_at=now())


@pytest.mark.parametrize(
    ("body", "links", "hub", "topic"),
    [
        ("", ['<https://h.example/>; rel="hub"', '<https://t.example/>; rel="self"'], "https://h.example/", "https://t.example/"),
        ("", ["<https://h.example/>; rel=hub, </feed?a=1,2>; rel=self"], "https://h.example/", "https://paper.example/feed?a=1,2"),
        ("", ['<https://h.example/>; title="a, b; rel=x"; rel="next HUB"'], "https://h.example/", URL),
        ("", ["<http://a.example/>; rel=hub", "<https://b.example/>; rel=hub"], "https://b.example/", URL),
        ("", ["<mailto:hub@example.org>; rel=hub"], "", ""),
        ("", ["<https://h.example/>; relation=hub", "https://h.example; rel=hub", "<>; rel=hub"], "", ""),
        (f'<feed {ATOM}><link rel="hub" href="https://h.example/?a=1&amp;b=2"/><link rel="self" href="/me"/></feed>', [], "https://h.example/?a=1&b=2", "https://paper.example/me"),
        (f'<rss><channel><link>https://paper.example/</link><atom:link {ATOM.replace("xmlns", "xmlns:atom")} rel="hub" href="https://h.example/"/></channel></rss>', [], "https://h.example/", URL),
        ('<rss><channel>A & b<atom:link rel="hub" href="https://h.example/"/>', [], "https://h.example/", URL),
        (f'<feed {ATOM}><link rel="hub" href="https://h.example/"/></feed>', ["<https://other.example/>; rel=hub"], "https://other.example/", URL),
        (f'<feed {ATOM}><entry><link rel="hub" href="https://h.example/"/></entry></feed>', [], "", ""),
        ("<rss><channel><!-- <link rel='hub' href='https://h.example/'/> --></channel></rss>", [], "", ""),
        (f'<feed {ATOM}><link rel="hub" href="https://h.example/"/></feed>'.encode("utf-16"), [], "https://h.example/", URL),
        ('{"hubs": [{"type": "rssCloud", "url": "https://c.example/"}, {"type": "WebSub", "url": "https://h.example/"}], "feed_url": "https://t.example/"}', [], "https://h.example/", "https://t.example/"),
        ('{"hubs": {"type": 1}}', [], "", ""),
        ('{"hubs": [', [], "", ""),
        ("<html><body><p>A hub of hubs</p></body></html>", [], "", ""),
        ("a github of text", [], "", ""),
        (b"\xff\xfehub\x00", [], "", ""),
    ],
)  # fmt: skip
def test_hub_and_topic(body, links, hub, topic):
    assert advertised(page(body, *links)) == (hub, topic)
