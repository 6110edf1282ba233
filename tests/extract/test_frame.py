from pipeline.boilerplate import RuleSet
from pipeline.extract.body import Body
from pipeline.extract.cut import cut
from pipeline.extract.frame import frame
from pipeline.extract.parse import parse

PAGE = """
<html><head><title>not seen</title><style>p { color: red }</style></head><body>
<div class=top>Harbour Post <b>Mon</b>day edition</div>
<h1>Ferry berth reopens</h1>
<article><p>The berth <a href=/x>reopened</a> on Monday.</p><ul><li>One crane stays.</li></ul></article>
<script>var seen = false;</script>
<div><span>12</span><br>Readers also looked at this</div>
</body></html>
"""
RULES = RuleSet((), (), "")
BLOCKS = cut(parse(PAGE), RULES).blocks
LINES = ["The berth reopened on Monday.", "- One crane stays."]


def cuts(lines, title="Ferry berth reopens"):
    """Frame a body whose lines are its own, as trafilatura's are."""
    body = Body(tuple(lines), ("p",) * len(lines))
    return [(cut.category, cut.text) for cut in frame(BLOCKS, body, title, RULES)]


def test_what_is_around_the_body_is_recorded_in_order_and_the_title_is_not():
    assert cuts(LINES) == [
        ("layout", "Harbour Post Monday edition"),
        ("layout", "12 Readers also looked at this"),
    ]


def test_a_paragraph_that_the_body_lost_shows():
    assert cuts(LINES[:1])[-1] == ("layout", "One crane stays. 12 Readers also looked at this")


def test_a_short_piece_is_not_taken_for_a_part_of_a_longer_line():
    assert ("layout", "12 Readers also looked at this") in cuts([*LINES, "In 12 days."])


def test_a_page_without_a_body_is_all_frame():
    (only,) = cuts([], title=None)
    assert only[1].startswith("Harbour Post Monday edition Ferry berth reopens The berth reopened")
