"""Live blogs as entries; galleries and videos recognised. All pages are invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pipeline.extract.draft import Start
from pipeline.extract.live import moved
from pipeline.model import Article

INTRO = (
    "<p>The river at Orne has risen by two metres since midnight, and the lower town is being cleared.</p>"
    "<p>Follow what happens here through the day, as the crest is expected to pass the old bridge at noon.</p>"
)
ENTRIES = [
    ("11:40", "Crest has passed", "The highest water passed under the old bridge at half past eleven, the warden said."),
    ("10:15", "School opens its hall", "The school on the hill has opened its hall, and there is soup for two hundred people."),
    ("09:05", "Bridge is closed", "The old bridge was closed to carts and walkers when water reached the third stone."),
    ("07:30", "Sirens in the night", "Sirens woke the lower town twice before dawn, and most families left by the mill road."),
    ("06:10", "Good morning", "This is the desk of the Lantern, and we will be with you until the water has gone down."),
]  # fmt: skip


def page(body: str, ld: dict | None = None, attributes: str = "") -> str:
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>Flood at Orne</title>{script}</head><body {attributes}>'
        '<nav><a href="/">Front page</a></nav><main><article><h1>Flood at Orne: the day as it went</h1>'
        f"{body}</article></main><footer><p>Imprint</p></footer></body></html>"
    )


def iso(clock: str) -> str:
    return f"2026-11-20T{clock}:00+02:00"


def boxes(*, times: bool = True, box: str = "live-post") -> str:
    stamp = '<time datetime="{0}">{1}</time>' if times else "<span>{1}</span>"
    return "".join(
        f'<div class="{box}"><div class="stamp">{stamp.format(iso(clock), clock)}</div>'
        f"<h3>{title}</h3><p>{text}</p></div>"
        for clock, title, text in ENTRIES
    )


def declared() -> dict:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": title,
            "datePublished": iso(clock),
            "articleBody": text,
        }
        for clock, title, text in ENTRIES
    ]
    return {"@type": "LiveBlogPosting", "headline": "Flood at Orne", "liveBlogUpdate": updates}


def check(article) -> None:
    assert isinstance(article, Article)
    assert article.form == "live"
    assert [entry.title for entry in article.entries] == [title for _, title, _ in ENTRIES]
    assert [entry.text for entry in article.entries] == [text for _, _, text in ENTRIES]
    for entry, (clock, _, _) in zip(article.entries, ENTRIES, strict=True):
        assert entry.at == datetime.fromisoformat(iso(clock)).astimezone(UTC)
    lines = article.text.split("\n")
    assert len(lines) == len(article.line_kinds) == 2 + 2 * len(ENTRIES)
    assert lines[0].startswith("The river at Orne")
    assert lines[-1] == ENTRIES[-1][2]


def test_boxes_of_one_look_with_a_time_each_are_entries(judge):
    check(judge(page(INTRO + f'<div class="live-blog">{boxes()}</div>')))


def test_a_declared_live_blog_gives_the_times_that_boxes_only_show(judge):
    check(judge(page(INTRO + boxes(times=False, box="q7"), declared())))


def test_times_between_paragraphs_divide_entries(judge):
    flat = "".join(
        f'<div class="at"><time datetime="{iso(clock)}">{clock}</time></div><h3>{title}</h3><p>{text}</p>'
        for clock, title, text in ENTRIES
    )
    check(judge(page(f'{INTRO}<div class="liveticker">{flat}</div>')))


def test_an_entry_keeps_the_time_its_line_begins_with(judge):
    flat = "".join(f"<p>{clock} {text}</p>" for clock, _, text in ENTRIES)
    article = judge(page(f'{INTRO}<div class="liveblog">{flat}</div>'))
    assert [entry.title for entry in article.entries] == [None] * 5
    assert article.entries[0].text == f"11:40 {ENTRIES[0][2]}"
    assert article.entries[0].at is None  # a clock does not say of which day


def test_comments_are_no_entries(judge):
    body = "".join(f"<p>{text} {text}</p>" for _, _, text in ENTRIES)
    article = judge(page(body + f'<section class="live comments">{boxes(box="comment")}</section>'))
    assert article.form == "article"
    assert article.entries == ()


def test_an_article_that_names_hours_has_no_entries(judge):
    body = "".join(f"<p>At {clock} it was said: {text}</p>" for clock, _, text in ENTRIES)
    article = judge(page(f'<div class="live-area">{body}</div>'))
    assert (article.form, article.entries) == ("article", ())


def test_starts_move_with_the_lines_that_stay():
    starts = [Start(1, None), Start(3, None), Start(5, None), Start(6, None)]
    assert moved(starts, [0, 1, 2, 5, 6]) == (Start(1, None), Start(3, None), Start(4, None))
    assert moved(starts, [0, 2]) == (Start(1, None),)
    assert moved(starts, []) == ()


CAPTIONS = "".join(
    f"<figure><img src='/{n}.jpg'><figcaption>Boats {n}</figcaption></figure>" for n in range(8)
)
FEW = (
    INTRO
    + "<p>The boats were made fast to the elms on the green, and nobody in Orne could remember when that was last done.</p>"
    + "".join(f"<p>{text}</p>" for *_, text in ENTRIES)
)
FILM = '<iframe src="https://www.youtube.com/embed/abc"></iframe>'


@pytest.mark.parametrize(
    ("body", "kind", "path", "form"),
    [
        (FEW + CAPTIONS, "ImageGallery", "a/boats", "gallery"),
        (FEW + CAPTIONS, "NewsArticle", "fotostrecke/boats", "gallery"),
        (FEW + CAPTIONS, "NewsArticle", "harbour/boats", "article"),
        (FILM + FEW, "VideoObject", "a/boats", "video"),
        (FILM + FEW, "NewsArticle", "video/boats", "video"),
        (FILM + FEW, "NewsArticle", "harbour/boats", "article"),
    ],
)
def test_galleries_and_videos_with_text_are_kept_and_flagged(judge, body, kind, path, form):
    html = page(body, {"@type": kind, "headline": "Flood at Orne: the day as it went"})
    article = judge(html, url=f"https://lantern.example/{path}")
    assert isinstance(article, Article), article
    assert article.form == form
    assert article.entries == ()


PICTURES = "".join(f"<figure><img src='/{n}.jpg'></figure>" for n in range(8))
TEASERS = "".join(
    f"<figure><a href='/boats-{n}'><img src='/{n}.jpg'></a></figure>" for n in range(8)
)
LINKED = "".join(
    f"<a href='/{n}-large.jpg'><figure><img src='/{n}.jpg'></figure></a>" for n in range(8)
)
BRIEF = f"{INTRO}<p>{ENTRIES[0][-1]} {ENTRIES[1][-1]} {ENTRIES[2][-1]}</p>"


@pytest.mark.parametrize(
    ("body", "mark", "form"),
    [
        (BRIEF + PICTURES, "", "gallery"),
        (BRIEF + LINKED, "", "gallery"),
        (BRIEF + TEASERS, "", "article"),
        (BRIEF, "single-format-gallery", "gallery"),
        (BRIEF, "body_gallery_detail", "gallery"),
        (BRIEF, "gallery-style-fill tweak-index-gallery-layout-packed pmc-gallery__", "article"),
    ],
)
def test_a_short_text_beside_pictures_is_kept_and_flagged(judge, body, mark, form):
    """Themes that have galleries somewhere say so on every page; teasers have pictures too."""
    html = page(body, {"@type": "NewsArticle"}).replace("<body", f'<body class="{mark}"')
    article = judge(html, url="https://lantern.example/a/boats")
    assert isinstance(article, Article), article
    assert article.form == form


def test_much_text_beside_a_film_is_an_article(judge):
    body = FILM + "".join(
        f"<p>{text} {n} of them said so.</p>" for n in range(5) for *_, text in ENTRIES
    )
    article = judge(page(body, {"@type": "VideoObject"}), url="https://lantern.example/video/a")
    assert article.form == "article"
