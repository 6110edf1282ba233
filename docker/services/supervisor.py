"""The services as one thing that is up or down: honcho behind a lock file.

The lock is held by whatever runs, so a stale pid file deceives nobody, and only what was started
here can be stopped from here.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from environment import HOME, ROOT, RUN

LOG: Final = RUN / "services.log"
_LOCK: Final = RUN / "services.lock"
_STATE: Final = RUN / "services.json"
_HERE: Final = Path(__file__).resolve().parent

#: honcho gives its processes 5 s after TERM; this is for it and for a busy machine.
STOP_S: Final = 30.0


class Trouble(Exception):
    """What is wrong and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class State:
    """What is running: who started it (`up` or `run`), honcho's pid, ports and settings."""

    started_by: str
    pid: int
    port: int
    broadsheet: dict[str, str]


def take_lock() -> int | None:
    """Return the lock, or None if somebody has it."""
    RUN.mkdir(exist_ok=True)
    handle = os.open(_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def running() -> State | None:
    """Return what is up, or None. Raises Trouble while somebody is about to start or stop it."""
    lock = take_lock()
    if lock is not None:
        os.close(lock)
        return None
    for _ in range(50):
        with suppress(OSError, ValueError):
            return State(**json.loads(_STATE.read_text(encoding="utf-8")))
        time.sleep(0.1)
    msg = "The services are being started or stopped by another command; wait for it to end."
    raise Trouble(msg)


def begin() -> int | None:
    """Take the lock in order to start something; None if something is up."""
    lock = take_lock()
    if lock is not None:
        _STATE.unlink(missing_ok=True)
    return lock


def prepare(environment: Mapping[str, str]) -> None:
    """Migrate the database and make the pools, unless that was done for this version and these."""
    from importlib.metadata import version

    done = f"{version('apache-airflow')} {environment.get('BROADSHEET_SHARDS', '')}"
    stamp = HOME / "prepared"
    if stamp.is_file() and stamp.read_text() == done and (HOME / "airflow.db").is_file():
        return
    log = RUN / "prepare.log"
    with log.open("wb") as file:
        command = ["sh", str(_HERE / "prepare.sh")]
        ended = subprocess.run(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if ended.returncode:
        msg = f"Airflow's database could not be prepared:\n{tail(log)}\nAll of it: {log}"
        raise Trouble(msg)
    stamp.write_text(done)


def start(
    lock: int, started_by: str, names: Sequence[str], port: int, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start services of the Procfile under honcho, which inherits the lock."""
    command = [sys.executable, "-m", "honcho", "start", "--no-colour"]
    command += ["-e", os.devnull, "-f", str(_HERE / "Procfile"), "-d", str(ROOT), *names]
    with LOG.open("wb") as log:
        honcho = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; we tell honcho
            pass_fds=[lock],
        )
    ours = {key: value for key, value in environment.items() if key.startswith("BROADSHEET_")}
    _STATE.write_text(json.dumps(asdict(State(started_by, honcho.pid, port, ours))))
    _STATE.chmod(0o600)
    os.close(lock)
    return honcho


def stop(state: State, patience_s: float | None = None) -> None:
    """End the services: TERM to honcho, and after a while (`STOP_S`) KILL to what is left."""
    _signal(state.pid, signal.SIGTERM)
    if not _down(STOP_S if patience_s is None else patience_s):
        for pid in _started_pids():
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        _signal(state.pid, signal.SIGKILL)
    if not _down(STOP_S):
        msg = f"Some services do not end; see {LOG} and `ps`."
        raise Trouble(msg)
    _STATE.unlink(missing_ok=True)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(OSError):
        if (
            os.getsid(pid) == pid
        ):  # honcho leads its session; a stranger with its number hardly does
            os.kill(pid, number)


def _down(patience_s: float) -> bool:
    """Wait until nobody holds the lock."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if (lock := take_lock()) is not None:
            os.close(lock)
            return True
        time.sleep(0.1)
    return False


def _started_pids() -> list[int]:
    """Return the services' pids, each the leader of its group, as honcho logged them."""
    text = LOG.read_text(encoding="utf-8", errors="replace")
    return [int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", text)]


def claim_port(port: int, what: str, variable: str) -> None:
    """Raise Trouble if a port of loopback is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            msg = (
                f"Port {port}, wanted for {what}, cannot be used ({error.strerror}). "
                f"Give another: make … {variable}={port + 10}"
            )
            raise Trouble(msg) from None


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
