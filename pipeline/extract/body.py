"""Page -> the lines of its article, by trafilatura fed the tree we hold already."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from pipeline.extract.lines import lines_of, tidy

Element = Any  # lxml ships no types

#: Below this many characters the quick pass is not trusted; measured with the share below.
_SHORT: Final = 800
_LEAST: Final = 250
_SHARE: Final = 0.7


def read_body(tree: Element, url: str, selector: str | None = None) -> list[str]:
    """Return the article's lines; none if nothing was found. The tree is left as it was.

    `selector` names the body where a seed must tell it; a page without it is read as any other.
    """
    if selector and (found := tree.cssselect(selector)):
        tree = _alone(tree, found)
    text = _trafilatura(tree, url, fast=True)
    if len(text) < _SHORT:
        paragraphs = sum(len(tidy(p.text_content())) for p in tree.iter("p"))
        if len(text) < max(_LEAST, _SHARE * paragraphs):
            text = _trafilatura(tree, url, fast=False) or text
    return lines_of(text)


def _trafilatura(tree: Element, url: str, *, fast: bool) -> str:
    # Imported when first needed: it costs more than half a second.
    from trafilatura import extract

    # A copy, because trafilatura prunes some passes in place; without `deduplicate`, because that
    # remembers pages between calls and would make a row depend on what came before it.
    return (
        extract(
            deepcopy(tree),
            url=url,
            fast=fast,
            include_comments=False,
            include_tables=True,
            deduplicate=False,
        )
        or ""
    )


def _alone(tree: Element, found: list[Element]) -> Element:
    """Return a page of just the elements found, in their order."""
    from lxml import html

    page = html.document_fromstring("<html><body><article></article></body></html>")
    article = page.find(".//article")
    for element in found:
        if not any(parent in found for parent in element.iterancestors()):
            article.append(deepcopy(element))
    return page
