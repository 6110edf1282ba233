"""Text -> its language, among those the source writes in and their neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from functools import cache
from itertools import islice
from typing import Any, Final

#: Languages that are told apart on every site, so that a foreign text is not forced into the
#: source's own. py3langid knows 140; with all of them headlines fall to rare neighbours.
NEIGHBOURS: Final = frozenset([
    "ar", "az", "be", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi",
    "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "ky", "lt", "lv", "mk", "mn", "nl", "no", "pl",
    "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "th", "tr", "tt", "uk", "ur", "uz", "vi", "zh",
])  # fmt: skip
UNKNOWN: Final = "und"
_ALIASES: Final = {"wuu": "zh", "yue": "zh", "nb": "no", "nn": "no"}
#: So many pieces of so many characters, spread over the text, decide as the whole text does (1339
#: DEV pages of 30 languages: the same verdict on every one, at a sixth of the cost), and as most of
#: a text does that is written in two languages.
_PIECES: Final = (5, 200)
#: A fifth of that says the same where it is as good as certain: on all but 3 % of the pages.
_GLANCE: Final = (6, 30)
_CERTAIN: Final = 0.99
_LEAST_CHARS: Final = 20
#: On texts of some length a weaker verdict means: none of these.
_SURE: Final = 0.5
_LONG: Final = 200


def detect(text: str, languages: Iterable[str]) -> tuple[str, float]:
    """Return ISO 639-1 code and probability; `und` for what is too short or too doubtful."""
    sample = _sample(text, _PIECES)
    if sum(1 for _ in islice(filter(str.isalpha, sample), _LEAST_CHARS)) < _LEAST_CHARS:
        return UNKNOWN, 0.0
    identifier = _identifier(frozenset(languages))
    code, probability = identifier.classify(_sample(text, _GLANCE))
    if probability < _CERTAIN:
        code, probability = identifier.classify(sample)
    code = _ALIASES.get(code, code)
    if probability < _SURE and len(sample) >= _LONG:
        return UNKNOWN, float(probability)
    return code, float(probability)


def _sample(text: str, pieces: tuple[int, int]) -> str:
    count, chars = pieces
    if len(text) <= count * chars:
        return text
    step = (len(text) - chars) // (count - 1)
    return " ".join(text[n * step : n * step + chars] for n in range(count))


@cache
def _identifier(languages: frozenset[str]) -> Any:
    import numpy as np

    from pipeline.language_model import load_model

    identifier = copy(load_model())
    identifier.set_languages(sorted((languages | NEIGHBOURS) & set(identifier.nb_classes)))
    # Chosen by column, it lies in memory by column, and is read by row: six times the time.
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc)
    return identifier
