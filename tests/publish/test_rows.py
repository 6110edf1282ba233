from __future__ import annotations

import types
import typing
from datetime import date, datetime

import pyarrow as pa
import pytest

from pipeline import model
from pipeline.errors import BrokenContract
from pipeline.publish.rows import to_table
from schemas.article import ARTICLE
from schemas.fields import CUTS, ENTRIES, STRINGS, TIMESTAMP
from schemas.reject import REJECT
from tests.publish.rows import article, reject

ARROW = {
    bool: {pa.bool_()},
    int: {pa.int16(), pa.int32(), pa.int64()},
    float: {pa.float32(), pa.float64()},
    str: {pa.string()},
    model.Reason: {pa.string()},
    date: {pa.date32()},
    datetime: {TIMESTAMP},
    tuple[str, ...]: {STRINGS},
    tuple[model.Cut, ...]: {CUTS},
    tuple[model.Entry, ...]: {ENTRIES},
}


@pytest.mark.parametrize(("kind", "schema"), [(model.Article, ARTICLE), (model.Reject, REJECT)])
def test_a_dataclass_is_its_schema_field_for_field(kind, schema):
    hints = typing.get_type_hints(kind)
    assert list(hints) == schema.names
    for name, hint in hints.items():
        options = set(typing.get_args(hint)) if isinstance(hint, types.UnionType) else {hint}
        field = schema.field(name)
        assert field.nullable == (type(None) in options), name
        (plain,) = options - {type(None)}
        assert field.type in ARROW[plain], name


def test_every_column_says_what_it_means():
    for schema in (ARTICLE, REJECT):
        for field in schema:
            assert field.metadata[b"doc"], field.name
            assert field.nullable == (b"null" in field.metadata), field.name


def test_rows_become_a_table_and_come_back():
    rows = [article(1), article(2, authors=(), cuts=(), published_at=None)]
    table = to_table(rows, ARTICLE)
    assert table.schema.equals(ARTICLE, check_metadata=True)
    assert table["cuts"].to_pylist() == [
        [{"category": "share", "rule": "share-line", "text": "Share this"}],
        [],
    ]
    assert table["authors"].to_pylist() == [["Ana Ozola"], []]
    assert to_table([reject(1)], REJECT)["reason"].to_pylist() == ["not_article"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("word_count", "many"),
        ("word_count", 2**40),
        ("published_at", "yesterday"),
        ("authors", (1, 2)),
        ("title", "lone \ud800 surrogate"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_row(field, value):
    rows = [article(1), article(2, **{field: value}), article(3)]
    with pytest.raises(BrokenContract, match=rf"{field} of lantern https://lantern.example/2 "):
        to_table(rows, ARTICLE)


@pytest.mark.parametrize("field", ["text", "source", "fetched_at", "authors"])
def test_a_null_where_none_may_be_is_named_with_its_row(field):
    with pytest.raises(BrokenContract, match=f"articles: {field} is null in the row of .*/2"):
        to_table([article(1), article(2, **{field: None})], ARTICLE)


def test_entries_are_a_list_of_structs():
    entry = model.Entry(None, "Gate opened", "The lock gate was opened at nine.")
    table = to_table([article(entries=(entry,)), article(1)], ARTICLE)
    kept = {"at": None, "title": "Gate opened", "text": "The lock gate was opened at nine."}
    assert table["entries"].to_pylist() == [[kept], []]
