"""Code, tables and lists as they are stored, plain and as Markdown. All articles are invented."""

from __future__ import annotations

import pytest

from pipeline.markdown import to_markdown
from pipeline.model import Article

BEFORE = "".join(
    f"<p>The mill of Orne ground its {n}th sack of rye this winter, said the keeper, who waited for it.</p>"
    for n in range(4, 12)
)
AFTER = BEFORE.replace("rye", "oats")


@pytest.fixture
def between(judge):
    """Return the lines that a piece between paragraphs makes, and the article."""

    def read(piece):
        article = judge(
            "<html><head><title>Mill turns again at Orne</title></head><body><article>"
            f"<h1>Mill turns again at Orne</h1>{BEFORE}{piece}{AFTER}</article></body></html>"
        )
        assert isinstance(article, Article), article
        pairs = zip(article.line_kinds, article.text.split("\n"), strict=True)
        return [f"{kind}:{line}" for kind, line in pairs if kind != "p"], article

    return read


CODE = "def turn(mill):\n    if mill.stands:\n\treturn  None\n\n    turn(mill)\n    turn(mill)\n"
LINES = [
    "def turn(mill):",
    "    if mill.stands:",
    "\treturn  None",
    "    turn(mill)",
    "    turn(mill)",
]


@pytest.mark.parametrize(
    "piece",
    [
        f"<pre>{CODE}</pre>",
        f'<pre class="language-python"><code>{CODE}</code></pre>',
        f'<div class="highlight"><pre>{CODE.replace("def", "<span>def</span>")}</pre></div>',
        f"<pre>{CODE.replace(chr(10), '<br>')}</pre>",
        f"<pre>{''.join(f'<div>{line}</div>' for line in CODE.split(chr(10)))}</pre>",
    ],
)
def test_code_keeps_its_lines_and_their_blanks(between, piece):
    lines, article = between(piece)
    assert lines == [f"pre:{line}" for line in LINES]
    written = to_markdown(article.text, article.line_kinds, article.title)
    assert "\n".join(["```", *LINES, "```"]) in written


def test_code_shows_tags_and_says_what_prompts_say(between):
    code = "&lt;p&gt;Share this article&lt;/p&gt;\nShare this article\n&amp;amp;\n}"
    lines, _ = between(f"<pre>{code}</pre>")
    assert lines == [
        "pre:<p>Share this article</p>",
        "pre:Share this article",
        "pre:&amp;",
        "pre:}",
    ]


def row(*cells, tag="td"):
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def test_cells_stand_in_their_columns_and_repeated_rows_stay(between):
    total = ("All sacks of the year together", "240", "", "241 in the books of the keeper")
    lines, article = between(
        f"<table>{row('Year of the miller', 'Sacks of rye', 'Carts', 'Remarks in the books', tag='th')}"
        f"{row('1911, the dry year', '240 sacks', '', 'counted twice by the keeper')}"
        f"{row(*total)}{row(*total)}</table>"
    )
    assert lines == [
        "row:Year of the miller | Sacks of rye | Carts | Remarks in the books",
        "row:1911, the dry year | 240 sacks |  | counted twice by the keeper",
        *["row:All sacks of the year together | 240 |  | 241 in the books of the keeper"] * 2,
    ]
    table = to_markdown(article.text, article.line_kinds).partition("| Year")[2]
    assert "| 1911, the dry year | 240 sacks |  | counted twice by the keeper |" in table


def test_breaks_in_a_cell_are_blanks_and_in_a_table_of_one_column_lines(between):
    kept = row("1911, the dry year", "240 sacks of rye, counted twice by the keeper of the mill")
    grain = row("Grain of the winter", "Rye from the hills.<br>Oats from the plain, on mules.")
    lines, _ = between(f"<table>{kept}{grain}{kept}</table>")
    assert (
        lines[1] == "row:Grain of the winter | Rye from the hills. Oats from the plain, on mules."
    )
    texts = [text.removeprefix("<p>") for text in BEFORE.replace("rye", "barley").split("</p>")][:3]
    alone = "<br>".join(texts)
    lines, _ = between(f"<table>{row(alone)}</table>")
    assert lines == [f"row:{text}" for text in texts]


def test_no_rule_reads_the_cells_of_a_table_that_is_left_out(judge):
    article = judge(
        "<html><head><title>Mill turns again at Orne</title></head><body><article>"
        f"<h1>Mill turns again at Orne</h1>{BEFORE}<div><table>"
        f"{row('<a href=/a>Follow us</a>', '12')}{row('<a href=/b>Share</a>', '14')}</table></div>{AFTER}</article></body></html>"
    )
    assert [(cut.category, cut.text) for cut in article.cuts] == [
        ("layout", "Follow us 12 Share 14")
    ]


def test_a_table_right_between_paragraphs_is_the_articles(between):
    figures = f"<table>{row('Year', 'Sacks')}{row('1911', '240')}{row('1912', '260')}</table>"
    assert between(figures)[0] == ["row:Year | Sacks", "row:1911 | 240", "row:1912 | 260"]
    assert between(f"<div>{figures}</div>")[0] == between(figures)[0]
    links = row("<a href=/a>Baker</a>", "<a href=/b>Miller</a>")
    assert between(f"<table>{links}{links}</table>")[0] == []
