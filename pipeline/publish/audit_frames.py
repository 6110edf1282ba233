"""What the audit looks at: narrow pandas frames, without texts and lists.

Great Expectations hashes every cell it is given; texts would be most of its work. What a rule asks
of them is computed here first, by Arrow.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_WIDE: Final = {
    "text",
    "line_kinds",
    "entries",
    "authors",
    "tags",
    "cuts",
    "description",
    "image_caption",
    "image_credit",
    "title",
}
_DAY: Final = pa.scalar(86_400_000_000, pa.duration("us"))
#: Control characters other than tab and newline.
_CONTROL: Final = r"[\x00-\x08\x0b-\x1f\x7f]"


def article_frame(articles: pa.Table) -> Any:
    """Return the frame that `schemas/suites/articles.json` is about."""
    text, published = articles["text"], articles["published_at"]
    limit = pc.add(articles["fetched_at"], _DAY)
    return _frame(
        articles,
        repeats_itself=_is(pc.equal(articles["duplicate_of"], articles["article_id"])),
        published_after_fetch=_is(pc.greater(published, limit)),
        modified_before_published=_is(pc.less(pc.add(articles["modified_at"], _DAY), published)),
        text_chars=pc.cast(pc.utf8_length(text), pa.int32()),
        text_lines=pc.cast(pc.add(pc.count_substring(text, "\n"), 1), pa.int32()),
        has_control_characters=pc.match_substring_regex(text, _CONTROL),
        has_author=pc.cast(pc.greater(pc.list_value_length(articles["authors"]), 0), pa.int8()),
        has_language=pc.cast(pc.not_equal(articles["language"], "und"), pa.int8()),
    )


def reject_frame(rejects: pa.Table, articles: pa.Table) -> Any:
    """Return the frame that `schemas/suites/rejects.json` is about."""
    unnamed = pc.equal(pc.list_value_length(rejects["broken_rules"]), 0)
    return _frame(
        rejects,
        is_article_too=pc.is_in(rejects["article_id"], articles["article_id"].combine_chunks()),
        lacks_its_rules=pc.and_(unnamed, pc.equal(rejects["reason"], "broken_rules")),
    )


def _frame(rows: pa.Table, **computed: pa.ChunkedArray) -> Any:
    narrow = rows.select([
        name for name in rows.column_names if name not in _WIDE | {"broken_rules"}
    ])
    for name, column in computed.items():
        narrow = narrow.append_column(name, column)
    return narrow.cast(_naive(narrow.schema)).to_pandas()


def _naive(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose moments are UTC without saying so: GX compares those in silence."""
    plain = pa.timestamp("us")
    types = [plain if pa.types.is_timestamp(field.type) else field.type for field in schema]
    return pa.schema(list(zip(schema.names, types, strict=True)))


def _is(answers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return answers in which an unknown one counts as no."""
    return pc.fill_null(answers, False)  # noqa: FBT003 - its signature
