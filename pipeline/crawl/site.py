"""What belongs to a source's own site: links that count as its articles, hosts told its secrets."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.sources import Source
from pipeline.urls import address_of, host_of, registrable_domain, url_key


def is_wanted(source: Source, url: str, key: str = "") -> bool:
    """Whether a listed URL may be an article of the source: its site, `include` and `exclude`.

    `key` is its URL key, where that is known.
    """
    if not is_own(source, url) or (key or url_key(url)) == _home_key(source.home):
        return False
    if source.include and not any(re.search(pattern, url) for pattern in source.include):
        return False
    return not any(re.search(pattern, url) for pattern in source.exclude)


def is_own(source: Source, url: str) -> bool:
    """Whether a URL is of the web, and on one of the source's hosts."""
    try:
        address = address_of(url)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and is_own_host(source, address.host)


def is_own_host(source: Source, host: str) -> bool:
    """Whether a host is on the registrable domain of the source's home, or among its `hosts`."""
    if registrable_domain(host) == _domain_of(source.home):
        return True
    return any(host == own or host.endswith(f".{own}") for own in map(str.lower, source.hosts))


@lru_cache(maxsize=1024)
def _domain_of(home: str) -> str:
    return registrable_domain(host_of(home))


@lru_cache(maxsize=1024)
def _home_key(home: str) -> str:
    return url_key(home)
