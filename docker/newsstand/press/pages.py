"""Articles -> the HTML pages a site serves, from its `page.html` and its fragments."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from press.edition import Article, Site
from press.markup import body_html


def article_page(
    site: Site, article: Article, shown: Sequence[Article], base: str, page: int = 1
) -> str:
    """Return an article's page, of several the one with that number.

    `shown` are the site's visible articles, newest first.
    """
    slots = _slots(site, replace(article, blocks=article.pages[page - 1]), shown, base)
    slots |= {"url": base + article.address(page), "pager": _pager(article, base, page)}
    return site.page.substitute(slots | _neighbours(article, shown, base))


def front_page(site: Site, shown: Sequence[Article], base: str) -> str:
    """Return the home page: the headlines, newest first."""
    items = "\n".join(_link_item(base, article) for article in shown)
    return _plain_page(site.name, f"<h1>{site.name}</h1><p>{site.tagline}</p><ul>{items}</ul>")


def index_page(sites: Mapping[str, Site], domain: str, port: str) -> str:
    """Return what a host that is no site shows: the list of those that are."""
    items = "\n".join(
        f'<li><a href="http://{key}.{domain}{port}/">{site.name}</a>: {site.tagline}</li>'
        for key, site in sites.items()
    )
    about = (
        "<p>A local newsstand: invented news sites on which the crawler is shown and tested. "
        "Every person, place and event in them is made up.</p>"
    )
    return _plain_page("Newsstand", f"<h1>Newsstand</h1>{about}<ul>{items}</ul>")


def about_page() -> str:
    """Return the page that the demo crawler's user agent gives as its contact."""
    text = (
        "<h1>About this crawler</h1><p>It is Broadsheet's demo. It runs on this machine, asks this "
        "machine's newsstand only, and can be stopped by whoever started it: <code>make down</code>"
        " or Ctrl-C.</p>"
    )
    return _plain_page("About this crawler", text)


def _plain_page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title></head>\n<body>{body}</body></html>\n"
    )


def _link_item(base: str, article: Article) -> str:
    return f'<li><a href="{base}{article.path}">{html.escape(article.title)}</a></li>'


#: What JSON-LD calls a page of each kind; the others are articles.
_TYPES = {"gallery": "ImageGallery", "pictures": "ImageGallery", "live": "LiveBlogPosting"}


def _slots(
    site: Site, article: Article, shown: Sequence[Article], base: str
) -> dict[str, str | int]:
    def link(slug: str) -> tuple[str, str]:
        other = site.article(slug)
        return base + other.path, other.title

    charset = article.charset_meta if article.charset_meta is not None else site.encoding
    return {
        **_words(site, article, base),
        **_lists(site, article, shown, base),
        **_times(site, article),
        "body": _boxed(site, body_html(site, article.blocks, link)),
        "json_ld": _script(_json_ld(site, article, base)),
        "charset_meta": f'<meta charset="{charset}">' if charset else "",
        "views": article.number % 4800 + 212,
        "replies": article.number % 7,
        "rating": article.number % 9 - 3,
        "number": article.number,
    }


def _pager(article: Article, base: str, page: int) -> str:
    """Return what WordPress prints below a page that an author has split; mostly nothing."""
    numbers = range(1, 1 + len(article.pages))
    items = [
        f'<a href="{base}{article.address(n)}" class="post-page-numbers">{n}</a>'
        if n != page
        else f'<span class="post-page-numbers current" aria-current="page">{n}</span>'
        for n in numbers
    ]
    return f'<div class="page-links">Pages: {" ".join(items)}</div>' if len(items) > 1 else ""


def _neighbours(article: Article, shown: Sequence[Article], base: str) -> dict[str, str]:
    """Return links to the articles before and after; `rel` is WordPress's own, and misleading."""
    others = [other for other in shown if other.kind == "article" or other.slug == article.slug]
    at = next((n for n, other in enumerate(others) if other.slug == article.slug), 0)
    newer, older = others[:at][-1:], others[at + 1 :][:1]
    return {
        rel: "".join(
            f'<a href="{base}{other.path}" rel="{rel}">{html.escape(other.title)}</a>'
            for other in found
        )
        for rel, found in (("prev", older), ("next", newer))
    }


