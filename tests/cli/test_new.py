"""`broadsheet new` against newsstand sites with different equipment, over real HTTP."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import replace

import pytest
import yaml

from pipeline.sources import load_source
from tests.cli.conftest import ROOT
from tests.cli.test_terminal import on_terminal
from tests.stand import Newsstand

SEEDS = ROOT / "tests" / "scout" / "seeds"
LISTINGS = ("/feed", "/rss", "/atom", "/en/rss", "/sitemap", "/news-sitemap")


class Equipment:
    """Stands before the newsstand's desk: some paths are gone, or answered in another way."""

    def __init__(self, desk):
        self._answer = desk.answer
        self.gone: tuple[str, ...] = ()
        self.moved: dict[str, str] = {}
        self.instead: dict[str, tuple[bytes, str]] = {}

    def __call__(self, request):
        path = self.moved.get(request.path, request.path)
        reply = self._answer(replace(request, path=path))
        if request.path in self.instead:
            body, kind = self.instead[request.path]
            return type(reply)(200, body, (("Content-Type", kind),))
        return type(reply)(404) if request.path.startswith(self.gone) and self.gone else reply


@pytest.fixture(scope="module")
def running():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def stand(running, monkeypatch):
    running.desk.reset()
    running.log.clear()
    running.equipment = Equipment(running.desk)
    monkeypatch.setattr(running.desk, "answer", running.equipment)
    return running


@pytest.fixture
def new(command, tmp_path):
    """Run `broadsheet new`; return the exit code and its JSON, or what it said."""
    run = command(str(tmp_path / "lake"))
    run.env.update(
        BROADSHEET_SOURCES=str(tmp_path / "seeds"),
        BROADSHEET_BOILERPLATE=str(ROOT / "seeds" / "boilerplate"),
        BROADSHEET_ALLOW_NETWORKS="127.0.0.0/8,::1/128",
        BROADSHEET_USER_AGENT="BroadsheetTest/1.0 (+http://localhost/about)",
        BROADSHEET_EXTRACT_WORKERS="0",  # no second process to start; the limits have their tests
    )

    def made(url, *options, **env):
        done = run("new", url, "--delay", "0", *options, **env)
        assert done.returncode != 70, done.stderr
        said = done.stderr.decode()
        assert not done.returncode or not done.stdout
        return done.returncode, json.loads(done.stdout) if done.stdout else said

    made.command = run
    return made


def paths(listings, *, used=True):
    return [re.sub(r"^http://[^/]+", "", one["url"]) for one in listings if one["used"] is used]


@pytest.mark.parametrize("site", ["lantern", "vestnik", "causeway"])
def test_the_seed_is_as_kept(new, stand, site):
    """Feeds by link elements, sitemaps by robots.txt, a gzipped index: text compared as a whole."""
    code, made = new(stand.url(site))
    assert code == 0, made
    text = made["seed"].replace(str(stand.port), "8090")
    text = re.sub(r"on \d{4}-\d\d-\d\d,", "on 2026-11-22,", text)
    kept = (SEEDS / f"{site}.yml").read_text(encoding="utf-8")
    assert _without_words(text) == _without_words(kept)
    written = load_source(ROOT / made["path"])
    assert (written.id, written.name) == (site, made["name"])


def test_the_seed_in_the_docs_is_the_one_that_is_written():
    page = (ROOT / "docs" / "add-a-source.md").read_text(encoding="utf-8")
    kept = (SEEDS / "lantern.yml").read_text(encoding="utf-8")
    assert textwrap.indent(kept, "   ") in page


def test_what_is_told_when_piped(new, stand, tmp_path):
    code, made = new(stand.url("lantern"))
    assert code == 0
    assert set(paths(made["listings"])) == {"/feed/", "/news-sitemap.xml"}
    assert made["written"] is True
    assert made["requests"] <= 60
    [paid] = [one for one in made["samples"] if one["reason"] == "paywall"]
    assert paid["verdict"] == "reject"
    tram = next(one for one in made["samples"] if "tram-line-seven" in one["url"])
    assert tram["cuts"]["navigation"] >= 1
    assert tram["words"] > 100
    assert made["expect"]["articles_a_day"] > 1
    assert not (tmp_path / "lake").exists()
    asked = [entry.path for entry in stand.log]
    assert asked[0] == "/robots.txt"
    assert not [path for path in asked if path.startswith("/members/")]
    assert len(asked) == len(set(asked)) + asked.count("/2026/11/18/bridge-toll-paused/") - 1


def test_feeds_at_known_paths_are_tried_where_nothing_names_one(new, stand):
    stand.equipment.moved["/feed"] = "/rss.xml"
    stand.equipment.instead["/robots.txt"] = (b"", "text/plain")
    stand.equipment.gone = ("/sitemap",)
    code, made = new(stand.url("flaky"))
    assert code == 0, made
    [one] = made["listings"]
    assert (paths([one]), one["how"]) == (["/feed"], "known path")


