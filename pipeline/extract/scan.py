"""One pass over a page's tree: its meta tags, headings, times and links, where claims are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import filterfalse
from typing import Any, Final

from pipeline.extract.jsonld import JsonLd, texts, types_of
from pipeline.extract.lines import tidy
from pipeline.extract.marks import Marks, find_marks
from pipeline.extract.site import JOINT, SiteNames, site_names
from pipeline.model import Page
from pipeline.sources import Source
from pipeline.urls import host_of, registrable_domain

Element = Any  # lxml ships no types

_NAMING = ("og:site_name", "application-name", "apple-mobile-web-app-title", "al:android:app_name")
_NAMED_BY: Final = frozenset({"property", "name", "itemprop", "http-equiv"})
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_NAMERS = frozenset({"WebSite", "Organization", "NewsMediaOrganization"})
#: Characters; shorter headings are sections, and titles begin with those too.
_SHORTEST_HEADLINE: Final = 20
#: What is beyond these says nothing new: of one tag so many elements, of one claim so many characters.
_MOST_ELEMENTS: Final = 300
_LONGEST_CLAIM: Final = 20_000


@dataclass(frozen=True)
class Claims:
    """Where claims are read from: the tree, its JSON-LD, what its listing said. Made per page."""

    tree: Element
    jsonld: JsonLd
    page: Page
    source: Source

    @cached_property
    def elements(self) -> dict[str, list[Element]]:
        """The page's elements that carry claims, by tag: one pass for all of them."""
        found: dict[str, list[Element]] = {
            "meta": [], "h1": [], "title": [], "time": [], "link": [], "figure": [],
        }  # fmt: skip
        for element in self.tree.iter(*found):
            if len(group := found[element.tag]) < _MOST_ELEMENTS:
                group.append(element)
        return found

    @cached_property
    def _metas(self) -> dict[str, list[str]]:
        """Contents of the meta tags by property, name or itemprop, in lower case, as written."""
        found: dict[str, list[str]] = {}
        for element in self.elements["meta"]:
            names, raw = _named(element)
            for name in names if raw else ():
                found.setdefault(name, []).append(raw[:_LONGEST_CLAIM])
        return found

    def meta(self, *names: str) -> Iterator[str]:
        """Yield what the meta tags of these names say, in the order of the names."""
        metas = self._metas
        for name in names:
            for raw in metas.get(name, ()):
                if content := tidy(unescape(raw) if "&" in raw else raw):
                    yield content

    @cached_property
    def language(self) -> str:
        """The language and country the page declares, as in `en-US`; empty if it names none."""
        root = self.tree.getroottree().getroot()
        said = (*self.meta("og:locale"), root.get("lang") or root.get(_XML_LANG) or "")
        return next((text.strip().replace("_", "-") for text in said if text.strip()), "")

    @cached_property
    def domain(self) -> str:
        """The registrable domain of the page."""
        return registrable_domain(host_of(self.page.final_url))

    @cached_property
    def site(self) -> SiteNames:
        """The names the site goes by."""
        names = [self.source.name, *filterfalse(self._is_title, self.meta(*_NAMING))]
        for node in self.jsonld.articles:
            publisher = node.get("publisher")
            if isinstance(publisher, dict):
                names += texts(publisher.get("name"))
        for node in self.jsonld.nodes:
            if not _NAMERS.isdisjoint(types_of(node)):
                names += texts(node.get("name"))
        return site_names(names, self.domain)

    def _is_title(self, name: str) -> bool:
        """Whether a site's name is the page's whole title, headline and all: some templates write so."""
        if not JOINT.search(name):
            return False
        titles = (element.text_content() for element in self.elements["title"][:1])
        return name in map(tidy, (*titles, *self.meta("og:title")))

    @cached_property
    def marks(self) -> Marks:
        """The elements that mark authors and dates: a walk of the whole page, made if needed."""
        h1s = [h1 for h1 in self.elements["h1"] if not self.site.is_site(h1.text_content())]
        return find_marks(self.tree, h1s or self._titled())

    def _titled(self) -> list[Element]:
        """Find the heading that says what the page's title begins with: sites without an h1."""
        title = next((tidy(e.text_content()) for e in self.elements["title"]), "")
        for heading in self.tree.iter("h2", "h3") if title else ():
            text = tidy(heading.text_content())
            if len(text) >= _SHORTEST_HEADLINE and title.startswith(text):
                return [heading]
        return []


def _named(meta: Element) -> tuple[list[str], str]:
    """Return the names of a meta tag, and what it says."""
    names: list[str] = []
    content = value = ""
    for key, said in meta.items():
        if key == "content":
            content = said
        elif key in _NAMED_BY:
            if (name := said.strip().lower()) and name not in names:
                names.append(name)
        elif key == "value":  # some old systems write so
            value = said
    return names, content or value
