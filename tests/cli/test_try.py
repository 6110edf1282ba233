from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.cli.show import in_order
from pipeline.model import Article, Cut, Reason
from pipeline.trial import generic_source, is_address, own_url
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.cli.conftest import PAGE, settings_of


@pytest.fixture
def try_(folder, monkeypatch):
    """Run `try` in this process; what it wrote, an object a line."""
    for name, value in settings_of(folder, str(folder / "lake")).items():
        if name.startswith("BROADSHEET_"):
            monkeypatch.setenv(name, value)

    def run(*arguments: str, **more) -> list[dict]:
        result = CliRunner().invoke(app, ["try", *arguments], catch_exceptions=False, **more)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


def test_a_page_is_one_object_with_the_whole_row(broadsheet):
    done = broadsheet.process("try", str(broadsheet.folder / "page.html"))
    assert done.returncode == 0
    assert done.stderr == b""
    row = json.loads(done.stdout)
    assert done.stdout.count(b"\n") == 1
    assert row["verdict"] == "article"
    assert row["reason"] == "ok"
    assert set(ARTICLE.names) < set(row)
    assert row["title"] == "Harbour reopens after storm"
    assert row["authors"] == ["Ina Vale"]
    assert row["published_at"] == "2026-11-19T06:30:00Z"
    assert row["language"] == "en"
    assert "fishing boats left at dawn" in row["text"]
    assert "Ferry timetable" not in row["text"]
    assert {
        "category": "related",
        "rule": "also-read",
        "text": "Also read: Ferry timetable changes for winter",
    } in row["cuts"]
    assert not (broadsheet.folder / "lake").exists()


def test_a_page_is_judged_without_a_user_agent_a_seed_or_a_lake(try_, folder):
    [row] = try_(str(folder / "page.html"))
    assert row["source"] == "any"
    assert row["url"] == "https://lantern.example/news/harbour-reopens"


def test_a_seed_gives_its_id_and_its_zone(try_, folder):
    page = PAGE.replace("2026-11-19T08:30:00+02:00", "2026-11-19T08:30:00")
    (folder / "page.html").write_text(page)
    [row] = try_(str(folder / "page.html"), "--source", "lantern")
    assert (row["source"], row["published_at"]) == ("lantern", "2026-11-19T06:30:00Z")
    [row] = try_(str(folder / "page.html"))
    assert (row["published_tz"], row["published_at"][:16]) != ("explicit", "2026-11-19T06:30")


def test_an_address_that_is_given_goes_before_the_pages_own(try_, folder):
    [row] = try_(str(folder / "page.html"), "--url", "https://other.example/a")
    assert row["url"] == "https://other.example/a"


def test_standard_input_and_several_files(try_, folder):
    [row] = try_("-", input=PAGE)
    assert row["title"] == "Harbour reopens after storm"
    rows = try_(str(folder / "page.html"), "--text", str(folder / "dump.txt"))
    assert [row["file"] for row in rows] == [str(folder / n) for n in ("page.html", "dump.txt")]


def test_a_text_dump_goes_through_the_same_strip(try_, folder):
    [row] = try_("--text", str(folder / "dump.txt"), "--source", "lantern")
    assert row["title"] == "Harbour reopens after storm"
    assert "Also read" not in row["text"]
    assert "also-read" in [cut["rule"] for cut in row["cuts"]]
    assert row["url"].startswith("urn:broadsheet:text:lantern:")


