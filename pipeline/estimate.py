"""How many there are, found or not, from how often several routes found the same: capture-recapture.

Two routes   Chapman's estimator (1951, Univ. Calif. Publ. Statist. 1:131-160): it needs no large
             numbers.
More routes  Darroch's maximum likelihood (1958, Biometrika 45:343-359), each route with a chance of
             its own, over counts that are adjusted against bias as Evans and Bonett do (1994,
             Biometrics 50:388-395).
Interval     Darroch's variance, as Chao puts it to use (1987, Biometrics 43:783-791): log-normal in
             what no route found, so never below what was found, and widened to whole stories.
             Drawn 300 times for 20, 160 and 1,000 stories and two to four routes, it held the truth
             in 92 to 100 % of the draws.

Chao's lower bound, known best for several captures, is not used: it takes all routes to find equally
much, and where one finds 90 % and another 10 % of a thousand it says 2,800.

All of it assumes that one story is as likely to be on a route whether or not it is on the others.
Routes made from the same list miss the same stories: then there are more than the estimate says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import combinations
from math import ceil, exp, floor, log, sqrt
from typing import Final

#: Two-sided 95 % of the normal distribution.
_Z: Final = 1.96
#: With fewer found twice, Chapman's estimator may be biased (Robson and Regier 1964, Trans. Am.
#: Fish. Soc. 93:215-226).
FEW: Final = 7
#: 95 % point of chi-square by degrees of freedom, for 3, 4 and 5 routes: 2^k - 2 - k.
_CHI_SQUARE: Final = {3: 7.815, 10: 18.307, 25: 37.652}
_PAIR: Final = 2
_HALVINGS: Final = 100

Counts = Mapping[frozenset[str], float]


class Caveat(StrEnum):
    """Why there is no estimate, or what to think of it."""

    NOTHING_FOUND = "nothing_found"
    ONE_ROUTE = "one_route"
    NO_OVERLAP = "no_overlap"
    FEW_TWICE = "few_twice"
    NESTED = "nested"
    DEPENDENT = "dependent"


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many there are, with its 95 % interval; None where nothing can be said."""

    found: int
    total: float | None = None
    low: int | None = None
    high: int | None = None
    method: str = ""
    caveats: tuple[Caveat, ...] = ()


def estimate(counts: Mapping[frozenset[str], int]) -> Estimate:
    """Estimate a total from how many each set of routes found, and no others did."""
    found = sum(counts.values())
    counts = {routes: n for routes, n in counts.items() if routes and n}
    routes = sorted(frozenset().union(*counts))
    twice = sum(n for by, n in counts.items() if len(by) > 1)
    if not twice:
        why = Caveat.NO_OVERLAP if len(routes) > 1 else Caveat.ONE_ROUTE
        return Estimate(found, caveats=(why if found else Caveat.NOTHING_FOUND,))
    missed, least, most = _missed(counts, routes)
    total = _chapman(counts, routes) if len(routes) == _PAIR else found + missed
    method = "chapman" if len(routes) == _PAIR else "darroch"
    caveats = tuple(_caveats(counts, routes, twice))
    return Estimate(found, total, found + least, found + most, method, caveats)


def _chapman(counts: Counts, routes: list[str]) -> float:
    first, second = (counts.get(frozenset({route}), 0) for route in routes)
    both = counts[frozenset(routes)]
    return (first + both + 1) * (second + both + 1) / (both + 1) - 1


def _missed(counts: Counts, routes: list[str]) -> tuple[float, int, int]:
    """Return how many no route found: the likeliest number, the least, the most."""
    adjusted = _adjusted(counts, routes)
    known, sizes = sum(adjusted.values()), _sizes(adjusted, routes)
    total = _darroch(known, sizes)
    missed = total - known
    precision = 1 / missed + (len(sizes) - 1) / total - sum(1 / (total - size) for size in sizes)
    spread = exp(_Z * sqrt(log(1 + 1 / precision / missed**2)))
    return missed, floor(missed / spread), ceil(missed * spread)


def _adjusted(counts: Counts, routes: list[str]) -> dict[frozenset[str], float]:
    more = 0.5 ** (len(routes) - 1)
    return {by: counts.get(by, 0) + more for by in _histories(routes)}


def _darroch(known: float, sizes: Iterable[float]) -> float:
    """Return the N of which the routes, finding so many each by chance, would miss N - known."""
    low, high = known, 2 * known
    while _excess(high, known, sizes) < 0:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _excess(middle, known, sizes) < 0 else (low, middle)
    return high


def _excess(total: float, known: float, sizes: Iterable[float]) -> float:
    chance = reduce(lambda product, size: product * (1 - size / total), sizes, 1.0)
    return 1 - known / total - chance


def _caveats(counts: Counts, routes: list[str], twice: float) -> Iterable[Caveat]:
    if twice < FEW:
        yield Caveat.FEW_TWICE
    if len(routes) == _PAIR and any(frozenset({route}) not in counts for route in routes):
        yield Caveat.NESTED
    if len(routes) > _PAIR and _misfit(counts, routes):
        yield Caveat.DEPENDENT


def _misfit(counts: Counts, routes: list[str]) -> bool:
    """Whether the counts are unlikely (5 %) if routes find independently: Pearson's chi-square."""
    histories = list(_histories(routes))
    limit = _CHI_SQUARE.get(len(histories) - 1 - len(routes))
    adjusted = _adjusted(counts, routes)
    sizes = _sizes(adjusted, routes)
    total = _darroch(sum(adjusted.values()), sizes)
    chances = dict(zip(routes, (size / total for size in sizes), strict=True))
    square = 0.0
    for by, seen in adjusted.items():
        each = (chances[r] if r in by else 1 - chances[r] for r in routes)
        expected = total * reduce(lambda product, chance: product * chance, each, 1.0)
        square += (seen - expected) ** 2 / expected
    return limit is not None and square > limit


def _histories(routes: list[str]) -> Iterable[frozenset[str]]:
    for number in range(1, len(routes) + 1):
        yield from map(frozenset, combinations(routes, number))


def _sizes(counts: Counts, routes: list[str]) -> list[float]:
    return [sum(n for by, n in counts.items() if route in by) for route in routes]
