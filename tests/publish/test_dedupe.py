from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.publish.dedupe import mark_duplicates
from pipeline.publish.rows import to_table
from schemas.article import ARTICLE
from tests.publish.rows import article, moment


def marks(articles, earlier=None):
    table = mark_duplicates(to_table(articles, ARTICLE), earlier or {})
    assert table.schema.equals(ARTICLE, check_metadata=True)
    return dict(
        zip(table["article_id"].to_pylist(), table["duplicate_of"].to_pylist(), strict=True)
    )


def test_the_earliest_published_is_the_first():
    late = article(1, text="same", published_at=moment("2026-11-21T08:00"))
    early = article(2, text="same", published_at=moment("2026-11-21T07:00"))
    undated = article(3, text="same", published_at=None)
    other = article(4)
    assert marks([late, early, undated, other]) == {
        late.article_id: early.article_id,
        early.article_id: None,
        undated.article_id: early.article_id,
        other.article_id: None,
    }


def test_then_the_earliest_found_then_by_source():
    at = moment("2026-11-21T07:00")
    one = article(1, text="same", published_at=at, found_at=moment("2026-11-21T09:02"), source="a")
    two = article(2, text="same", published_at=at, found_at=moment("2026-11-21T09:01"), source="c")
    three = article(3, text="same", published_at=at, found_at=two.found_at, source="b")
    assert marks([one, two, three]) == {
        one.article_id: three.article_id,
        two.article_id: three.article_id,
        three.article_id: None,
    }


def test_an_earlier_slot_always_wins():
    mine = article(1, text="same", published_at=moment("1999-01-01T00:00"))
    assert marks([mine], {mine.content_key: "f" * 32}) == {mine.article_id: "f" * 32}


def test_a_new_version_is_no_duplicate_of_itself():
    mine, copy = article(1, text="same"), article(2, text="same")
    assert marks([mine, copy], {mine.content_key: mine.article_id}) == {
        mine.article_id: None,
        copy.article_id: mine.article_id,
    }


def test_old_marks_are_forgotten():
    assert marks([article(1, duplicate_of="e" * 32)]) == {article(1).article_id: None}


articles = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(0, 3) | st.none()),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(articles, st.randoms())
def test_marks_do_not_depend_on_order_and_lead_to_a_first(drawn, chance: random.Random):
    rows = [
        article(
            number,
            text=f"text {text}",
            source=source,
            published_at=None if hour is None else moment(f"2026-11-21T0{hour}:00"),
        )
        for number, (text, source, hour) in enumerate(drawn)
    ]
    expected = marks(rows)
    shuffled = chance.sample(rows, len(rows))
    assert marks(shuffled) == expected
    texts = {row.article_id: row.content_key for row in rows}
    for own, first in expected.items():
        if first is not None:
            assert expected[first] is None
            assert texts[first] == texts[own]
            assert first != own
    assert sum(first is None for first in expected.values()) == len(set(texts.values()))
