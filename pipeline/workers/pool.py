"""The process that asks: hands pages to workers, and says of the pages that killed one why."""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Lock
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from pipeline.errors import BroadsheetError, TryLater
from pipeline.model import Page
from pipeline.workers.ends import TRIES, is_timer, reason_of
from pipeline.workers.judge import Asked
from pipeline.workers.limits import Limits
from pipeline.workers.nursery import FORK, NUMBER, READY, WAIT

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Worker:
    pid: int
    pages: Connection


class Workers(Generic[T]):
    """Judges pages in processes of their own. Use it with `with`, which ends them.

    A page is never an exception: what takes too long is a Reject `too_slow`, what needs too much
    memory `too_large`, what kills its worker in any other way `extractor_failed`.
    """

    def __init__(self, judge: Asked[T], limits: Limits) -> None:
        self._judge, self._limits = judge, limits
        self._nursery: _Nursery | None = None
        self._idle: deque[_Worker] = deque()
        self._starting, self._closed = Lock(), False
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._starting:
            self._closed = True
            if self._nursery is not None:
                self._nursery.close()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop().pages.close()

    def judge(self, pages: Iterable[Page]) -> Iterator[T]:
        """Yield the verdicts in the order of the pages. Nothing is started before the first page.

        Raises FixSeed as the judge does, TryLater if no process can be started.
        """
        if not self._limits.workers:
            yield from map(self._judge, pages)
            return
        # A thread a worker: each waits for its own worker, this one for the page whose turn it is.
        self._threads = ThreadPoolExecutor(self._limits.workers, "extract")
        ahead: deque[tuple[Future[T], int]] = deque()
        held = 0
        for page in pages:
            size = len(page.body)
            while ahead and self._is_full(len(ahead), held + size):
                verdict, freed = ahead.popleft()
                yield verdict.result()
                held -= freed
            ahead.append((self._threads.submit(self._ask, page), size))
            held += size
        while ahead:
            yield ahead.popleft()[0].result()

    def _is_full(self, pages: int, size: int) -> bool:
        limits = self._limits
        return pages >= limits.ahead * limits.workers or size > limits.ahead_bytes * limits.workers

    def _ask(self, page: Page) -> T:
        """Have one page judged, whatever it does to its workers."""
        how = 0
        for _ in range(TRIES):
            worker = self._hire()
            try:
                worker.pages.send(page)
                answer, leaves = worker.pages.recv()
            except (EOFError, OSError, pickle.UnpicklingError):
                how = self._dismiss(worker)
                if is_timer(how):
                    break
                continue
            if leaves:
                self._dismiss(worker)
            else:
                self._idle.append(worker)
            if isinstance(answer, BroadsheetError):
                raise answer
            return answer  # type: ignore[no-any-return]  # a judge gives nothing else
        return self._judge.refuse(page, *reason_of(how, self._limits))

    def _hire(self) -> _Worker:
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        with self._starting:
            if self._closed:
                raise CancelledError
            if self._nursery is None:
                self._nursery = _Nursery(self._judge, self._limits)
            return self._nursery.fork()

    def _dismiss(self, worker: _Worker) -> int:
        assert self._nursery is not None
        worker.pages.close()
        return self._nursery.wait(worker.pid)


class _Nursery:
    """The other end of nursery.py. Raises TryLater if it does not live."""

    def __init__(self, judge: Asked[Any], limits: Limits) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = Lock()
        path = os.pathsep.join(os.path.abspath(part) for part in sys.path)  # noqa: PTH100 - "" too
        environment = os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
        try:
            with theirs, _trouble():
                # A session of its own: Ctrl-C is for the process that asks, which then ends this.
                self._process = subprocess.Popen(
                    [
                        sys.executable,
                        "-P",
                        "-c",
                        "from pipeline.workers.nursery import main; main()",
                    ],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=environment,
                    start_new_session=True,
                )
            self._brief(pickle.dumps((judge, limits)))
        except TryLater:
            self._control.close()
            raise

    def _brief(self, brief: bytes) -> None:
        with _trouble():
            self._control.sendall(len(brief).to_bytes(NUMBER, "big") + brief)
            if self._control.recv(1) != READY:
                self._process.wait()
                raise EOFError

    def fork(self) -> _Worker:
        """Start a worker: some 10 ms."""
        ours, theirs = socket.socketpair()
        with ours, theirs, self._lock, _trouble():
            socket.send_fds(self._control, [FORK], [theirs.fileno()])
            pid = self._number()
            return _Worker(pid, Connection(ours.detach()))

    def wait(self, pid: int) -> int:
        """Return how a worker ended whose socket is closed, as `os.wait` does."""
        with self._lock, _trouble():
            self._control.sendall(WAIT + pid.to_bytes(NUMBER, "big"))
            return self._number()

    def close(self) -> None:
        """End it and all its workers, now."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.wait()
        with self._lock:
            self._control.close()

    def _number(self) -> int:
        data = self._control.recv(NUMBER, socket.MSG_WAITALL)
        if len(data) < NUMBER:
            raise EOFError
        return int.from_bytes(data, "big")


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        msg = (
            f"The process that starts extraction workers has ended ({error or 'see its message'}). "
            "If memory is short, lower BROADSHEET_EXTRACT_WORKERS; the phase can be run again."
        )
        raise TryLater(msg) from None
