"""The few calls to Airflow's REST API that starting, waiting and following a run take."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

#: The proxies of the shell have no business on loopback.
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Refused(Exception):
    """Airflow answered, but not with what was asked for."""


class Airflow:
    """An API server on this machine. Every call raises OSError while it does not answer."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._login, self._token = {"username": user, "password": password}, ""

    def health(self) -> dict[str, str | None]:
        """Return each component's status; a component that has never run has None."""
        answer = self._call("GET", "/api/v2/monitor/health")
        return {name: part.get("status") for name, part in answer.items() if isinstance(part, dict)}

    def warm_up(self) -> None:
        """Have the tasks' API built: the server does so at its first call, and takes 6 s for it."""
        self._call("GET", "/execution/health")

    def ask(self, path: str, **query: Any) -> Any:
        """GET what lies under /api/v2. Raises Refused."""
        words = urllib.parse.urlencode(query)
        return self._authorised("GET", f"{path}?{words}" if words else path)

    def tell(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """POST or PATCH something under /api/v2. Raises Refused."""
        return self._authorised(method, path, body)

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if not self._token:
            self._token = self._call("POST", "/auth/token", self._login)["access_token"]
        return self._call(
            method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"}
        )

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - http
        for key, value in {"Content-Type": "application/json", **(headers or {})}.items():
            request.add_header(key, value)
        try:
            with _OPEN(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            msg = f"{method} {path}: {error.code} {text[:300]}"
            raise Refused(msg) from None
        except ValueError:
            msg = f"{method} {path}: not JSON; is it Airflow that answers on {self.url}?"
            raise Refused(msg) from None
