"""The figures count as published benchmarks do, and the tables print what was counted."""

import importlib.util
import random
import sys

import pytest

from bench import extract, stages, worst
from bench.pages import FOLDER, Sample, load, names
from bench.race import Runner, Unavailable, answers_of, race
from bench.score import Answer, answer_of, figures, page_f1, shared
from bench.stated import fill_rates, states

HARNESS = FOLDER.parent / "bench" / "extract_eval.py"
TEXT = "The harbour reopened on Thursday after two days of storm. Boats left at dawn."


def sample(**changes):
    values = {
        "dataset": "invented",
        "id": "1",
        "url": "https://lantern.example/a",
        "domain": "lantern.example",
        "lang": "en",
        "news": True,
        "html": f"<html><body><article><h1>Harbour</h1><p>{TEXT}</p></article></body></html>",
        "text": TEXT,
        "wanted": (),
        "unwanted": (),
        "title": None,
        "authors": (),
        "date": None,
    }
    return Sample(**(values | changes))


def test_a_text_is_measured_in_runs_of_four_words():
    assert shared("a b c d e", "a b c d") == (0.5, 0.0, 0.5)
    assert shared("a b c d", "x y a b c d") == pytest.approx((1 / 3, 2 / 3, 0))
    assert page_f1(TEXT, TEXT) == 1.0
    assert page_f1(TEXT, "") == 0.0


def test_a_page_without_an_answer_costs_recall_and_no_precision():
    made = figures([sample(), sample()], [Answer(text=TEXT), Answer()])
    assert (made["precision"], made["recall"]) == (1.0, 0.5)


def test_segments_are_counted_over_all_pages():
    pages = [
        sample(text=None, wanted=("Boats  left at dawn",), unwanted=("Share",)),
        sample(text=None, wanted=("A dam\nbroke",), unwanted=("Log in",)),
    ]
    made = figures(pages, [Answer(text=TEXT), Answer(text="A dam broke.\nShare it. Log in")])
    assert (made["segment_recall"], made["leaks"], made["misses"]) == (1.0, 1, 0)
    assert "f1" not in made


def test_metadata_is_compared_without_case_marks_and_bylines():
    page = sample(title="A Dam Breaks", authors=("Ina Vale", "Marten Hull"), date="2026-11-19")
    answer = Answer(
        title="a dam breaks!", authors=("By Ina Vale and Marten Hull",), date="2026-11-20T01:00"
    )
    made = figures([page], [answer])
    assert (made["title_exact"], made["author_f1"]) == (1.0, 1.0)
    assert (made["date_exact"], made["date_1day"]) == (0.0, 1.0)


@pytest.mark.skipif(not (HARNESS.is_file() and names()), reason="the shared harness is not here")
def test_the_figures_are_those_of_the_shared_harness():
    spec = importlib.util.spec_from_file_location("extract_eval", HARNESS)
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    pages, draw = load(["wcxb_articles"], 40), random.Random(3)
    answers = [spoilt(page, draw) for page in pages]
    rows = [
        {"text": p.text, "with": p.wanted, "without": p.unwanted, "title": p.title,
         "authors": p.authors, "date": p.date}
        for p in pages
    ]  # fmt: skip
    given = [
        (
            {"text": a.text, "title": a.title, "authors": list(a.authors), "date": a.date},
            1.0,
            1.0,
            None,
        )
        for a in answers
    ]
    theirs, ours = harness.score(rows, given), figures(pages, answers)
    for key in ("precision", "recall", "f1"):
        assert ours[key] == pytest.approx(theirs["shingle"][key])
        assert ours[f"segment_{key}"] == pytest.approx(theirs["segment"][key])
    assert (ours["leaks"], ours["misses"]) == (theirs["segment"]["fp"], theirs["segment"]["fn"])
    for key in ("title_exact", "date_exact", "date_1day", "author_f1"):
        assert ours[key] == pytest.approx(theirs["meta"][key])


def spoilt(page, draw):
    """An answer that is wrong here and there, in every field."""
    lines = [line for line in page.text.split("\n") if draw.random() > 0.2]
    kept = lines + [s for s in page.unwanted if draw.random() > 0.8]
    return Answer(
        text="\n".join(kept if draw.random() > 0.1 else []),
        title=(page.title or "").lower() if draw.random() > 0.3 else "Another",
        authors=page.authors if draw.random() > 0.3 else ("Nobody",),
        date=page.date if draw.random() > 0.3 else "2020-01-02",
    )


