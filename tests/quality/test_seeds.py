"""Five articles as text dumps left them: what stripping must do at the least."""

import json
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from pipeline.boilerplate import load_rules
from pipeline.extract import extract_page
from pipeline.model import Article, Link, Page, Slot
from pipeline.settings import ROOT
from pipeline.sources import Source, load_sources
from pipeline.urls import url_key

SEEDS = ROOT.parent / "shared" / "seeds"
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
OF = {
    "000": "bnn-news",
    "001": "vpk-name",
    "002": "worldtodaynews",
    "003": "worldtodaynews",
    "004": "caravanserai",
}
NO_SITE = Source.model_validate({
    "id": "any",
    "name": "any",
    "home": "https://any.invalid/",
    "languages": ["en", "ru"],
    "listings": [{"url": "https://any.invalid/"}],
})

pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(),
    reason=f"the seed articles are not here: {SEEDS.name}/ is laid beside the project",
)


def labels():
    found = defaultdict(list)
    for line in (SEEDS / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["file"]].append(row)
    return found


def article(name, source):
    url = f"urn:broadsheet:text:{name}"
    link = Link(
        source=source.id,
        url=url,
        url_key=url_key(url),
        found_at=AT,
        found_in="import",
        found_via="text",
    )
    page = Page(
        link=link,
        final_url=url,
        status=200,
        headers=(("content-type", "text/plain"),),
        body=(SEEDS / name).read_bytes(),
        fetched_at=AT,
    )
    rules = load_rules(ROOT / "seeds" / "boilerplate")
    return extract_page(page, source, rules, Slot(AT))


def expected(row):
    text = " ".join(row["text"].split())
    return text.split("/", 2)[2].strip() if row["category"] == "strip-prefix" else text


def faults(rows, stored):
    lines = stored.text.split("\n")
    for row in rows:
        text = expected(row)
        if row["label"] == "boilerplate":
            # A doubled caption may stand there once.
            if lines.count(text) > (row["category"] == "duplicate-caption"):
                yield f"left in, line {row['line']}: {text}"
        elif row["label"] == "title":
            if text not in (stored.title, lines[0]):
                yield f"title lost: {text}"
        elif row["label"] != "optional" and text not in lines:
            yield f"lost, line {row['line']}: {text}"


@pytest.mark.parametrize("own", [False, True], ids=["general-rules", "with-the-sites-file"])
@pytest.mark.parametrize("number", OF)
def test_boilerplate_goes_and_the_article_stays(number, own):
    name, rows = next((name, rows) for name, rows in labels().items() if name.startswith(number))
    source = load_sources(ROOT / "seeds" / "sources")[OF[number]] if own else NO_SITE
    stored = article(name, source)
    assert isinstance(stored, Article), stored
    assert list(faults(rows, stored)) == []
    # Nothing goes unsaid: every line is in the text, in the title or among the cuts.
    kept = f"{stored.text}\n{stored.title}\n" + "\n".join(cut.text for cut in stored.cuts)
    assert [
        row["text"]
        for row in rows
        if " ".join(row["text"].split())[:1900] not in kept and not row["category"]
    ] == []


@pytest.mark.parametrize("number", OF)
def test_the_same_bytes_give_the_same_row(number):
    name = next(name for name in labels() if name.startswith(number))
    assert article(name, NO_SITE) == article(name, NO_SITE)


def test_no_rule_quotes_a_seed():
    rules = "\n".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "seeds").rglob("*.yml")
    ).casefold()
    sentences = {row["text"].strip(" .:") for rows in labels().values() for row in rows}
    quoted = {text for text in sentences if len(text.split()) >= 5 and text.casefold() in rules}
    assert quoted == set()
