"""Paid pages: whole articles are kept, starts are kept and marked, stubs are refused; no prompt is text."""

import json

import pytest

from pipeline.extract.draft import Paywall
from pipeline.extract.lines import words
from pipeline.extract.paywall import FEW_WORDS, joined
from pipeline.model import Article, Reason
from pipeline.walls import load_walls

PROSE = (
    "The ferry to the outer islands sailed again on Monday, two weeks after the storm broke its pier in three places.",
    "The harbour master said that the new timbers, floated down from the inland mills, would last for forty years.",
    "Islanders had lived on flour and dried fish, and on what the coastguard could drop on calm mornings in between.",
    "The council will debate on Thursday whether the fare, unchanged for a decade, should pay for a second boat.",
    "A second boat was promised in the spring of last year, when the old one lay in dock and no other could be hired.",
    "Since then the shipyard has closed one of its two slips, and its order book is full until the winter after next.",
    "The mayor, who grew up on the farthest of the islands, said that she would rather row than wait for it once more.",
    "Her neighbours have offered her an oar, a bench and, for the return trip, a blanket that smells of paraffin oil.",
)
BROKEN = "The tender was opened in the presence of two clerks and the harbour cat, and then it turned out that the …"
PROMPTS = (
    "Subscribe to continue reading", "Um diesen Artikel zu lesen, wählen Sie ein Abo", "Pour lire la suite, abonnez-vous",
    "Para seguir leyendo, suscríbete", "Per continuare a leggere, abbonati", "Для чтения: статья доступна только подписчикам",
    "Om verder te lezen, word abonnee", "Aby czytać dalej, kup dostęp", "För att läsa vidare, bli prenumerant",
    "For å lese videre, kjøp abonnement", "For at læse videre, køb abonnement", "Pro pokračování ve čtení si předplaťte",
    "Lai turpinātu lasīt, abonē", "Щоб читати далі, оформіть передплату", "Okumaya devam etmek için abone olun",
    "この記事は有料会員限定です", "订阅后阅读全文", "구독자 전용 기사입니다", "لمتابعة القراءة اشترك الآن", "להמשך קריאה הצטרפו",
    "Para continuar lendo, assine", "Толық оқу үшін жазылыңыз",
)  # fmt: skip
FALSE = {"isAccessibleForFree": False}


def page(*texts, prompt="", head="", part="", **said):
    """Return an article's page; `part` is the class of what is around its last paragraphs."""
    node = {"@type": "NewsArticle", "headline": "Ferry back after storm",
            "datePublished": "2026-11-18T07:30:00Z", **said}  # fmt: skip
    shown = [f"<p>{text}</p>" for text in texts]
    if part:
        shown[2:] = [f'<div class="{part}">{"".join(shown[2:])}</div>']
    box = f'<div class="offer"><p>{prompt}</p></div>' if prompt else ""
    return (
        f'<html lang="en"><head><title>Ferry back after storm</title>{head}'
        f'<script type="application/ld+json">{json.dumps(node)}</script></head><body><main><article>'
        f"<h1>Ferry back after storm</h1>{''.join(shown)}{box}</article></main></body></html>"
    )


def paid_part(name):
    return {"hasPart": {"@type": "WebPageElement", "cssSelector": f".{name}", **FALSE}}


def end(verdict):
    """Return reason, `paywalled` and `preview`."""
    if isinstance(verdict, Article):
        return "ok", verdict.paywalled, verdict.preview
    return str(verdict.reason), None, None


