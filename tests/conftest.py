"""Fixtures for all tests: real servers, one of each for every process that runs tests."""

from __future__ import annotations

import os
import uuid

import pytest

from tests.servers import S3Server, postgres_server, s3_server

#: Each has servers of its own; a Ceph takes up to 600 MB.
_MOST_PROCESSES = 4


def pytest_xdist_auto_num_workers() -> int:
    """Return what `-n auto` means: as many processes as there are cores, within reason."""
    return min(os.cpu_count() or 1, _MOST_PROCESSES)


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """A running S3 server: endpoint and keys."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_address(s3: S3Server, monkeypatch):
    """An empty place in a bucket, `s3://…`, with the environment that leads there."""
    import boto3

    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    bucket = f"b-{uuid.uuid4().hex[:12]}"
    boto3.client("s3", endpoint_url=s3.endpoint).create_bucket(Bucket=bucket)
    return f"s3://{bucket}/lake"


@pytest.fixture(scope="session")
def postgres():
    """The SQLAlchemy URL of a running PostgreSQL; tests share the database."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres):
    """The SQLAlchemy URL of an empty schema in PostgreSQL."""
    from sqlalchemy import create_engine, text

    name = f"s{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{postgres}?options=-csearch_path%3D{name}"
