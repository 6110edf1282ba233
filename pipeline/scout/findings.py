"""What is known of a site when it has been looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.expect import Observed
from pipeline.model import Miss
from pipeline.scout.candidates import Ranked
from pipeline.scout.sample import Sample
from pipeline.scout.zones import Guess


@dataclass(frozen=True, slots=True)
class Robots:
    """A site's robots.txt: its status (None: it was not asked), its crawl-delay for us."""

    status: int | None = None
    crawl_delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was found of a site. `opt_outs` counts the sampled pages that carry a signal."""

    home: str
    name: str
    listings: tuple[Ranked, ...]
    samples: tuple[Sample, ...]
    languages: tuple[str, ...]
    zone: Guess
    observed: Observed
    articles_a_day: float | None
    robots: Robots
    opt_outs: Mapping[str, int]
    editions: tuple[tuple[str, str], ...]
    requests: int

    @property
    def used(self) -> list[Ranked]:
        """The listings that are worth crawling."""
        return [one for one in self.listings if one.use]

    @property
    def fetched(self) -> list[Sample]:
        """The samples that came."""
        return [one for one in self.samples if not isinstance(one.verdict, Miss)]
