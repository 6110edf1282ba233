"""Hostile pages: each gets a verdict with the right reason, well within the limits of a worker.

What the limits act on (2 s of CPU, 500 MB) would show as `too_slow` or as a crash.
"""

from __future__ import annotations

import pytest

from pipeline.model import Article, Reason
from pipeline.workers import Judge, Limits, Workers
from tests.workers import hostile
from tests.workers.conftest import SLOT

#: What a worker says of a page that went over its limits or ended it, and the extractor of one it
#: could not read.
GIVEN_UP = {Reason.TOO_SLOW, Reason.EXTRACTOR_FAILED}


def judged(judge, pages):
    with Workers(judge, Limits(workers=2)) as workers:
        return list(workers.judge(pages))


@pytest.mark.parametrize(
    ("groups", "kind"),
    [("BIG", "text/html"), ("LINES ODD BYTES OTHER", "text/html"), ("LINES", "text/plain")],
)
def test_every_hostile_page_gets_a_verdict_within_the_limits(rules, sources, page, groups, kind):
    makers = {
        name: make for group in groups.split() for name, make in getattr(hostile, group).items()
    }
    pages = (page(make(), content_type=kind) for make in makers.values())
    found = dict(zip(makers, judged(Judge(sources, rules, SLOT), pages), strict=True))
    wrong = {name: v.detail for name, v in found.items() if getattr(v, "reason", "") in GIVEN_UP}
    assert not wrong
    texts = {name: v.text for name, v in found.items()}
    assert not {n for n, text in texts.items() if any(c in text for c in "\0\x1b\x7f\ud800\ufeff")}


REASONS = {
    Reason.TOO_LARGE: [
        "20 MB in one line", "20 MB without a blank", "more than 20 MB", "20 MB of paragraphs",
        "20 MB of empty paragraphs", "20 MB of long paragraphs", "20 MB of entities", "20 MB of <",
        "20 MB of Cyrillic", "a million attributes", "a million attributes without values",
        "2,000 tags of 2,000 attributes", "12,000 attributes that are not closed", "20 MB in cp1251",
        "20 MB of script", "20 MB of style",
    ],
    Reason.NOT_HTML: [
        "nothing", "blanks", "a feed", "an Atom feed", "a sitemap", "a drawing", "a PDF", "text",
        "gzip", "a PNG", "a JSON of 20 MB", "in cp500",
    ],
    Reason.NOT_ARTICLE: ["no body", "nesting of 5,000", "12,000 lines"],
    Reason.BROKEN_RULES: ["no html"],
    Reason.UNDECODABLE: ["in utf-32-le", "20 MB of noise", "20 MB of control characters"],
}  # fmt: skip
READ = [
    "a class of 1 MB", "a JSON-LD of 10 MB", "a meta of 10 MB", "NULs in a page", "after html", "an open comment", "an open tag", "a processing instruction",
    "an outside entity", "control characters", "in utf-16", "in utf-16-le", "in koi8-r", "in utf-8, said to be utf-16",
    "in cp1251, said to be utf-8", "in cp1251, said to be rot13", "half a character", "XHTML", "deep keywords",
    "60 kB of 'a'",
]  # fmt: skip


def test_hostile_pages_are_named_for_what_they_are(rules, sources, page):
    expected = {name: reason for reason, names in REASONS.items() for name in names}
    expected |= dict.fromkeys(READ, Article)
    pages = (page(hostile.PAGES[name]()) for name in expected)
    found = zip(expected, judged(Judge(sources, rules, SLOT), pages), strict=True)
    ends = {n: Article if isinstance(v, Article) else v.reason for n, v in found}
    assert ends == expected
