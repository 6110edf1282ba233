"""Feed and page as witnesses of a text that was cut short. All articles are invented."""

import json

import pytest

from pipeline.model import Article, Reason, Reject

TEXT = [
    f"The {n} mill at Orne has been sold to the weavers, who will open it again when the river lets them in spring."
    for n in ("first", "second", "third", "fourth", "fifth", "sixth")
]
WORDS = 138
WHOLE = " ".join(TEXT * 2)


def page(head="", texts=TEXT, **said):
    node = {"@type": "NewsArticle", "headline": "Mills sold", **said}
    return (
        f"<html><head><title>Mills sold</title>{head}"
        f'<script type="application/ld+json">{json.dumps(node)}</script></head>'
        f"<body><article><h1>Mills sold</h1>{''.join(f'<p>{text}</p>' for text in texts)}</article></body></html>"
    )


def told(article):
    assert isinstance(article, Article), article
    assert article.word_count == WORDS
    return article.cut_short, article.words_stated, article.words_source


@pytest.mark.parametrize(
    ("html", "feed", "expected"),
    [
        (page(), None, (False, None, None)),
        (page(), 140, (False, 140, "feed")),
        (page(), 400, (True, 400, "feed")),
        (page(), 60, (False, 60, "feed")),
        (page(articleBody=WHOLE), None, (True, 2 * WORDS, "json_ld")),
        (page(articleBody=f"<p>{'</p><p>'.join(TEXT)}</p>"), None, (False, WORDS, "json_ld")),
        (page(wordCount="900"), 400, (True, 900, "json_ld")),
        (page('<meta name="wordcount" content="500">'), None, (True, 500, "meta")),
        (page(wordCount=sum(map(len, TEXT))), None, (False, None, None)),
        (page(wordCount=-4, articleBody=["x"]), None, (False, None, None)),
        (page(wordCount=10**12), None, (False, None, None)),
    ],
)
def test_what_states_far_more_words_than_the_text_has_flags_it(judge, html, feed, expected):
    """A count of the text's characters is none of its words."""
    assert told(judge(html, words=feed)) == expected


def test_a_reject_says_what_its_text_lacks(judge):
    verdict = judge(page(texts=TEXT[:1]), words=400)
    assert isinstance(verdict, Reject)
    assert verdict.reason is Reason.BROKEN_RULES
    assert "feed says 400 words" in verdict.detail


def test_a_paid_page_that_breaks_off_and_is_longer_in_the_feed_is_a_preview(judge):
    broken = [
        *TEXT,
        "The weavers say that they will pay for it in cloth, and the miller, who has never been paid in cloth, has",
    ]
    article = judge(page(texts=broken, isAccessibleForFree=False), words=600)
    assert (article.preview, article.cut_short) == (True, True)
    article = judge(page(texts=broken, isAccessibleForFree=False))
    assert (article.preview, article.cut_short) == (False, False)
