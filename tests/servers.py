"""Real servers for the tests, on loopback, in a temporary folder, started when first asked for.

Ceph's radosgw speaks S3; PostgreSQL holds a ledger. Both come from Debian. Where one is missing, a
test that needs it is skipped and says which packages bring it; with BROADSHEET_REQUIRE_SERVERS=1 it
fails instead.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_CEPH = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool", "curl")
_SCRIPT = Path(__file__).with_name("s3_node.sh")
#: `gw3` is the fourth process of pytest-xdist; without it there is one.
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST_PORT = 20_000 + 2_000 * _PROCESS
#: In any order, for another run of the tests may be under way beside this one.
_PORTS = iter(random.sample(range(_FIRST_PORT, _FIRST_PORT + 2_000), 2_000))


@dataclass(frozen=True)
class S3Server:
    endpoint: str
    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    missing = [name for name in _CEPH if not shutil.which(name)]
    if missing:
        lacking("Ceph", "ceph-mon ceph-osd radosgw ceph-common curl", missing)
    port, mon = free_port(), free_port()
    node = folder / "ceph"
    try:
        _run([str(_SCRIPT), "start", str(node), str(port), str(mon)])
        yield S3Server(f"http://127.0.0.1:{port}", "test", "testtest")
    finally:
        _run([str(_SCRIPT), "stop", str(node)])


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the SQLAlchemy URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="broadsheet-pg-") as folder:
        # Not in pytest's own folder: that is closed to the user that PostgreSQL runs as.
        yield from _postgres(Path(folder))


def _postgres(folder: Path) -> Iterator[str]:
    binaries = _postgres_binaries()
    if binaries is None:
        lacking("PostgreSQL", "postgresql", ["initdb"])
    data, user = folder / "data", _unprivileged()
    if user:
        shutil.chown(folder, user)
    run_as = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    control = [*run_as, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    port = free_port()
    sockets = f"-k '' -h 127.0.0.1 -p {port} -c fsync=off -c shared_buffers=16MB"
    _run([*run_as, str(binaries / "initdb"), "-D", str(data), "-U", "test", "-A", "trust", "-N"])
    _run([*control, "-o", sockets, "-l", str(folder / "log"), "start"])
    try:
        yield f"postgresql+psycopg://test@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def lacking(what: str, packages: str, missing: list[str]) -> None:
    """Skip the test, or fail it where servers are required."""
    reason = f"{what} is not installed ({', '.join(missing)}): apt-get install {packages}"
    if os.environ.get("BROADSHEET_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """Return a port that nobody takes before the server it is meant for.

    Below 32768, where systems give no ports to clients; each process of a test run has its own.
    """
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    pytest.fail("this process has used up its ports")


def _postgres_binaries() -> Path | None:
    """Debian keeps them out of the PATH, a folder per version."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    real = Path(found).resolve().parent if found else None
    return real if real and (real / "postgres").exists() else None


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: its own user does it then."""
    return "postgres" if os.geteuid() == 0 else None


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        msg = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        raise RuntimeError(msg)
