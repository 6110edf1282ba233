"""Plain feeds are read as feedparser reads them, and what is not plain is left to it."""

from __future__ import annotations

import random
from zoneinfo import ZoneInfo

import pytest

from pipeline.crawl import feeds

BASE = "https://lantern.example/feed/"
ZONE = ZoneInfo("Europe/Berlin")
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:x="https://x.example/"'
)
TEXTS = (
    *("Ferry back", "  Ferry\n back ", "Fähre zurück", "Ferry &amp; train", "5 &lt; 6 &gt; 4"),
    *("<![CDATA[<p>Ferry <b>back</b> &amp; full</p>]]>", "&lt;b&gt;Ferry&lt;/b&gt; back", ""),
    *("&amp;lt;b&amp;gt;Ferry", "AT&amp;T&#8217;s ferry", "渡し船", "FÃ¤hre", "a\u0092b"),
    *("Ferry <b>back</b>", "<![CDATA[&nbsp;Ferry &eacute;]]>", "&#x3c;i&#x3e;", "Ann&#38;Bo"),
)
LINKS = (
    *("https://lantern.example/2026/ferry", "\n http://lantern.example/a/?p=1&amp;q=2 ", "/ferry"),
    *("https://lantern.example/a?b=1&amp;amp;c=2", "https://lantern.example//a/../b", "ferry"),
    *("HTTPS://Lantern.example/a", "https://lantern.example/ä", "", "https://lantern.example/a?"),
    *("https://lantern.example/a#top", "https://lantern.example", "https://l.example/a b"),
)
DATES = (
    *("Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 21 Nov 2026 09:00:00 +0100", "2026-11-21T09:00:00Z"),
    *("2026-11-21 09:00", "21.11.2026", "yesterday", "", "Sat, 21 Nov 26 9:00 CET", "2026-11-21"),
)
NAMES = ("Ann Lee", "ann@lantern.example (Ann Lee)", "Ann Lee (Bo)", "", "Bo Ek", "Ann &amp; Bo")
FILES = (
    '<media:content url="https://i.example/1.jpg" medium="image"/>',
    '<media:content url="/1.jpg" type="image/jpeg"><media:title>Pier</media:title></media:content>',
    '<media:thumbnail url="https://i.example/2.jpg"/>',
    '<enclosure url="https://i.example/3.mp3" length="9" type="audio/mpeg"/>',
    '<enclosure url="https://i.example/4.jpg" type="image/jpeg"/>',
    '<enclosure URL="https://i.example/5.jpg"/>',
    "<media:thumbnail>https://i.example/6.jpg</media:thumbnail>",
)
OTHER = (
    *(
        "<category>Sea</category>",
        "<comments>https://l.example/c</comments>",
        "<x:title>T</x:title>",
    ),
    *("<slash:comments>3</slash:comments>", "<source url='https://s.example/'>S</source>"),
    *("<media:title>Other</media:title>", "<dc:title>Other</dc:title>", "<!-- no -->"),
    *("<guid>https://lantern.example/g</guid>", '<guid isPermaLink="false">tag:1</guid>'),
    *("<pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate>", "<modified>2026-11-22</modified>"),
)


def item_of(chance: random.Random, rare: float) -> str:
    """Return an item; `rare` is how often it has what few feeds have."""

    def one(values, usual):
        return chance.choice(values if chance.random() < rare else values[:usual])

    parts = [
        f"<title>{one(TEXTS, 8)}</title>",
        f"<link>{one(LINKS, 2)}</link>",
        f"<pubDate>{one(DATES, 3)}</pubDate>",
        f"<description>{one(TEXTS, 8)}</description>",
    ]
    extras = [
        f"<content:encoded>{one(TEXTS, 8)}</content:encoded>",
        f"<dc:date>{one(DATES, 4)}</dc:date>",
        f"<dc:creator>{one(NAMES, 1)}</dc:creator>",
        f"<author>{one(NAMES, 1)}</author>",
        one(FILES, 1),
        one(OTHER, 2),
    ]
    parts = [part for part in parts if chance.random() > rare / 4]
    parts += chance.sample(extras, chance.randint(0, 4))
    chance.shuffle(parts)
    return f"<item>{''.join(parts)}</item>"


def feed_of(chance: random.Random, rare: float) -> bytes:
    items = "".join(item_of(chance, rare) for _ in range(chance.randint(1, 4)))
    channel = f"<title>Lantern</title><link>https://lantern.example/</link>{items}"
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}</channel></rss>'.encode()


@pytest.mark.parametrize(("rare", "least"), [(0.0, 150), (0.1, 40), (0.5, 0)])
def test_plain_feeds_are_read_as_feedparser_reads_them(rare, least):
    chance, plain = random.Random(20261122), 0
    for _ in range(150):
        body = feed_of(chance, rare)
        found = feeds._plain(body, "application/rss+xml", BASE, ZONE)
        plain += found is not None
        if found is not None:
            assert found == feeds._any(body, "application/rss+xml", BASE, ZONE), body.decode()
    assert plain >= least


@pytest.mark.parametrize("kind", ["text/xml", "text/xml; charset=utf-8", ""])
@pytest.mark.parametrize("start", ["", '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff"])
def test_utf8_is_utf8_however_it_is_declared(kind, start):
    body = (start + f'<rss version="2.0"><channel>{ITEM}</channel></rss>').encode()
    found = feeds._plain(body, kind, BASE, ZONE)
    assert found == feeds._any(body, kind, BASE, ZONE)
    assert found[0].title == "Fähre zurück"


ITEM = "<item><title>Fähre zurück</title><link>https://lantern.example/a</link></item>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f'<rss version="2.0"><channel>{ITEM}</channel>', ""),
        (f"<rss><channel>{ITEM}</channel></rss>", ""),
        (f'<rss version="2.0"><channel>{ITEM}</channel></rss>', "text/xml; charset=iso-8859-1"),
        (f'<?xml version="1.0" encoding="cp1252"?><rss version="2.0"><channel>{ITEM}</channel></rss>', ""),
        (f'<!DOCTYPE rss><rss version="2.0"><channel>{ITEM}</channel></rss>', ""),
        (f'<rss version="2.0" xml:base="/x/"><channel>{ITEM}</channel></rss>', ""),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>", ""),
        (f'<rss version="2.0"><channel></channel>{ITEM}</rss>', ""),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_feedparser(body, kind):
    assert feeds._plain(body.encode(), kind, BASE, ZONE) is None
