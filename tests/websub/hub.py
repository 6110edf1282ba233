"""A hub on loopback, as the standard has it: takes requests, comes back to verify, pushes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
from aiohttp import web


@dataclass
class Hub:
    """`answers` are statuses to refuse requests with, in turn; then they are taken."""

    lease_s: int = 864000
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "sha256"
    silent: bool = False
    forms: list[dict[str, str]] = field(default_factory=list)
    verdicts: list[tuple[int, str]] = field(default_factory=list)
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/hub", self._asked)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession()
        self.verified = asyncio.Event()
        return self

    async def __aexit__(self, *_):
        await self._client.close()
        await self._runner.cleanup()

    @property
    def url(self):
        return f"http://hub.localhost:{self.port}/hub"

    async def _asked(self, request):
        form = dict(await request.post())
        self.forms.append(form)
        if self.answers:
            return web.Response(status=self.answers.pop(0), text="not now", headers=self.headers)
        if not self.silent:
            await self.verify(form)  # before it answers: the hardest order for a subscriber
        return web.Response(status=202)

    async def verify(self, form, **changed):
        said = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge & more",
            "hub.lease_seconds": str(self.lease_s),
        }
        said |= {f"hub.{name}": value for name, value in changed.items()}
        said = {name: value for name, value in said.items() if value is not None}
        got = await self.get(form["hub.callback"], said)
        self.verdicts.append(got)
        if got == (200, said.get("hub.challenge", "")):
            if form["hub.mode"] == "subscribe":
                self.held[form["hub.topic"]] = form
            else:
                self.held.pop(form["hub.topic"], None)
        self.verified.set()
        return got

    async def get(self, url, said):
        parts = urlsplit(url)
        async with self._client.get(urlunsplit(parts._replace(query=urlencode(said)))) as answer:
            return answer.status, await answer.text()

    async def push(self, topic, body, *, signature=None, callback=None, **more):
        form = self.held.get(topic, {})
        digest = hmac.new(form.get("hub.secret", "").encode(), body, self.method).hexdigest()
        headers = {"Content-Type": "application/rss+xml"}
        headers["X-Hub-Signature"] = signature or f"{self.method}={digest}"
        url = callback or form["hub.callback"]
        async with self._client.post(url, data=body, headers=headers, **more) as answer:
            return answer.status


def sha1_of(secret, body):
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
