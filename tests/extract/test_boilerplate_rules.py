"""Every rule is tested by its own examples, and every near miss by all rules."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.boilerplate import disagreements, load_rules, read_rules
from pipeline.errors import FixSeed
from pipeline.extract.strip import strip
from pipeline.settings import ROOT
from pipeline.sources import BoilerplateRule, Source, load_sources

FOLDER = ROOT / "seeds" / "boilerplate"
GENERAL = [
    (path.stem, rule) for path in sorted(FOLDER.glob("*.yml")) for rule in read_rules(path).rules
]
SOURCES = load_sources(ROOT / "seeds" / "sources")
OWN = [(key, rule) for key, source in SOURCES.items() for rule in source.extract.boilerplate]
PROSE = "The harbour master said on Monday that the ferry would sail again once the storm had passed the cape."


def source(**extra):
    return Source.model_validate({
        "id": "lantern",
        "name": "Lantern",
        "home": "https://lantern.example/",
        "languages": ["en"],
        "listings": [{"url": "https://lantern.example/feed"}],
        **extra,
    })


ALL = GENERAL + OWN


@pytest.mark.parametrize("rule", [r for _, r in ALL], ids=[f"{w}-{r.id}" for w, r in ALL])
def test_a_rule_agrees_with_its_examples(rule):
    assert disagreements(rule) == []


RULES = load_rules(FOLDER).for_source(source())
SAID = [(where, rule) for where, rule in GENERAL if not rule.selector]


@pytest.mark.parametrize("rule", [r for _, r in SAID], ids=[f"{w}-{r.id}" for w, r in SAID])
def test_near_misses_survive_all_rules(rule):
    for example in rule.miss:
        if len(example.split()) < 4:
            continue  # no sentence: another rule may well know it
        text = [PROSE, f"{PROSE} Twice.", *example.split("\n"), f"{PROSE} Thrice."]
        assert strip(text, RULES).lines == tuple(text)


@pytest.mark.parametrize(
    "category",
    [
        "navigation",
        "share",
        "follow",
        "comments",
        "related",
        "newsletter",
        "subscribe",
        "consent",
        "advertisement",
        "rights",
        "disclaimer",
        "counter",
        "hashtags",
        "widget",
        "donation",
        "player",
        "pagination",
        "live",
    ],
)
def test_every_category_has_rules(category):
    assert any(where == category for where, _ in GENERAL)


def write(folder: Path, text: str, name: str = "share.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


RULE = "category: share\nrules:\n  - id: one\n    line: 'share'\n    hit: [Share]\n    miss: [Shared]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "category: share\nrules:\n  - id: one\n    line: '('\n    hit: [a]\n    miss: [b]\n",
            "one.line: ",
        ),
        (
            "category: share\nrules:\n  - id: one\n    lime: 'a'\n    hit: [a]\n    miss: [b]\n",
            "a typo?",
        ),
        ("category: share\nrules:\n  - id: one\n    line: 'a'\n    hit: [a]\n", "one.miss: "),
        (
            "category: share\nrules:\n  - id: one\n    selector: 'a['\n    hit: [a]\n    miss: [b]\n",
            "one: selector: ",
        ),
        ("category: [", "not YAML"),
        (RULE + RULE.split("rules:\n")[1], "one: this id is taken"),
    ],
)
def test_a_mistake_names_file_and_rule(tmp_path, text, said):
    with pytest.raises(FixSeed) as error:
        load_rules(write(tmp_path, text))
    assert "share.yml" in str(error.value)
    assert said in str(error.value)


def test_a_missing_folder_says_what_to_set(tmp_path):
    with pytest.raises(FixSeed, match="BROADSHEET_BOILERPLATE"):
        load_rules(tmp_path / "none")


def test_the_version_is_that_of_the_rules(tmp_path):
    first = load_rules(write(tmp_path, RULE))
    again = load_rules(tmp_path)
    other = load_rules(write(tmp_path, RULE.replace("'share'", "'shares?'")))
    assert first.version == again.version != other.version


def test_a_sources_own_rules_are_merged_and_cached(tmp_path):
    rules = load_rules(write(tmp_path, RULE))
    own = {
        "id": "two",
        "line": "harbour bell",
        "hit": ["Harbour bell"],
        "miss": ["The harbour bell rang."],
    }
    plain, special = source(), source(extract={"boilerplate": [own]})
    assert rules.for_source(plain) is rules.for_source(plain)
    assert rules.for_source(special).version != rules.for_source(plain).version
    assert [rule.id for rule in rules.for_source(special).lines("harbour bell")] == ["two"]
    assert rules.for_source(plain).lines("harbour bell") == ()
    assert rules.for_source(special).lines("share")[0].category == "share"


def test_general_rules_are_filed_once_and_come_after_a_sources_own(tmp_path):
    rules = load_rules(write(tmp_path, RULE))
    own = {"id": "mine", "line": "sha.e", "hit": ["Share"], "miss": ["Shade of a tree."]}
    plain, special = (
        rules.for_source(source()),
        rules.for_source(source(extract={"boilerplate": [own]})),
    )
    assert special.general is plain
    assert [rule.id for rule in special.lines("share")] == ["mine", "one"]


def test_a_rule_leaves_a_line_alone_in_which_its_exception_is_found():
    own = {
        "id": "bell",
        "line": "ring the bell .*",
        "unless": r"\bsaid\b",
        "hit": ["Ring the bell for news"],
        "miss": ["Ring the bell for news, he said."],
    }
    assert disagreements(BoilerplateRule.model_validate(own)) == []
    without = {name: value for name, value in own.items() if name != "unless"}
    assert disagreements(BoilerplateRule.model_validate(without)) != []


def test_an_exception_is_for_whole_lines():
    own = {"id": "bell", "prefix": "bell", "unless": "x", "hit": ["a"], "miss": ["b"]}
    with pytest.raises(ValidationError, match="whole lines"):
        BoilerplateRule.model_validate(own)
