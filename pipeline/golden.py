"""Golden tests: a page as it was fetched, and what must become of it, in a file people review.

`<folder>/<source>/<name>.yml` says what is held to be right; `<name>.html.gz` beside it is the page,
`<name>.2.html.gz` the second page of an article that is split.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import yaml

from pipeline.errors import FixSeed
from pipeline.model import Article, Fetched, Link, Miss, Page, Reason, Reject
from pipeline.sources import read_yaml
from pipeline.urls import url_key

_HEAD: Final = """\
# What `broadsheet golden` kept of a page. Read it before you commit it: it is held to be right.
# A verdict that differs fails a test; `broadsheet golden --update` takes the new one over.
"""
#: Columns a person judges; a reject has fewer. Keys, counts and digests follow from the page.
_FIELDS: Final = (
    "reason", "broken_rules", "title", "description", "authors", "section", "tags", "language",
    "published_at", "published_tz", "published_precision", "modified_at", "url_canonical",
    "image_url", "image_caption", "image_credit", "paywalled", "preview", "form", "line_kinds",
)  # fmt: skip
#: The only headers a verdict depends on; the others change with every request.
_HEADERS: Final = frozenset({"content-type"})
#: A cut is known by its start; frames of pages run to thousands of words.
_CUT_CHARS: Final = 100
_NAME_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Golden:
    """A page that was kept, and the verdict that is held to be right, as `review` puts it."""

    path: Path
    page: Page
    expected: Mapping[str, Any]

    def differences(self, verdict: Article | Reject) -> list[str]:
        """Return the lines of a unified diff from what is right to what is; none if it is the same."""
        right, now = (_yaml(value).splitlines() for value in (self.expected, review(verdict)))
        return list(unified_diff(right, now, "expected", "now", lineterm="", n=1))


def review(verdict: Article | Reject) -> dict[str, Any]:
    """Return what a person judges of a verdict: its fields, lines, and cuts by category."""
    cuts: dict[str, list[str]] = {}
    for cut in verdict.cuts:
        short = cut.text if len(cut.text) <= _CUT_CHARS else f"{cut.text[:_CUT_CHARS]}…"
        cuts.setdefault(cut.category, []).append(short)
    kind = "article" if isinstance(verdict, Article) else "reject"
    fields = {name: _plain(getattr(verdict, name)) for name in _FIELDS if hasattr(verdict, name)}
    lines = verdict.text.split("\n") if verdict.text else []
    return {"verdict": kind, **fields, "text": lines, "cuts": dict(sorted(cuts.items()))}


def keep(folder: Path, page: Page, verdict: Article | Reject) -> Path:
    """Write a golden test beside those of its source, over one of the same URL; return its path."""
    path = _place(folder / page.link.source, page)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without a time in it: the same page gives the same file.
    for number, part in enumerate((page, *page.parts), start=1):
        if isinstance(part, Page):
            _body(path, number).write_bytes(gzip.compress(part.body, mtime=0))
    write(Golden(path, page, review(verdict)))
    return path


def write(golden: Golden) -> None:
    """Write the part for people."""
    page = golden.page
    parts = {"parts": [_fields(part) for part in page.parts]} if page.parts else {}
    content = {
        "url": page.link.url,
        "final_url": page.final_url,
        "fetched_at": _plain(page.fetched_at),
        **_fields(page),
        **parts,
        "expected": dict(golden.expected),
    }
    golden.path.write_text(_HEAD + _yaml(content), encoding="utf-8")


def _fields(page: Fetched) -> dict[str, Any]:
    if isinstance(page, Miss):
        return {"url": page.link.url, "reason": str(page.reason), "detail": page.detail}
    return {
        "url": page.link.url,
        "final_url": page.final_url,
        "headers": {key.lower(): value for key, value in page.headers if key.lower() in _HEADERS},
    }


def read_goldens(folder: Path, only: Sequence[str] = ()) -> Iterator[Golden]:
    """Read the golden tests of all sources, or of those named, in order of their paths.

    Raises FixSeed naming a file that cannot be read, or a source that has no golden test.
    """
    if missing := [name for name in only if not (folder / name).is_dir()]:
        msg = f"no golden test of {', '.join(missing)} in {folder}"
        raise FixSeed(msg)
    for path in sorted(folder.glob("*/*.yml")):
        if not only or path.parent.name in only:
            yield _read(path)


def of_urls(folder: Path, sources: Collection[str], url_keys: Collection[str]) -> Iterator[Path]:
    """Yield the files of golden tests whose pages are of sources, or have one of the URL keys."""
    for path in sorted(folder.glob("*/*.yml")):
        raw = read_yaml(path)
        urls = [
            page.get(name) for page in (raw, *raw.get("parts", ())) for name in ("url", "final_url")
        ]
        if path.parent.name in sources or any(url and url_key(url) in url_keys for url in urls):
            yield from sorted(path.parent.glob(f"{path.stem}.*"))


def _read(path: Path) -> Golden:
    raw = read_yaml(path)
    try:
        at = datetime.fromisoformat(raw["fetched_at"])
        pages = enumerate([raw, *raw.get("parts", [])], start=1)
        first, *parts = [_page(path, number, fields, at) for number, fields in pages]
        assert isinstance(first, Page)
        return Golden(path, replace(first, parts=tuple(parts)), raw["expected"])
    except (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError) as error:
        msg = f"{path}: no golden test ({type(error).__name__}: {error}); write it anew with `broadsheet golden`"
        raise FixSeed(msg) from None


def _page(path: Path, number: int, fields: Mapping[str, Any], at: datetime) -> Fetched:
    link = Link(
        source=path.parent.name,
        url=fields["url"],
        url_key=url_key(fields["url"]),
        found_at=at,
        found_in="golden",
        found_via="seed",
    )
    if "reason" in fields:
        reason = Reason(fields["reason"])
        return Miss(link=link, reason=reason, detail=fields["detail"], fetched_at=at)
    return Page(
        link=link,
        final_url=fields["final_url"],
        status=200,
        headers=tuple(fields["headers"].items()),
        body=gzip.decompress(_body(path, number).read_bytes()),
        fetched_at=at,
    )


def _place(folder: Path, page: Page) -> Path:
    """Name a golden test after its URL; two pages of one name are told apart by their keys."""
    last = next((part for part in reversed(urlsplit(page.link.url).path.split("/")) if part), "")
    name = re.sub(r"[^a-z0-9]+", "-", unquote(last).partition(".")[0].lower()).strip("-")
    path = folder / f"{name[:_NAME_CHARS] or page.link.url_key[:12]}.yml"
    if path.exists() and _read(path).page.link.url_key != page.link.url_key:
        return path.with_stem(f"{path.stem}-{page.link.url_key[:8]}")
    return path


def _body(path: Path, number: int = 1) -> Path:
    return path.with_suffix(".html.gz" if number == 1 else f".{number}.html.gz")


class _Dumper(yaml.SafeDumper):
    """Indents the items of lists, as yamllint asks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value
