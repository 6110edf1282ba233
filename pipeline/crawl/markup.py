"""An HTML page -> the tree that links and their texts are read from."""

from __future__ import annotations

import codecs
import re
from typing import Any

from lxml import etree, html

Element = Any  # lxml ships no types

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def parsed(body: bytes, content_type: str | None) -> Element | None:
    """Return a page's tree; None if there is none."""
    parser = html.HTMLParser(
        encoding=_encoding(body, content_type), remove_comments=True, remove_pis=True
    )
    try:
        tree = html.document_fromstring(body, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree if len(tree) else None


def _encoding(body: bytes, content_type: str | None) -> str | None:
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
