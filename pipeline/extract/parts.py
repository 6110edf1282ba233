"""The pages that an article is split over -> one draft: title and metadata of the first, all text.

What later pages repeat of the earlier ones (headline, standfirst, byline, author box) is a cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pipeline.extract.bounds import TooLarge
from pipeline.extract.decode import Decoded, decode
from pipeline.extract.draft import Draft
from pipeline.extract.kind import is_text, unreadable
from pipeline.extract.lines import is_prose, tokens, words
from pipeline.extract.live import moved
from pipeline.extract.paywall import joined
from pipeline.extract.strip import cut_of
from pipeline.model import Cut, Fetched, Miss, Page

#: A line of so many words that an earlier page has too is repeated, wherever it stands; a shorter
#: one only on top or at the end, for "No." may be said on every page of an interview.
_LONG: Final = 8

Read = Callable[[Page, Decoded], Draft]


def with_parts(draft: Draft, read: Read) -> Draft:
    """Return the draft of an article's first page, joined with those of its later pages.

    A part that cannot be read counts as missing; what comes after it is kept.
    """
    known = {tokens(line) for line in (*draft.lines, draft.metadata.title or "")}
    for part in draft.page.parts:
        later = _read_part(part, read)
        draft = (
            replace(draft, parts_missing=True) if later is None else _joined(draft, later, known)
        )
    return draft


def _read_part(part: Fetched, read: Read) -> Draft | None:
    if isinstance(part, Miss):
        return None
    decoded = decode(part.body, part.header("content-type"))
    if unreadable(part, decoded) is not None or is_text(part, decoded):
        return None
    try:
        later = read(part, decoded)
    except TooLarge:
        return None
    return later if later.lines else None


def _joined(draft: Draft, later: Draft, known: set[str]) -> Draft:
    """Return the draft with the lines that are new; `known` learns them."""
    repeated = _repeated(later.lines, known)
    new = [i for i in range(len(later.lines)) if i not in repeated]
    lines, kinds = [later.lines[i] for i in new], [later.kinds[i] for i in new]
    cuts = [_cut(later.lines[i]) for i in repeated]
    known.update(map(tokens, lines))
    before = len(draft.lines)
    starts = [replace(start, line=start.line + before) for start in moved(later.starts, new)]
    return replace(
        draft,
        lines=(*draft.lines, *lines),
        kinds=(*draft.kinds, *kinds),
        starts=(*draft.starts, *starts),
        cuts=(*draft.cuts, *later.cuts, *cuts),
        parts=draft.parts + 1,
        paywall=joined(draft.paywall, later.paywall),
    )


def _repeated(lines: Sequence[str], known: set[str]) -> list[int]:
    old = [tokens(line) in known for line in lines]
    new = [i for i, line in enumerate(lines) if is_prose(line) and not old[i]]
    top, end = (new[0], new[-1]) if new else (len(lines), -1)
    return [
        i for i, line in enumerate(lines) if old[i] and (i < top or i > end or words(line) >= _LONG)
    ]


def _cut(line: str) -> Cut:
    return cut_of("repeat", "line-of-an-earlier-page", line)
