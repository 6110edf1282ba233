"""Page -> the lines of its article, by trafilatura fed the tree we hold already."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from lxml import html

from pipeline.extract.lines import lines_of

Element = Any  # lxml ships no types

#: Zero-width non-joiner and joiner, and two marks of the Bamum script that no news page prints.
_MASKED: Final = {"\u200c": "\ua6f2", "\u200d": "\ua6f3"}
_MASK = str.maketrans(_MASKED)
_UNMASKED = str.maketrans({mask: joiner for joiner, mask in _MASKED.items()})


def read_body(tree: Element, url: str, selector: str | None = None) -> list[str]:
    """Return the article's lines; none if nothing was found. The tree is left as it was.

    `selector` names the body where a seed must tell it; a page without it is read as any other.
    """
    # Imported when first needed: it costs half a second.
    from trafilatura import extract

    found = tree.cssselect(selector) if selector else []
    page = _alone(found) if found else deepcopy(tree)
    _mask_joiners(page)
    # In its quick mode trafilatura loses .013 F1 on news pages. It must not `deduplicate`: that
    # remembers pages between calls, and a row would depend on what came before it.
    text = extract(page, url=url, include_comments=False, include_tables=True, deduplicate=False)
    return lines_of((text or "").translate(_UNMASKED))


def _mask_joiners(page: Element) -> None:
    """Put printable characters in the place of joiners, which trafilatura drops.

    Without them Persian and Indic words fall apart.
    """
    if not any(joiner in text for text in page.itertext() for joiner in _MASKED):
        return
    for element in page.iter():
        element.text = element.text and element.text.translate(_MASK)
        element.tail = element.tail and element.tail.translate(_MASK)


def _alone(found: list[Element]) -> Element:
    """Return a page of just the elements found, in their order."""
    page = html.document_fromstring("<html><body><article></article></body></html>")
    article = page.find(".//article")
    for element in found:
        if not any(parent in found for parent in element.iterancestors()):
            article.append(deepcopy(element))
    return page