def test_sections_are_learned_where_there_is_no_listing(new, stand, tmp_path):
    stand.equipment.gone = LISTINGS
    code, made = new(stand.url("vestnik"))
    assert code == 0, made
    seed = load_source(tmp_path / "seeds" / "vestnik.yml")
    [section] = seed.listings
    assert (section.kind, section.url) == ("section", stand.url("vestnik"))
    assert section.article is not None
    listed = [url for url, end in stand.expected().items() if end.site == "vestnik"]
    assert all(re.search(section.article, url) for url in listed)
    assert not re.search(section.article, stand.url("vestnik", "/about.html"))


def test_a_site_that_lists_nothing_says_what_to_do(new, stand):
    stand.equipment.gone = LISTINGS
    stand.equipment.instead["/"] = (b"<html><body><div id=app></div></body></html>", "text/html")
    code, said = new(stand.url("flaky"))
    assert code == 65
    assert "no feed, no sitemap" in said
    assert "Give the address of a section" in said


def test_a_feed_leads_to_the_same_listings(new, stand):
    code, made = new(stand.url("lantern", "/feed/"), "--dry-run")
    assert code == 0, made
    assert made["home"] == stand.url("lantern")
    assert set(paths(made["listings"])) == {"/feed/", "/news-sitemap.xml"}


def test_a_hostile_site_is_looked_at_and_its_bombs_are_told(new, stand):
    code, made = new(stand.url("hostile"), "--dry-run")
    assert code == 0, made
    reasons = {one["reason"] for one in made["samples"]}
    assert {"ok", "not_html", "too_large", "redirect_loop", "blocked_address"} <= reasons
    assert "# check: rejected:" in made["seed"]


def test_signals_are_told_in_plain_words(new, stand):
    robots = b"User-agent: GPTBot\nDisallow: /\nUser-agent: *\nContent-Signal: ai-train=no\n"
    stand.equipment.instead["/robots.txt"] = (robots, "text/plain")
    code, made = new(stand.url("flaky"), "--dry-run")
    assert code == 0, made
    assert any("AI crawlers are shut out by robots.txt: GPTBot" in line for line in made["signals"])
    assert any("ai-train=no" in line for line in made["signals"])
    assert "# - AI crawlers are shut out" in made["seed"]


def test_a_seed_is_not_overwritten_unless_told(new, stand, tmp_path):
    url = stand.url("flaky")
    assert new(url)[0] == 0
    path = tmp_path / "seeds" / "flaky.yml"
    path.write_text(path.read_text() + "# mine\n")
    stand.log.clear()
    code, said = new(url)
    assert (code, "is there already" in said, stand.log) == (78, True, [])
    code, said = new(url, "--id", "island")
    assert (code, "flaky has this home already" in said) == (78, True)
    assert new(url, "--force")[0] == 0
    assert "# mine" not in path.read_text()
    assert [one.name for one in (tmp_path / "seeds").iterdir()] == ["flaky.yml"]


def test_a_dry_run_writes_nothing(new, stand, tmp_path):
    code, made = new(stand.url("flaky"), "--dry-run", "--id", "island")
    assert (code, made["written"], made["id"]) == (0, False, "island")
    assert yaml.safe_load(made["seed"])["id"] == "island"
    assert not (tmp_path / "seeds").exists()


def test_what_cannot_be_asked(new, stand):
    code, said = new("lantern.example")
    assert (code, "is no address of a site" in said) == (78, True)
    code, said = new("http://169.254.169.254/")
    assert (code, "not a public address" in said) == (78, True)
    code, said = new(stand.url("flaky"), BROADSHEET_USER_AGENT="")
    assert code == 78
    stand.equipment.instead["/robots.txt"] = (b"User-agent: *\nDisallow: /\n", "text/plain")
    code, said = new(stand.url("flaky"))
    assert (code, "ask its publisher" in said) == (65, True)
    code, said = new("http://nobody.invalid/")
    assert (code, "Try again later" in said) == (75, True)


def _without_words(seed):
    """The median moves with the rules of extraction, which have tests of their own."""
    return re.sub(r"(?m)^  words: [1-9]\d*$", "  words: N", seed)


def test_a_person_sees_listings_samples_and_where_the_seed_lies(new, stand):
    shown = on_terminal(new.command, "new", stand.url("lantern"), "--delay", "0")
    assert "of at most 60" in shown
    assert "✓" in shown
    assert "by link element" in shown
    assert "paywall" in shown
    assert re.search(r"navigation \d", shown)
    assert "lantern.yml written" in " ".join(shown.split())
    again = on_terminal(new.command, "new", stand.url("flaky"), "--delay", "0", "--dry-run", "-v")
    assert "id: flaky" in again
    assert "words kept" in again
