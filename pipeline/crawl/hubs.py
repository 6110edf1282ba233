"""A listing's answer -> the hub that would push its news, and the name it has there (WebSub).

Link headers go before what the document says (https://www.w3.org/TR/websub/#discovery).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from pipeline.crawl.entries import absolute
from pipeline.crawl.feeds import is_json_feed
from pipeline.model import Page

#: A feed names its hub before its first entry.
_HEAD: Final = 64 << 10
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*!-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_PARAMETER = re.compile(r";\s*([\w*!-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))")
_ENTRIES: Final = frozenset({"item", "entry", "url", "sitemap", "body"})

Rel = tuple[str, str]


def advertised(page: Page) -> tuple[str, str]:
    """Return the hub that a listing names, and its topic there; both are empty if it names none.

    Of several hubs it is one with TLS, if there is one. A feed that does not say what it is called
    is called what it was asked by.
    """
    for rels in (list(_of_headers(page)), list(_of_document(page))):
        hubs = [url for rel, url in rels if rel == "hub" and url.startswith(("http:", "https:"))]
        if hubs:
            topic = next((url for rel, url in rels if rel == "self"), page.final_url)
            return min(hubs, key=lambda url: not url.startswith("https:")), topic
    return "", ""


def _of_headers(page: Page) -> Iterator[Rel]:
    for name, value in page.headers:
        if name.lower() == "link":
            for url, parameters in _LINK.findall(value):
                for parameter, quoted, bare in _PARAMETER.findall(parameters):
                    if parameter.lower() == "rel":
                        yield from _rels(quoted or bare, url, page.final_url)


def _of_document(page: Page) -> Iterator[Rel]:
    if b"hub" not in page.body[:_HEAD].replace(b"\0", b""):
        return
    if is_json_feed(page.body):
        yield from _of_json_feed(page)
        return
    # The parser is told nothing of entities and the network, and goes on where XML is broken.
    parser = etree.XMLPullParser(
        ("start",), recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    with contextlib.suppress(etree.XMLSyntaxError):  # what was read before it counts
        parser.feed(page.body[:_HEAD])
        parser.close()
    for _, element in parser.read_events():
        if not isinstance(element.tag, str):
            continue
        # A prefix that was not declared stays with the name.
        name = re.split(r"[}:]", element.tag)[-1].lower()
        if name in _ENTRIES:
            return
        if name == "link":
            yield from _rels(element.get("rel", ""), element.get("href", ""), page.final_url)


def _of_json_feed(page: Page) -> Iterator[Rel]:
    try:
        document = json.loads(page.body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return
    hubs = document.get("hubs") if isinstance(document, dict) else None
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and str(hub.get("type", "")).lower() == "websub":
            yield from _rels("hub", str(hub.get("url", "")), page.final_url)
    if hubs and isinstance(document.get("feed_url"), str):
        yield from _rels("self", document["feed_url"], page.final_url)


def _rels(rel: str, url: str, base: str) -> Iterator[Rel]:
    """Yield a link once for each of its relations. A topic stays spelled as it is."""
    found = absolute(url, base) if url.strip() else None
    if found is not None:
        for word in rel.lower().split():
            yield word, found
