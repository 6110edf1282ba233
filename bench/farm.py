"""A farm of sites on loopback, an address each: `python -m bench.farm [--hosts 200]`.

Real sockets and real HTTP/1.1, kept alive: robots.txt, a feed, stories of 60 to 150 kB as news pages
are (gzipped), and briefs of 2 kB. All of it is made before the first request, so that the farm
takes little of the processor that a crawler is measured on. Linux answers on all of 127/8; elsewhere
the addresses must be set up first.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

#: Stories that differ; more would not be more work for who asks.
_DIFFERENT: Final = 16
_LEAST, _MOST = 60_000, 150_000
_ROBOTS: Final = b"User-agent: *\nDisallow: /members/\nDisallow: /*?print=\nAllow: /\n"
_FEED_ITEMS: Final = 30
_SYLLABLES: Final = ("ka", "re", "mo", "ti", "lan", "sor", "be", "vi", "nu", "har", "del", "pra")


def host_of(number: int) -> str:
    """Return the address of a site, by its number from 0."""
    return f"127.77.{number // 250}.{1 + number % 250}"


class _Site(asyncio.Protocol):
    """Answers one connection."""

    def __init__(self, host: str, answers: dict[bytes, bytes]) -> None:
        self._host, self._answers, self._read = host, answers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while b"\r\n\r\n" in self._read:
            head, _, self._read = self._read.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head.split(b" ", 2)[1]))

    def _answer(self, path: bytes) -> bytes:
        folder, _, number = path[1:].partition(b"/")
        if folder in {b"story", b"brief"}:
            return self._answers[b"%s/%d" % (folder, int(number) % _DIFFERENT)]
        return self._answers.get(path, self._answers[b"missing"])


def _answers(host: str, port: int, pages: dict[bytes, bytes]) -> dict[bytes, bytes]:
    base = f"http://{host}:{port}"
    items = "".join(
        f"<item><title>Story {n} of the day</title><link>{base}/story/{n}</link>"
        f"<pubDate>Sat, 21 Nov 2026 {n % 24:02}:00:00 GMT</pubDate>"
        f"<description>What became of story {n}, and who was there.</description></item>"
        for n in range(_FEED_ITEMS)
    )
    feed = f'<rss version="2.0"><channel><title>Site</title>{items}</channel></rss>'
    return pages | {
        b"/robots.txt": _response("text/plain", _ROBOTS),
        b"/feed.xml": _response("application/rss+xml", gzip.compress(feed.encode()), packed=True),
        b"missing": _response("text/plain", b"no such page\n", "404 Not Found"),
    }


def _pages() -> dict[bytes, bytes]:
    chance = random.Random(20261121)  # noqa: S311 - the same pages each time
    pages = {}
    for number in range(_DIFFERENT):
        size = _LEAST + (_MOST - _LEAST) * number // _DIFFERENT
        story = gzip.compress(_story(chance, size), compresslevel=6)
        pages[b"story/%d" % number] = _response("text/html; charset=utf-8", story, packed=True)
        brief = _story(chance, 2_000)
        pages[b"brief/%d" % number] = _response("text/html; charset=utf-8", brief)
    return pages


def _story(chance: random.Random, size: int) -> bytes:
    """Return a page of about that size: a sixth text, with some 190 links in 100 kB.

    Of the pages of the benchmarks (`../shared/benchmarks`) the median has 180 in 105 kB.
    """
    title = _words(chance, 8)
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:title" content="{title}"></head><body><h1>{title}</h1>'
    )
    parts, length = [head], len(head)
    while length < size:
        links = "".join(
            f'<li class="card card--teaser item-{n}"><a href="/story/{chance.randrange(9999)}">'
            f'<span class="card__title">{_words(chance, 6)}</span></a></li>'
            for n in range(3)
        )
        part = f'<p>{_words(chance, 40)}</p><ul class="list list--related">{links}</ul>'
        part += f'<script type="application/json">{{"seen": "{_words(chance, 110)}"}}</script>'
        parts.append(part[: size - length] if len(part) > size - length else part)
        length += len(part)
    return "".join([*parts, "</body></html>"]).encode()


def _words(chance: random.Random, number: int) -> str:
    return " ".join(
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(number)
    )


def _response(kind: str, body: bytes, status: str = "200 OK", *, packed: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        "Server: farm",
        "Date: Sat, 21 Nov 2026 09:00:00 GMT",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: max-age=60",
        f'ETag: "{len(body):x}"',
        "Vary: Accept-Encoding",
        *(["Content-Encoding: gzip"] if packed else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _serve(hosts: int) -> None:
    loop, pages, port = asyncio.get_running_loop(), _pages(), 0
    for number in range(hosts):
        host = host_of(number)
        answers: dict[bytes, bytes] = {}
        server = await loop.create_server(
            lambda host=host, answers=answers: _Site(host, answers), host, port, backlog=64
        )
        port = server.sockets[0].getsockname()[1]
        answers.update(_answers(host, port, pages))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


@contextmanager
def farm(hosts: int) -> Iterator[int]:
    """Run the farm in a process of its own; yield the port that all its sites have."""
    command = [sys.executable, "-m", "bench.farm", "--hosts", str(hosts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until terminated; the first line says on which port."""
    parser = argparse.ArgumentParser(prog="bench.farm", description="Sites on loopback.")
    parser.add_argument("--hosts", type=int, default=200)
    asyncio.run(_serve(parser.parse_args(arguments).hosts))


if __name__ == "__main__":
    main()
