"""One short text at several addresses is an error page, unless it names one address as its own."""

import pytest

from pipeline.model import Reason
from pipeline.publish.echoes import set_aside
from pipeline.publish.rows import to_table
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import article, reject

LOST = "The fog has taken this page.\nAsk a gull, or come back when the wind has turned."


def lost(number, **fields):
    return article(number, **{"text": LOST, "published_source": "feed", **fields})


def sorted_out(articles, rejects=()):
    left, refused = set_aside(to_table(articles, ARTICLE), to_table(list(rejects), REJECT))
    assert left.schema.equals(ARTICLE, check_metadata=True)
    assert refused.schema.equals(REJECT, check_metadata=True)
    return left["url"].to_pylist(), refused.to_pylist()


def test_one_text_at_three_addresses_is_no_article():
    pages, other = [lost(1), lost(2), lost(3)], article(4)
    left, refused = sorted_out([*pages, other], [reject(5)])
    assert left == [other.url]
    assert [row["url"] for row in refused[1:]] == [page.url for page in pages]
    for row in refused[1:]:
        assert (row["reason"], row["broken_rules"]) == (str(Reason.SOFT_404), ["is_no_echo"])
        assert "at 3 addresses" in row["detail"]
        assert row["text"] == LOST


@pytest.mark.parametrize(
    "pages",
    [
        [lost(1), lost(2)],
        [lost(n, published_source="json_ld") for n in range(3)],
        [lost(n, url_canonical="https://lantern.example/one") for n in range(3)],
        [lost(n, text="The gull sat on the pier and said nothing. " * 30) for n in range(3)],
        [lost(1), lost(2), lost(3, source="harbour")],
    ],
    ids=["two", "dated by themselves", "one article", "long", "two sources"],
)
def test_what_is_no_echo_stays(pages):
    left, refused = sorted_out(pages)
    assert (len(left), refused) == (len(pages), [])
