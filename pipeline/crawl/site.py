"""What belongs to a source's own site: links that count as its articles, hosts told its secrets."""

from __future__ import annotations

from functools import lru_cache

from pipeline.sources import Source
from pipeline.urls import host_of, registrable_domain


def is_own_host(source: Source, host: str) -> bool:
    """Whether a host is on the registrable domain of the source's home, or among its `hosts`."""
    if registrable_domain(host) == _domain_of(source.home):
        return True
    return any(host == own or host.endswith(f".{own}") for own in map(str.lower, source.hosts))


@lru_cache(maxsize=1024)
def _domain_of(home: str) -> str:
    return registrable_domain(host_of(home))
