"""The encoding that an HTML page's links and their texts are read in."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def encoding_of(body: bytes, content_type: str | None) -> str | None:
    """Return UTF-8 if it is that, else what the header says; None: as the page itself says.

    Enough for links and headlines; extraction, which keeps the text, looks more closely.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        declared = _CHARSET.search(content_type or "")
        try:
            return codecs.lookup(declared[1]).name if declared else None
        except LookupError:
            return None
    return "utf-8"
