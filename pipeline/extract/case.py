"""What a row rule may look at, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from pipeline.extract.draft import Draft
from pipeline.extract.form import is_news
from pipeline.extract.lines import is_prose, words
from pipeline.model import Article, Reason
from pipeline.sources import Source


@dataclass(frozen=True)
class Case:
    """A page, read and tagged, and its source."""

    article: Article
    draft: Draft
    source: Source

    @cached_property
    def prose_words(self) -> int:
        """Words of the lines that are prose."""
        return sum(words(line) for line in self.draft.lines if is_prose(line))

    @cached_property
    def is_news(self) -> bool:
        """Whether the page calls itself an article."""
        return self.draft.kind is not None and is_news(self.draft.kind)

    @cached_property
    def asked(self) -> SplitResult:
        """The address that was listed."""
        return urlsplit(self.article.url)

    @cached_property
    def final(self) -> SplitResult:
        """The address that answered."""
        return urlsplit(self.article.url_final)

    @property
    def is_web(self) -> bool:
        """Whether the page has an address of the web; dumps and files have none."""
        return self.final.scheme in {"http", "https"}

    def is_wall(self, reason: Reason) -> bool:
        """Whether the page was recognised as that kind of wall."""
        return self.draft.wall is not None and self.draft.wall.reason is reason


@dataclass(frozen=True, slots=True)
class Rule:
    """A row rule. `broken` says whether a page breaks it; `reason` is what a Reject then says."""

    name: str
    reason: Reason
    broken: Callable[[Case], bool]
    doc: str
