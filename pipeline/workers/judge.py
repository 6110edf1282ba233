"""What a worker does with a page: everything it needs to know, in one value that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from pipeline.boilerplate import Rules
from pipeline.extract import extract_page
from pipeline.extract.draft import Draft
from pipeline.extract.memory import Memory
from pipeline.extract.shapes import Seen, Shape
from pipeline.extract.tag import tag
from pipeline.extract.validate import refuse
from pipeline.model import Article, Link, Page, Reason, Reject, Slot
from pipeline.sources import Source, seed_of

Verdict = Article | Reject
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Judge:
    """A slot's judge: the same verdict on the same page, whoever asks and in whatever order."""

    sources: Mapping[str, Source]
    rules: Rules
    slot: Slot
    memories: Mapping[str, Memory] = field(default_factory=dict)

    def __call__(self, page: Page) -> Verdict:
        """Judge a page. Raises FixSeed if its source's seed is gone or its own rules are wrong."""
        return self.see(page).row

    def see(self, page: Page) -> Seen:
        """Judge a page, and say what memory learns from it beside the row. Raises as a call does."""
        memory = self.memories.get(page.link.source)
        heard: list[tuple[Shape, ...]] = [()]
        source = seed_of(page, self.sources)
        row = extract_page(page, source, self.rules, self.slot, memory, on_shapes=heard.append)
        return Seen(row, heard[-1])

    def refuse(self, page: Page, reason: Reason, detail: str) -> Reject:
        """Return the row of a page that could not be judged. Raises as a call does."""
        source = seed_of(page, self.sources)
        row = tag(Draft(page=page), source, self.rules.for_source(source), self.slot)
        return refuse(row, reason, (), detail)

    def warm_up(self) -> None:
        """Load what the first page of a process would have to wait for: 0.8 s of imports."""
        for source in list(self.sources.values())[:1]:
            for kind, body in _PAGES.items():
                at = self.slot.start
                url = f"{source.home}warm-up"
                link = Link(source=source.id, url=url, url_key=url, found_at=at, found_in="warm-up")
                extract_page(
                    Page(
                        link=link,
                        final_url=url,
                        status=200,
                        headers=(("content-type", kind),),
                        body=body,
                        fetched_at=at + timedelta(hours=1),
                    ),
                    source,
                    self.rules,
                    self.slot,
                )


@dataclass(frozen=True)
class Observer:
    """A judge that also says what memory learns from each page."""

    judge: Judge

    def __call__(self, page: Page) -> Seen:
        """Judge a page. Raises as the judge does."""
        return self.judge.see(page)

    def refuse(self, page: Page, reason: Reason, detail: str) -> Seen:
        """Return the row of a page that could not be judged. Raises as the judge does."""
        return Seen(self.judge.refuse(page, reason, detail))

    def warm_up(self) -> None:
        """Load what the first page would have to wait for."""
        self.judge.warm_up()


class Asked(Protocol[T_co]):
    """What a worker asks about a page: can be pickled, and answers with what can be."""

    def __call__(self, page: Page) -> T_co:
        """Answer. Raises FixSeed for what the operator must mend."""

    def refuse(self, page: Page, reason: Reason, detail: str) -> T_co:
        """Answer for a page that ended its worker."""

    def warm_up(self) -> None:
        """Load what the first page of a process would have to wait for."""


#: Enough for every step to have something to do; the second page is in an encoding to be detected.
_PARAGRAPHS = "".join(
    f"<p>The keeper of lamp number {n} wrote that the night was calm, the sea was low and the "
    "boats came home before the rain began to fall on the harbour.</p>"
    for n in range(8)
)
_HTML = f"<html><body><article><h1>A calm night</h1>{_PARAGRAPHS}</article></body></html>"
_PAGES = {
    "text/html; charset=utf-8": _HTML.encode(),
    "text/html": _HTML.replace("calm", "тихая ночь у моря").encode("cp1251"),
}