WHOLE, START, STUB = ("ok", True, False), ("ok", True, True), ("paywall", None, None)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (page(*PROSE), ("ok", False, False)),
        (page(*PROSE, isAccessibleForFree=True), ("ok", False, False)),
        (page(*PROSE, **FALSE), WHOLE),
        (page(*PROSE, isAccessibleForFree="https://schema.org/False"), WHOLE),
        (page(*PROSE, part="paid", **FALSE, **paid_part("paid")), WHOLE),
        (page(*PROSE, part="paid", prompt=PROMPTS[0], **FALSE, **paid_part("paid")), WHOLE),
        (page(*PROSE, **FALSE, **paid_part("not-there")), WHOLE),
        (page(*PROSE, BROKEN, **FALSE), WHOLE),
        (page(*PROSE[:3], **FALSE), WHOLE),
        (page(*PROSE[:3], isAccessibleForFree=False, wordCount=60), WHOLE),
        (page(*PROSE, BROKEN, prompt=PROMPTS[0], **FALSE), START),
        (page(*PROSE, prompt=PROMPTS[0], **FALSE, **paid_part("not-there")), START),
        (page(*PROSE, prompt=PROMPTS[0], wordCount=600, **FALSE), START),
        (page(*PROSE, prompt="The rest of this article is for subscribers", **FALSE), START),
        (page(*PROSE, articleBody=" ".join((*PROSE, *PROSE[::-1])), **FALSE), START),
        (page(*PROSE, articleBody=" ".join(PROSE), **FALSE), WHOLE),
        (page(*PROSE, BROKEN, prompt=PROMPTS[0], wordCount=180, **FALSE), WHOLE),
        (page(*PROSE, BROKEN, prompt=PROMPTS[0]), START),
        (page(*PROSE, BROKEN, prompt=PROMPTS[0], isAccessibleForFree=True), ("ok", False, False)),
        (page(*PROSE, prompt=PROMPTS[0]), ("ok", False, False)),
        (page(*PROSE, BROKEN, prompt="Exclusive for subscribers"), ("ok", False, False)),
        (page(*PROSE[:3], BROKEN, **FALSE), STUB),
        (page(*PROSE[:2], prompt=PROMPTS[0], **FALSE), STUB),
        (page(*PROSE[:2], prompt="Exclusive for subscribers", **FALSE), STUB),
        (page(*PROSE[:2], **FALSE, **paid_part("not-there")), STUB),
        (page(*PROSE[:2], BROKEN, prompt=PROMPTS[0]), STUB),
        (page(*PROSE[:2]) + '<div class="pmpro_content_message"></div>', ("ok", False, False)),
        (page(*PROSE[:2], **FALSE) + '<div class="pmpro_content_message"></div>', STUB),
    ],
)  # fmt: skip
def test_what_becomes_of_a_paid_page(judge, html, expected):
    assert end(judge(html)) == expected


@pytest.mark.parametrize(
    ("name", "said", "paid"),
    [
        ("article:content_tier", "locked", True), ("og:article:content_tier", "locked", True),
        ("article:content_tier", "metered", False), ("article:content_tier", "free", False),
        ("isAccessibleForFree", "False", True), ("isAccessibleForFree", "true", False),
        ("subscriptions-accessible-for-free", "false", True), ("article.access", "paid", True),
        ("paywall", "yes", True), ("paywall", "false", False), ("outbrain:article_access_status", "abo", True),
    ],
)  # fmt: skip
def test_what_a_meta_element_says(judge, name, said, paid):
    article = judge(page(*PROSE, head=f'<meta name="{name}" content="{said}">'))
    assert end(article) == ("ok", paid, False)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_is_known_and_never_text(judge, prompt):
    stub = judge(page(*PROSE[:2], prompt=prompt, **FALSE))
    assert stub.reason is Reason.PAYWALL
    assert "prompt (text)" in stub.detail
    start = judge(page(*PROSE, BROKEN, prompt=prompt, **FALSE))
    assert end(start) == START
    assert prompt not in start.text


def test_the_reject_names_the_signs(judge):
    html = page(*PROSE[:2], BROKEN, prompt=PROMPTS[0], **FALSE, **paid_part("not-there"))
    detail = judge(html).detail
    for sign in ("breaks-off", "prompt (text)", "part-missing"):
        assert sign in detail


@pytest.mark.parametrize(
    "selector", ["(((", ".a .b .c .d .e .f .g", "*" * 5000, None, 7, ["p"], "", ":has(p)", ".gone"]
)
def test_a_strange_selector_of_a_part_is_passed_over(judge, selector):
    said = {"hasPart": [{"cssSelector": selector, **FALSE}, "x", None]}
    assert end(judge(page(*PROSE, **said))) == WHOLE


@pytest.mark.parametrize("count", ["many", -3, 10**30, None, [], "²", 1e300])
def test_a_strange_count_of_words_is_passed_over(judge, count):
    assert end(judge(page(*PROSE, wordCount=count, **FALSE))) == WHOLE


def test_pages_of_one_article_are_asked_at_their_end():
    cut = Paywall(declared=True, gaps=(), preview=True)
    whole = Paywall(declared=True, gaps=(), preview=False)
    guessed = Paywall(declared=False, gaps=(), preview=True)
    assert joined(cut, None) == whole
    assert joined(None, cut) == cut
    assert joined(guessed, None) is None
    assert joined(cut, whole) == whole


def test_the_stubs_here_are_short_and_the_starts_are_not():
    """The threshold the pages above stand on either side of."""
    most = load_walls().paywall.file.most_words
    assert most == FEW_WORDS
    assert sum(map(words, (*PROSE[:3], BROKEN))) < most < sum(map(words, PROSE))
