"""What is known of a source, as its operator sees it: each rule with its standing and its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import FixSeed
from pipeline.extract.memory import CATEGORY
from pipeline.memory.learn import (
    WINDOW_DAYS,
    Demands,
    Learned,
    LearnedRule,
    cut_places,
    plus_days,
    shape_side,
    support_share,
)
from pipeline.memory.places import LearnedShape

#: Standings, as they are listed.
STANDINGS = ("applied", "accepted", "refused", "proposed", "expired")
#: Stories that carry a line before it is worth showing.
_SHOWN_FROM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A learned rule. `cut` names the places where extraction removes the line; none: nowhere.

    A shape (`shape-…`) cuts nothing known: where the filter is in doubt of a block there, it is
    `kept` or `dropped`, which `in_doubt` says; `places` counts stories where it was text, and not.

    `stories` carry it (copies of one count once), on `days` days: the `share` of all since it was
    first seen. `own` pages speak against it: there it carried the article's facts.
    """

    rule: str
    category: str
    standing: str
    line: str
    cut: tuple[str, ...]
    in_doubt: str
    stories: int
    days: int
    share: float
    places: Mapping[str, int]
    own: int
    example: str
    counter_example: str
    first_seen: str
    last_seen: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What is known of a source at the start of a day: pages it was learned from, layouts, rules."""

    source: str
    day: str
    pages: int
    layouts: Mapping[str, int]
    rules: Sequence[RuleView]


def rulebook(
    known: Learned, decisions: Mapping[str, Mapping[str, str]], *, everything: bool = False
) -> Rulebook:
    """Lay out what is known.

    Lines seen in one story, and shapes that were always text or never, only if `everything` is asked
    for.
    """
    gone = {
        ident: LearnedRule(id=ident, line=said["line"], first_seen=said["at"][:10],
                           last_seen=said["at"][:10], seen={}, places={})
        for ident, said in decisions.items() if ident not in known.rules
    }  # fmt: skip
    views = [
        _view(rule, known, decisions.get(rule.id, {}).get("verdict", ""))
        for rule in (*known.rules.values(), *gone.values())
    ]
    views += [
        _view_shape(shape, known, decisions)
        for shape in known.shapes.values()
        if everything or 0 < shape.texts < shape.support or shape.id in decisions
    ]
    shown = [
        view
        for view in views
        if everything or view.stories >= _SHOWN_FROM or view.standing != "proposed"
    ]
    shown.sort(key=lambda view: (STANDINGS.index(view.standing), -view.stories, view.line))
    layouts = {path: n for path, (n, _) in known.layouts.items()}
    return Rulebook(
        source=known.source,
        day=known.day,
        pages=known.count("pages"),
        layouts=dict(sorted(layouts.items(), key=lambda item: (-item[1], item[0]))),
        rules=shown,
    )


def find_rule(
    name: str, known: Learned, decisions: Mapping[str, Mapping[str, str]]
) -> LearnedRule | LearnedShape:
    """Return the rule an operator means. Raises FixSeed if there is none of that id."""
    if (rule := known.rules.get(name) or known.shapes.get(name)) is not None:
        return rule
    if (said := decisions.get(name)) is not None:
        day = said["at"][:10]
        return LearnedRule(
            id=name, line=said["line"], first_seen=day, last_seen=day, seen={}, places={}
        )
    msg = (
        f"{known.source} has no learned rule {name!r}; `broadsheet sources rules {known.source}` "
        "lists them, with --all those seen once too"
    )
    raise FixSeed(msg)


def _view_shape(
    shape: LearnedShape, known: Learned, decisions: Mapping[str, Mapping[str, str]]
) -> RuleView:
    verdict = decisions.get(shape.id, {}).get("verdict", "")
    is_text = shape_side(shape, Demands(), [shape.id] if verdict == "accepted" else ())
    holds = is_text is not None and verdict != "refused"
    for_it, against = (shape.text, shape.other) if shape.odds > 0 else (shape.other, shape.text)
    return RuleView(
        rule=shape.id,
        category=CATEGORY,
        standing=verdict or ("applied" if holds else "proposed"),
        line=shape.path,
        cut=(),
        in_doubt=("kept" if is_text else "dropped") if holds else "",
        stories=shape.support,
        days=len(shape.days),
        share=round(shape.support / max(1, shape.support, known.count("stories")), 3),
        places={"text": shape.texts, "other": shape.support - shape.texts},
        own=0,
        example=for_it,
        counter_example=against,
        first_seen=shape.first_seen,
        last_seen=shape.last_seen,
        expires=plus_days(shape.last_seen, WINDOW_DAYS),
    )


def _view(rule: LearnedRule, known: Learned, verdict: str) -> RuleView:
    cut = cut_places(rule, known, Demands())
    if verdict == "accepted":
        cut = frozenset({"head", "heading", "inside", "tail"})
    standing = verdict or ("applied" if cut else "proposed" if rule.seen else "expired")
    return RuleView(
        rule=rule.id,
        category=CATEGORY,
        standing=standing,
        line=rule.line,
        cut=() if verdict == "refused" else tuple(sorted(cut)),
        in_doubt="",
        stories=rule.support,
        days=len(rule.seen),
        share=round(support_share(rule, known), 3) if rule.seen else 0.0,
        places=rule.places,
        own=rule.own,
        example=rule.example,
        counter_example=rule.counter,
        first_seen=rule.first_seen,
        last_seen=rule.last_seen,
        expires=rule.expires,
    )
