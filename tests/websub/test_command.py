"""The command itself: refuses without a callback, subscribes, ends when told, costs others nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
import yaml

from pipeline.adapters.ledger import SqlLedger
from pipeline.model import Slot
from pipeline.ports import ListingState
from tests.servers import free_port
from tests.websub.conftest import TOPIC
from tests.websub.hub import Hub

RUN = [sys.executable, "-m", "pipeline.cli"]


@pytest.fixture
def env(tmp_path):
    (tmp_path / "sources").mkdir()
    return os.environ | {
        "BROADSHEET_STORE": str(tmp_path / "lake"),
        "BROADSHEET_LEDGER": f"sqlite:///{tmp_path / 'ledger.db'}",
        "BROADSHEET_SOURCES": str(tmp_path / "sources"),
        "BROADSHEET_USER_AGENT": "TestBot/1.0 (+https://example.org/bot)",
        "BROADSHEET_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "BROADSHEET_WEBSUB_LISTEN": "127.0.0.1:0",
    }


def test_nothing_is_done_without_a_callback(env):
    done = subprocess.run([*RUN, "websub"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "BROADSHEET_WEBSUB_CALLBACK" in done.stderr


@pytest.mark.parametrize("wrong", ["news.example.org", "https://news.example.org/?a", "ftp://a/b"])
def test_a_callback_that_is_no_address_is_told(env, wrong):
    env |= {"BROADSHEET_WEBSUB_CALLBACK": wrong}
    done = subprocess.run([*RUN, "websub"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "must be an address without query" in done.stderr


async def subscribed(env, tmp_path):
    """Run the command until its subscription is confirmed, then end it; return what it said."""
    import asyncio

    port = free_port()
    async with Hub() as hub:
        listing = f"http://paper.localhost:{hub.port}/feed"
        seed = {
            "id": "paper",
            "name": "Paper",
            "home": f"http://paper.localhost:{hub.port}/",
            "languages": ["en"],
            "listings": [{"url": listing}],
            "fetch": {"ports": [hub.port], "delay_s": 0},
        }
        (tmp_path / "sources" / "paper.yml").write_text(yaml.safe_dump(seed))
        state = ListingState(url=listing, source="paper", hub=hub.url, topic=TOPIC)
        ledger = SqlLedger(env["BROADSHEET_LEDGER"], 5)
        ledger.remember([], [state], Slot.parse("2026-11-21"))
        ledger.close()
        env |= {
            "BROADSHEET_WEBSUB_LISTEN": f"127.0.0.1:{port}",
            "BROADSHEET_WEBSUB_CALLBACK": f"http://127.0.0.1:{port}/in/",
        }
        process = await asyncio.create_subprocess_exec(
            *RUN, "websub", env=env, stderr=asyncio.subprocess.PIPE
        )
        said = []
        while not said or not said[-1].rstrip().endswith("active"):
            line = (await process.stderr.readline()).decode()
            assert line, said
            said.append(line)
        await hub.verified.wait()  # the subscriber says so before the hub has heard its answer
        assert await hub.push(TOPIC, b"something is new") == 202
        process.send_signal(signal.SIGTERM)
        said.append((await process.stderr.read()).decode())
        return await process.wait(), "".join(said), hub.forms[0]


def test_it_subscribes_and_ends_when_told(env, tmp_path):
    import asyncio

    code, said, form = asyncio.run(subscribed(env, tmp_path))
    assert code == 0, said
    assert said.splitlines()[0].startswith("listening on 127.0.0.1:")
    assert said.splitlines()[-1] == "stopped"
    assert form["hub.secret"] not in said
    assert form["hub.callback"] not in said
    assert len(list((tmp_path / "lake" / "inbox" / "paper").iterdir())) == 1
    shown = subprocess.run(
        [*RUN, "websub", "--show"], env=env, capture_output=True, text=True, check=True
    )
    row = json.loads(shown.stdout)
    assert (row["source"], row["state"]) == ("paper", "active")
    assert row["pushed_at"]
    assert form["hub.secret"] not in shown.stdout


def test_who_does_not_use_it_loads_nothing_of_it():
    code = (
        "import sys, pipeline.cli.app, pipeline.flow, pipeline.crawl.discover\n"
        "print([m for m in sys.modules if 'aiohttp.web' in m or m.startswith('pipeline.websub')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
