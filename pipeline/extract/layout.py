"""Page -> its layout: where it holds its body, as a path of tags and classes.

Pages of one template share it, a redesign changes it; so a site that has moved its articles into
other boxes shows at once, though its text still comes out.
"""

from __future__ import annotations

import re
from typing import Any, Final

Element = Any  # lxml ships no types

#: Elements of the path, the body's own the last: further up, templates hardly differ.
_STEPS: Final = 3
#: Names an element is known by: themes put the page's categories behind them.
_NAMES: Final = 2
#: Paragraphs looked at: more tell nothing new.
_LOOKED_AT: Final = 40
#: Names that a person has written; digits are numbers of pages, or hashes of a build.
_WRITTEN = re.compile(r"[a-z][a-z_-]{1,40}", re.IGNORECASE)


def layout_of(tree: Element) -> str:
    """Return where most of the text in paragraphs is; empty if the page has no paragraphs.

    Like `main.content>article.story>div.story-body`.
    """
    weights: dict[Element, int] = {}
    for seen, paragraph in enumerate(tree.iter("p")):
        if seen == _LOOKED_AT:
            break
        parent = paragraph.getparent()
        if parent is not None:
            weights[parent] = weights.get(parent, 0) + _weight(paragraph)
    if not weights or not any(weights.values()):
        return ""
    body = max(weights, key=weights.__getitem__)  # of equal ones the first on the page
    path = [_step(body)]
    for parent in body.iterancestors():
        if len(path) == _STEPS or parent.tag in {"body", "html"}:
            break
        path.append(_step(parent))
    return ">".join(reversed(path))


def _weight(paragraph: Element) -> int:
    """Count a paragraph's characters up to its first link or emphasis, failing that those between."""
    return len(paragraph.text or "") or sum(len(child.tail or "") for child in paragraph)


def _step(element: Element) -> str:
    names = [name for name in (element.get("class") or "").split() if _WRITTEN.fullmatch(name)]
    return ".".join([str(element.tag), *names[:_NAMES]])
