"""Every category of boilerplate is known in every language: no cell of the table is empty."""

from collections import Counter

import pytest

from pipeline.boilerplate import read_rules
from tests.extract.coverage import PROMPTS, counts, knows
from tests.extract.general import FOLDER

#: Told by patterns alone, which list no languages.
PATTERNS = {"counter"}
LANGUAGES = {
    "en", "ru", "uk", "kk", "lv", "lt", "et", "de", "fr", "es", "it", "pt", "pl", "tr", "nl", "sv",
    "no", "cs", "ro", "zh", "ja", "ar",
}  # fmt: skip


def test_the_table_has_every_language_and_category():
    assert set(PROMPTS) == LANGUAGES
    assert {tuple(said) for said in PROMPTS.values()} == {tuple(PROMPTS["en"])}


@pytest.mark.parametrize("language", PROMPTS)
def test_rules_know_a_prompt_of_every_category(language):
    unknown = [line for category, line in PROMPTS[language].items() if not knows(category, line)]
    assert unknown == []


def test_no_cell_is_without_a_phrase():
    found = counts()
    empty = [
        (category, language)
        for language, said in PROMPTS.items()
        for category in said
        if category not in PATTERNS and not found[category, language]
    ]
    assert empty == []


def test_no_phrase_is_listed_twice():
    twice = [
        (path.stem, rule.id, language, phrase)
        for path in sorted(FOLDER.glob("*.yml"))
        for rule in read_rules(path).rules
        for language, listed in (rule.phrases or rule.headings or {}).items()
        for phrase, times in Counter(listed).items()
        if times > 1
    ]
    assert twice == []
