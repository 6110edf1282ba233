"""What a site lists: feeds, news sitemaps, an archive of several pages, robots.txt."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from press.edition import Article, Site

#: Articles on a page of the archive.
ARCHIVE_LENGTH = 5
_ARCHIVE = re.compile(r"/archive/(?:page/(\d{1,4})/)?")
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def listing(site: Site, path: str, shown: Sequence[Article], base: str) -> tuple[str, bytes] | None:
    """Return (content type, body) of a listing, or None if the path is none of the site's."""
    if path == "/robots.txt":
        return "text/plain; charset=utf-8", robots(site, base).encode()
    if path == site.feed_path:
        text = rss(site, shown, base) if site.feed == "rss" else atom(site, shown, base)
        body = text.encode(site.encoding, "xmlcharrefreplace")
        return f"application/{site.feed}+xml; charset={site.encoding}", body
    if path == "/feed.json":
        return "application/feed+json", json_feed(site, shown, base).encode()
    if match := _ARCHIVE.fullmatch(path):
        text = archive(site, shown, base, int(match[1] or 1))
        return ("text/html; charset=utf-8", text.encode()) if text else None
    if path in site.sitemap_paths:
        return _sitemap(site, path, shown, base)
    return None


def json_feed(site: Site, shown: Sequence[Article], base: str) -> str:
    """Return JSON Feed 1.1: headlines, authors, times."""
    items = [
        {
            "id": f"{base}/?p={article.number}",
            "url": base + article.listed_path,
            "title": article.title,
            "authors": [{"name": name} for name in article.authors],
            "date_published": article.published.isoformat(),
        }
        for article in shown[: site.feed_length]
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": site.name}
    return json.dumps(head | {"items": items}, ensure_ascii=False)


def archive(site: Site, shown: Sequence[Article], base: str, number: int) -> str:
    """Return a page of the site's archive, newest first; empty past the last."""
    start = (number - 1) * ARCHIVE_LENGTH
    part = shown[start : start + ARCHIVE_LENGTH]
    if not part:
        return ""
    cards = "".join(_card(article, base) for article in part)
    return (
        f'<!doctype html>\n<html lang="{site.language}"><head><meta charset="utf-8">'
        f"<title>{escape(site.name)}</title></head><body>\n"
        f'<nav><a href="/">Home</a> <a href="/about">About</a></nav>\n<ul>\n{cards}</ul>\n'
        f'<a rel="next" href="/archive/page/{number + 1}/">Older</a>\n</body></html>\n'
    )


def _card(article: Article, base: str) -> str:
    url = escape(base + article.listed_path, {'"': "&quot;"})
    return (
        f'<li><a href="{url}"><img src="/img/x.gif" alt=""></a>'
        f'<h3><a href="{url}">{escape(article.title)}</a></h3>'
        f'<time datetime="{article.published.isoformat()}">{article.published:%d.%m.%Y}</time>'
        f'<p>{escape(article.summary)} <a href="{url}#more">Read on</a></p></li>\n'
    )


def rss(site: Site, shown: Sequence[Article], base: str) -> str:
    """Return RSS 2.0: headlines and summaries, no full text."""
    items = "".join(_rss_item(site, article, base) for article in shown[: site.feed_length])
    return (
        f'<?xml version="1.0" encoding="{site.encoding}"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{escape(site.name)}</title>\n<link>{base}/</link>\n"
        f"<description>{escape(site.tagline)}</description>\n<language>{site.language}</language>\n"
        f'<atom:link href="{base}{site.feed_path}" rel="self" type="application/rss+xml"/>\n'
        f"<lastBuildDate>{format_datetime(newest(shown))}</lastBuildDate>\n"
        f"{items}</channel>\n</rss>\n"
    )


def _rss_item(site: Site, article: Article, base: str) -> str:
    url = base + article.listed_path
    creators = "".join(f"<dc:creator>{escape(name)}</dc:creator>\n" for name in article.authors)
    return (
        f"<item>\n<title>{escape(article.title)}</title>\n"
        f"<link>{escape(url + site.feed_query)}</link>\n"
        f'<guid isPermaLink="false">{base}/?p={article.number}</guid>\n{creators}'
        f"<pubDate>{format_datetime(article.published)}</pubDate>\n"
        f"<category>{escape(article.section)}</category>\n"
        f"<description><![CDATA[<p>{escape(article.summary)}</p>]]></description>\n</item>\n"
    )


def atom(site: Site, shown: Sequence[Article], base: str) -> str:
    """Return Atom 1.0 with published and updated times."""
    items = "".join(_atom_entry(site, article, base) for article in shown[: site.feed_length])
    return (
        f'<?xml version="1.0" encoding="{site.encoding}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}">\n'
        f"<title>{escape(site.name)}</title>\n<id>{base}/</id>\n"
        f'<link href="{base}/"/>\n<link rel="self" href="{base}{site.feed_path}"/>\n'
        f"<updated>{newest(shown).isoformat()}</updated>\n{items}</feed>\n"
    )


def _atom_entry(site: Site, article: Article, base: str) -> str:
    url = escape(base + article.listed_path + site.feed_query, {'"': "&quot;"})
    people = "".join(f"<author><name>{escape(n)}</name></author>\n" for n in article.authors)
    return (
        f"<entry>\n<title>{escape(article.title)}</title>\n<id>{base}/?p={article.number}</id>\n"
        f'<link rel="alternate" type="text/html" href="{url}"/>\n{people}'
        f"<published>{article.published.isoformat()}</published>\n"
        f"<updated>{article.changed.isoformat()}</updated>\n"
        f'<category term="{escape(article.section)}"/>\n'
        f'<summary type="html">{escape(escape(article.summary))}</summary>\n</entry>\n'
    )


def _sitemap(
    site: Site, path: str, shown: Sequence[Article], base: str
) -> tuple[str, bytes] | None:
    """The only path of a site is its sitemap; of several, the first is the index of the others."""
    index, *parts = site.sitemap_paths
    if parts and path == index:
        text = sitemap_index([base + part for part in parts])
    elif parts:
        nth = parts.index(path)
        text = news_sitemap(site, shown[nth :: len(parts)], base)
    else:
        text = news_sitemap(site, shown, base)
    if path.endswith(".gz"):
        return "application/gzip", gzip.compress(text.encode(), mtime=0)
    return "application/xml; charset=utf-8", text.encode()


def sitemap_index(urls: Sequence[str]) -> str:
    """Return an index without dates: whoever reads it must look into every part."""
    items = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {_MAP}>\n{items}</sitemapindex>\n'
    )


def news_sitemap(site: Site, shown: Sequence[Article], base: str) -> str:
    """Return a news sitemap; `lastmod` is there only where an article was edited."""
    items = "".join(_news_url(site, article, base) for article in shown)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_MAP} {_NEWS}>\n{items}</urlset>\n'


def _news_url(site: Site, article: Article, base: str) -> str:
    lastmod = f"<lastmod>{article.changed.isoformat()}</lastmod>" if article.modified else ""
    return (
        f"<url><loc>{escape(base + article.listed_path)}</loc>{lastmod}<news:news>"
        f"<news:publication><news:name>{escape(site.name)}</news:name>"
        f"<news:language>{article.language}</news:language></news:publication>"
        f"<news:publication_date>{article.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(article.title)}</news:title></news:news></url>\n"
    )


def robots(site: Site, base: str) -> str:
    """Return the site's rules followed by where its sitemap is."""
    maps = "".join(f"Sitemap: {base}{path}\n" for path in site.sitemap_paths[:1])
    return f"{site.robots.strip()}\n\n{maps}"


def newest(shown: Sequence[Article]) -> datetime:
    """Return when the list last changed."""
    first = datetime(2026, 11, 16, tzinfo=UTC)
    return max((article.changed for article in shown), default=first)
