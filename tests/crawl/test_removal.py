from __future__ import annotations

import gzip

from pipeline.crawl.removal import addresses


def test_addresses_are_found_in_any_format():
    html = b'<a href="/2026/a">x</a> <a href=b.html>'
    assert addresses(html, "https://x.example/s/") >= {
        "https://x.example/2026/a",
        "https://x.example/s/b.html",
    }
    feed = b'{"url": "https:\\/\\/x.example\\/c", "t": "&lt;a href=&quot;https://x.example/d?a=1&amp;amp;b=2&quot;&gt;"}'
    assert addresses(gzip.compress(feed), "") >= {
        "https://x.example/c",
        "https://x.example/d?a=1&b=2",
    }
