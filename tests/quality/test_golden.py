"""Pages whose verdict is held to be right: one of each site of the newsstand, and of our seeds."""

import pytest

from pipeline import desk
from pipeline.settings import ROOT
from pipeline.sources import read_sources

NEWSSTAND = ROOT / "docker" / "newsstand" / "sources"


@pytest.mark.parametrize(
    "sources", [ROOT / "seeds" / "sources", NEWSSTAND], ids=["seeds", "newsstand"]
)
def test_golden_pages_are_judged_as_they_were(sources, monkeypatch):
    monkeypatch.setenv("BROADSHEET_SOURCES", str(sources))
    checked = desk.check_golden(update=False)
    changed = {path.stem: "\n".join(lines) for path, lines in checked if lines}
    where = sources.relative_to(ROOT)
    assert changed == {}, f"if right: BROADSHEET_SOURCES={where} broadsheet golden --update"


def test_each_site_of_the_newsstand_has_a_golden_page():
    sites = {path.parent.name for path in (NEWSSTAND.parent / "golden").glob("*/*.yml")}
    assert sites == set(read_sources(NEWSSTAND)[0])
