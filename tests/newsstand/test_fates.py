import json
import re
import signal
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from press import hazards
from press.edition import load_sites
from press.truth import ENDS, expected, totals

from pipeline.boilerplate import disagreements
from pipeline.model import Reason, State
from pipeline.sources import load_sources

SITES = load_sites()
SERVE = Path(__file__).resolve().parents[2] / "docker" / "newsstand" / "serve.py"


# --- pages with a fate of their own ---


def test_one_page_has_moved_for_good(ask, stand):
    (item,) = [item for item in stand.expected().values() if item.url != item.final_url]
    answer = ask(item.url)
    assert (answer.status, answer.headers["location"]) == (301, item.final_url)
    assert item.title in ask(item.final_url).body.decode()


def test_the_paywalled_stub_says_so_in_json_ld(ask, end_of):
    page = ask(end_of("lantern", reason="paywall").url).body.decode()
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', page).group(1))
    (article,) = [node for node in data["@graph"] if node["@type"] == "NewsArticle"]
    assert article["isAccessibleForFree"] is False


def test_the_gallery_does_not_call_itself_an_article(ask, end_of):
    page = ask(end_of("lantern", slug="first-frost-in-pictures").url).body.decode()
    assert '"@type": "ImageGallery"' in page
    assert "NewsArticle" not in page
    assert 'property="og:type" content="website"' in page


def test_the_unwell_host_refuses_each_of_two_pages_once(ask, stand):
    for path in SITES["flaky"].unwell_paths:
        first = ask(stand.url("flaky", path))
        assert (first.status, first.headers["retry-after"]) == (503, "1")
        assert ask(stand.url("flaky", path)).status == 200
    assert ask(stand.url("flaky", "/robots.txt")).status == 200
    ask(f"http://localhost:{stand.port}/_control/reset", method="POST")
    assert ask(stand.url("flaky", "/rss.xml")).status == 503


def test_the_bomb_is_a_megabyte_on_the_wire_and_a_gigabyte_unpacked(ask, stand):
    (item,) = [i for i in stand.expected().values() if i.slug == "blank-pages"]
    answer = ask(item.url)
    assert answer.headers["content-encoding"] == "gzip"
    assert 900_000 < len(answer.body) < 1_200_000
    unpacker, size = zlib.decompressobj(wbits=31), 0
    piece = unpacker.decompress(answer.body, 1 << 24)
    while piece:
        size += len(piece)
        piece = unpacker.decompress(unpacker.unconsumed_tail, 1 << 24)
    assert (size, unpacker.eof) == (hazards.GIB, True)


def test_the_huge_page_is_larger_than_its_seed_allows(ask, stand, tmp_path):
    (item,) = [i for i in stand.expected().values() if i.slug == "tide-table-of-everything"]
    limit = load_sources(stand.write_sources(tmp_path))["hostile"].fetch.max_bytes
    assert len(ask(item.url).body) > 2 * limit > 0


def test_three_redirects_lead_nowhere(ask, stand):
    for item in stand.expected().values():
        if item.reason in {"redirect_loop", "bad_scheme", "blocked_address"}:
            to = ask(item.url).headers["location"]
            expected_to = {
                "redirect_loop": item.url,
                "bad_scheme": "file:///etc/hostname",
                "blocked_address": f"http://{hazards.PRIVATE_HOST}:{stand.port}/",
            }
            assert to == expected_to[item.reason]


# --- control ---


def order(ask, stand, name, **words):
    url = f"http://localhost:{stand.port}/_control/{name}"
    return ask(url, method="POST", body=json.dumps(words))


def test_edited_articles_say_so_in_page_sitemap_and_feed(ask, stand, end_of):
    later = [
        i for i in stand.expected().values() if (i.modified_at or i.published_at) > i.published_at
    ]
    assert {item.site for item in later} == {"lantern", "vestnik", "meridian", "causeway"}
    item = end_of("meridian", slug="bank-behind-the-stamps")
    stamp = "2026-11-20T15:05:00+02:00"
    assert "updated 20 Nov 2026" in ask(item.url).body.decode()
    assert (
        f"<lastmod>{stamp}</lastmod>"
        in ask(stand.url("meridian", "/news-sitemap.xml")).body.decode()
    )
    assert f"<updated>{stamp}</updated>" in ask(stand.url("meridian", "/feed/atom/")).body.decode()


def test_nothing_changes_by_itself_and_an_edit_changes_page_and_lists(ask, stand, end_of):
    item = end_of("lantern", slug="council-budget-vote")
    before = ask(item.url)
    feed = ask(stand.url("lantern", "/feed/"))
    assert ask(item.url, if_none_match=before.headers["etag"]).status == 304
    words = {"site": "lantern", "slug": item.slug, "paragraph": "The mayor will speak at noon."}
    assert order(ask, stand, "edit", **words).status == 200
    after = ask(item.url, if_none_match=before.headers["etag"])
    assert after.status == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert "The mayor will speak at noon." in after.body.decode()
    assert '"dateModified": "2026-11-18T10:20:00+02:00"' in after.body.decode()
    sitemap = ask(stand.url("lantern", "/news-sitemap.xml")).body.decode()
    assert "<lastmod>2026-11-18T10:20:00+02:00</lastmod>" in sitemap
    order(ask, stand, "reset")
    assert ask(item.url).body == before.body
    assert ask(stand.url("lantern", "/feed/")).body == feed.body


