"""What a page says of itself: the headline, the authors, the dates, the lead image; who said it."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.extract.byline import read_bylines
from pipeline.extract.claims import explain, explain_page
from pipeline.extract.jsonld import read_jsonld
from pipeline.extract.metadata import read_metadata
from pipeline.extract.names import is_person, names
from pipeline.extract.parse import parse
from pipeline.extract.scan import Claims
from pipeline.extract.site import site_names


def ld(**fields):
    node = {"@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(name, content):
    return f'<meta property="{name}" content="{content}">'


@pytest.fixture
def claims(make_page, make_source):
    def make(head="", body="", url="https://lantern.example/harbour/a1", **page):
        html = f"<html><head>{head}</head><body>{body}</body></html>"
        tree = parse(html)
        return Claims(tree, read_jsonld(tree), make_page(html, url=url, **page), make_source())

    return make


@pytest.fixture
def read(claims):
    def run(head="", body="", **page):
        found = claims(head, body, **page)
        return read_metadata(found)

    return run


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Ferry sails again | The Lantern", "Ferry sails again"),
        ("Ferry sails again - Harbour - The Lantern", "Ferry sails again - Harbour"),
        ("The Lantern: Ferry sails again", "The Lantern: Ferry sails again"),
        ("The Lantern » Ferry sails again", "Ferry sails again"),
        ("Ferry sails again – lantern.example", "Ferry sails again"),
        ("Ferry sails again | Lantern Online", "Ferry sails again"),
        ("Ferry sails again * The Lantern", "Ferry sails again"),
        ("渡轮再次启航：The Lantern", "渡轮再次启航"),
        ("The Lantern", None),
        ("Anti-storm wall – a bad idea?", "Anti-storm wall – a bad idea?"),
    ],
)
def test_the_sites_name_is_taken_off_a_title(read, title, headline):
    assert read(f"<title>{title}</title>").title == headline


@pytest.mark.parametrize("name", ["og:site_name", "application-name"])
def test_a_sites_name_that_is_the_pages_title_is_none(read, name):
    whole = "Ferry sails again | The Lantern"
    head = f"<title>{whole}</title>" + meta(name, whole) + meta("og:title", "Ferry sails again")
    assert read(head, "<h1>Ferry sails again</h1>").title == "Ferry sails again"


def test_the_initials_of_a_house_are_its_name():
    site = site_names([], "abc.example")
    assert site.without("Ferry sails again | Amber Bay Courier") == "Ferry sails again"


def test_what_readers_see_goes_before_a_rewording_for_networks(read):
    head = meta("og:title", "You will not believe which boat is back")
    shown = "<h1 class='headline'>Ferry to the outer islands sails again</h1>"
    assert read(head, shown).title == "Ferry to the outer islands sails again"


def test_a_headline_two_places_agree_on_goes_before_a_short_h1(read):
    long = "After the storm: Ferry to the islands sails again"
    head = ld(headline=long) + meta("og:title", long)
    assert read(head, "<h1>Ferry sails</h1>").title == long


def test_a_headline_that_was_cut_off_gives_way_to_the_whole(read):
    whole = (
        "Ferry to the outer islands sails again after two weeks in which the islanders lived on "
        "flour, dried fish and patience"
    )
    head = ld(headline=whole[:105]) + meta("og:title", whole)
    assert read(head).title == whole


def test_a_long_headline_does_not_give_way_to_one_with_the_sites_name_behind_it(read):
    headline = "Ferry to the outer islands sails again after two weeks in which the islanders lived on flour"
    head = ld(headline=headline) + meta("og:title", f"{headline} | The Lantern | by Anna Mill")
    assert read(head, f"<h1>{headline}</h1>").title == headline


@pytest.mark.parametrize("h1", ["<h1>The Lantern</h1>", "<h1>Harbour</h1>", "<h1> </h1>"])
def test_an_h1_that_is_a_logo_or_a_section_is_no_headline(read, h1):
    head = ld(headline="Ferry to the islands sails again") + meta("og:site_name", "The Lantern")
    assert read(head, h1).title == "Ferry to the islands sails again"


def test_a_drawings_title_is_none(read):
    assert read(body="<svg><title>Menu</title></svg>").title is None


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"@type": "Person", "name": "Anna Mill"}, ("Anna Mill",)),
        ([{"name": "Anna Mill"}, {"name": "KARL PIER"}, {"name": "Karl Pier"}], ("Anna Mill", "Karl Pier")),
        ({"givenName": "Anna", "familyName": "Mill"}, ("Anna Mill",)),
        ("By Anna Mill and Karl Pier", ("Anna Mill", "Karl Pier")),
        ("Anna Mill, dpa", ("Anna Mill", "dpa")),
        ({"name": "Anna Mill, Senior Reporter"}, ("Anna Mill",)),
        ({"name": "https://lantern.example/anna"}, ()),
        ([{"@type": "Organization", "name": "The Lantern"}, {"name": "Anna Mill"}], ("Anna Mill",)),
        ([{"name": "Anna Mill"}, {"@type": "Organization", "name": "Coast Wire"}], ("Anna Mill", "Coast Wire")),
        ({"@type": "Organization", "name": "Mill & Pier"}, ("Mill & Pier",)),
        ({"@type": "Person", "name": "The Lantern"}, ("The Lantern",)),
        (None, ()),
    ],
)  # fmt: skip
def test_authors_as_json_ld_names_them(read, author, expected):
    assert read(ld(headline="Ferry", author=author)).authors == expected


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("<p class='byline'>By <a href='/anna'>Anna Mill</a> and <a href='/karl'>Karl Pier</a></p>", ("Anna Mill", "Karl Pier")),
        ("<span class='author-name'>Anna Mill</span><span class='author-role'>Reporter</span>", ("Anna Mill",)),
        ("<div>Von Anna Mill</div>", ("Anna Mill",)),
        ("<p>Автор: Анна Мельник</p>", ("Анна Мельник",)),
        ("<p>Par Anna Mill</p>", ("Anna Mill",)),
        ("<a rel='author' href='/a'>Anna Mill</a>", ("Anna Mill",)),
        ("<div itemprop='author'><span itemprop='name'>Anna Mill</span></div>", ("Anna Mill",)),
        ("<div class='articleAuthor'><b>Anna Mill</b> <i>21 November 2026</i></div>", ("Anna Mill",)),
        ("<span class='author'>渡辺洋介</span>", ("渡辺洋介",)),
        ("<p>By noon the pier was crowded with people who waited.</p>", ()),
        ("<div class='author-bio'>Anna Mill has written of harbours since she could write.</div>", ()),
        ("<div class='comments'><b class='comment-author'>Otto Gull</b></div>", ()),
        ("<a class='author' href='/all'>Read more</a>", ()),
    ],
)  # fmt: skip
def test_a_page_that_declares_no_author_is_asked_for_its_byline(read, byline, expected):
    assert read(body=f"<article><h1>Ferry sails again</h1>{byline}</article>").authors == expected


def test_the_byline_below_the_headline_goes_before_those_of_teasers(claims):
    body = (
        "<h1>Ferry sails again</h1><p class='byline'>By Anna Mill</p>"
        + "<p>Text.</p>" * 300
        + "<div class='teaser'><p class='byline'>By Otto Gull</p></div>"
    )
    best, other = read_bylines(claims(body=body))
    assert best.names == ("Anna Mill",)
    assert other.points < best.points


def test_an_account_gives_way_to_the_name_on_the_page(read):
    body = "<h1>Ferry sails again</h1><span class='author-name'>Anna Mill</span>"
    assert read(meta("author", "admin"), body).authors == ("Anna Mill",)


def test_a_catalogues_names_are_turned(read):
    assert read('<meta name="citation_author" content="Mill, Anna">').authors == ("Anna Mill",)


@pytest.mark.parametrize(
    "text", ["Anna Mill", "Anna van der Mill", "A. Mill", "Анна Мельник", "박준석", "Anna O’Mill"]
)
def test_persons(text):
    assert is_person(text)
    assert names(text) == [text]


@pytest.mark.parametrize(
    "text",
    ["Anna", "Staff Writer", "Read More", "21 Nov 2026", "Updated Today", "five minutes ago"],
)
def test_no_persons(text):
    assert not is_person(text)


@pytest.mark.parametrize(
    ("shown", "at", "precision"),
    [
        ("<span class='date'>21 November 2024, 18:05</span>", "2024-11-21T16:05", "minute"),
        ("<time>Nov. 21, 2024</time>", "2024-11-20T22:00", "day"),
        ("<p>21 ноября 2024 г., 18:05</p>", "2024-11-21T16:05", "minute"),
        ("<p itemprop='datePublished' content='2024-11-21T18:05:00Z'>x</p>", "2024-11-21T18:05", "second"),
    ],
)  # fmt: skip
def test_the_date_that_readers_see_where_none_is_declared(read, shown, at, precision):
    published = read(body=f"<h1>Ferry sails again</h1>{shown}<p>It did.</p>").published
    assert published.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (published.source, published.precision) == ("text", precision)


def test_a_shown_date_of_a_change_is_not_the_publications(read):
    body = "<h1>Ferry</h1><p class='date'>Updated 3 March 2025</p><p class='date'>1 March 2025</p>"
    assert read(body=body).published.at.date().isoformat() == "2025-02-28"  # midnight in Riga


def test_a_year_alone_is_no_date(read):
    assert (
        read(body="<h1>Ferry sails again</h1><p>It did.</p><p>© 2024 The Lantern</p>").published
        is None
    )


def test_a_shown_time_goes_with_the_day_of_the_address(read):
    body = "<h1>Ferry</h1><span class='date'>18.11.2026 10:30</span>"
    published = read(body=body, url="https://lantern.example/2026/11/18/ferry").published
    assert published.at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)


def test_a_second_of_one_digit_keeps_its_zone(read):
    published = read(ld(datePublished="2025-12-05T23:15:0Z")).published
    assert published.at == datetime(2025, 12, 5, 23, 15, tzinfo=UTC)
    assert published.zone == "explicit"


def test_a_change_before_the_publication_is_none(read):
    head = ld(datePublished="2025-12-05T10:00:00Z", dateModified="2025-12-04T10:00:00Z")
    assert read(head).modified is None


def test_the_lead_image_its_caption_and_its_credit(read):
    image = {"@type": "ImageObject", "url": "/f.jpg", "caption": "At sea. Photo: Karl Pier"}
    said = read(ld(image=image))
    assert said.image_url == "https://lantern.example/f.jpg"
    assert (said.image_caption, said.image_credit) == ("At sea.", "Karl Pier")


def test_an_image_by_reference(read):
    graph = {"@graph": [
        {"@type": "NewsArticle", "headline": "Ferry", "image": {"@id": "#1"}},
        {"@type": "ImageObject", "@id": "#1", "contentUrl": "/f.jpg", "creditText": "Karl Pier"},
    ]}  # fmt: skip
    said = read(f'<script type="application/ld+json">{json.dumps(graph)}</script>')
    assert (said.image_url, said.image_credit) == ("https://lantern.example/f.jpg", "Karl Pier")


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (
            "The ferry at sea <span class='credit'>Karl Pier</span>",
            ("The ferry at sea", "Karl Pier"),
        ),
        ("The ferry at sea (Foto: Karl Pier)", ("The ferry at sea", "Karl Pier")),
        ("The ferry at sea © Karl Pier", ("The ferry at sea", "Karl Pier")),
        ("The ferry, a photo of hope", ("The ferry, a photo of hope", None)),
        ("<em class='copyright'>Photo: Karl Pier</em>", (None, "Karl Pier")),
    ],
)
def test_a_figures_caption_and_credit(read, caption, expected):
    figure = f"<figure><img src='f.jpg'><figcaption>{caption}</figcaption></figure>"
    said = read(body=f"<h1>Ferry</h1>{figure}")
    assert (said.image_caption, said.image_credit) == expected


def test_json_ld_of_any_shape_is_read_or_passed_over(read):
    for value in (
        0,
        [],
        "",
        {"@type": []},
        {"@type": ["Article"], "publisher": [1], "image": [""]},
    ):
        head = f'<script type="application/ld+json">{json.dumps(value)}</script>'
        assert read(head, "<h1>Ferry to the islands</h1>").title == "Ferry to the islands"


def test_every_claim_is_listed_and_one_of_a_field_has_won(claims):
    head = (
        ld(headline="Ferry to the islands sails again", author={"name": "Anna Mill"},
           datePublished="2025-12-05T10:00:00Z")
        + meta("og:title", "Guess which boat is back")
        + meta("author", "Karl Pier")
    )  # fmt: skip
    found = explain(claims(head, "<h1>Ferry to the islands sails again</h1>"))
    title = [(c.source, c.value, c.won) for c in found if c.field == "title"]
    assert title == [
        ("h1, json_ld", "Ferry to the islands sails again", True),
        ("og:title", "Guess which boat is back", False),
    ]
    authors = [(c.source, c.value, c.won) for c in found if c.field == "authors"]
    assert authors == [("json_ld", "Anna Mill", True), ("meta", "Karl Pier", False)]
    for field in {claim.field for claim in found}:
        assert sum(claim.won for claim in found if claim.field == field) == 1


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"<!-- -->", b"{}"])
def test_what_is_no_page_claims_nothing(make_page, make_source, rules, body):
    assert explain_page(make_page(body), make_source(), rules) == ()
