"""`make rules`: which prompts the boilerplate rules know, by language and category.

A cell counts the phrases that rules list for a language; a `+` says that they know the line of
`prompts.yml`, a `-` that they do not. Patterns (counters, rights) list no languages: there the line
alone tells.
"""

from collections import Counter
from pathlib import Path

import yaml

from pipeline.boilerplate import read_rules
from pipeline.extract.strip import strip
from tests.extract.general import FOLDER, RULES

#: A line of each category, by language.
PROMPTS: dict[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("prompts.yml").read_text(encoding="utf-8")
)
#: Categories of cuts that are one for readers.
SAME = {
    "byline": {"byline", "author"},
    "author": {"byline", "author"},
    "caption": {"caption", "credit"},
    "donation": {"donation", "subscribe"},
    "player": {"player", "consent"},
    "widget": {"widget", "navigation", "player"},
}
#: These stand above the text.
_ON_TOP = {"byline"}
_PROSE = tuple(
    f"The {which} pilot told the council that the harbour needs a lock, and forty people agreed."
    for which in ("first", "second", "third", "fourth", "fifth", "sixth")
)


def knows(category: str, line: str) -> bool:
    """Whether the rules cut a line, or keep and flag it, as one of its category."""
    lines = (line, *_PROSE) if category in _ON_TOP else (*_PROSE, line)
    left = strip(lines, RULES)
    found = {cut.category for cut in left.cuts if cut.text == line} | left.flags
    return bool(found & SAME.get(category, {category}))


def counts() -> Counter[tuple[str, str]]:
    """Return how many phrases rules list, by category of the file and language."""
    found: Counter[tuple[str, str]] = Counter()
    for path in FOLDER.glob("*.yml"):
        for rule in read_rules(path).rules:
            for language, listed in (rule.phrases or rule.headings or {}).items():
                found[path.stem, language] += len(listed)
    return found


def main() -> None:
    """Print the table."""
    found = counts()
    categories = list(PROMPTS["en"])
    print(f"{'':14}", *(f"{language:>5}" for language in PROMPTS))  # noqa: T201 - its purpose
    for category in categories:
        cells = (
            f"{found[category, language]}{'+' if knows(category, said[category]) else '-'}"
            for language, said in PROMPTS.items()
        )
        print(f"{category:14}", *(f"{cell:>5}" for cell in cells))  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
