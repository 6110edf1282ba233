"""Page -> Article or Reject. Pure: no clock, network or file; the same row from the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from pipeline.boilerplate import Rules, RuleSet
from pipeline.extract.body import read_body
from pipeline.extract.bounds import TooLarge, check_lines
from pipeline.extract.clues import clues_of
from pipeline.extract.cut import cut
from pipeline.extract.decode import Decoded, decode
from pipeline.extract.draft import Draft, Metadata
from pipeline.extract.dump import take_top
from pipeline.extract.frame import frame
from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.kind import is_text, read_kind, unreadable
from pipeline.extract.layout import layout_of
from pipeline.extract.lines import lines_of
from pipeline.extract.live import moved, read_live
from pipeline.extract.memory import Memory, recalled
from pipeline.extract.metadata import read_claims, read_metadata
from pipeline.extract.parse import parse, without_refused
from pipeline.extract.parts import with_parts
from pipeline.extract.paywall import read_paywall
from pipeline.extract.scan import Claims
from pipeline.extract.shapes import Shape
from pipeline.extract.strip import strip
from pipeline.extract.tag import tag
from pipeline.extract.validate import refuse, validate
from pipeline.extract.wall import Seen, read_wall
from pipeline.extract.witness import read_stated
from pipeline.model import Article, Page, Reason, Reject, Slot
from pipeline.paging import first_page
from pipeline.sources import Source

__all__ = ["OnShapes", "OnStage", "extract_page", "unheard"]

#: Hears the name of each stage as it begins: pages are timed by whoever has a clock.
OnStage = Callable[[str], None]
#: Hears what a page teaches of its site's shapes: no part of its row.
OnShapes = Callable[[tuple[Shape, ...]], None]


def unheard(_: str) -> None:
    """Nobody asked where the time goes."""


def unlearned(_: tuple[Shape, ...]) -> None:
    """Nobody learns."""


def extract_page(
    page: Page,
    source: Source,
    rules: Rules,
    slot: Slot,
    memory: Memory | None = None,
    *,
    on_stage: OnStage = unheard,
    on_shapes: OnShapes = unlearned,
) -> Article | Reject:
    """Judge one page. Whatever it holds, the answer is a row; a page never raises.

    `memory` is what was known of the source before the slot's day. Raises FixSeed if the source's
    own rules are wrong.
    """
    verdict = _judge(
        page, source, rules, slot, memory=memory, on_stage=on_stage, on_shapes=on_shapes
    )
    return verdict if memory is None else memory.stamp(verdict)


def _judge(
    page: Page,
    source: Source,
    rules: Rules,
    slot: Slot,
    *,
    memory: Memory | None,
    on_stage: OnStage,
    on_shapes: OnShapes,
) -> Article | Reject:
    chosen = rules.for_source(source)
    blank = Draft(page=page)
    try:
        on_stage("decode")
        decoded = decode(page.body, page.header("content-type"))
        blank = Draft(page=page, encoding=decoded.encoding, broken=decoded.broken)
        if (why := unreadable(page, decoded)) is not None:
            return refuse(tag(blank, source, chosen, slot), *why)
        read_page = partial(_read_page, known=None if memory is None else memory.shapes)
        read = _read_text if is_text(page, decoded) else read_page
        draft = read(page, decoded, source, chosen, on_stage)
        if page.parts:
            draft = with_parts(draft, lambda p, d: read_page(p, d, source, chosen, on_stage))
        on_shapes(draft.shapes)
        draft = recalled(draft, memory)
        on_stage("tag")
        article = tag(draft, source, chosen, slot)
        if draft.part_of and source.fetch.max_parts > 1:
            detail = f"a later page of {draft.part_of}"
            return refuse(article, Reason.PART, ("is_first_page",), detail)
        on_stage("validate")
        return validate(article, draft, source)
    except TooLarge as error:
        why = Reason.TOO_LARGE, ("is_readable",), str(error)
    except MemoryError:
        why = Reason.TOO_LARGE, ("is_readable",), "takes more memory than a page may"
    except Exception as error:  # noqa: BLE001 - one strange page must not stop the others
        why = Reason.EXTRACTOR_FAILED, (), f"{type(error).__name__}: {error}"
    return refuse(tag(blank, source, chosen, slot), *why)


def _read_page(
    page: Page,
    decoded: Decoded,
    source: Source,
    rules: RuleSet,
    on_stage: OnStage,
    *,
    known: Mapping[str, bool] | None,
) -> Draft:
    try:
        return _read_tree(page, decoded, source, rules, on_stage, known=known)
    except ValueError:
        utf8 = without_refused(decoded.utf8)
        if utf8 == decoded.utf8:
            raise
        plain = replace(decoded, text=utf8.decode(), utf8=utf8)
        return _read_tree(page, plain, source, rules, on_stage, known=known)


def _read_tree(
    page: Page,
    decoded: Decoded,
    source: Source,
    rules: RuleSet,
    on_stage: OnStage,
    *,
    known: Mapping[str, bool] | None,
) -> Draft:
    on_stage("parse")
    tree = parse(decoded.text, decoded.utf8)
    if tree is None:
        return Draft(page=page, encoding=decoded.encoding, broken=decoded.broken)
    part_of = first_page(tree, page.final_url)  # before its pager is cut
    on_stage("cut")
    text = cut(tree, rules)
    on_stage("jsonld")
    jsonld = read_jsonld(tree)
    layout = layout_of(tree)
    on_stage("metadata")
    claims = Claims(tree, jsonld, page, source)
    metadata, kind = read_metadata(claims), read_kind(claims)
    on_stage("body")
    body = read_body(
        tree,
        text.blocks,
        clues_of(claims),
        page.final_url,
        selector=source.extract.body,
        live=read_live(claims),
        known=known,
    )
    check_lines(body.lines)
    on_stage("strip")
    stripped = strip(body.lines, rules, title=metadata.title, site=source.name, kinds=body.kinds)
    on_stage("frame")
    around = frame(text.blocks, body, metadata.title, rules)
    cuts = (*text.cuts, *around, *stripped.cuts)
    on_stage("wall")
    seen = Seen(claims, kind, stripped.lines, text.blocks, cuts, decoded.utf8)
    wall, paywall = read_wall(seen, rules.walls), read_paywall(seen, rules.walls.paywall)
    on_stage("draft")  # what is left is to let go of the tree, which takes longer than walls
    return Draft(
        page=page,
        encoding=decoded.encoding,
        broken=decoded.broken,
        metadata=metadata,
        kind=kind,
        layout=layout,
        lines=stripped.lines,
        kinds=tuple(body.kinds[i] for i in stripped.kept),
        starts=moved(body.starts, stripped.kept),
        flags=stripped.flags,
        cuts=cuts,
        part_of=part_of,
        wall=wall,
        paywall=paywall,
        stated=read_stated(claims),
        shapes=body.shapes,
    )


def _read_text(
    page: Page, decoded: Decoded, source: Source, rules: RuleSet, on_stage: OnStage
) -> Draft:
    on_stage("strip")
    lines = lines_of(decoded.text)
    check_lines(lines)
    stripped = strip(lines, rules, site=source.name)
    top = take_top(stripped.lines, stripped.cuts)
    return Draft(
        page=page,
        encoding=decoded.encoding,
        broken=decoded.broken,
        metadata=read_claims(Metadata(title=top.title, authors=top.authors), page, source),
        lines=top.lines,
        cuts=(*stripped.cuts, *top.cuts),
        flags=stripped.flags,
    )
