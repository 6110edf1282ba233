"""One URL on its way through hops and tries, and the Page or Miss it ends as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from pipeline.model import Link, Miss, Page, Reason, Terms
from pipeline.ports import Due, Exchange, HttpTrouble
from pipeline.sources import Source
from pipeline.urls import Address, address_of

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REDIRECTED_FORMS: Final = frozenset({307, 308})
_PAGES: Final = frozenset({200, 203})
_REASONS: Final = {304: Reason.NOT_MODIFIED, 404: Reason.GONE, 410: Reason.GONE}
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}
_KEPT_IN_LOCATION: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(slots=True)
class Errand:
    """Where a URL is now, what it may cost and what it has cost. `deadline` is in loop time.

    With a form, which may hold secrets, it is sent there instead of asked for.
    """

    url: str
    source: Source
    kind: str
    deadline: float
    max_bytes: int
    max_redirects: int
    max_tries: int
    validators: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    terms: Terms = field(default_factory=Terms)
    hop: int = -1
    attempts: int = 0
    elapsed_s: float = 0.0
    retry_at: datetime | None = None

    def advance(self, seen: set[str]) -> Address:
        """Return where to ask now, noting it as seen. Raises HttpTrouble if it must not be asked."""
        self.hop += 1
        try:
            address = address_of(self.url)
        except ValueError:
            raise HttpTrouble(Reason.BAD_URL, "not an address that can be asked") from None
        if address.scheme not in {"http", "https"}:
            raise HttpTrouble(Reason.BAD_SCHEME, f"{address.scheme}: is neither http nor https")
        if address.port not in self.source.fetch.ports:
            detail = f"port {address.port} is not among the source's `fetch.ports`"
            raise HttpTrouble(Reason.BLOCKED_ADDRESS, detail)
        if address.href in seen:
            raise HttpTrouble(Reason.REDIRECT_LOOP, f"redirected to {address.href} once more")
        seen.add(address.href)
        self.url = address.href
        return address

    def outcome(self, link: Link, exchange: Exchange, now: datetime) -> Page | Miss:
        """Return what an answer means. A status of 200 is a Page, whatever its type."""
        status, headers = exchange.status, _storable(exchange.headers)
        if status in _PAGES:
            return Page(
                link=link,
                final_url=self.url,
                status=status,
                headers=headers,
                body=exchange.body,
                fetched_at=now,
                attempts=self.attempts,
                elapsed_s=self.elapsed_s,
                terms=self.terms,
            )
        reason = _REASONS.get(status, Reason.HTTP_ERROR)
        if reason == Reason.NOT_MODIFIED and not self.validators:
            reason = Reason.HTTP_ERROR
        detail = f"{status} {_PHRASES.get(status, '')}".strip()
        return self.miss(link, HttpTrouble(reason, detail, status), now, headers)

    def miss(
        self,
        link: Link,
        trouble: HttpTrouble,
        now: datetime,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Miss:
        """Return what trouble means for the URL."""
        return Miss(
            link=link,
            reason=trouble.reason,
            detail=trouble.detail,
            fetched_at=now,
            status=trouble.status,
            final_url=self.url if self.attempts else None,
            headers=headers,
            attempts=self.attempts,
            elapsed_s=self.elapsed_s,
            retry_at=trouble.retry_at or self.retry_at,
            terms=self.terms,
        )


def redirect_target(exchange: Exchange, address: Address, *, is_form: bool = False) -> str | None:
    """Return where an answer leads, if it does. Raises HttpTrouble if that is no address.

    A form is sent on only where the answer says that it is to be, and not from TLS to without.
    """
    statuses = _REDIRECTED_FORMS if is_form else _REDIRECTS
    location = header_of(exchange, "location") if exchange.status in statuses else None
    if not location:
        return None
    # Bytes that are no ASCII come as surrogates or UTF-8; both are sent on as they were.
    ascii_only = quote(location.encode("utf-8", "surrogateescape"), safe=_KEPT_IN_LOCATION)
    try:
        target = address_of(ascii_only, base=address.href)
    except ValueError:
        detail = "redirected to what is no address"
        raise HttpTrouble(Reason.BAD_URL, detail, exchange.status) from None
    if is_form and address.scheme == "https" and target.scheme != "https":
        detail = f"redirected to {target.scheme}:, where all could read what is sent"
        raise HttpTrouble(Reason.BAD_SCHEME, detail, exchange.status)
    return target.href


def header_of(exchange: Exchange, name: str) -> str | None:
    """Return the first header of a name, given in lower case."""
    return next((value for key, value in exchange.headers if key.lower() == name), None)


def validators_of(due: Due) -> dict[str, str]:
    """Return conditional headers, validators verbatim: weak and suffixed ones are the site's own."""
    pairs = {"if-none-match": due.etag, "if-modified-since": due.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _storable(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers that any database takes: bytes that are no UTF-8 are read as Latin-1."""
    return tuple(
        (name, value.encode("utf-8", "surrogateescape").decode("latin-1"))
        if not value.isascii() and any("\udc80" <= char <= "\udcff" for char in value)
        else (name, value)
        for name, value in headers
    )