def test_an_edit_can_be_dated_after_a_crawl(ask, stand):
    at = "2026-12-01T09:00:00+02:00"
    order(ask, stand, "edit", site="meridian", slug="rail-strike-ends", at=at)
    assert f"<updated>{at}</updated>" in ask(stand.url("meridian", "/feed/atom/")).body.decode()
    assert (
        f"<lastmod>{at}</lastmod>" in ask(stand.url("meridian", "/news-sitemap.xml")).body.decode()
    )


def test_a_held_article_appears_when_it_is_released(ask, stand):
    site, slug = "lantern", "snow-plough-names"
    path = SITES[site].article(slug).path
    assert ask(stand.url(site, path)).status == 404
    stand.desk.release(site, slug)
    assert ask(stand.url(site, path)).status == 200
    assert slug in ask(stand.url(site, "/feed/")).body.decode()


def test_an_article_can_be_withdrawn(ask, stand, end_of, listed):
    item = end_of("meridian", slug="rail-strike-ends")
    stand.desk.withdraw("meridian", item.slug)
    assert ask(item.url).status == 410
    assert item.url in listed(stand.url("meridian", "/news-sitemap.xml"))


@pytest.mark.parametrize("how", ["html", "empty", "truncated", "error"])
def test_a_feed_can_be_broken_and_mended(ask, stand, how):
    feed = stand.url("vestnik", "/rss/all.xml")
    whole = ask(feed)
    assert order(ask, stand, "break-feed", site="vestnik", how=how).status == 200
    broken = ask(feed)
    assert broken.status == (500 if how == "error" else 200)
    assert len(broken.body) < len(whole.body)
    assert not broken.body.endswith(b"</rss>\n")
    order(ask, stand, "break-feed", site="vestnik", how="")
    assert ask(feed).body == whole.body


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dance", {}),
        ("edit", {"site": "lantern", "slug": "no-such-article"}),
        ("edit", {"town": "Port Halden"}),
        ("edit", {"site": "lantern", "slug": "heat-pump-queue", "at": "2026-11-22T09:00:00"}),
        ("break-feed", {"site": "lantern", "how": "slightly"}),
    ],
)
def test_a_wrong_order_is_refused(ask, stand, name, words):
    assert order(ask, stand, name, **words).status == 400


def test_the_log_tells_who_asked_for_what(ask, stand):
    ask(stand.url("lantern", "/feed/"), user_agent="Reader/1.0 (+http://localhost/about)")
    ask(stand.url("lantern", "/nothing"))
    first, second = stand.log
    assert (first.host, first.path, first.status) == (
        f"lantern.localhost:{stand.port}",
        "/feed/",
        200,
    )
    assert first.headers["user-agent"] == "Reader/1.0 (+http://localhost/about)"
    assert second.status == 404
    assert first.at <= second.at


# --- seeds, truth, command line ---


def test_the_seeds_are_valid_and_follow_the_port(stand, tmp_path):
    sources = load_sources(stand.write_sources(tmp_path))
    assert set(sources) == set(SITES)
    for source in sources.values():
        assert urlsplit(source.home).port == stand.port
        assert source.fetch.ports == (stand.port,)
        assert {urlsplit(listing.url).hostname for listing in source.listings} == {
            f"{source.id}.localhost"
        }


def test_the_truth_speaks_the_pipelines_words():
    for state, reason in ENDS.values():
        assert State(state)
        assert Reason(reason)
    assert len(expected()) == sum(counts["discovered"] for counts in totals().values())


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    log = tmp_path / "requests.log"
    command = [sys.executable, str(SERVE), "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ready = process.stdout.readline()
        port = int(re.search(r"localhost:(\d+)/", ready).group(1))
        taken = subprocess.run(
            [*command[:2], "--port", str(port)], capture_output=True, text=True, check=False
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert ready.startswith("newsstand ready on http://localhost:")
    assert taken.returncode == 1
    assert taken.stderr.count("\n") == 1
    assert str(port) in taken.stderr


def test_the_server_needs_nothing_but_python(tmp_path):
    command = [sys.executable, "-I", "-S", str(SERVE), "--expected", "--port", "1234"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    truth = json.loads(done.stdout)
    assert truth["totals"]["lantern"]["discovered"] == 18
    some = truth["urls"]["http://lantern.localhost:1234/2026/11/20/heat-pump-queue/"]
    assert some["first_line"].startswith("A heat pump for an ordinary house")


def test_the_seeds_own_rules_agree_with_their_examples(stand, tmp_path):
    sources = load_sources(stand.write_sources(tmp_path))
    rules = [rule for source in sources.values() for rule in source.extract.boilerplate]
    assert rules
    assert [wrong for rule in rules for wrong in disagreements(rule)] == []
