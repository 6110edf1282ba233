"""Blocks -> HTML as a site prints it, and -> the plain lines that must come out again."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from press.edition import Block, Site

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_SLANTED = re.compile(r"\*([^*]+)\*")

_ENTRY = '<div class="live-entry">'

Linker = Callable[[str], tuple[str, str]]


def inline(text: str) -> str:
    """Return HTML of a line with `**bold**`, `*slanted*` and `[text](address)`."""
    text = _LINK.sub(r'<a href="\2">\1</a>', html.escape(text, quote=False))
    return _SLANTED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", text))


def plain(text: str) -> str:
    """Return a line without its signs, as a reader sees it."""
    return _SLANTED.sub(r"\1", _BOLD.sub(r"\1", _LINK.sub(r"\1", text)))


def body_html(site: Site, blocks: Sequence[Block], link: Linker) -> str:
    """Return the body as the site prints it. `link` gives (URL, title) for a slug."""
    pieces: list[str] = []
    prefix = site.first_paragraph_prefix
    for block in blocks:
        if block.kind == "li" and pieces and pieces[-1] == "</ul>":
            pieces[-1:] = [f"<li>{inline(block.text)}</li>", "</ul>"]
        elif block.kind == "p":
            pieces.append(f"<p>{html.escape(prefix)}{inline(block.text)}</p>")
            prefix = ""
        elif block.kind == "at":
            pieces += [*_ended(pieces), _ENTRY, _stamp(block)]
        else:
            pieces += _RENDER[block.kind](site, block, link)
    return "\n".join([*pieces, *_ended(pieces)])


def _ended(pieces: Sequence[str]) -> list[str]:
    """Return what closes the entry of a live blog that is open, if one is."""
    return ["</div>"] if _ENTRY in pieces else []


def _stamp(block: Block) -> str:
    at = datetime.fromisoformat(block.text)
    return f'<p class="live-entry__time"><time datetime="{block.text}">{at:%H:%M}</time></p>'


def text_lines(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the lines that must survive cleaning, in order."""
    return tuple(plain(block.text) for block in blocks if block.kind in {"p", "h2", "li", "quote"})


def caption_lines(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the captions, with their credits: they may be in the text once or not at all."""
    return tuple(caption(block) for block in blocks if block.kind == "figure")


def caption(block: Block) -> str:
    """Return a figure's caption followed by its credit in brackets, as the sites print it."""
    return f"{plain(block.text)} [{block.extra}]" if block.extra else plain(block.text)


def _figure(site: Site, block: Block, _: Linker) -> list[str]:
    words = html.escape(caption(block))
    image = f'<img src="/img/{block.name}.gif" alt="{words}" width="960" height="540">'
    figure = f'<figure class="picture">{image}<figcaption>{words}</figcaption></figure>'
    return [figure, f'<p class="picture__text">{words}</p>'] if site.doubled_captions else [figure]


def _also(site: Site, block: Block, link: Linker) -> list[str]:
    url, title = link(block.text)
    anchor = f'<a href="{url}">{html.escape(title)}</a>'
    return [f"<p><strong>{html.escape(site.also_label)} {anchor}</strong></p>"]


_RENDER: dict[str, Callable[[Site, Block, Linker], list[str]]] = {
    "h2": lambda _site, block, _link: [f"<h2>{inline(block.text)}</h2>"],
    "quote": lambda _s, block, _l: [f"<blockquote><p>{inline(block.text)}</p></blockquote>"],
    "li": lambda _site, block, _link: ["<ul>", f"<li>{inline(block.text)}</li>", "</ul>"],
    "figure": _figure,
    "also": _also,
    "more": lambda _site, _block, _link: [],
}
