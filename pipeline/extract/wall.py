"""Page -> the wall it is instead of an article, if it is one: what signs there are, and their weight.

Signs count once a place. Two in different places are believed, or one that stands nowhere else;
where a page declares itself an article and shows some text it takes a third. One of them must be
what the page is about: its address, title, heading or most of its text, for forms, banners and
buttons stand on any page. A long text costs a look at address, title and first heading; only short
pages are looked through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.extract.blocks import Block
from pipeline.extract.draft import Kind
from pipeline.extract.form import is_news
from pipeline.extract.lines import words
from pipeline.extract.scan import Claims
from pipeline.model import Cut, Reason
from pipeline.walls import ENOUGH, MOST, Line, Sign, Signs, Wall, Walls, title_parts

Element = Any  # lxml ships no types

#: Fewer words are no text: of an article declared as such, and of a page at all.
_SOME_WORDS: Final = 30
_NO_WORDS: Final = 15
#: No page has so many characters a word, in any script; nothing is counted beyond.
_WORD_CHARS: Final = 9
#: So many lines of a page are looked through: a wall says what it is on top, or is short.
_MOST_LINES: Final = 250
_MOST_BYTES: Final = 600_000
#: Firewalls' pages are small: a larger one is searched for their markup only if it speaks so.
_SMALL_BYTES: Final = 60_000
#: Characters of a text so short that its page is looked through; the word in all others of consent.
_SHORT: Final = 1200
_COOKIES: Final = "cookie"
#: A page of scripts shows so many words and links at most.
_BARE_WORDS, _BARE_LINKS = 60, 3
_BUTTON_WORDS: Final = 5
_ABOUT: Final = frozenset({"address", "title", "heading", MOST})


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as far as it has been read: `lines` are the text's, `blocks` and `cuts` the page's."""

    claims: Claims
    kind: Kind
    lines: Sequence[str]
    blocks: Sequence[Block]
    cuts: Sequence[Cut]
    utf8: bytes

    def markup(self) -> bytes:
        """Return the page's HTML in lower case, as far as signs are looked for in it."""
        return self.utf8[:_MOST_BYTES].lower()


def read_wall(seen: Seen, walls: Walls) -> Wall | None:
    """Return the first wall, in the order of the kinds, of which there are signs enough."""
    chars = sum(map(len, seen.lines))
    suspect: bool | None = None
    look: _Look | None = None
    title = title_parts(seen.kind.page_title)
    heading = title_parts(next(iter(seen.kind.headings), ""))
    for kind in walls.kinds:
        if kind.reason is Reason.BOT_CHALLENGE and (sign := _header(kind, seen)):
            return Wall(kind.reason, (sign,))
        glance = _glance(kind, seen, title, heading)
        if chars > _WORD_CHARS * kind.file.most_words:
            continue
        if suspect is None:
            suspect = _is_suspect(chars, seen)
        if not (glance or suspect):
            continue
        look = look or _Look(seen)
        if look.words > kind.file.most_words:
            continue
        signs = _heaviest(look.signs(kind, glance), with_text=look.words >= _SOME_WORDS)
        if _is_about(signs) and sum(s.weight for s in signs) >= ENOUGH + look.is_article:
            return Wall(kind.reason, signs)
    return None


def _is_about(signs: Sequence[Sign]) -> bool:
    """Whether a sign is what the page is about, and not only somewhere on it."""
    return any(sign.place in _ABOUT or sign.weight >= ENOUGH for sign in signs)


def _is_suspect(chars: int, seen: Seen) -> bool:
    """Whether a page is worth looking through, though neither address nor title say anything.

    It has little text; or it speaks of cookies, and does not call itself an article.
    """
    if chars <= _SHORT:
        return True
    return not _declares(seen) and any(_COOKIES in line.lower() for line in seen.lines)


def _declares(seen: Seen) -> bool:
    """Whether a page calls itself an article and dates itself."""
    claims = seen.claims
    dates = chain(claims.jsonld.text("datePublished"), claims.meta("article:published_time"))
    return is_news(seen.kind) and next(dates, None) is not None


def _header(kind: Signs, seen: Seen) -> Sign | None:
    return next(kind.in_headers(seen.claims.page.headers), None)


def _glance(kind: Signs, seen: Seen, title: Sequence[str], heading: Sequence[str]) -> list[Sign]:
    """Return the signs in address, title and first heading."""
    page = seen.claims.page
    found = [
        kind.in_title(title, "title"),
        kind.in_title(heading, "heading"),
    ]
    address = kind.in_address(page.final_url)
    if address and page.final_url == page.link.url:
        # A listing has named it: a section may be called so.
        address = Sign(address.id, address.place, 1)
    return [sign for sign in (address, *found) if sign]


