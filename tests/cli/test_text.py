from __future__ import annotations

from pipeline.urls import article_id, url_key

URL = "https://lantern.example/news/bridge"


def test_an_article_is_written_to_read(in_lake):
    done = in_lake("text", URL + "?utm_source=mail")
    assert done.returncode == 0
    told = "What became of the bridge\n\nThe council spoke of the bridge until late.\n"
    assert done.stdout.decode() == told


def test_an_id_leads_to_the_article_too(in_lake):
    name = article_id("lantern", url_key(URL))
    done = in_lake("text", "--markdown", name)
    told = "# What became of the bridge\n\nThe council spoke of the bridge until late.\n"
    assert done.stdout.decode() == told


def test_what_is_no_article_exits_with_1(in_lake):
    for name in ("https://lantern.example/news/gallery", "ab" * 16):
        done = in_lake("text", name)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"no article of the lake" in done.stderr


def test_try_writes_markdown(broadsheet):
    done = broadsheet("try", "--markdown", str(broadsheet.folder / "page.html"))
    assert done.returncode == 0
    blocks = done.stdout.decode().rstrip("\n").split("\n\n")
    assert blocks[0] == "# Harbour reopens after storm"
    assert len(blocks) == 4


def test_try_says_why_there_is_nothing_to_write(broadsheet):
    empty = broadsheet.folder / "empty.html"
    empty.write_text("<html><body><p>Nothing here.</p></body></html>")
    done = broadsheet("try", "--markdown", str(empty))
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"no article (" in done.stderr
