"""The story of one URL, from the ledger and the lake: found, fetched, judged, cut, stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.ports import Ledger, Sighting, Standing, Try
from pipeline.urls import host_of, normal_form, registrable_domain, url_key

Row = Mapping[str, Any]
#: SQL and its parameters -> rows of the lake.
Ask = Callable[[str, Sequence[Any]], Iterable[Row]]

#: Addresses less alike than this (Jaro-Winkler) are no hint.
_ALIKE = 0.85
#: Answers of a listing that are told, the last ones.
_SHOWN = 10
_STAGES = "['discover', 'fetch', 'extract', 'publish']"


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a URL. Outcomes are in order; rows carry the `filename` they lie in.

    `places` are all that ever listed it; `tries` every answer to it, or failure to get one. `polls`
    are what it answered last as a listing. Where nothing is known of the URL itself, `near` are the
    addresses most like it, and `polls` the gaps in which its site's listings may have shown it.
    """

    url: str
    url_key: str
    standings: Sequence[Standing]
    outcomes: Sequence[Row]
    articles: Sequence[Row]
    rejects: Sequence[Row]
    places: Sequence[Sighting] = ()
    tries: Sequence[Try] = ()
    polls: Sequence[Row] = ()
    near: Sequence[str] = ()

    @property
    def known(self) -> bool:
        """Whether the URL was ever found."""
        told = self.standings, self.outcomes, self.articles, self.rejects
        return any(told) or any(poll["url_key"] == self.url_key for poll in self.polls)


def tell(url: str, ledger: Ledger, ask: Ask) -> Story:
    """Gather what ledger and lake (`ask`) know of a URL, in any of its spellings.

    An address that was only ever the end of a redirect is taken for the link that led to it.
    """
    story = _gather(url, url_key(url), ledger, ask)
    if story.known:
        return story
    for row in ask(_REDIRECTED, (f"%{host_of(url)}%",)):
        if normal_form(row["url_final"]) == normal_form(url):
            return _gather(url, row["url_key"], ledger, ask)
    near = [row["url"] for row in ask(_NEAR, (url, _ALIKE))]
    domain = registrable_domain(host_of(url))
    gaps = [
        row for row in ask(_GAPS, (domain,)) if registrable_domain(host_of(row["url"])) == domain
    ]
    return Story(url, story.url_key, (), (), (), (), polls=gaps[-_SHOWN:], near=near)


def _gather(url: str, key: str, ledger: Ledger, ask: Ask) -> Story:
    return Story(
        url,
        key,
        ledger.find(key),
        list(ask(_OUTCOMES, (key,))),
        list(ask(_ARTICLES, (key,))),
        list(ask(_REJECTS, (key,))),
        ledger.places(key),
        ledger.tries(key),
        list(ask(_POLLS, (key, _SHOWN)))[::-1],
    )


_OUTCOMES = f"""
    SELECT * FROM outcomes WHERE url_key = ?
    ORDER BY slot, source, list_position({_STAGES}, stage), "at"
"""  # noqa: S608 - constants only
_ARTICLES = """
    SELECT a.*, first.url AS duplicate_of_url FROM articles AS a
    LEFT JOIN (SELECT DISTINCT ON (article_id) article_id, url FROM articles) AS first
      ON first.article_id = a.duplicate_of
    WHERE a.url_key = ? ORDER BY a.slot, a.source
"""
_REJECTS = "SELECT * FROM rejects WHERE url_key = ? ORDER BY slot, source"
_POLLS = 'SELECT * FROM polls WHERE url_key = ? ORDER BY "at" DESC LIMIT ?'
_GAPS = 'SELECT * FROM polls WHERE gap AND contains(url, ?) ORDER BY "at"'
_REDIRECTED = """
    SELECT DISTINCT url_key, url_final FROM outcomes
    WHERE url_final LIKE ? AND url_final <> url ORDER BY ALL
"""
_NEAR = """
    SELECT url FROM (SELECT DISTINCT url FROM outcomes)
    WHERE jaro_winkler_similarity(url, $1) >= $2
    ORDER BY jaro_winkler_similarity(url, $1) DESC, url LIMIT 3
"""
