"""What a person sees: the command on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys

import pytest

from tests.cli.conftest import PAGE, ROOT

STRUCK = re.compile(r"\x1b\[[0-9;]*\b9\b[0-9;]*m([^\x1b]*)")


def on_terminal(command, *arguments: str, **env: str) -> str:
    """Run the command on a terminal of 120 columns; return all that it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        cwd=ROOT,
        env=command.env | env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other side has closed: how Linux says that it is over
            break
        if not part:
            break
        shown += part
    os.close(ours)
    process.wait(timeout=60)
    return shown.decode()


def test_cuts_are_struck_through_in_their_place(broadsheet):
    shown = on_terminal(broadsheet, "try", str(broadsheet.folder / "page.html"))
    assert "Also read: Ferry timetable changes for winter" in STRUCK.findall(shown)
    assert "‹related · also-read›" in shown
    assert "meta said '2026-11-19T08:30:00+02:00'" in shown
    places = [shown.index(part) for part in ("fishing boats", "Ferry timetable", "north pier")]
    assert places == sorted(places)


def test_no_color_is_respected(broadsheet):
    shown = on_terminal(broadsheet, "try", str(broadsheet.folder / "page.html"), NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown)
    assert "Ferry timetable" in shown


def test_a_page_cannot_steer_the_terminal(broadsheet):
    page = PAGE.replace("dawn,", "dawn \x1b]0;owned\x07\x9b31m,")
    (broadsheet.folder / "page.html").write_text(page)
    shown = on_terminal(broadsheet, "try", str(broadsheet.folder / "page.html"))
    assert "\x1b]0;" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown


def test_a_reject_says_why(broadsheet):
    (broadsheet.folder / "page.html").write_text("<p>Too little.</p>")
    shown = on_terminal(broadsheet, "try", str(broadsheet.folder / "page.html"))
    assert "REJECTED" in shown


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["report"], ["lantern", "broken_rules 1", "boilerplate cut", "related 3", "articles"]),
        (
            ["why", "https://lantern.example/news/copied-bridge"],
            ["found", "HTTP 200", "duplicate of"],
        ),
        (["query", "SELECT title, word_count FROM articles"], ["What became of the bridge", "8"]),
        (["query", "SELECT * FROM rejects"], ["broken_rules", "too_short"]),
        (["sources", "list"], ["The Lantern", "60 min"]),
        (["sources", "check", "--offline"], ["lantern", "valid"]),
        (["doctor"], ["store race", "what to do", "BROADSHEET_USER_AGENT"]),
    ],
    ids=lambda value: " ".join(value)[:20],
)
def test_answers_are_tables(in_lake, arguments, parts):
    shown = on_terminal(in_lake, *arguments)
    assert not [part for part in parts if part not in shown]


def test_parquet_is_not_for_a_terminal(in_lake):
    assert "redirect" in on_terminal(in_lake, "query", "SELECT 1", "--format", "parquet")


def test_a_golden_page_that_differs_is_a_diff(broadsheet):
    page = str(broadsheet.folder / "page.html")
    shown = on_terminal(broadsheet, "golden", page, "--source", "lantern")
    assert "lantern/harbour-reopens: article, 'Harbour reopens after storm'" in shown
    (broadsheet.folder / "rules" / "related.yml").unlink()
    shown = on_terminal(broadsheet, "golden", "--check", NO_COLOR="1")
    assert "-  related:" in shown.replace("\x1b[0m", "")
    assert "1 golden tests, 1 different" in shown


def test_verbose_shows_milliseconds_by_stage(broadsheet):
    shown = on_terminal(broadsheet, "try", "-v", str(broadsheet.folder / "page.html"), NO_COLOR="1")
    assert re.search(r"[\d.]+ ms: decode [\d.]+, parse [\d.]+, cut", shown)


def test_verbose_shows_who_claimed_what(broadsheet):
    shown = on_terminal(broadsheet, "try", "-v", str(broadsheet.folder / "page.html"), NO_COLOR="1")
    assert "claimed by" in shown
    assert "title_part" in shown
