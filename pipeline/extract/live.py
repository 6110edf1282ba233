"""Live blogs: which blocks are an entry, and when each was written.

A live blog declares itself (schema.org LiveBlogPosting), or is seen to be one: boxes of one look in
a place that is called live, each with a time and text of its own; or times that stand, all of one
look, between paragraphs. An ordinary page costs a look at the names around its blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any, Final

from pipeline.extract.blocks import Block, Place
from pipeline.extract.clues import normal
from pipeline.extract.dates import is_believable, read_date
from pipeline.extract.draft import Start
from pipeline.extract.hints import MARKS
from pipeline.extract.jsonld import Node, texts, types_of
from pipeline.extract.lines import words
from pipeline.extract.scan import Claims

#: What reads a written time; None if it says none that can be believed.
Read = Callable[[str], datetime | None]

_TYPE: Final = "LiveBlogPosting"
_LIVE: Final = 1 << MARKS.index("live")
_COMMENT: Final = 1 << MARKS.index("comment")
#: Entries of a page that says it is a live blog, and of one that only looks like it.
_DECLARED: Final = 2
_SEEN: Final = 4
#: What is no label of a time: more words, or more characters.
_LABEL_WORDS: Final = 9
_LABEL_CHARS: Final = 80
#: A line that begins with a time and goes on is the entry's headline or its text.
_BESIDE: Final = 4
_PROSE_WORDS: Final = 10
_LINKED: Final = 0.5
_LIKELY: Final = 0.5
_MOST_UPDATES: Final = 2000
_KEY_CHARS: Final = 60
#: Characters with so many at least in their normal form, be it full of tags.
_START_CHARS: Final = 1000
_CLOCK = re.compile(
    r"(?<![\d:.,/-])(?:[01]?\d|2[0-3])[:.h][0-5]\d(?![\d%])(?:\s?[ap]\.?m\b)?", re.IGNORECASE
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")


@dataclass(frozen=True, slots=True)
class Found:
    """An entry on the page: where it begins, the numbers of its blocks, and its time."""

    first: int
    blocks: tuple[int, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Live:
    """What a page says of its entries: their times by headline and beginning; how to read others.

    `declared` says whether it calls itself a live blog.
    """

    declared: bool
    times: dict[str, datetime]
    read: Read


def read_live(claims: Claims) -> Live:
    """Gather what a page declares of its entries."""

    def read(text: str) -> datetime | None:
        written = read_date(text, claims.source.timezone, claims.source.extract.date_order)
        if written is None or written.precision == "day":
            return None
        return written.at if is_believable(written.at, claims.page.fetched_at) else None

    blogs = [node for node in claims.jsonld.articles if _TYPE in types_of(node)]
    times: dict[str, datetime] = {}
    for update in _updates(blogs):
        if at := next(filter(None, map(read, texts(update.get("datePublished")))), None):
            for key in (*_starts(update.get("headline")), *_starts(update.get("articleBody"))):
                times.setdefault(normal(key)[:_KEY_CHARS], at)
    return Live(bool(blogs), times, read)


def _starts(value: object) -> list[str]:
    """Return how a text begins, which is all that it is known by: some have thousands of words."""
    return texts(value[:_START_CHARS] if isinstance(value, str) else value)


def _updates(blogs: Sequence[Node]) -> Iterator[Node]:
    for blog in blogs:
        given = blog.get("liveBlogUpdate")
        for update in (given if isinstance(given, list) else [given])[:_MOST_UPDATES]:
            if isinstance(update, dict):
                yield update


def find_entries(blocks: Sequence[Block], scores: Sequence[float], live: Live) -> list[Found]:
    """Return the entries in the page's order; none if it is no live blog.

    `scores` say how likely a block is part of an article. Among entries it is their own measure
    that counts: a filter that doubts one doubts them all.
    """
    if not live.declared and not any(block.place.far & _LIVE for block in blocks):
        return []
    stamps = {i for i, block in enumerate(blocks) if _is_stamp(block)}
    least = _DECLARED if live.declared else _SEEN
    if len(stamps) < least:
        return []
    spans = _boxes(blocks, stamps, least, live) or _between(blocks, stamps, least, live)
    inside = [i for span in spans for i in range(*span) if _is_prose(blocks[i])]
    if not live.declared and 2 * len(inside) < sum(map(_is_prose, blocks)):
        return []
    enough = min(_LIKELY, median(scores[i] for i in inside) / 2) if inside else _LIKELY
    found = (_entry(blocks, scores, range(*span), enough, live) for span in spans)
    entries = [entry for entry in found if entry.blocks]
    return entries if len(entries) >= least else []


def moved(starts: Sequence[Start], kept: Sequence[int]) -> tuple[Start, ...]:
    """Return where entries begin among the lines that are left; what has no line left is gone."""
    lines: list[Start] = []
    at = 0
    for start in starts:
        while at < len(kept) and kept[at] < start.line:
            at += 1
        if lines and lines[-1].line == at:
            lines.pop()
        if at < len(kept):
            lines.append(replace(start, line=at))
    return tuple(lines)


def _is_stamp(block: Block) -> bool:
    """Whether a block is a label with a time, or begins with one."""
    text = block.text
    if len(text) > _LABEL_CHARS:
        return _CLOCK.match(text) is not None
    if block.place.kind == "caption":
        return False
    if _CLOCK.search(text) or _EPOCH.fullmatch(text):
        return words(text) <= _LABEL_WORDS or _CLOCK.match(text) is not None
    return words(text) <= _LABEL_WORDS and block.place.element.find(".//time") is not None


def _is_label(block: Block) -> bool:
    """Whether a stamp says no more than time and author."""
    if block.place.kind == "heading" or words(block.text) > _LABEL_WORDS:
        return words(_CLOCK.sub("", block.text)) <= _BESIDE // 2
    return True


def _is_prose(block: Block) -> bool:
    return words(block.text) >= _PROSE_WORDS and block.linked < _LINKED * len(block.text)


def _is_matter(block: Block) -> bool:
    """Whether a block may be an entry's text or headline: no caption, no link to elsewhere."""
    return block.place.kind != "caption" and block.linked < _LINKED * len(block.text)


