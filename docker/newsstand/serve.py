"""A local "internet" of invented news sites, told apart by host name: for the demo and the tests.

`python serve.py --port 8090`, then open http://localhost:8090/; see README.md. Needs Python 3.11,
nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO, cast

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:  # so that tests can load this file by its path
    sys.path.insert(0, str(HERE))

from press.desk import Desk  # noqa: E402 - the path is set above
from press.replies import Reply, Request  # noqa: E402 - as above
from press.truth import Expected, expected, totals, write_sources  # noqa: E402 - as above

#: Request headers that the log keeps: who asked, and on what condition.
LOGGED: Final = ("user-agent", "accept-encoding", "if-none-match", "if-modified-since")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request in the log. `at` is in seconds of the monotonic clock."""

    at: float
    method: str
    host: str
    path: str
    status: int
    headers: dict[str, str]


class Newsstand:
    """The server, in a thread of its own: `with Newsstand() as stand: ... stand.url("lantern")`.

    Port 0 takes a free one. Raises OSError if the port is taken.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", log: TextIO | None = None) -> None:
        self.desk, self.log = Desk(), list[Entry]()
        self._file, self._lock = log, threading.Lock()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self.port: int = self._server.server_address[1]

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def url(self, site: str, path: str = "/") -> str:
        """Return the address of a site's path, as the seeds and the lists write it."""
        return f"http://{site}.localhost:{self.port}{path}"

    def expected(self) -> dict[str, Expected]:
        """Return what must become of every listed URL, as things stand at the start."""
        return expected(self.port)

    def write_sources(self, folder: Path) -> Path:
        """Write the demo seeds for this server's port into a folder; return the folder."""
        return write_sources(folder, self.port)

    def answer(self, method: str, request: Request) -> Reply:
        """Answer one request and log it."""
        with self._lock:
            reply = self.desk.answer(request)
            kept = {key: request.headers[key] for key in LOGGED if key in request.headers}
            entry = Entry(time.monotonic(), method, request.host, request.path, reply.status, kept)
            self.log.append(entry)
            if self._file:
                self._file.write(f"{entry.method} {entry.host} {entry.path} {entry.status}\n")
        return reply

    def control(self, order: str, words: dict[str, Any]) -> Any:
        """Carry out an order by its name. Raises KeyError, TypeError, ValueError if it is wrong."""
        orders: dict[str, Callable[..., Any]] = {
            "edit": self.desk.edit,
            "release": self.desk.release,
            "withdraw": self.desk.withdraw,
            "break-feed": self.desk.break_feed,
            "redesign": self.desk.redesign,
            "clock": self.desk.clock,
            "reset": self.desk.reset,
        }
        with self._lock:
            return orders[order](**words)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], stand: Newsstand) -> None:
        self.stand = stand
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Newsstand"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together

    def do_GET(self) -> None:
        host = self.headers.get("Host", "localhost").lower()
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(host, self.path.partition("?")[0], headers)
        self._send(self._stand.answer(self.command, request))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        local = ipaddress.ip_address(self.client_address[0]).is_loopback
        if not local or not self.path.startswith("/_control/"):
            self._send(Reply(404))
            return
        try:
            self._stand.control(self.path.removeprefix("/_control/"), json.loads(body or b"{}"))
        except (KeyError, TypeError, ValueError) as error:
            self._send(Reply(400, f"{error}\n".encode()))
        else:
            self._send(Reply(200, b"done\n"))

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # a reader that has had enough of a bomb hangs up
            self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing: `Newsstand.log` has it all."""

    @property
    def _stand(self) -> Newsstand:
        return cast("_Server", self.server).stand

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for key, value in reply.headers:
            self.send_header(key, value)
        if reply.status != HTTPStatus.NOT_MODIFIED:  # which has no body, so no length
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


def main() -> int:
    """Serve until SIGTERM or Ctrl-C, or do the one thing that was asked for."""
    args = _arguments()
    if args.write_sources:
        folder = write_sources(args.write_sources, args.port, args.domain)
        sys.stdout.write(f"{folder}\n")
        return 0
    if args.expected:
        truth = {url: item.as_dict() for url, item in expected(args.port, args.domain).items()}
        json.dump({"totals": totals(), "urls": truth}, sys.stdout, ensure_ascii=False, indent=1)
        return 0
    try:
        log = args.log.open("a", encoding="utf-8", buffering=1) if args.log else None
        stand = Newsstand(args.port, args.host, log).start()
    except OSError as error:
        sys.stderr.write(f"newsstand: cannot serve on {args.host}:{args.port}: {error}\n")
        return 1
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    sites = ", ".join(stand.desk.sites)
    sys.stdout.write(f"newsstand ready on http://localhost:{stand.port}/ ({sites})\n")
    sys.stdout.flush()
    ended.wait()
    stand.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default 8090)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--log", type=Path, help="file to add a line per request to")
    parser.add_argument("--domain", default="localhost", help="what follows the sites' names")
    parser.add_argument("--write-sources", type=Path, metavar="DIR", help="write the seeds and end")
    parser.add_argument("--expected", action="store_true", help="print the ground truth and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
