"""Answers that harm a careless reader: a gzip bomb, a huge page, redirects to where none may go."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import Final

from press.edition import Article
from press.replies import HTML, Reply
from press.walls import wall_page

GIB = 1 << 30
_MIB = 1 << 20
PDF: Final = b"%PDF-1.4\n% The tide tables, for printing.\n%%EOF\n"
#: The address clouds give their metadata service: no list of allowed networks should hold it.
PRIVATE_HOST = "169.254.169.254"
#: A gzip header: deflate, no flags, no time, unknown system.
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@cache
def bomb() -> bytes:
    """Return about 1 MB of gzip, one member, that unpacks to 1 GiB of blanks.

    A deflate segment that ends in a full flush starts at a byte and refers to nothing before it, so
    one compressed MiB can stand 1024 times in a row: a thousandth of the work of compressing them.
    """
    blanks = b" " * _MIB
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    segment = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.flush(zlib.Z_FINISH)
    checksum = 0
    for _ in range(GIB // _MIB):
        checksum = zlib.crc32(blanks, checksum)
    return (
        _GZIP_HEAD + segment * (GIB // _MIB) + end + struct.pack("<II", checksum, GIB % (1 << 32))
    )


def huge(page: str) -> str:
    """Return the page with its body so often repeated that it has at least 2 MB."""
    head, mark, tail = page.partition("</article>")
    filler = "".join(f"<p>Entry {n}: the tide table goes on.</p>\n" for n in range(50_000))
    return head + filler + mark + tail


def trap(article: Article, base: str) -> Reply | None:
    """Return the answer of a page of a misleading kind, or None for a page that means well."""
    if article.kind == "bomb":
        return Reply(200, bomb(), (("Content-Type", HTML), ("Content-Encoding", "gzip")))
    if article.kind == "pdf":
        return Reply(200, PDF, (("Content-Type", "application/pdf"),))
    if page := wall_page(article, base):
        return Reply(200, page.encode(), (("Content-Type", HTML),))
    port = base.rpartition(":")[2] if base.count(":") > 1 else "80"
    address = {
        "loop": base + article.path,
        "file": "file:///etc/hostname",
        "private": f"http://{PRIVATE_HOST}:{port}/",
        "homeward": f"{base}/",
        "login": f"{base}/account/login?next={article.path}",
    }.get(article.kind)
    return Reply(302, b"", (("Location", address),)) if address else None
