"""Which spellings of a URL are one article, and which domain owns a host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.urls import article_id, host_of, normal_form, registrable_domain, shard_of, url_key

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "urls.jsonl"

SAME = [
    ("https://ex.com/news/x.amp.html", "https://ex.com/news/x.html"),
    ("https://ex.com/news/x/print/", "https://ex.com/news/x"),
    ("https://www.m.ex.com./a/../b", "https://ex.com/b"),
    ("https://ex.com/a?x=1&&b=%7e#part", "https://ex.com/a?b=~&x=1"),
    ("https://ex.com/Default.aspx", "https://ex.com/"),
    ("//ex.com/a", "https://ex.com/a"),
    ("ex.com/a", "https://ex.com/a"),
    ("https://www.google.com/amp/s/ex.com/news/x?amp=1", "https://ex.com/news/x"),
    ("https://ex.com/a?GCLID=1&Utm_Source=b", "https://ex.com/a"),
    ("https://user:secret@ex.com/a", "https://ex.com/a"),
    ("https://ex.com/a|b", "https://ex.com/a%7Cb"),
    ("https://ex.com/a?id=5&#038;x=1", "https://ex.com/a?id=5&x=1"),
]
DIFFERENT = [
    ("https://m.co.uk/a", "https://amp.co.uk/a"),
    ("https://ex.com/print", "https://ex.com/"),
    ("https://ex.com/champ", "https://ex.com/ch"),
    ("https://ex.com/a?x=1%2B2", "https://ex.com/a?x=1+2"),
    ("https://ex.com/a?q=%26amp%3B", "https://ex.com/a?q=%26"),
    ("https://ex.com/a?t=1&t=2", "https://ex.com/a?t=2&t=1"),
    ("https://m.localhost/a", "https://localhost/a"),
    ("https://www.google.com/amp/review", "https://review/"),
]


@pytest.mark.skipif(not CASES.exists(), reason="no ../shared/cases here")
def test_the_shared_cases():
    wrong = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        same = url_key(case["a"]) == url_key(case["b"])
        if same != (case["expect"] == "same"):
            wrong.append(case["case"])
    assert wrong == []


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_article_share_a_key(one, other):
    assert normal_form(one) == normal_form(other)
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_articles_never_share_a_key(one, other):
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize("url", [*[a for a, _ in SAME], *[b for _, b in DIFFERENT]])
def test_a_normal_form_is_its_own_normal_form(url):
    assert normal_form(normal_form(url)) == normal_form(url)


@pytest.mark.parametrize("text", ["", "::", "http://", "http://[", "urn:a:b", "mailto:a@ex.com"])
def test_what_is_no_web_address_stays_as_it_is(text):
    assert normal_form(text) == text
    assert len(url_key(text)) == 32


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("News.Example.COM.", "example.com"),
        ("a.blogspot.com", "a.blogspot.com"),
        ("lantern.localhost", "lantern.localhost"),
        ("www.lantern.localhost", "lantern.localhost"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_registrable_domain(host, domain):
    assert registrable_domain(host) == domain


def test_hosts_come_bare():
    assert host_of("http://[::1]:8090/a") == "::1"
    assert host_of("https://Пример.рф/a") == "xn--e1afmkfd.xn--p1ai"
    assert host_of("urn:a:b") == ""


def test_a_domain_has_one_shard():
    assert shard_of("https://www.ex.com/a", 4) == shard_of("http://news.ex.com:8080/b", 4)
    assert {shard_of(f"https://site{n}.com/", 4) for n in range(64)} == {0, 1, 2, 3}


def test_article_id_keeps_sources_apart():
    key = url_key("https://ex.com/a")
    assert article_id("one", key) != article_id("other", key)
    assert len(article_id("one", key)) == 32
