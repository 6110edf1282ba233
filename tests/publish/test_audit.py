from __future__ import annotations

import io
import json

import pytest

from pipeline.adapters.store import open_store
from pipeline.errors import BrokenContract
from pipeline.model import Reason
from pipeline.publish.audit import audit
from pipeline.publish.rows import to_table
from schemas.article import ARTICLE
from schemas.reject import REJECT
from tests.publish.rows import SLOT, article, digest, moment, reject


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "lake"))


def run(store, articles=(), rejects=()):
    return audit(to_table(list(articles), ARTICLE), to_table(list(rejects), REJECT), SLOT, store)


def test_good_rows_have_no_findings_and_the_result_is_kept(store, capfd):
    bare = article(
        3, title=None, title_key=None, published_at=None, published_at_raw=None,
        published_source=None, published_precision=None, published_tz=None, authors=(),
    )  # fmt: skip
    assert run(store, [article(1), article(2), bare], [reject(4)]) == []
    kept = json.loads(store.get(f"audits/{SLOT.id}.json"))
    assert kept["slot"] == SLOT.key
    assert set(kept["tables"]) == {"articles", "rejects"}
    assert all(result["success"] for result in kept["tables"].values())
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_an_empty_slot_passes(store):
    assert run(store) == []
    assert json.loads(store.get(f"audits/{SLOT.id}.json"))["tables"] == {}


BROKEN_ARTICLES = [
    ("article_id_is_well_formed", {"article_id": "XYZ"}),
    ("article_id_is_unique", {"article_id": article(0).article_id}),
    ("url_key_is_well_formed", {"url_key": "0" * 31}),
    ("url_key_is_unique", {"url_key": article(0).url_key}),
    ("source_is_well_formed", {"source": "The Lantern"}),
    ("url_is_well_formed", {"url": "lantern/1"}),
    ("url_final_is_well_formed", {"url_final": ""}),
    ("raw_key_is_well_formed", {"raw_key": "elsewhere/x"}),
    ("raw_digest_is_well_formed", {"raw_digest": "0"}),
    ("content_key_is_well_formed", {"content_key": digest("x")}),
    ("title_key_is_well_formed", {"title_key": "x"}),
    ("duplicate_of_is_well_formed", {"duplicate_of": "x"}),
    ("no_article_repeats_itself", {"article_id": "a" * 32, "duplicate_of": "a" * 32}),
    ("slot_is_this_one", {"slot": "2026-11-21T10:00"}),
    ("published_not_after_fetch", {"published_at": moment("2026-11-23T00:00")}),
    ("published_at_is_after_1995", {"published_at": moment("1970-01-01T00:00")}),
    ("fetched_at_is_believable", {"fetched_at": moment("1970-01-01T00:00")}),
    ("published_source_is_known", {"published_source": "guess"}),
    ("published_precision_is_known", {"published_precision": "week"}),
    ("published_tz_is_known", {"published_tz": "moon"}),
    ("published_tz_comes_with_date", {"published_tz": None}),
    ("published_source_needs_a_date", {"published_at": None}),
    ("language_is_a_code", {"language": "english"}),
    ("language_confidence_is_a_probability", {"language_confidence": 1.5}),
    ("text_is_not_empty", {"char_count": 0}),
    ("char_count_is_right", {"char_count": 7}),
    ("paragraph_count_is_right", {"paragraph_count": 9}),
    ("word_count_is_possible", {"word_count": -1}),
    ("words_are_fewer_than_characters", {"word_count": 10_000}),
]
BROKEN_REJECTS = [
    ("article_id_is_well_formed", {"article_id": "XYZ"}),
    ("broken_rules_are_named", {"reason": Reason.BROKEN_RULES, "broken_rules": ()}),
    ("slot_is_this_one", {"slot": "2026-11-21T10:00"}),
    ("text_is_counted", {"word_count": -1}),
    ("reject_is_no_article_too", {"article_id": article(0).article_id}),
]


