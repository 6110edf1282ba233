"""Page -> the lines of its article, by trafilatura fed the tree we hold already."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import html

from pipeline.extract.lines import lines_of

Element = Any  # lxml ships no types


def read_body(tree: Element, url: str, selector: str | None = None) -> list[str]:
    """Return the article's lines; none if nothing was found. The tree is left as it was.

    `selector` names the body where a seed must tell it; a page without it is read as any other.
    """
    # Imported when first needed: it costs half a second.
    from trafilatura import extract

    found = tree.cssselect(selector) if selector else []
    page = _alone(found) if found else deepcopy(tree)
    # In its quick mode trafilatura loses .013 F1 on news pages. It must not `deduplicate`: that
    # remembers pages between calls, and a row would depend on what came before it.
    text = extract(page, url=url, include_comments=False, include_tables=True, deduplicate=False)
    return lines_of(text or "")


def _alone(found: list[Element]) -> Element:
    """Return a page of just the elements found, in their order."""
    page = html.document_fromstring("<html><body><article></article></body></html>")
    article = page.find(".//article")
    for element in found:
        if not any(parent in found for parent in element.iterancestors()):
            article.append(deepcopy(element))
    return page
