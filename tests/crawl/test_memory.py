"""Memory at its peak over a whole crawl of bombs, in a process of its own: under 150 MB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 150
#: The crawl as a task does it, from `jobs` down; the server is another process. VmHWM is the peak of
#: this process alone: what its parent held when it was forked does not count.
CRAWL = """
import re
from pathlib import Path
from pipeline import jobs

report = jobs.crawl("2026-11-21T09:00", "0")
assert report.counts["paper"]["miss_too_large"] == 9, report
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
SERVER = """
import asyncio, sys
from tests.crawl import hostile
from tests.crawl.hostile import HostileServer, answer

BOMBS = {name: hostile.bomb(name, 256) for name in ("gzip", "deflate", "br")}

async def serve():
    async with HostileServer() as server:
        links = ""
        for n, (name, what) in enumerate(list(BOMBS.items()) * 3):
            server.on(f"/{n}", what)
            links += f"<item><link>{server.url(f'/{n}')}</link></item>"
        feed = f'<rss version="2.0"><channel>{links}</channel></rss>'.encode()
        server.on("/feed", answer(200, feed))
        print(server.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(serve())
"""
SEED = """\
id: paper
name: paper
home: http://paper.localhost:{port}/
languages: [en]
listings:
  - url: http://paper.localhost:{port}/feed
fetch:
  delay_s: 0
  ports: [{port}]
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_a_crawl_of_bombs_stays_small(tmp_path):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        (tmp_path / "seeds").mkdir()
        port = server.stdout.readline().strip()
        (tmp_path / "seeds" / "paper.yml").write_text(SEED.format(port=port))
        done = subprocess.run(
            [sys.executable, "-c", CRAWL],
            cwd=ROOT,
            env=os.environ
            | {
                "BROADSHEET_STORE": str(tmp_path / "lake"),
                "BROADSHEET_SOURCES": str(tmp_path / "seeds"),
                "BROADSHEET_USER_AGENT": "TestBot/1.0 (+https://example.org/bot)",
                "BROADSHEET_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
                "BROADSHEET_SHARDS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        server.kill()
        server.communicate()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MOST_MB


def test_pandas_is_spared_and_there_when_it_is_asked_for():
    code = """
import sys
from pipeline.crawl.spare import spare_pandas
spare_pandas()
import pyarrow as pa
table = pa.Table.from_pylist([{"a": 1}])
assert "pandas" not in sys.modules
frame = table.to_pandas()
assert pa.Table.from_pandas(frame).equals(table)
assert pa.array(frame["a"]).to_pylist() == [1]
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
