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


STORIES = ["Ferry berth reopens", "Rye bread for schools", "Clocks come home", "Tram seven returns"]
HEADLINES = ["Seals outnumber islanders", "A lifeboat gets a name", "Turbine teaches physics",
             "Letters in the jetty box", "Bees on the motorway bridge"]  # fmt: skip


def gull(number, **fields):
    """An error page that repeats the address, tells the time, and shows a few headlines."""
    slug = STORIES[number].lower().replace(" ", "-")
    shown = [f"- {HEADLINES[(number * 2 + n) % 5]}" for n in range(3)]
    text = "\n".join([
        f"Our gulls have searched for /news/{slug}.html and have found nothing but herring.",
        f"It is {number + 7}:4{number} on {number + 1} November, and the tide is out.",
        "Perhaps you would rather read one of these",
        *shown,
    ])
    url = f"https://lantern.example/news/{slug}.html"
    values = {"text": text, "title": "Nothing but herring", "published_source": "feed", "url": url}
    return article(number, **(values | fields))


def promised(pages, titles):
    return {(p.source, p.url_key): title for p, title in zip(pages, titles, strict=True)}


@pytest.mark.parametrize("titles", [STORIES, [None] * 4], ids=["by the feed", "by the address"])
def test_one_wording_where_other_stories_were_promised_is_no_article(titles):
    pages, other = [gull(n) for n in range(4)], article(9)
    table = to_table([*pages, other], ARTICLE)
    left, refused = set_aside(table, to_table([], REJECT), promised(pages, titles))
    assert left["url"].to_pylist() == [other.url]
    assert {row["reason"] for row in refused.to_pylist()} == {str(Reason.SOFT_404)}
    assert "promised as other stories" in refused["detail"][0].as_py()


def recurring(number, title, text, url, **fields):
    values = {"published_source": "feed", "title": title, "text": text}
    return article(number, url=f"https://lantern.example/{url}", **(values | fields))


DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday"]
WEATHER = "It will be {0} degrees at noon, and the wind blows from the west with {0} knots."
DRAW = (
    "{0}, {0}4, 3{0}\nNumbers without guarantee, as the lottery company has drawn them on Friday."
)
BRIEF = "What you need to know this morning, in four short lines and a cup of coffee.\nMill burns\nBus is late"


@pytest.mark.parametrize(
    ("pages", "titles"),
    [
        ([gull(0), gull(1)], STORIES[:2]),
        ([gull(n, published_source="json_ld") for n in range(4)], STORIES),
        ([gull(n, url_canonical="https://lantern.example/one") for n in range(4)], STORIES),
        ([gull(n, title=STORIES[n]) for n in range(4)], STORIES),
        ([gull(n, url=f"https://lantern.example/news/{n}") for n in range(4)], [None] * 4),
        (
            [recurring(n, "Weather", WEATHER.format(n), f"weather/{n}") for n in range(4)],
            [f"Weather for {day}" for day in DAYS],
        ),
        (
            [recurring(n, "Vremea azi", WEATHER.format(n), f"prognoza-meteo-{d}") for n, d in enumerate(DAYS)],
            [None] * 4,
        ),
        (
            [recurring(n, "Draw of 20 November", DRAW.format(n), f"lottery-numbers-{d}") for n, d in enumerate(DAYS)],
            [f"Lottery numbers: the draw of {day}" for day in DAYS],
        ),
        (
            [recurring(n, "Morning briefing", BRIEF, f"{n}/{n}") for n in range(4)][:2],
            [None] * 2,
        ),
        (
            [recurring(n, f"{s} in brief", f"{s}. More about it follows in the course of the day.", f"brief/{n}")
             for n, s in enumerate(STORIES)],
            STORIES,
        ),
    ],
    ids=["two", "dated by themselves", "one article", "what was promised", "promise unknown", "weather",
         "weather by the address", "draws", "two briefs", "news in brief"],
)  # fmt: skip
def test_what_recurs_and_keeps_its_promise_stays(pages, titles):
    left, refused = set_aside(
        to_table(pages, ARTICLE), to_table([], REJECT), promised(pages, titles)
    )
    assert (left.num_rows, refused.num_rows) == (len(pages), 0)