def test_a_broken_promise_blocks_and_names_rule_and_row(store):
    broken = [
        (f"articles.{rule} ", article(number, **fields))
        for number, (rule, fields) in enumerate(BROKEN_ARTICLES, 1)
    ] + [
        (f"rejects.{rule} ", reject(number, **fields))
        for number, (rule, fields) in enumerate(BROKEN_REJECTS, 100)
    ]
    articles = [article(0), article(99)] + [
        row for rule, row in broken if rule.startswith("articles")
    ]
    with pytest.raises(BrokenContract) as caught:
        run(store, articles, [row for rule, row in broken if rule.startswith("rejects")])
    said = str(caught.value).splitlines()
    assert f"slot {SLOT.key}" in said[0]
    for rule, row in broken:
        assert [line for line in said if rule in line and row.article_id in line], rule
    assert article(99).article_id not in str(caught.value)
    kept = json.loads(store.get(f"audits/{SLOT.id}.json"))
    assert not kept["tables"]["articles"]["success"]


def test_an_odd_batch_is_a_warning(store):
    rows = [
        article(n, authors=(), title_key=None, language="und", published_at=None,
                published_at_raw=None, published_source=None, published_precision=None,
                published_tz=None)
        for n in range(25)
    ]  # fmt: skip
    findings = run(store, rows, [reject(n) for n in range(100, 200)])
    assert {finding.rule for finding in findings} == {
        "most_articles_have_a_date",
        "some_articles_have_an_author",
        "most_articles_have_a_title",
        "most_languages_are_sure",
        "rejects_are_the_lesser_part",
    }
    assert {finding.severity for finding in findings} == {"warning"}
    assert "warning: articles.most_articles_have_a_date (fewer dates mean" in str(findings[0])


def test_a_handful_of_odd_rows_is_no_warning(store):
    rows = [article(n, authors=(), title_key=None, language="und") for n in range(5)]
    assert run(store, rows, [reject(n) for n in range(10, 20)]) == []


def test_row_warnings_name_their_rows(store):
    odd = article(1, text="bell \x07 rings", char_count=12, word_count=2, paragraph_count=1)
    (finding,) = run(store, [odd, article(2)])
    assert finding.rule == "text_has_no_control_characters"
    assert finding.rows == (odd.article_id,)
    assert "1 of 2 rows" in str(finding)


def test_no_text_goes_into_the_result(store):
    secret = "the mayor's password is herring"
    rows = [article(n, text=secret, word_count=-1) for n in range(3)]
    with pytest.raises(BrokenContract):
        run(store, rows)
    assert b"herring" not in store.get(f"audits/{SLOT.id}.json")


def test_a_rule_that_cannot_be_asked_is_no_fault_of_the_rows(store, monkeypatch, tmp_path):
    from pipeline.errors import TryLater
    from pipeline.publish import audit as module

    suite = {
        "name": "articles",
        "expectations": [
            {
                "type": "expect_column_values_to_be_unique",
                "kwargs": {"column": "no_such_column"},
                "severity": "critical",
                "meta": {"rule": "odd", "doc": "asks for what is not there"},
            }
        ],
    }
    (tmp_path / "articles.json").write_text(json.dumps(suite))
    monkeypatch.setattr(module, "_SUITES", tmp_path)
    with pytest.raises(TryLater, match=r"could not ask articles\.odd .*no_such_column"):
        run(store, [article(1)])


@pytest.mark.parametrize("name", ["articles", "rejects"])
def test_suites_say_what_each_rule_is_for(name):
    from pipeline.publish.audit import _SUITES

    suite = json.load(io.StringIO((_SUITES / f"{name}.json").read_text()))
    rules = [item["meta"]["rule"] for item in suite["expectations"]]
    assert len(rules) == len(set(rules))
    for item in suite["expectations"]:
        assert item["meta"]["doc"]
        assert item["severity"] in {"critical", "warning"}
