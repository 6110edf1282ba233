"""Text of a response -> the page's tree."""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree, html

from pipeline.extract.bounds import TooLarge, check_source, check_tree

Element = Any  # lxml ships no types

#: libxml2 reads no single piece longer than this, and nothing behind it.
_LONGEST: Final = 10_000_000
_TOO_LONG: Final = etree.ErrorTypes.ERR_RESOURCE_LIMIT
_PARSER: Final = html.HTMLParser(
    encoding="utf-8",
    collect_ids=False,
    remove_comments=True,
    remove_pis=True,
    default_doctype=False,
)
# lxml's own look-up of the class for each element is a call of Python: half of each walk's time.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
#: What lxml reads, but never takes back.
_REFUSED: Final = {b"\f": b" ", "\ufffe".encode(): b"", "\uffff".encode(): b""}
_REFUSED_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    rb"|[xX]0*(?:[1-8bBcCeEfF]|1[\da-fA-F]|[fF]{3}[eEfF])(?![\da-fA-F]));?"
)


def parse(text: str, utf8: bytes | None = None) -> Element | None:
    """Return the page's tree; None if there is no element in it. Nesting is cut at 256 (libxml2).

    `utf8` is the text in UTF-8, where it is at hand. Raises TooLarge.
    """
    source = text.encode("utf-8", "replace") if utf8 is None else utf8
    most = check_source(source)
    try:
        tree = html.document_fromstring(source, parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if len(source) > _LONGEST and _PARSER.error_log.filter_types([_TOO_LONG]):
        msg = "one text, tag or script of more than 10 MB, where the parser stops"
        raise TooLarge(msg)
    check_tree(tree, len(source), most)
    return tree


def without_refused(source: bytes) -> bytes:
    """Return a page in UTF-8 without characters, and references to some, that lxml takes for none.

    It reads them, and raises ValueError when an element next to one is dropped. They are looked for
    then: in each page it would take half a millisecond, and in none of 160 was one.
    """
    for character, stand_in in _REFUSED.items():
        if character in source:
            source = source.replace(character, stand_in)
    return _REFUSED_REFERENCE.sub(b"", source)
