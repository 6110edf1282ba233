"""Tables, lists and code stay whole between the paragraphs of an article."""

from __future__ import annotations

import pytest

BEFORE = "".join(
    f"<p>The mill of Orne ground its {n}th sack of rye this winter, said the keeper, who waited for it.</p>"
    for n in range(4, 12)
)
AFTER = BEFORE.replace("rye", "oats")
TABLE = (
    "<table><tr><th>Year</th><th>Sacks</th></tr><tr><td>1911</td><td>240</td></tr>"
    "<tr><td>1912</td><td>3<br>new</td></tr></table>"
)


@pytest.mark.parametrize(
    ("piece", "lines"),
    [
        (TABLE, ["row Year | Sacks", "row 1911 | 240", "row 1912 | 3 new"]),
        (f"<div><div>{TABLE}</div></div>", ["row Year | Sacks", "row 1911 | 240", "row 1912 | 3 new"]),
        ("<ul><li>Oak<ul><li>old</li></ul></li><li><p>Iron</p><p>Two carts.</p></li></ul>",
         ["item - Oak", "item - old", "item - Iron", "item Two carts."]),
        ("<dl><dt>Rye</dt><dd>Sown in autumn.</dd></dl>", ["item - Rye", "item - Sown in autumn."]),
        ("<pre>turn\ngo</pre>", ["pre turn", "pre go"]),
        ('<ul><li><a href="/a">Baker</a></li><li><a href="/b">Miller</a></li></ul>', []),
    ],
)  # fmt: skip
def test_what_stands_amid_the_text_is_whole(judge, piece, lines):
    html = f"<html><head><title>Mill turns again at Orne</title></head><body><article><h1>Mill turns again at Orne</h1>{BEFORE}{piece}{AFTER}</article></body></html>"
    article = judge(html)
    pairs = zip(article.line_kinds, article.text.split("\n"), strict=True)
    found = [f"{kind} {line}" for kind, line in pairs if kind != "p"]
    assert found == lines