def _boxed(site: Site, body: str) -> str:
    if site.below:
        body += f"\n<p>{html.escape(site.below)}</p>"
    inner = f'<div class="{site.box}-column">{body}</div>'
    return f'<section class="{site.box}">{inner}</section>' if site.box else body


def _words(site: Site, article: Article, base: str) -> dict[str, str]:
    image = next((block.name for block in article.blocks if block.kind == "figure"), "default")
    words = {
        "lang": article.language,
        "title": article.title,
        "summary": article.summary,
        "site_name": site.name,
        "tagline": site.tagline,
        "section": article.section,
        "authors": " and ".join(article.authors),
        "hashtags": " ".join("#" + tag.replace(" ", "") for tag in article.tags),
        "tags": ", ".join(article.tags),
        "og_type": "website" if article.kind == "gallery" else "article",
        "image": f"{base}/img/{image}.gif",
        "url": base + article.path,
        "base": base,
    }
    return {key: html.escape(value) for key, value in words.items()}


def _times(site: Site, article: Article) -> dict[str, str]:
    return {
        "published_iso": article.published.isoformat(),
        "published_utc": article.published.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "published_naive": article.published.replace(tzinfo=None).isoformat(timespec="minutes"),
        "published_human": article.published.strftime(site.date_format),
        "modified_iso": article.changed.isoformat(),
        "modified_human": article.changed.strftime(site.date_format),
        "updated": _fragment(site, "updated", human=article.changed.strftime(site.date_format))
        if article.modified
        else "",
    }


def _lists(
    site: Site, article: Article, shown: Sequence[Article], base: str
) -> dict[str, str | int]:
    others = [other for other in shown if other.slug != article.slug]
    start = article.number % max(1, len(others) - 4)
    comments = [_fragment(site, "comment", who=who, text=text) for who, text in article.comments]
    threads = [
        _fragment(site, "thread", when=when, count=count, text=text)
        for when, count, text in site.discussion
    ]
    byline = _fragment(site, "byline", authors=" and ".join(article.authors))
    teasers = [_teaser(site, other, base) for other in others[start : start + 4]]
    return {
        "related": "\n".join(teasers),
        "latest": "\n".join(_link_item(base, other) for other in others[:5]),
        "comments": "\n".join(comments),
        "comment_count": len(comments),
        "discussion": "\n".join(threads),
        "tag_links": "\n".join(_fragment(site, "tag", tag=tag) for tag in article.tags),
        "byline": byline if article.authors else "",
        "paywall": _fragment(site, "paywall") if article.is_paid else "",
    }


def _teaser(site: Site, other: Article, base: str) -> str:
    return _fragment(site, "related", url=base + other.path, title=other.title, text=other.summary)


def _fragment(site: Site, name: str, **words: str) -> str:
    escaped = {key: html.escape(value) for key, value in words.items()}
    template = site.fragments.get(name)
    return template.substitute(escaped) if template else ""


def _json_ld(site: Site, article: Article, base: str) -> dict[str, Any] | None:
    if site.json_ld == "none":
        return None
    url = base + article.path
    crumbs = {"@type": "BreadcrumbList", "@id": f"{url}#breadcrumb", "itemListElement": []}
    website = {"@type": "WebSite", "@id": f"{base}/#website", "url": base, "name": site.name}
    if site.json_ld == "page":
        page = {"@type": "WebPage", "@id": url, "url": url, "name": article.title}
        return {"@context": "https://schema.org", "@graph": [page, crumbs, website]}
    node = _news_article(site, article, base)
    if site.json_ld == "article":
        return {"@context": "https://schema.org", **node}
    return {"@context": "https://schema.org", "@graph": [website, crumbs, node]}


def _news_article(site: Site, article: Article, base: str) -> dict[str, Any]:
    url = base + article.path
    node: dict[str, Any] = {
        "@type": _TYPES.get(article.kind, "NewsArticle"),
        "@id": f"{url}#article",
        "mainEntityOfPage": url,
        "headline": article.title,
        "datePublished": article.published.isoformat(),
        "dateModified": article.changed.isoformat(),
        "articleSection": article.section,
        "inLanguage": article.language,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "Organization", "name": site.name, "url": base},
    }
    if article.tags:
        node["keywords"] = list(article.tags)
    if article.is_paid:
        node["isAccessibleForFree"] = False
        part = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
        node["hasPart"] = part
    return node


def _script(data: dict[str, Any] | None) -> str:
    if data is None:
        return ""
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'