class _Look:
    """A page looked through, once for all kinds."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.words = sum(map(words, seen.lines))
        self.is_article = self.words >= _SOME_WORDS and _declares(seen)
        self._is_shown = seen.kind.films > 0 or seen.kind.pictures > 1
        self._made: dict[str, Line] = {}
        self._shown = list(islice(_shown(seen), _MOST_LINES))

    def signs(self, kind: Signs, glance: Sequence[Sign]) -> Iterator[Sign]:
        """Yield the signs in heading, text and markup, and those of what the page is made of."""
        said = list(glance)
        if not self.seen.kind.headings and (
            found := kind.in_title(title_parts(self._second_heading()), "heading")
        ):
            said.append(found)
        found = self._in_text(kind)
        # A film or a gallery is what its page is about, however much is said around it.
        if found and not (found.place == MOST and self._is_shown):
            said.append(found)
        if said or len(self.seen.utf8) <= _SMALL_BYTES:
            said += kind.in_markup(self._html, ordinary=bool(said))
        yield from said
        if _is_about(said):  # what a page is made of says nothing of what it is about
            yield from _MADE_OF[kind.reason](self)

    def _in_text(self, kind: Signs) -> Sign | None:
        text = kind.in_text(self._lines(self.seen.lines)) if self.words >= _SOME_WORDS else None
        return text or kind.in_text(self._lines(self._shown))

    def _lines(self, texts: Sequence[str]) -> list[Line]:
        made = self._made
        for text in texts:
            if text not in made:
                made[text] = Line.of(text, words(text))
        return [made[text] for text in texts]

    def challenge(self) -> Iterator[Sign]:
        """Yield what a firewall's page is made of: scripts and nothing else."""
        if b'http-equiv="refresh"' in self._html:
            yield Sign("refresh", "meta")
        links = sum(1 for _ in islice(self.seen.claims.tree.iter("a"), _BARE_LINKS + 1))
        shown = sum(map(words, self._shown))
        if b"<script" in self._html and shown <= _BARE_WORDS and links <= _BARE_LINKS:
            yield Sign("scripts-alone", "page")

    def consent(self) -> Iterator[Sign]:
        """Yield whether there are buttons to consent with."""
        for cut in self.seen.cuts:
            if cut.category == "consent" and words(cut.text) <= _BUTTON_WORDS:
                yield Sign(f"button: {cut.text}", "cut")
                return

    def missing(self) -> Iterator[Sign]:
        """Yield what says that an address leads nowhere: no text, or another page's address."""
        page = self.seen.claims.page
        asked, final = urlsplit(page.link.url), urlsplit(page.final_url)
        if asked.path != final.path and asked.path.startswith(final.path.rstrip("/") + "/"):
            yield Sign("redirected-up", "redirect")
        if self.words < _NO_WORDS:
            yield Sign("no-text", "page")
        if _is_home(self.seen.claims):
            yield Sign("canonical-home", "link")
        if any("noindex" in said.lower() for said in self.seen.claims.meta("robots", "googlebot")):
            yield Sign("noindex", "meta")

    def login(self) -> Iterator[Sign]:
        """Yield whether there is a form for a password; any page may have one, out of sight."""
        if any(p in self._html for p in (b'type="password"', b"type='password'", b"type=password")):
            yield Sign("password", "form")

    @cached_property
    def _html(self) -> bytes:
        """The page's markup in lower case, made if anything asks for it."""
        return self.seen.markup()

    def _second_heading(self) -> str:
        h2 = next(self.seen.claims.tree.iter("h2"), None)
        return "" if h2 is None else " ".join(h2.text_content().split())


_MADE_OF: Final = {
    Reason.BOT_CHALLENGE: _Look.challenge,
    Reason.CONSENT_WALL: _Look.consent,
    Reason.SOFT_404: _Look.missing,
    Reason.LOGIN_WALL: _Look.login,
}


def _shown(seen: Seen) -> Iterator[str]:
    for block in seen.blocks:
        yield block.text
    for cut in seen.cuts:
        yield cut.text


def _heaviest(signs: Iterable[Sign], *, with_text: bool) -> tuple[Sign, ...]:
    """Return of each place its weightiest sign. Above some text, title and heading are one place."""
    best: dict[str, Sign] = {}
    for sign in signs:
        place = "title" if with_text and sign.place == "heading" else sign.place
        if sign.weight > best.get(place, _NONE).weight:
            best[place] = sign
    return tuple(best.values())


_NONE: Final = Sign("", "", 0)


def _is_home(claims: Claims) -> bool:
    """Whether a page other than the home page gives the home page as its own address."""
    if not urlsplit(claims.page.final_url).path.strip("/"):
        return False
    links = (
        e.get("href") or "" for e in claims.elements["link"] if "canonical" in (e.get("rel") or "")
    )
    said = [*links, *claims.meta("og:url")]
    return bool(said) and all(
        not urlsplit(url).path.strip("/") and not urlsplit(url).query for url in said
    )
