"""What stands behind `Photo:` or `Video:`: whom it is credited to, or a clause of the article."""

from __future__ import annotations

from typing import Final

#: Words from which it may be a clause, and how many of them begin in lower case then: names do not,
#: and what else credits say is listed.
_WORDS: Final = 3
_LOWER: Final = 2
_OF_CREDITS: Final = (
    "courtesy of the by via from and for von vom der die und aus de des du da do dos del di della d'archives et en e y i van "
    "av af på private privat privé archiv archive archivo archives collection handout picture alliance imago getty images "
    "dpa afp ap epa reuters tass unsplash pixabay pexels shutterstock istock screenshot symbolbild из и от для с предоставлено "
    "пресс-служба пресс-службы пресс-центр архив архива фонд администрация администрации скриншот"
)


def is_clause(text: str) -> bool:
    """Whether a text is a clause (`niemand hat eines`), and no name."""
    found, of_credits = text.rstrip(" .!?…").split(), _OF_CREDITS.split()
    lower = [word for word in found if word[0].islower() and word.casefold() not in of_credits]
    return len(found) >= _WORDS and len(lower) >= _LOWER