@pytest.mark.parametrize(
    ("field", "html"),
    [
        ("time and zone", '{"datePublished": "2026-11-19T08:30:00+02:00"}'),
        ("time and zone", '<meta content="2026-11-19T08:30Z" property="article:published_time">'),
        ("section", '{"articleSection":["Town"]}'),
        ("tags", "<meta name='news_keywords' content='harbour'>"),
        ("image", '<meta property="og:image" content="https://lantern.example/a.jpg">'),
        ("caption", "<figcaption class=x><span>The pier</span></figcaption>"),
        ("canonical", '<link href="/a" rel="canonical">'),
        ("paywall", '"isAccessibleForFree": "False"'),
        ("modified", '"dateModified":"2026-11-19"'),
    ],
)
def test_what_a_page_states(field, html):
    assert states(field, html)
    assert not states(field, "<meta property='article:published_time' content='2026-11-19'>")


def test_a_fill_rate_is_of_articles_that_state_the_field():
    facts = {
        "reason": "ok", "published_precision": "second", "published_tz": "explicit", "section": None,
        "tags": ["a"], "image_url": None, "image_caption": None, "image_credit": None, "url_canonical": None,
        "paywalled": False, "modified_at": None,
    }  # fmt: skip
    stating = sample(html='"datePublished": "2026-11-19T08:30:00Z"')
    answers = [
        Answer(facts=facts),
        Answer(facts=facts | {"published_tz": "source"}),
        Answer(facts={"reason": "not_article"}),
    ]
    [first, *_] = fill_rates([stating, stating, stating], answers)
    assert (first.stated, first.filled, first.anyway, first.articles) == (2, 1, 1, 2)
    assert first.share == 0.5


def test_extractors_run_in_processes_of_their_own_and_in_turn():
    pages = [sample(id=str(n)) for n in range(12)]
    with Runner("ours", "bench.entry:extract") as ours, Runner("resiliparse") as peer:
        answers = race([ours, peer], pages, lambda _: None)
        assert ours.peak_mb() > 10
    assert [len(given) for given in answers] == [12, 12]
    assert all(answer.cpu_s > 0 for given in answers for answer in given)
    assert "Boats left at dawn." in answers[1][0].text
    assert answers[0][0].facts["reason"] in {"ok", "broken_rules"}


def test_several_processes_give_the_answers_in_the_pages_order():
    pages = [sample(html=f"<html><body><p>page {n}</p></body></html>") for n in range(9)]
    answers = answers_of("resiliparse", pages, lambda _: None)
    assert [answer.text.strip() for answer in answers] == [f"page {n}" for n in range(9)]


def test_an_extractor_that_is_not_installed_is_no_error():
    with pytest.raises(Unavailable, match="no_such_module"):
        Runner("x", "no_such_module:extract")


def test_tables_are_markdown_when_piped(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    pages = [sample(), sample(news=False)]
    facts = {"reason": "not_article"}
    ours = extract.Run("ours", [Answer(text=TEXT, cpu_s=0.01, facts=facts)] * 2, 100.0)
    peer = extract.Run("traf_meta", [Answer(text="Nothing of it", cpu_s=0.03)] * 2, 90.0)
    extract.show(pages, [ours, peer])
    printed = capsys.readouterr().out
    assert "### invented, 2 pages" in printed
    assert "### invented, 1 news pages" in printed
    assert "| ours | 1.000 | 1.000 | 1.000 |" in printed
    assert "| ours | 100.0 | 3.00 | 10.0 | 10.0 | 0 | 0 |" in printed
    assert "title" not in printed


def test_the_stages_of_a_page_add_up():
    spent = stages.measure([sample(), sample()])
    assert {"decode", "parse", "cut", "body", "strip", "tag", "validate", "page"} < set(spent)
    assert all(len(values) == 2 for values in spent.values())
    assert sum(spent.pop("page")) == pytest.approx(sum(map(sum, spent.values())))


def test_the_worst_pages_say_what_leaked_and_what_was_missed(capsys):
    answer = answer_of("Boats left at dawn.\nShare this with all your friends today.")
    worst.show_worst([sample(), sample(text=None)], [answer, answer], 10)
    printed = capsys.readouterr().out
    assert "1 worst of 1 pages" in printed
    leaked, missed = printed.split("missed")
    assert "Share this with all your friends today." in leaked
    assert "The harbour reopened on Thursday" in missed
    assert "Boats" not in missed
