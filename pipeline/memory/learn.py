"""What was known + what pages show -> what is known: each recurring line a rule with its support.

Pure: the same evidence in any order of pages teaches the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from pipeline.extract.lines import words
from pipeline.extract.memory import PLACES, Memory, is_paragraph
from pipeline.memory.evidence import PageEvidence
from pipeline.memory.places import PREFIX, LearnedShape, remembered, seen, side

#: Days that count. What has not been seen for so long is forgotten.
WINDOW_DAYS: Final = 28
#: Lines remembered of a source: those of most support, then the latest.
_MOST_RULES: Final = 1500
#: Pages that new ones are compared with, so that copies of one article count once.
_MOST_PAGES: Final = 300
#: Stories remembered per line, and pages: enough to know one of them when it comes again, and to
#: tell whether others than a page that is taken down carry the line.
_MOST_STORIES: Final = 12
#: Layouts remembered; sites have up to a dozen.
_MOST_LAYOUTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a line must show before it is cut, so that no heading or refrain of a series goes.

    Below the text: `pages` stories on `days` days, `share` of all stories since it was first seen,
    `edge` of its places head or tail. Above it, `sure_…` as many; between paragraphs that and
    `inside_words`, for shorter lines there are headings. A paragraph must show that much anywhere.
    A shape decides what is in doubt after `shape_stories`, if their mean log-odds are `shape_lean`
    away from even.
    """

    pages: int = 3
    days: int = 3
    share: float = 0.1
    edge: float = 0.8
    sure_pages: int = 6
    sure_days: int = 2
    sure_share: float = 0.5
    sure_edge: float = 0.5
    inside_words: int = 6
    shape_stories: int = 3
    shape_lean: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedRule:
    """A line that recurs. `seen` counts by day the stories that carry it, copies of one once.

    `places` counts where it stood; `own` the pages of whose article it carried the facts. `stories`
    and `pages` are the latest that carry it, by id. `example` and `counter` are addresses: of a page
    that carries it, and of one that speaks against it.
    """

    id: str
    line: str
    first_seen: str
    last_seen: str
    seen: Mapping[str, int]
    places: Mapping[str, int]
    stories: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    own: int = 0
    example: str = ""
    counter: str = ""

    @property
    def support(self) -> int:
        """Different stories that carry it, within the window."""
        return sum(self.seen.values())

    @property
    def expires(self) -> str:
        """The day on which it is forgotten if it is not seen again."""
        return plus_days(self.last_seen, WINDOW_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """All that is known of a source at the start of a day; JSON in the lake.

    `days` counts by day pages and filled columns; `layouts` gives each layout's pages and last day;
    `recent` the sketch and story of the latest pages; `taken` the evidence it has learned from;
    `shapes` the kinds of places where its pages hold text or what is none.
    """

    source: str
    day: str
    days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    layouts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    rules: Mapping[str, LearnedRule] = field(default_factory=dict)
    recent: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    shapes: Mapping[str, LearnedShape] = field(default_factory=dict)

    def count(self, what: str, since: str = "") -> int:
        """Sum up what `days` counts: pages, stories (copies once), words, a filled column's name."""
        return sum(counts.get(what, 0) for day, counts in self.days.items() if day >= since)


def learn(known: Learned, evidence: Mapping[str, Sequence[PageEvidence]], day: str) -> Learned:
    """Return what is known at the start of `day`, after the evidence of slots before it.

    `evidence` gives pages by the name of their slot's object, which begins with the slot's id. What
    was taken before is not taken again.
    """
    state = _State(known, day)
    for name in sorted(evidence):
        if name not in state.taken:
            slot_day = f"{name[:4]}-{name[4:6]}-{name[6:8]}"
            for page in sorted(evidence[name], key=lambda page: page.page):
                state.add(page, slot_day)
            state.taken.append(name)
    return state.close()


def moved_to(known: Learned, day: str) -> Learned:
    """Return what is known as if it had been learned before another day.

    For a day before all that was learned: the nearest that is known is better than nothing. Layouts
    and shapes are left out, for the other time had its own.
    """
    shift = (date.fromisoformat(day) - date.fromisoformat(known.day)).days
    rules = {
        ident: replace(
            rule,
            first_seen=plus_days(rule.first_seen, shift),
            last_seen=plus_days(rule.last_seen, shift),
            seen={plus_days(at, shift): n for at, n in rule.seen.items()},
        )
        for ident, rule in known.rules.items()
    }
    days = {plus_days(at, shift): counts for at, counts in known.days.items()}
    return replace(known, day=day, days=days, rules=rules, layouts={}, taken=(), shapes={})


def support_share(rule: LearnedRule, known: Learned) -> float:
    """Return which part of the stories since a line was first seen carry it."""
    since = min(rule.seen, default=rule.first_seen)
    return rule.support / max(1, rule.support, known.count("stories", since))


def cut_places(rule: LearnedRule, known: Learned, demands: Demands) -> frozenset[str]:
    """Return the places where a line may be cut; none: it is proposed, not applied."""
    share, stories, days = support_share(rule, known), rule.support, len(rule.seen)
    if not stories or rule.own * 4 > stories:
        return frozenset()
    placed = sum(n for at, n in rule.places.items() if at != "cut")
    edge = (rule.places.get("head", 0) + rule.places.get("tail", 0)) / max(1, placed)
    allowed = set()
    if stories >= demands.sure_pages and days >= demands.sure_days and share >= demands.sure_share:
        if edge >= demands.sure_edge:
            allowed |= {"head", "tail"}
        if words(rule.line) >= demands.inside_words:
            allowed |= {"head", "tail", "inside", "heading"}
    # What is long enough to be an article's own paragraph must be nearly everywhere.
    if is_paragraph(rule.id):
        return frozenset(allowed)
    if stories >= demands.pages and days >= demands.days and share >= demands.share:
        allowed |= {"tail"} if edge >= demands.edge else set()
    return frozenset(allowed)


def memory_of(
    known: Learned,
    refused: Iterable[str] = (),
    accepted: Mapping[str, str] | None = None,
    demands: Demands | None = None,
) -> Memory:
    """Return what extraction needs: the rules that are safe, less those refused, with the accepted.

    `accepted` gives lines by rule id: an operator's word outlasts what is seen.
    """
    demands, barred, lines = demands or Demands(), set(refused), {}
    for rule in known.rules.values():
        at = cut_places(rule, known, demands)
        if at and rule.id not in barred:
            lines[rule.id] = (rule.line, at)
    for ident, line in (accepted or {}).items():
        if not ident.startswith(PREFIX):
            lines[ident] = (line, frozenset(PLACES))
    shapes = {
        shape.path: is_text
        for shape in known.shapes.values()
        if (is_text := shape_side(shape, demands, accepted or {})) is not None
        and shape.id not in barred
    }
    return Memory.of(known.source, known.day, lines, shapes)


def shape_side(
    shape: LearnedShape, demands: Demands, accepted: Collection[str] = ()
) -> bool | None:
    """Return what a shape decides, if anything; an operator's word is worth any number of stories."""
    if shape.id in accepted:
        return shape.odds > 0
    return side(shape, demands.shape_stories, demands.shape_lean)


class _State:
    """The same while it is learned."""

    def __init__(self, known: Learned, day: str) -> None:
        self.source, self.day, self.oldest = known.source, day, plus_days(day, -WINDOW_DAYS)
        self.days = {at: dict(counts) for at, counts in known.days.items()}
        self.layouts, self.rules = dict(known.layouts), dict(known.rules)
        self.recent, self.taken = dict(known.recent), list(known.taken)
        self.shapes = {shape.path: shape for shape in known.shapes.values()}

    def add(self, page: PageEvidence, day: str) -> None:
        """Learn from one page."""
        counts = self.days.setdefault(day, {})
        for what in ("pages", *page.filled):
            counts[what] = counts.get(what, 0) + 1
        if "article" in page.filled:
            counts["words"] = counts.get("words", 0) + page.words
        if page.layout:
            n, last = self.layouts.get(page.layout, (0, day))
            self.layouts[page.layout] = (n + 1, max(last, day))
        told = counts.get("stories", 0)
        story = self._story(page, counts)
        for path, _, odds in page.shapes if counts.get("stories", 0) > told else ():
            self.shapes[path] = seen(self.shapes.get(path), path, odds, page.url, day)
        for line in page.lines:
            self._carry(line, page, story, day)
        for ident in page.own:
            rule = self.rules.get(ident)
            if rule is not None:
                self.rules[rule.id] = replace(rule, own=rule.own + 1, counter=page.url)

    def _story(self, page: PageEvidence, counts: dict[str, int]) -> str:
        """Return the name that copies of one article share: that of the first of them."""
        known = self.recent.pop(page.page, None)
        story = known[0] if known else None
        if story is None:
            copies = (at for at, sketch in self.recent.values() if page.is_copy_of(sketch))
            story = next(copies, "")
        if not story:
            story = page.page
            counts["stories"] = counts.get("stories", 0) + 1
        self.recent[page.page] = (story, page.sketch)
        while len(self.recent) > _MOST_PAGES:
            del self.recent[next(iter(self.recent))]
        return story

    def _carry(
        self, carried: tuple[str, str, str], page: PageEvidence, story: str, day: str
    ) -> None:
        where, ident, line = carried
        rule = self.rules.get(ident) or LearnedRule(
            id=ident, line=line, first_seen=day, last_seen=day, seen={}, places={}
        )
        new = story not in rule.stories
        pages = rule.pages if page.page in rule.pages else (*rule.pages, page.page)
        self.rules[ident] = replace(
            rule,
            first_seen=min(rule.first_seen, day),
            last_seen=max(rule.last_seen, day),
            seen={**rule.seen, day: rule.seen.get(day, 0) + 1} if new else rule.seen,
            places={**rule.places, where: rule.places.get(where, 0) + 1},
            stories=(*rule.stories, story)[-_MOST_STORIES:] if new else rule.stories,
            pages=pages[-_MOST_STORIES:],
            example=rule.example or page.url,
            counter=page.url if where in {"inside", "heading"} else rule.counter,
        )

    def close(self) -> Learned:
        """Return it with what is too old or too much forgotten, in an order of its own."""
        rules = [self._in_window(rule) for rule in self.rules.values()]
        # What was once common is shown as expired for as long again.
        shown = plus_days(self.oldest, -WINDOW_DAYS)
        rules = [r for r in rules if r.seen or (len(r.stories) > 1 and r.last_seen >= shown)]
        rules.sort(key=lambda rule: (rule.support, rule.last_seen, rule.id), reverse=True)
        layouts = sorted(
            ((path, at) for path, at in self.layouts.items() if at[1] >= self.oldest),
            key=lambda item: (item[1], item[0]),
            reverse=True,
        )
        return Learned(
            source=self.source,
            day=self.day,
            days={day: self.days[day] for day in sorted(self.days) if day >= self.oldest},
            layouts=dict(sorted(layouts[:_MOST_LAYOUTS])),
            rules={rule.id: rule for rule in sorted(rules[:_MOST_RULES], key=lambda rule: rule.id)},
            recent=self.recent,
            taken=tuple(
                name for name in sorted(self.taken) if name >= self.oldest.replace("-", "")
            ),
            shapes=remembered(self.shapes.values(), self.oldest),
        )

    def _in_window(self, rule: LearnedRule) -> LearnedRule:
        return replace(rule, seen={at: n for at, n in rule.seen.items() if at >= self.oldest})


def plus_days(day: str, days: int) -> str:
    """Return the day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
