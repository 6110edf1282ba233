"""Judges that do to a worker what no extractor should: they stand in for hostile pages."""

from __future__ import annotations

import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FixSeed
from pipeline.model import Reason
from pipeline.workers import Judge


@dataclass(frozen=True)
class Obedient(Judge):
    """Does what the page's first word says; `folder` counts how often each page was begun."""

    folder: str = ""

    def __call__(self, page):
        word = page.body.split()[0].decode()
        begun = Path(self.folder) / f"{word}-{page.link.url_key.rpartition('/')[2]}"
        with begun.open("ab") as file:
            file.write(b"%d\n" % os.getpid())
        getattr(self, f"_{word}", bool)()
        return self.refuse(page, Reason.OK, "judged")

    def warm_up(self):
        """Whatever is loaded, these tests do not need it."""

    def _spin(self):
        re.match(r"(a+)+b", "a" * 60)  # in C, and never back within this year

    def _hoard(self):
        kept = [bytearray(10_000_000) for _ in range(200)]
        raise AssertionError(len(kept))

    def _crash(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def _stumble(self):
        """Crash, but only the first time."""
        if sum(1 for _ in Path(self.folder).glob("stumble-*")) and self._begun("stumble") == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def _begun(self, word):
        return sum(len(f.read_text().splitlines()) for f in Path(self.folder).glob(f"{word}-*"))

    def _sleep(self):
        time.sleep(3600)

    def _seedless(self):
        msg = "lantern.yml: extract.boilerplate: wrong"
        raise FixSeed(msg)

    def _fail(self):
        msg = "a mistake of ours"
        raise RuntimeError(msg)
