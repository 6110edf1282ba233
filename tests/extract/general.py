"""The general rules, as they hold for a source without rules of its own."""

from pipeline.boilerplate import load_rules
from pipeline.settings import ROOT
from pipeline.sources import Source

FOLDER = ROOT / "seeds" / "boilerplate"
RULES = load_rules(FOLDER).for_source(
    Source.model_validate({
        "id": "a",
        "name": "A",
        "home": "https://a.example",
        "languages": ["en"],
        "listings": [{"url": "https://a.example"}],
    })
)
