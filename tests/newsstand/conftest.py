import http.client
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docker" / "newsstand"
sys.path.insert(0, str(FOLDER))

from serve import Newsstand  # noqa: E402 - the newsstand is a folder, not a package: path first


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {key.lower(): value for key, value in response.getheaders()}
        self.body = response.read()


@pytest.fixture(scope="session")
def started():
    with Newsstand() as stand:
        yield stand


@pytest.fixture
def stand(started):
    started.desk.reset()
    started.log.clear()
    return started


@pytest.fixture
def ask(stand):
    """Ask the newsstand over real HTTP: the host by header, as every client does it."""

    def ask(url, *, method="GET", body=None, **headers):
        host, _, path = url.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection("127.0.0.1", stand.port, timeout=10)
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request(method, f"/{path}", body=body, headers={"Host": host, **names})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    return ask
