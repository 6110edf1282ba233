"""How soon a listing may be asked again where its site's robots.txt wants pauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from pipeline.crawl.robots import read_rules
from pipeline.ports import Ports
from pipeline.sources import Source
from pipeline.urls import address_of, registrable_domain

#: A listing is asked once a day, whatever pause a robots.txt names: some name weeks.
LONGEST: Final = timedelta(days=1)


class Floors:
    """The least time between two polls of a listing: the site's crawl-delay for each of its listings.

    A host is asked one thing at a time, so a round of its listings takes as many pauses as there are
    listings; asked sooner they would leave no turn to its pages. `token` is what robots.txt files
    call us by for a source.
    """

    def __init__(
        self, sources: Mapping[str, Source], ports: Ports, token: Callable[[Source], str]
    ) -> None:
        self._ports, self._token = ports, token
        self._listings = Counter(
            _domain(listing.url) for source in sources.values() for listing in source.listings
        )
        self._delays: dict[tuple[str, str], float] = {}

    def of(self, url: str, source: Source) -> timedelta:
        """Return the floor of a listing by the robots.txt that was had last; zero without one."""
        address, token = address_of(url), self._token(source)
        key = (address.origin, token)
        if key not in self._delays:
            stored = self._ports.ledger.robots(address.origin)
            if stored is None:
                return timedelta(0)
            _, status, body = stored
            self._delays[key] = read_rules(status, body, token).crawl_delay_s
        seconds = self._delays[key] * max(1, self._listings[_domain(url)])
        return min(timedelta(seconds=seconds), LONGEST)


def _domain(url: str) -> str:
    return registrable_domain(address_of(url).host)
