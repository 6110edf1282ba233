"""What stands behind a label and its colon: a name, a headline, or a clause of the article."""

from __future__ import annotations

import re
from typing import Final

#: A colon with two words behind it at least, and the first letter there.
_BEHIND: Final = re.compile(r":\s+((\S)\S*\s+\S.*)")
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


def goes_on(line: str, *, phrased: bool) -> bool:
    """Whether a line goes on as a sentence behind its label's colon.

    `Listen: nobody believed it.` goes on in lower case, a headline behind a label (`phrased`) does
    not. Behind `Photo:` a clause must be told from a name, which may begin with a small letter too.
    """
    behind = _BEHIND.search(line)
    if behind is None:
        return False
    return behind[2].islower() if phrased else _is_clause(behind[1].rstrip(" .!?…"))


def _is_clause(text: str) -> bool:
    found, of_credits = text.split(), _OF_CREDITS.split()
    lower = [word for word in found if word[0].islower() and word.casefold() not in of_credits]
    return len(found) >= _WORDS and len(lower) >= _LOWER
