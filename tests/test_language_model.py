"""The unpacked model says what py3langid itself says, wherever it may be kept."""

from __future__ import annotations

from copy import copy

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline.language_model import load_model

TEXTS = [
    "The harbour of Port Ellery reopened on Thursday after two days of storm.",
    "Гавань открылась в четверг после двух дней шторма, сообщил начальник порта.",
    "Osta ceturtdien atkal atvērta pēc divu dienu vētras, sacīja ostas kapteinis.",
    "Der Hafen ist am Donnerstag nach zwei Tagen Sturm wieder geöffnet worden.",
    "",
    "…",
]


@pytest.fixture(scope="module")
def original():
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Load anew, with a cache directory of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load_model.cache_clear()
    yield tmp_path / "cache"
    load_model.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_verdicts_are_the_same_to_the_last_digit(original):
    ours = copy(load_model())
    assert [ours.rank(text) for text in TEXTS] == [original.rank(text) for text in TEXTS]
    ours.set_languages(["en", "ru", "lv", "de"])
    assert [ours.classify(text)[0] for text in TEXTS[:4]] == ["en", "ru", "lv", "de"]
    assert len(load_model().nb_classes) == len(original.nb_classes)


def test_it_is_unpacked_once_and_leaves_nothing_else(fresh):
    load_model()
    [folder] = (fresh / "broadsheet").iterdir()
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    load_model.cache_clear()
    load_model()
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == written


def test_a_cache_that_cannot_be_written_or_is_broken_does_no_harm(fresh, original):
    fresh.write_text("a file in the way")
    assert load_model().classify(TEXTS[0]) == original.classify(TEXTS[0])
    fresh.unlink()
    load_model.cache_clear()
    load_model()
    [folder] = (fresh / "broadsheet").iterdir()
    (folder / "pc.npy").write_bytes(b"")
    load_model.cache_clear()
    assert load_model().classify(TEXTS[0]) == original.classify(TEXTS[0])