def _boxes(
    blocks: Sequence[Block], stamps: set[int], least: int, live: Live
) -> list[tuple[int, int]]:
    """Return the first and the last block (exclusive) of boxes of one look, each with its stamp.

    Of several looks that hold much of the text, the one with the most boxes; then the outermost.
    """
    groups: dict[tuple[str, str, int], dict[int, Place]] = {}
    for i in sorted(stamps):
        place: Place | None = blocks[i].place
        while place is not None and place.parent is not None:
            key = (place.looks, place.parent.looks, place.depth)
            groups.setdefault(key, {})[id(place)] = place
            place = place.parent
    rated: list[tuple[int, int, int, list[tuple[int, int]]]] = []
    for (_, _, depth), places in groups.items():
        if len(places) < least or not (live.declared or all(map(_is_called_live, places.values()))):
            continue
        spans = [(p.start, p.end) for p in places.values() if _has_text(blocks, stamps, p)]
        prose = sum(_is_prose(blocks[i]) for span in spans for i in range(*span))
        if len(spans) >= least:
            rated.append((prose, len(spans), -depth, spans))
    most = max((prose for prose, *_ in rated), default=0)
    likely = [one for one in rated if 2 * one[0] >= most]
    return max(likely, key=lambda one: one[1:3])[3] if likely else []


def _is_called_live(place: Place) -> bool:
    return bool(place.far & _LIVE) and not place.far & _COMMENT


def _has_text(blocks: Sequence[Block], stamps: set[int], place: Place) -> bool:
    inside = range(place.start, place.end)
    return any(i not in stamps and _is_matter(blocks[i]) for i in inside)


def _between(
    blocks: Sequence[Block], stamps: set[int], least: int, live: Live
) -> list[tuple[int, int]]:
    """Return what stands from one stamp to the next, where stamps of one look share a parent."""
    groups: dict[tuple[str, int], list[int]] = {}
    for i in sorted(stamps):
        place = blocks[i].place
        if place.parent is not None and (live.declared or _is_called_live(place)):
            groups.setdefault((place.looks, id(place.parent)), []).append(i)
    starts = max(groups.values(), key=len, default=[])
    if len(starts) < least:
        return []
    parent = blocks[starts[-1]].place.parent
    ends = [*starts[1:], parent.end if parent else len(blocks)]
    return list(zip(starts, ends, strict=True))


def _entry(
    blocks: Sequence[Block], scores: Sequence[float], span: range, enough: float, live: Live
) -> Found:
    """Return an entry's blocks: its headline, and what is as likely as entries are."""
    chosen: list[int] = []
    labels: list[Block] = []
    for i in span:
        block = blocks[i]
        if _is_stamp(block):
            labels.append(block)
            if _is_label(block):
                continue
        if not _is_matter(block) and scores[i] <= _LIKELY:
            continue
        leads = not chosen and block.place.kind == "heading"
        if leads or scores[i] > enough or (block in labels and scores[i] > enough / 2):
            chosen.append(i)
    return Found(span.start, tuple(chosen), _time([blocks[i] for i in chosen], labels, live))


def _time(chosen: Sequence[Block], labels: Sequence[Block], live: Live) -> datetime | None:
    """Return an entry's time: as its time element, the page's declaration or its label has it."""
    written = (
        time.get("datetime")
        for label in labels
        for time in _times(label.place)
        if time.get("datetime")
    )
    declared = (live.times.get(normal(block.text)[:_KEY_CHARS]) for block in chosen)
    shown = (live.read(label.text) for label in labels)
    return next(filter(None, map(live.read, written)), None) or next(
        filter(None, declared), next(filter(None, shown), None)
    )


def _times(place: Place) -> Iterator[Any]:
    """Yield the time elements of a label: it is one, or holds one."""
    yield from place.element.iter("time")
