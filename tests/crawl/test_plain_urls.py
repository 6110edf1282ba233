"""URLs that are read without the parser come out as they would by way of it."""

from __future__ import annotations

import re

import ada_url
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import urls
from pipeline.urls import Address, address_of, host_of, is_address, normal_form

LABELS = (
    "www",
    "m",
    "amp",
    "mobile",
    "ex",
    "co",
    "uk",
    "com",
    "google",
    "cdn",
    "ampproject",
    "org",
)
ODD_LABELS = ("xn--e1afmkfd", "xn--", "-a-", "a--b", "1", "0x7f", "a_b", "EX", "", "рф", "a%2eb")
SEGMENTS = ("2026", "story-1", "amp", "print", "index.html", "default.aspx", "x.amp", "x.amp.html")
ODD_SEGMENTS = (
    *(
        "",
        ".",
        "..",
        "%2e",
        ".a",
        "a.",
        "A;jsessionid=1",
        "%7e",
        "%d1%80",
        "ж",
        "a b",
        "a|b",
        "a\\b",
    ),
    *(
        "c",
        "s",
        "champ",
        "camp",
        "INDEX.PHP",
        "index.php5",
        "a@b",
        "a:b",
        "(a)",
        "it's",
        "a+b",
        "amp\n",
    ),
)
PAIRS = (
    "id=5",
    "utm_source=a",
    "CMP=x",
    "b",
    "=",
    "a==b",
    "p=/amp/",
    "t=2",
    "t=1",
    "print=1",
    "share",
)
ODD_PAIRS = (
    "a'b=1",
    "a=%7e",
    "a=&amp;b",
    "&#038;",
    "a b",
    "?",
    '"',
    "%75tm_source=1",
    "[a]=1",
    "a;b",
)


def some(usual: tuple[str, ...], odd: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(usual) | st.sampled_from(odd + usual), max_size=most)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    scheme = draw(
        st.sampled_from(["https://", "http://", "https://", "HTTP://", "//", "", "ftp://"])
    )
    host = ".".join(draw(some(LABELS, ODD_LABELS, 5)))
    port = draw(st.sampled_from(["", "", "", ":443", ":80", ":8080", "@x.com"]))
    path = "".join(f"/{part}" for part in draw(some(SEGMENTS, ODD_SEGMENTS, 5)))
    query = "&".join(draw(some(PAIRS, ODD_PAIRS, 4)))
    end = draw(st.sampled_from(["", "", "", "/", "#top", "#!/a", " "]))
    return f"{scheme}{host}{port}{path}{'?' if query else ''}{query}{end}"


@settings(max_examples=300, deadline=None)
@given(addresses())
@example("https://www.google.com/amp/s/ex.com/news/x")
@example("https://ex-com.cdn.ampproject.org/c/s/ex.com/news/x")
@example("https://ex.com/a/print/?b=1&a=2")
def test_a_plain_url_is_what_the_parser_makes_of_it(url):
    assert normal_form(url) == urls._respelt(url)
    if urls._PLAIN.fullmatch(url):
        assert ada_url.normalize_url(url) == url
        parsed = ada_url.URL(url)
        port = 443 if parsed.protocol == "https:" else 80
        assert address_of(url) == Address(url, parsed.protocol[:-1], parsed.hostname, port)
        assert host_of(url) == parsed.hostname
    assert is_address(url) == ada_url.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.ex.com/2026/11/21/story-number-1-of-the-year/",
        "http://news.ex.co.uk/a/b-12345.html?utm_source=map&id=5",
    ],
)
def test_what_news_sites_write_is_plain(url):
    assert urls._PLAIN.fullmatch(url)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="%234567aefAEFGzж~", max_size=24))
def test_escapes_are_spelt_in_one_way(text):
    def one(escape):
        letter = chr(int(escape[1], 16))
        kept = letter.isascii() and (letter.isalnum() or letter in "-._~")
        return letter if kept else escape[0].upper()

    assert urls._escapes(text) == re.sub("%([0-9A-Fa-f]{2})", one, text)