HOSTILE = {
    "empty": b"",
    "zeros": b"\0" * 5000,
    "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "deep": b"<div>" * 60_000 + b"text",
    "unclosed": b"<html><body><p>" + b"<a href='" * 3000,
    "attributes": b"<p " + b"a=1 " * 50_000 + b">x",
    "surrogate": b"<p>&#xD800; &#x110000; half",
    "utf16": "<html><body><p>Short</p></body></html>".encode("utf-16"),
    "bad-json": b"<script type='application/ld+json'>" + b"[" * 50_000 + b"</script><p>x",
    "bad-canonical": b"<link rel=canonical href='http://[::1'><link rel=canonical href='http:// x/'><p>x",
    "odd-canonical": b"<link rel=canonical href='http://%zz.exa mple:99999/'><p>x",
    "entities": b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><p>&b;</p>",
    "binary-meta": b"<meta charset='\xff\xfe'><meta charset=undefined><p>\xff\xfe\xfa</p>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_reject_and_no_error(try_, folder, name):
    (folder / "hostile.html").write_bytes(HOSTILE[name])
    [row] = try_(str(folder / "hostile.html"))
    assert row["verdict"] == "reject"
    assert row["reason"] in set(Reason)
    assert isinstance(row["broken_rules"], list)
    assert set(REJECT.names) < set(row)


def test_a_giant_is_not_even_read(try_, folder):
    with (folder / "giant.html").open("wb") as file:
        file.truncate(11_000_000)
    [row] = try_(str(folder / "giant.html"))
    assert row["reason"] == "too_large"


def test_what_cannot_be_written_as_utf8_is_escaped(broadsheet):
    page = PAGE.replace("three", "").replace("dawn,", "dawn &#xDC80; …,")
    done = broadsheet.process("try", "-", stdin=page.encode(), LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "“We were lucky" in json.loads(done.stdout)["text"]


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (
            b'<link rel="canonical" href="https://a.example/x?a=1&amp;b=2">',
            "https://a.example/x?a=1&b=2",
        ),
        (b"<LINK HREF=https://a.example/x REL=canonical>", "https://a.example/x"),
        (b'<meta property="og:url" content="https://a.example/og">', "https://a.example/og"),
        (b'<link rel="canonical" href="/relative">', None),
        (b"<p>no head at all", None),
    ],
)
def test_the_address_a_page_gives_itself(body, url):
    assert own_url(body) == url


def test_what_is_no_address_gets_a_source_all_the_same():
    assert generic_source("http://[::1").home == "https://file.invalid/"
    assert not is_address("http://[::1")
    assert not is_address("page.html")
    assert is_address("HTTPS://lantern.example")


def test_cuts_stand_where_they_were_on_the_page():
    related, late = Cut("related", "r", "Also read: B"), Cut("share", "s", "Share this")
    lost = Cut("x", "y", "nowhere to be seen")
    flat = "Firstline.Alsoread:BSecondline.Sharethis"
    placed = in_order(flat, ["First line.", "Second line."], [lost, late, related])
    assert placed == ["First line.", related, "Second line.", late, lost]


def test_every_field_of_the_row_is_written(try_, folder):
    [row] = try_(str(folder / "page.html"))
    assert list(row)[4:] == list(Article.__slots__)


def test_verbose_tells_where_the_time_goes(try_, folder):
    [row] = try_(str(folder / "page.html"), "-v")
    stages = list(row["timings"])
    assert stages[:3] == ["decode", "parse", "cut"]
    assert {"body", "strip", "tag", "validate"} < set(stages)
    assert all(spent >= 0 for spent in row["timings"].values())
    [row] = try_(str(folder / "page.html"))
    assert "timings" not in row


def test_verbose_lists_who_claimed_what(try_, folder):
    [row] = try_("-v", str(folder / "page.html"))
    titles = [claim for claim in row["claims"] if claim["field"] == "title"]
    assert titles[0] | {"won": True, "value": "Harbour reopens after storm"} == titles[0]
    assert {"field", "source", "value", "won"} == set(titles[0])
    [quiet] = try_(str(folder / "page.html"))
    assert "claims" not in quiet


def test_a_page_that_takes_too_long_is_refused_as_in_a_run(try_, folder, monkeypatch):
    monkeypatch.setenv("BROADSHEET_PAGE_SECONDS", "0.02")
    (folder / "slow.html").write_text(PAGE.replace("</article>", "<p>The storm. " * 8000))
    [row] = try_(str(folder / "slow.html"))
    assert (row["verdict"], row["reason"]) == ("reject", Reason.TOO_SLOW)
    assert row["detail"] == "took more than 0.02 s of CPU"
    [row] = try_(str(folder / "slow.html"), "-v")
    assert row["reason"] == Reason.TOO_SLOW
    assert "timings" not in row


def test_without_workers_a_page_is_tried_without_limits(try_, folder, monkeypatch):
    monkeypatch.setenv("BROADSHEET_PAGE_SECONDS", "0.02")
    monkeypatch.setenv("BROADSHEET_EXTRACT_WORKERS", "0")
    (folder / "slow.html").write_text(PAGE.replace("</article>", "<p>The storm. " * 8000))
    [row] = try_(str(folder / "slow.html"))
    assert row["verdict"] == "article"
