from __future__ import annotations

import pytest

from pipeline import jobs
from tests.stand import Newsstand


@pytest.fixture(scope="module")
def started():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def stand(started):
    started.desk.reset()
    started.log.clear()
    return started


def environment(stand, folder):
    """An empty local lake, and the newsstand's seeds: the environment of `make run`."""
    return {
        "BROADSHEET_STORE": str(folder / "lake"),
        "BROADSHEET_SOURCES": str(stand.write_sources(folder / "sources")),
        "BROADSHEET_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "BROADSHEET_USER_AGENT": "BroadsheetTest/0.1 (+http://localhost/about)",
        "BROADSHEET_SHARDS": "2",
    }


@pytest.fixture
def demo(stand, tmp_path, monkeypatch):
    """A folder with an empty lake and the newsstand's seeds, and the settings that lead there."""
    for name, value in environment(stand, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("BROADSHEET_LEDGER", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def edition(started, tmp_path_factory):
    """The newsstand after one run over it. For tests that only look."""
    started.desk.reset()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(started, tmp_path_factory.mktemp("edition")).items():
            patch.setenv(name, value)
        patch.delenv("BROADSHEET_LEDGER", raising=False)
        jobs.run("2026-11-21T09:00")
        yield started
