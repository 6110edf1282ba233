"""The nursery: a process that loads everything once, and forks a worker whenever it is asked to.

Started by `pool`, with a socket as its standard input. There it reads, in this order: the judge
and the limits, then one byte for each wish. It ends, and its workers with it, when that socket
closes: that is, when the process that started it ends in any way at all.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import Final

from pipeline.errors import BroadsheetError
from pipeline.workers.ends import NO_MEMORY
from pipeline.workers.judge import Asked
from pipeline.workers.limits import Limits, arm, cap_memory, resident, timed

#: Wishes: fork a worker that serves the socket sent along, answered by its process id; or, with a
#: process id behind it, wait for a worker's end, answered by how it ended. Numbers are 8 bytes.
FORK: Final = b"f"
WAIT: Final = b"w"
NUMBER: Final = 8
READY: Final = b"r"


def main() -> None:
    """Serve until the other side goes."""
    arm()
    with socket.socket(fileno=os.dup(0)) as control:
        size = int.from_bytes(_exactly(control, NUMBER), "big")
        judge, limits = pickle.loads(_exactly(control, size))  # noqa: S301 - from our own parent
        judge.warm_up()
        gc.freeze()  # what is there now is never garbage: the collector's marks would unshare it
        control.sendall(READY)
        _serve(control, judge, limits)


def _serve(control: socket.socket, judge: Asked[object], limits: Limits) -> None:
    alive: set[int] = set()
    with contextlib.suppress(EOFError, OSError):
        while True:
            wish, sockets, _, _ = socket.recv_fds(control, 1, 1)
            if wish == FORK:
                pid = _fork(sockets[0], control, judge, limits)
                alive.add(pid)
                control.sendall(pid.to_bytes(NUMBER, "big"))
            elif wish == WAIT:
                pid = int.from_bytes(_exactly(control, NUMBER), "big")
                alive.discard(pid)
                _, status = os.waitpid(pid, 0)
                control.sendall(status.to_bytes(NUMBER, "big"))
            else:
                break
    for pid in alive:
        os.kill(pid, signal.SIGKILL)  # not waited for yet, so nobody else can have this id


def _fork(descriptor: int, control: socket.socket, judge: Asked[object], limits: Limits) -> int:
    pid = os.fork()
    if pid:
        os.close(descriptor)
        return pid
    status = 1
    try:
        control.close()
        os.close(0)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who asked is gone: so is the worker
        _work(Connection(descriptor), judge, limits)
        status = 0
    except MemoryError:
        status = NO_MEMORY
    except Exception:  # noqa: BLE001 - a worker that fails must end here, not as a second nursery
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _work(pages: Connection, judge: Asked[object], limits: Limits) -> None:
    """Judge pages until none come, or until it is time to be replaced: answers say which."""
    cap_memory(limits.page_bytes)
    most = resident() + limits.growth
    for n in range(1, limits.pages_each + 1):
        try:
            page = pages.recv()
        except EOFError:
            return
        answer: object
        with timed(limits.page_seconds):
            try:
                answer = judge(page)
            except BroadsheetError as error:
                answer = error
        leaves = n == limits.pages_each or resident() > most
        pages.send((answer, leaves))
        if leaves:
            return


def _exactly(control: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = control.recv(min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
