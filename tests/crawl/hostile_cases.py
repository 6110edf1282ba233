"""What a server can do to a crawler, and the reason it must end with: docs/hostile-answers.md."""

from __future__ import annotations

from datetime import timedelta

from pipeline.jobs import utc_now
from pipeline.model import Reason
from tests.crawl import hostile
from tests.crawl.hostile import answer, moved, robots

_SOON = (utc_now() + timedelta(hours=3)).strftime("%a, %d %b %Y %H:%M:%S GMT")

#: Case -> what /page answers, and the reason; `None`: it is a page like any other.
CASES = {
    # bodies
    "gzip bomb": (hostile.bomb("gzip", 64), Reason.TOO_LARGE),
    "deflate bomb": (hostile.bomb("deflate", 64), Reason.TOO_LARGE),
    "brotli bomb": (hostile.bomb("br", 64), Reason.TOO_LARGE),
    "endless chunked body": (hostile.endless, Reason.TOO_LARGE),
    "body of more than max_bytes": (answer(200, bytes(1_000_001)), Reason.TOO_LARGE),
    "Content-Length of a terabyte": (hostile.TOO_LONG, Reason.TOO_LARGE),
    "cut off before its Content-Length": (hostile.TRUNCATED, Reason.NETWORK),
    "cut off within a chunk": (hostile.TRUNCATED_CHUNK, Reason.NETWORK),
    "cut off within gzip": (hostile.CUT_GZIP, None),
    "cut off within brotli": (hostile.CUT_BROTLI, None),
    "length of a chunk that is no number": (hostile.BAD_CHUNK, Reason.NETWORK),
    "two different Content-Lengths": (hostile.TWO_LENGTHS, Reason.NETWORK),
    "negative Content-Length": (hostile.NEGATIVE_LENGTH, Reason.NETWORK),
    # encodings
    "gzip that is none": (hostile.FALSE_GZIP, Reason.UNDECODABLE),
    "gzip twice": (hostile.TWICE_GZIP, Reason.UNDECODABLE),
    "unknown encoding": (hostile.UNKNOWN_ENCODING, Reason.UNDECODABLE),
    "brotli that is none": (hostile.FALSE_BROTLI, Reason.UNDECODABLE),
    "zstd, which was not offered": (hostile.zstd(), Reason.UNDECODABLE),
    "zstd bomb": (hostile.zstd(bytes(64 << 20)), Reason.UNDECODABLE),
    # time
    "drip of single bytes": (hostile.drip, Reason.TIMEOUT),
    "silence": (hostile.stall, Reason.TIMEOUT),
    "headers that never end, slowly": (hostile.slow_headers, Reason.TIMEOUT),
    # heads
    "20,000 headers": (hostile.HEADER_FLOOD, Reason.NETWORK),
    "a header without an end": (hostile.endless_header, Reason.NETWORK),
    "endless interim answers (103)": (hostile.endless_interim, Reason.TIMEOUT),
    "status that is no number": (hostile.BAD_STATUS, Reason.NETWORK),
    "no status": (hostile.NO_STATUS, Reason.NETWORK),
    "no HTTP at all": (hostile.GARBAGE, Reason.NETWORK),
    "connection reset": (hostile.reset, Reason.NETWORK),
    # redirects
    "redirect to itself": (moved("/page"), Reason.REDIRECT_LOOP),
    "chain of 30 redirects": (moved("/hop/1"), Reason.REDIRECT_LOOP),
    "redirect to a private address": (moved("http://10.0.0.1/"), Reason.BLOCKED_ADDRESS),
    "redirect to a private IPv6 address": (moved("http://[fd00::1]/"), Reason.BLOCKED_ADDRESS),
    "redirect to the cloud's own address": (moved("http://169.254.169.254/latest/"), Reason.BLOCKED_ADDRESS),
    "redirect to another port": (moved("http://paper.localhost:22/"), Reason.BLOCKED_ADDRESS),
    "redirect to file:": (moved("file:///etc/passwd"), Reason.BAD_SCHEME),
    "redirect to data:": (moved("data:text/html,x"), Reason.BAD_SCHEME),
    "redirect to javascript:": (moved("javascript:alert(1)"), Reason.BAD_SCHEME),
    "redirect to what is no address": (moved("http://["), Reason.BAD_URL),
    "redirect to nowhere": (answer(302), Reason.HTTP_ERROR),
    # statuses
    "forbidden (403)": (answer(403), Reason.HTTP_ERROR),
    "log-in wanted (401)": (answer(401), Reason.HTTP_ERROR),
    "server error (500)": (answer(500), Reason.HTTP_ERROR),
    "not found (404)": (answer(404), Reason.GONE),
    "gone (410)": (answer(410), Reason.GONE),
    "304 that nobody asked for": (answer(304, b""), Reason.HTTP_ERROR),
    "429 with Retry-After in seconds": (answer(429, b"", retry_after="7200"), Reason.HTTP_ERROR),
    "503 with Retry-After as a date": (answer(503, b"", retry_after=_SOON), Reason.HTTP_ERROR),
    "429 with a Retry-After of years": (answer(429, b"", retry_after="9" * 30), Reason.HTTP_ERROR),
    "cookie wall: a page that only sets a cookie and comes back": (
        answer(302, b"", location="/page", set_cookie="seen=1"),
        Reason.REDIRECT_LOOP,
    ),
}  # fmt: skip
#: Case -> what /robots.txt answers, and the reason of a page under /secret.
ROBOTS = {
    "robots.txt: rules": (robots("User-agent: *\nDisallow: /secret\n"), Reason.ROBOTS),
    "robots.txt: a byte order mark first": (robots("\ufeffUser-agent: *\nDisallow: /secret"), Reason.ROBOTS),
    "robots.txt: missing (404)": (answer(404), None),
    "robots.txt: forbidden (403)": (answer(403), None),
    "robots.txt: an HTML page": (answer(200, b"<html><body>Hello</body></html>"), None),
    "robots.txt: too many requests (429)": (answer(429), Reason.HOST_GIVEN_UP),
    "robots.txt: server error (503)": (answer(503), Reason.HOST_GIVEN_UP),
    "robots.txt: connection reset": (hostile.reset, Reason.HOST_GIVEN_UP),
    "robots.txt: silence": (hostile.stall, Reason.HOST_GIVEN_UP),
    "robots.txt: endless": (hostile.endless, Reason.HOST_GIVEN_UP),
    "robots.txt: gzip bomb": (hostile.bomb("gzip", 64), Reason.HOST_GIVEN_UP),
    "robots.txt: more than five redirects": (moved("/hop/1"), None),
    "robots.txt: redirect to a private address": (moved("http://10.0.0.1/"), Reason.HOST_GIVEN_UP),
    "robots.txt: redirect to file:": (moved("file:///etc/hosts"), Reason.HOST_GIVEN_UP),
}  # fmt: skip
