"""Text and kinds of lines -> Markdown: what is a mark is written as one, what is text is escaped."""

from __future__ import annotations

import re

import pytest

from pipeline.markdown import to_markdown

ARTICLE = [
    ("p", "The mill at Orne turned again on Friday."),
    ("h2", "What it took"),
    ("item", "- Forty oak beams"),
    ("item", "- Two winters"),
    ("quote", "It was never about the flour."),
    ("quote", "Well, a little."),
    ("row", "Year | Sacks"),
    ("row", "1911 | 240"),
    ("row", "1912"),
    ("pre", "mill --start"),
    ("pre", "mill --grind"),
    ("caption", "The mill in 1911"),
    ("p", "The first sack is for the baker."),
]
WRITTEN = """\
# Mill turns again

The mill at Orne turned again on Friday.

## What it took

- Forty oak beams
- Two winters

> It was never about the flour.
>
> Well, a little.

| Year | Sacks |
| --- | --- |
| 1911 | 240 |
| 1912 |  |

```
mill --start
mill --grind
```

*The mill in 1911*

The first sack is for the baker.
"""


def written(*pairs: tuple[str, str], title: str | None = None) -> str:
    return to_markdown("\n".join(line for _, line in pairs), [kind for kind, _ in pairs], title)


def test_each_kind_has_its_marks():
    assert written(*ARTICLE, title="Mill turns again") == WRITTEN


def test_a_paragraph_stays_a_paragraph():
    lines = [f"Paragraph {n} of the story." for n in range(30)]
    blocks = to_markdown("\n".join(lines), ["p"] * 30).rstrip("\n").split("\n\n")
    assert blocks == lines


def test_a_text_dump_has_paragraphs_alone():
    assert to_markdown("One line.\n- Another", ()) == "One line.\n\n\\- Another\n"


def test_nothing_is_nothing():
    assert to_markdown("", ()) == ""


def test_the_title_is_the_only_heading_of_the_first_level():
    assert (
        written(("h1", "Again"), ("h3", "Below"), title="Top") == "# Top\n\n## Again\n\n### Below\n"
    )


@pytest.mark.parametrize(
    ("line", "escaped"),
    [
        ("# 1 in the charts", r"\# 1 in the charts"),
        ("#1 in the charts", "#1 in the charts"),
        ("> 40 degrees", r"\> 40 degrees"),
        ("- he said", r"\- he said"),
        ("+ 3 points", r"\+ 3 points"),
        ("1. First of all", r"1\. First of all"),
        ("1912. What a year", r"1912\. What a year"),
        ("3.5 per cent", "3.5 per cent"),
        ("---", r"\---"),
        ("===", r"\==="),
        ("| a | b", r"\| a | b"),
        ("* * *", r"\* \* \*"),
        ("*Update*", r"\*Update\*"),
        ("_Update_ of snake_case", r"\_Update\_ of snake_case"),
        ("See [1] and <b>", r"See \[1\] and \<b>"),
        ("`code` and \\", r"\`code\` and \\"),
        ("AT&T &amp; Co & all", r"AT&T \&amp; Co & all"),
    ],
)
def test_what_a_page_wrote_is_text(line, escaped):
    assert written(("p", line)) == f"{escaped}\n"
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped) == line


def test_an_item_of_two_paragraphs_is_one_item():
    assert written(("item", "- One"), ("item", "goes on"), ("item", "- Two")) == (
        "- One\n\n  goes on\n- Two\n"
    )


def test_cells_keep_their_bars_and_a_table_of_one_column_is_none():
    assert written(("row", "a|b | c")) == "| a\\|b | c |\n| --- | --- |\n"
    assert written(("row", "One"), ("row", "Two")) == "One\n\nTwo\n"


def test_a_fence_is_longer_than_what_it_holds():
    assert written(("pre", "```"), ("pre", "x")) == "````\n```\nx\n````\n"
