from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from pipeline import golden
from pipeline.model import Link, Miss, Page, Reason
from pipeline.urls import url_key
from tests.cli.conftest import PAGE
from tests.publish.rows import reject

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def page(folder):
    return str(folder / "page.html")


@pytest.fixture
def kept(broadsheet, page):
    """The command, with the page kept as a golden test."""
    assert broadsheet("golden", page, "--source", "lantern").returncode == 0
    return broadsheet


def golden_of(folder):
    return folder / "golden" / "lantern" / "harbour-reopens.yml"


def checked(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.usefixtures("kept")
def test_a_page_and_its_verdict_are_kept_beside_the_seeds(folder):
    path = golden_of(folder)
    content = yaml.safe_load(path.read_text())
    assert content["url"] == "https://lantern.example/news/harbour-reopens"
    right = content["expected"]
    assert (right["verdict"], right["title"]) == ("article", "Harbour reopens after storm")
    assert right["authors"] == ["Ina Vale"]
    assert right["published_at"] == "2026-11-19T06:30:00Z"
    assert len(right["text"]) == 3
    assert right["cuts"]["related"] == ["Also read: Ferry timetable changes for winter"]
    assert gzip.decompress(path.with_suffix(".html.gz").read_bytes()) == PAGE.encode()


def test_what_is_kept_is_also_written_for_programs(broadsheet, page):
    [row] = checked(broadsheet("golden", page, "--source", "lantern"))
    assert row["golden"] == "lantern/harbour-reopens"
    assert row["title"] == "Harbour reopens after storm"


def test_nothing_differs_until_a_rule_does(kept, folder):
    done = kept("golden", "--check")
    assert done.returncode == 0
    assert checked(done) == [{"golden": "lantern/harbour-reopens", "same": True, "diff": []}]
    (folder / "rules" / "related.yml").unlink()
    done = kept("golden", "--check", "lantern")
    assert done.returncode == 1
    [row] = checked(done)
    assert "-  related:" in row["diff"]
    assert b"1 golden tests, 1 different" in done.stderr


def test_what_differs_can_be_taken_over(kept, folder):
    (folder / "rules" / "related.yml").unlink()
    assert kept("golden", "--update").returncode == 0
    assert "related" not in yaml.safe_load(golden_of(folder).read_text())["expected"]["cuts"]
    assert kept("golden", "--check").returncode == 0


def test_the_same_page_gives_the_same_files_and_another_of_its_name_its_own(kept, folder, page):
    path = golden_of(folder)
    before = path.with_suffix(".html.gz").read_bytes()
    kept("golden", page, "--source", "lantern")
    assert path.with_suffix(".html.gz").read_bytes() == before
    kept(
        "golden",
        page,
        "--source",
        "lantern",
        "--url",
        "https://lantern.example/2025/harbour-reopens",
    )
    assert len(list(path.parent.glob("harbour-reopens*.yml"))) == 2


def test_a_page_of_no_known_site_is_not_kept(broadsheet, folder, page):
    done = broadsheet.process("golden", page)
    assert done.returncode == 78
    assert b"--source ID" in done.stderr
    assert not (folder / "golden").exists()


def test_a_golden_test_that_cannot_be_read_is_named(kept, folder):
    path = golden_of(folder)
    path.with_suffix(".html.gz").write_bytes(b"no gzip")
    done = kept.process("golden", "--check")
    assert done.returncode == 78
    assert str(path).encode() in done.stderr
    path.write_text("- a list\n")
    assert kept.process("golden", "--check").returncode == 78


def test_a_golden_test_whose_seed_is_gone_is_named(kept, folder):
    shutil.move(folder / "golden" / "lantern", folder / "golden" / "gone")
    done = kept.process("golden", "--check")
    assert done.returncode == 78
    assert b"no source gone" in done.stderr
    assert b"no golden test of nothing" in kept.process("golden", "--check", "nothing").stderr


def test_something_must_be_asked_for(broadsheet):
    assert broadsheet.process("golden").returncode == 2


def test_the_pages_of_a_split_article_are_kept_together(tmp_path):
    def page(number):
        url = "https://gull.example/story" + (f"/{number}/" if number > 1 else "")
        key = url_key(url)
        link = Link(source="gull", url=url, url_key=key, found_at=AT, found_in="golden")
        link = replace(link, found_via="seed")
        headers = (("content-type", "text/html"),)
        body = f"<p>Page {number}.</p>".encode()
        return Page(link=link, final_url=url, status=200, headers=headers, body=body, fetched_at=AT)

    lost = Miss(link=page(3).link, reason=Reason.GONE, detail="404 Not Found", fetched_at=AT)
    whole = replace(page(1), parts=(page(2), lost))
    path = golden.keep(tmp_path, whole, reject(url=whole.link.url, source="gull"))
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "story.2.html.gz",
        "story.html.gz",
        "story.yml",
    ]
    (back,) = golden.read_goldens(tmp_path)
    assert back.page == whole
