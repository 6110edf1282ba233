"""The same crawl by Scrapy, in its own environment: `python bench/scrapy_spider.py --port N …`.

A spider of our own that does what our fetcher does as far as Scrapy can: robots.txt obeyed, a jittered
pause between two requests to a site, one at a time to each, 32 in all, retries, limits of size and
time, no cookies, one outcome for each URL. Off is without robots and pause. Prints what
`bench.crawler` prints.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess


def main() -> None:
    """Crawl once and print the figures."""
    parser = argparse.ArgumentParser(description="One crawl of the farm by Scrapy.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=25, help="of each site")
    parser.add_argument("--folder", choices=("story", "brief"), default="story")
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--off", action="store_true", help="no robots.txt, no pause")
    given = parser.parse_args()
    process = CrawlerProcess(settings(given))
    told: dict[str, Any] = {"pages": 0, "missed": 0, "bytes": 0}
    process.crawl(_Spider, given=given, told=told)
    cpu, clock = _cpu(), time.perf_counter()
    process.start()
    told |= {"cpu_s": _cpu() - cpu, "wall_s": time.perf_counter() - clock}
    unit = 1 if sys.platform == "darwin" else 1024
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    sys.stdout.write(json.dumps(told) + "\n")


def settings(given: argparse.Namespace) -> dict[str, Any]:
    """Return Scrapy's settings for the behaviour that is compared."""
    return {
        "USER_AGENT": "BenchBot/1.0 (+https://example.org/bot)",
        "ROBOTSTXT_OBEY": not given.off,
        "ROBOTSTXT_USER_AGENT": "BenchBot",
        "DOWNLOAD_DELAY": 0 if given.off else given.delay,
        "RANDOMIZE_DOWNLOAD_DELAY": True,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_TIMEOUT": 30,
        "DOWNLOAD_MAXSIZE": 10_000_000,
        "RETRY_TIMES": 2,
        "REDIRECT_MAX_TIMES": 5,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
    }


class _Spider(scrapy.Spider):
    name = "farm"

    def __init__(self, given: argparse.Namespace, told: dict[str, Any]) -> None:
        super().__init__()
        self._given, self._told = given, told

    async def start(self) -> AsyncIterator[scrapy.Request]:
        given = self._given
        hosts = [f"127.77.{n // 250}.{1 + n % 250}" for n in range(given.hosts)]
        for number in range(given.pages):
            for host in hosts:
                url = f"http://{host}:{given.port}/{given.folder}/{number}"
                yield scrapy.Request(url, self.page, errback=self.miss, dont_filter=True)

    def page(self, response: scrapy.http.Response) -> None:
        self._told["pages"] += 1
        self._told["bytes"] += len(response.body)

    def miss(self, failure: object) -> None:
        del failure
        self._told["missed"] += 1


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
