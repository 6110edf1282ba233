"""Where a page may be cut or given more: its tags, its texts, its values."""

from __future__ import annotations

import re
from random import Random
from typing import Final

#: A tag, a piece of text, or a `<` that begins neither.
TOKEN: Final = re.compile(rb"<[^<>]{0,400}>|[^<]{1,400}|<")
#: Content of the metas that readers ask, of JSON-LD's strings, of classes and times.
_VALUE: Final = re.compile(
    rb"""(?:content|datetime|class|id|href|"(?:headline|name|datePublished|articleBody|url)")"""
    rb"""\s*[=:]\s*["']([^"'<>]{0,400})"""
)
_TEXT: Final = re.compile(rb">([^<>]{1,4000})<")
_OPENING: Final = re.compile(rb"<([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")


def any_value(body: bytes, dice: Random) -> tuple[int, int]:
    """Return where a value of an attribute or of JSON-LD begins and ends; (0, 0) without any."""
    return _any_span(_VALUE, body, dice)


def any_text(body: bytes, dice: Random) -> tuple[int, int]:
    """Return where a text between two tags begins and ends; (0, 0) without any."""
    return _any_span(_TEXT, body, dice)


def any_gap(body: bytes, dice: Random) -> int:
    """Return a place between two tokens."""
    return dice.choice([0, *(found.start() for found in _OPENING.finditer(body)), len(body)])


def any_subtree(body: bytes, dice: Random) -> bytes:
    """Return a piece of the page from an opening tag to the next one that closes such an element."""
    openings = list(_OPENING.finditer(body))
    if not openings:
        return b"<p>"
    first = dice.choice(openings)
    closing = b"</" + first[1] + b">"
    end = body.find(closing, first.end())
    return body[first.start() : end + len(closing)] if end > 0 else first[0]


def _any_span(pattern: re.Pattern[bytes], body: bytes, dice: Random) -> tuple[int, int]:
    spans = [found.span(1) for found in pattern.finditer(body)]
    return dice.choice(spans) if spans else (0, 0)
