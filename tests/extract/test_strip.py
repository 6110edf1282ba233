import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.boilerplate import read_rules
from pipeline.extract.strip import strip
from tests.extract.general import FOLDER, RULES

EXAMPLES = [
    line
    for path in sorted(FOLDER.glob("*.yml"))
    for rule in read_rules(path).rules
    if not rule.selector
    for example in (*rule.hit, *rule.miss)
    for line in example.split("\n")
]
P1 = "The ferry to the outer islands sailed again on Monday, two weeks after the storm broke its pier."
P2 = "The harbour master said that the new timbers would last for at least forty years."
P3 = "Islanders had lived on flour and dried fish, and on what the coastguard could drop from the air."


def stripped(*lines, **more):
    return list(strip(lines, RULES, **more).lines)


def categories(*lines, **more):
    return [cut.category for cut in strip(lines, RULES, **more).cuts]


def test_prompts_go_and_are_recorded():
    result = strip(
        [
            "Share this article",
            P1,
            "Also read: Ferry line gets new boats",
            P2,
            "Leave a Reply",
            "Nice!",
            "Reply",
        ],
        RULES,
    )
    assert list(result.lines) == [P1, P2]
    assert [cut.text for cut in result.cuts] == [
        "Share this article",
        "Also read: Ferry line gets new boats",
        "Leave a Reply",
        "Nice!",
        "Reply",
    ]


def test_the_headline_on_top_goes():
    assert stripped("Ferry back after storm", P1, P2, title="Ferry back after storm") == [P1, P2]
    assert stripped("FERRY BACK AFTER STORM", P1, title="Ferry back, after storm!") == [P1]


def test_a_heading_like_the_title_further_down_stays():
    assert (
        stripped(
            P1, P2, P3, "Ferry back after storm", P2 + " Twice.", title="Ferry back after storm"
        )[3]
        == "Ferry back after storm"
    )


def test_a_caption_printed_twice_stays_once():
    caption = (
        "The ferry at its new pier on Monday morning, with the first cars. [Harbour press office]"
    )
    assert stripped(P1, caption, caption, P2) == [P1, caption, P2]
    assert stripped(caption, P1, caption, P2) == [caption, P1, P2]


def test_a_short_refrain_stays():
    assert stripped(P1, "So it goes.", P2, "So it goes.", P3) == [
        P1,
        "So it goes.",
        P2,
        "So it goes.",
        P3,
    ]


def test_the_sites_name_is_no_line():
    assert stripped("The Lantern", P1, P2, site="The Lantern") == [P1, P2]


def test_a_prefix_goes_and_its_line_stays():
    result = strip([f"/ outer island news / {P1}", P2], RULES)
    assert list(result.lines) == [P1, P2]
    assert [cut.text for cut in result.cuts] == ["/ outer island news /"]


@pytest.mark.parametrize(
    "line",
    [
        "“Share this article,” the editor wrote, and forty thousand did.",
        "— Подписывайтесь на наш канал, — попросил блогер.",
        "- Follow us on Twitter, - she told the crowd.",
        "The sign read: Leave a comment.",
        "«Читайте также: новости»",
    ],
)
def test_speech_and_sentences_stay(line):
    assert stripped(P1, line, P2) == [P1, line, P2]


def test_a_list_of_headlines_goes_with_its_heading_but_no_heading_of_the_text():
    lines = [
        P1,
        "Related articles",
        "Mill to reopen in spring",
        "Storm in pictures",
        "What the pier costs",
        P2,
    ]
    assert stripped(*lines) == [P1, "What the pier costs", P2]
    assert stripped(
        P1, P2, "Related articles", "Mill to reopen in spring", "Storm in pictures"
    ) == [P1, P2]


def test_a_comment_heading_on_top_does_not_take_the_article():
    assert stripped("12 Comments", P1, P2, P3)[-3:] == [P1, P2, P3]


def test_short_lines_between_closing_prompts_go():
    lines = [
        P1,
        P2,
        P3,
        "Our Facebook page:",
        "Our Telegram channel:",
        "Together we are louder.",
        "Share with friends and in groups.",
    ]
    assert stripped(*lines) == [P1, P2, P3]


def test_a_sentence_between_two_links_stays():
    lines = [
        P1,
        "Read also: Mill to reopen",
        "Nobody was hurt.",
        "Read also: Storm in pictures",
        P2,
    ]
    assert stripped(*lines) == [P1, "Nobody was hurt.", P2]


def test_an_empty_text():
    assert stripped() == []


def is_subsequence(short, long):
    rest = iter(long)
    return all(char in rest for char in short)


text = st.lists(
    st.one_of(st.sampled_from(EXAMPLES), st.sampled_from([P1, P2, P3]), st.text(max_size=60)),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(text, st.sampled_from([None, "Ferry back after storm", P1]))
def test_strip_only_removes_and_twice_is_once(lines, title):
    once = strip(lines, RULES, title=title)
    assert is_subsequence("\n".join(once.lines), "\n".join(lines))
    again = strip(once.lines, RULES, title=title)
    assert again.lines == once.lines
    assert again.cuts == ()
    kept = sum(map(len, once.lines)) + sum(len(cut.text) for cut in once.cuts)
    assert kept <= sum(map(len, lines))
