"""Commands that ask sites, against the newsstand; and the way of text dumps into a lake."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import DUMP, ROOT, SEED
from tests.stand import Newsstand


@pytest.fixture(scope="module")
def stand():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def cli(tmp_path, stand, command):
    """Run a command; return its exit code and what it wrote, an object a line, or its words."""
    stand.desk.reset()
    seeds = tmp_path / "stand"
    seeds.mkdir()
    stand.write_sources(seeds)
    (seeds / "lantern-dumps.yml").write_text(SEED.replace("id: lantern", "id: lantern-dumps"))
    run = command(str(tmp_path / "lake"))
    run.env.update(
        BROADSHEET_SOURCES=str(seeds),
        BROADSHEET_BOILERPLATE=str(ROOT / "seeds" / "boilerplate"),
        BROADSHEET_ALLOW_NETWORKS="127.0.0.0/8,::1/128",
        BROADSHEET_USER_AGENT="BroadsheetTest/1.0 (+http://localhost/about)",
    )

    def ended(*arguments: str) -> tuple[int, list[dict]]:
        done = run(*arguments)
        assert done.returncode != 70, done.stderr
        lines = done.stdout.splitlines() or done.stderr.splitlines() * (done.returncode != 0)
        return done.returncode, [
            json.loads(line) if done.stdout else line.decode() for line in lines
        ]

    return ended


def test_check_says_what_answers_how_many_links_and_how_new(cli):
    code, checks = cli("sources", "check", "lantern", "vestnik", "causeway")
    assert code == 0
    answers = {check["source"]: check["answers"] for check in checks}
    assert list(answers) == ["causeway", "lantern", "vestnik"]
    robots, feed, sitemap = answers["lantern"]
    assert robots["what"].endswith("/robots.txt")
    assert "HTTP 200" in robots["detail"]
    assert (feed["ok"], feed["links"], feed["newest"]) == (True, 10, "2026-11-20T14:05:00Z")
    assert sitemap["links"] > feed["links"]


def test_check_ends_with_65_where_a_site_gives_nothing(cli, stand):
    stand.desk.break_feed("flaky", "html")
    code, [check] = cli("sources", "check", "flaky")
    assert code == 65
    assert [answer["ok"] for answer in check["answers"]][-1] is False


def test_check_leaves_no_lake_behind(cli, tmp_path):
    cli("sources", "check", "hostile")
    assert not (tmp_path / "lake").exists()


def test_a_page_is_asked_for_politely_and_judged_by_its_sites_seed(cli, stand, tmp_path):
    url = f"http://lantern.localhost:{stand.port}/2026/11/17/tram-line-seven/"
    stand.log.clear()
    code, [row] = cli("try", url)
    assert code == 0
    assert (row["verdict"], row["source"]) == ("article", "lantern")
    assert row["cuts"]
    assert [entry.path for entry in stand.log] == [
        "/robots.txt",
        "/.well-known/tdmrep.json",
        "/2026/11/17/tram-line-seven/",
    ]
    assert not (tmp_path / "lake").exists()


def test_a_page_that_robots_forbids_is_a_miss(cli, stand):
    code, [row] = cli("try", f"http://lantern.localhost:{stand.port}/members/")
    assert code == 0
    assert (row["verdict"], row["reason"], row["broken_rules"]) == ("miss", "robots", [])


def test_a_dry_run_of_an_import_writes_nothing(cli, folder, tmp_path):
    code, [row] = cli(
        "import-text", str(folder / "dump.txt"), "--source", "lantern-dumps", "--dry-run"
    )
    assert code == 0
    assert row["title"] == "Harbour reopens after storm"
    assert not (tmp_path / "lake").exists()


def test_an_import_publishes_what_it_shows(cli, folder):
    (folder / "other.txt").write_text(DUMP.replace("Harbour", "Quay").replace("storm", "frost"))
    files = [str(folder / name) for name in ("dump.txt", "other.txt")]
    arguments = ("import-text", *files, "--source", "lantern-dumps", "--slot", "2026-11-19T08")
    code, rows = cli(*arguments)
    assert code == 0
    assert [row["file"] for row in rows] == files
    _, stored = cli("query", "SELECT url, title, text FROM articles ORDER BY url")
    shown = sorted(
        ({k: row[k] for k in ("url", "title", "text")} for row in rows), key=lambda r: r["url"]
    )
    assert stored == shown
    assert cli(*arguments)[0] == 0
    assert cli("query", "SELECT count(*) AS n FROM articles")[1] == [{"n": 2}]
    _, [story] = cli("why", stored[0]["url"])
    assert story["standings"][0]["state"] == "published"


def test_an_import_for_nobody_is_refused(cli, folder):
    code, [told] = cli("import-text", str(folder / "dump.txt"), "--source", "nobody")
    assert (code, "no source nobody" in told) == (78, True)
    code, [told] = cli("import-text", str(folder / "lost.txt"), "--source", "lantern-dumps")
    assert (code, "lost.txt: cannot be read" in told) == (78, True)


def test_a_run_by_hand_step_by_step_is_the_same_as_run(cli, tmp_path):
    # What its seed expects, and no page of it has: the gate says so, and all rows are there.
    seed = tmp_path / "stand" / "flaky.yml"
    seed.write_text(seed.read_text() + "expect:\n  sampled: 40\n  filled: {image_url: 1.0}\n")
    slot = ("--slot", "2026-11-21T09")
    assert cli("crawl", "--source", "flaky", *slot)[0] == 0
    assert cli("extract", *slot)[0] == 0
    code, [published] = cli("publish", *slot)
    assert code == 0
    assert published["counts"]["flaky"]["articles"] == 4
    code, [summary] = cli("report", *slot)
    [books] = summary["books"]
    assert (books["source"], books["discovered"], books["articles"]) == ("flaky", 4, 4)
    assert summary["cuts"]
    code, reports = cli("run", "--source", "flaky", *slot)
    assert code == 0
    assert [report["phase"] for report in reports][-2:] == ["publish", "gate"]
    [told] = reports[-1]["warnings"]
    assert told.startswith("flaky: image_url: on 0 of 4 articles, 100% were expected")
    assert told in cli("report", *slot)[1][0]["changed"]
    assert cli("query", "SELECT count(*) AS n FROM articles")[1] == [{"n": 4}]
