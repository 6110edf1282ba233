"""S3Store: a bucket, on AWS or any server that speaks its language, through boto3."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from pipeline.adapters.keys import checked
from pipeline.errors import BroadsheetError, FixSeed, TryLater
from pipeline.ports import ObjectInfo

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

#: Connections kept; boto3's default of 10 makes threads wait for each other.
POOL: Final = 32
#: Most keys that S3 takes in one DeleteObjects.
DELETE_BATCH: Final = 1000
#: Somebody else's object is there (412), or somebody is writing it right now (409).
_LOST: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "409", "412"})
_NO_KEY: Final = frozenset({"NoSuchKey", "404"})
_REFUSED: Final = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AllAccessDisabled", "403"}
    | {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed", "401"}
)


class S3Store:
    """An object store in a bucket, below a prefix.

    Endpoint, region and credentials come the usual AWS way: AWS_ENDPOINT_URL(_S3), AWS_REGION,
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, profiles, instance roles. Safe among threads; not to
    be carried across a fork. The bucket must exist.
    """

    def __init__(self, bucket: str, prefix: str = "") -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._endpoint = _endpoint()
        with self._trouble():
            self._session = boto3.session.Session()
            self._region = self._session.region_name or "us-east-1"
            try:
                self._client = self._session.client(
                    "s3",
                    endpoint_url=self._endpoint,
                    region_name=self._region,
                    config=self._config(),
                )
            except ValueError as error:
                msg = f"{error}. Check AWS_ENDPOINT_URL, like https://s3.example.org."
                raise FixSeed(msg) from None

    def _config(self) -> Config:
        ours: dict[str, Any] = {}
        if self._endpoint:
            # Since 1.36 boto3 adds CRC32 trailers that many servers refuse; and only AWS can be
            # expected to answer to bucket.host names.
            checksums = "when_required"
            ours = {
                "request_checksum_calculation": checksums,
                "response_checksum_validation": checksums,
                "s3": {"addressing_style": "path"},
            }
        return Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 5},
            max_pool_connections=POOL,
            **ours,
        )

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write an object, replacing what was there."""
        name = self._key(key)
        with self._trouble():
            self._client.put_object(
                Bucket=self._bucket, Key=name, Body=body, ContentType=content_type
            )

    def create(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> bool:
        """Write an object only if the key is free; False if it existed."""
        name = self._key(key)
        with self._trouble():
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=name,
                    Body=body,
                    ContentType=content_type,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if _code(error) in _LOST:
                    return False
                raise
            return True

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object or the bytes [start, end). Raises KeyError if there is none."""
        name = self._key(key)
        if end is not None and end <= start:
            return b""
        span = {} if (start, end) == (0, None) else {"Range": f"bytes={start}-{_last(end)}"}
        with self._trouble():
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=name, **span)
            except ClientError as error:
                if _code(error) in _NO_KEY:
                    raise KeyError(key) from None
                if _code(error) in {"InvalidRange", "416"}:  # it ends before `start`
                    return b""
                raise
            body: bytes = answer["Body"].read()
            return body

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """List the objects whose key starts with the prefix, in key order."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._trouble():
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{prefix}"):
                for item in page.get("Contents", ()):
                    key = item["Key"].removeprefix(self._prefix)
                    yield ObjectInfo(key, item["Size"], item["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; a key that is not there is no error."""
        rest = iter(keys)
        while part := list(islice(rest, DELETE_BATCH)):
            wanted = {"Objects": [{"Key": self._key(key)} for key in part], "Quiet": True}
            with self._trouble():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=wanted)
            for error in answer.get("Errors", ()):
                if error["Code"] not in _NO_KEY:
                    msg = f"{self} did not delete {error['Key']} ({error['Code']}). Run again."
                    raise TryLater(msg)

    def clear_unfinished(self, before: datetime) -> int:
        """Abort uploads in parts that began before a moment; return how many.

        Ours are written in one piece; other writers' are invisible too, and are paid for.
        """
        number = 0
        pages = self._client.get_paginator("list_multipart_uploads")
        with self._trouble():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < before:
                        named = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
                        self._client.abort_multipart_upload(Bucket=self._bucket, **named)
                        number += 1
        return number

    def uri(self, key: str = "") -> str:
        """Return the `s3://` address of a key."""
        return f"s3://{self._bucket}/{self._prefix}{key}".rstrip("/")

    def options(self) -> dict[str, str]:
        """Return the storage_options of deltalake and Polars for this bucket."""
        options = {"aws_region": self._region, "conditional_put": "etag"}
        if self._endpoint:
            options["aws_endpoint_url"] = self._endpoint
            options["aws_virtual_hosted_style_request"] = "false"
            if self._endpoint.startswith("http://"):
                options["aws_allow_http"] = "true"
        frozen = self._credentials()
        options["aws_access_key_id"] = frozen.access_key
        options["aws_secret_access_key"] = frozen.secret_key
        if frozen.token:
            options["aws_session_token"] = frozen.token
        return options

    def filesystem(self, key: str) -> FileSystem:
        """Return Arrow's own file system below a key."""
        from pyarrow.fs import S3FileSystem, SubTreeFileSystem

        frozen = self._credentials()
        scheme, _, host = (self._endpoint or "https://").partition("://")
        bucket = S3FileSystem(
            access_key=frozen.access_key,
            secret_key=frozen.secret_key,
            session_token=frozen.token,
            region=self._region,
            scheme=scheme,
            endpoint_override=host.rstrip("/") or None,
        )
        return SubTreeFileSystem(f"{self._bucket}/{self._key(key)}", bucket)

    def _credentials(self) -> Any:
        with self._trouble():
            credentials = self._session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            return credentials.get_frozen_credentials()

    def __str__(self) -> str:
        place = f" at {self._endpoint}" if self._endpoint else f" ({self._region})"
        return f"bucket {self._bucket}{place}"

    def _key(self, key: str) -> str:
        return self._prefix + checked(key)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise self._refused(error) from error
        except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
            msg = f"No usable key for {self} ({error}). Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            raise FixSeed(msg) from error
        except BotoCoreError as error:
            msg = (
                f"The {self} does not answer ({_line(error)}). Check AWS_ENDPOINT_URL, or run "
                "again when it does; nothing is lost."
            )
            raise TryLater(msg) from error

    def _refused(self, error: ClientError) -> BroadsheetError:
        code, line = _code(error), _line(error)
        if code == "NoSuchBucket":
            return FixSeed(
                f"There is no {self}. Create it, or check BROADSHEET_STORE and AWS_ENDPOINT_URL."
            )
        if code in _REFUSED:
            return FixSeed(
                f"The {self} refuses our key ({line}). Check AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and what the key may do there."
            )
        if code in {"QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull", "507"}:
            return TryLater(f"The {self} is full ({line}). Make room there, then run again.")
        return TryLater(f"The {self} is unwell ({line}). Nothing is lost; run again.")


def _endpoint() -> str | None:
    """Return the endpoint that is set, None for AWS itself."""
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
    host = urlsplit(address or "").hostname or ""
    return None if host.endswith(".amazonaws.com") else address


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _last(end: int | None) -> str:
    return "" if end is None else str(end - 1)
