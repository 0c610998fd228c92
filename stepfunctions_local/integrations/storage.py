"""S3, as Map Runs use it: objects are read part by part, listed page by page, and written from a file.

boto3 makes the requests, in threads that do not hold up the end of the process. It knows where a key goes in
a URL, and uploads large files in parts.
Nothing is ever sent to AWS: every client has an endpoint, and a request for another host is not sent.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.engine.execution.call import StorageFailed
from stepfunctions_local.language import Json

T = TypeVar("T")

_THREADS: Final = 4
_PART_BYTES: Final = 256 * 1024
_IN_MEMORY_BYTES: Final = 1024 * 1024
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object, with further arguments of GetObject, such as VersionId.

    `tag`: the content that it must still have (IfMatch); None for any.
    """

    bucket: str
    key: str
    options: Mapping[str, Json]
    tag: str | None = None

    @property
    def uri(self) -> str:
        """Its name, as Map.Item.Source shows it."""
        return f"S3://{self.bucket}/{self.key}"


class Storage:
    """Reads and writes objects. `find_endpoint` returns the URL of S3, or raises StorageFailed."""

    def __init__(self, find_endpoint: Callable[[], str], credentials: Credentials, region: str) -> None:
        self._find_endpoint = find_endpoint
        self._credentials = credentials
        self._region = region
        self._threads = asyncio.Semaphore(_THREADS)
        self._clients: dict[str, Any] = {}

    async def read(self, source: StoredObject, offset: int = 0) -> AsyncIterator[tuple[bytes, str]]:
        """Yield the content of an object from a byte on, part by part, each with the object's tag.

        Raises StorageFailed.
        """
        options = dict(source.options) | ({"Range": f"bytes={offset}-"} if offset else {})
        options |= {"IfMatch": source.tag} if source.tag else {}
        try:
            answer = await self._call("get_object", Bucket=source.bucket, Key=source.key, **options)
        except _PastTheEnd:
            return
        body = answer["Body"]
        try:
            while part := await self._run(lambda: body.read(_PART_BYTES)):
                yield part, answer["ETag"]
        finally:
            body.close()

    async def list_objects(self, arguments: Mapping[str, Json], after: str) -> AsyncIterator[list[Any]]:
        """Yield the objects with keys after another, page by page. Raises StorageFailed."""
        while True:
            start = {"StartAfter": after} if after else {}
            page = await self._call("list_objects_v2", **{**arguments, **start})
            found = page.get("Contents", [])
            yield found
            if not page.get("IsTruncated") or not found:
                return
            after = found[-1]["Key"]

    async def write(self, bucket: str, key: str, parts: AsyncIterator[bytes]) -> int:
        """Write an object, and return its size in bytes. Raises StorageFailed."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            async for part in parts:
                file.write(part)
            size = file.tell()
            file.seek(0)
            if size <= _IN_MEMORY_BYTES:
                await self._call("put_object", Bucket=bucket, Key=key, Body=file.read())
            else:
                await self._call("upload_fileobj", Fileobj=file, Bucket=bucket, Key=key)
        return size

    async def _call(self, operation: str, **arguments: Any) -> Any:  # noqa: ANN401 - any answer
        _require_bucket(arguments["Bucket"])
        endpoint = self._find_endpoint()
        return await self._run(partial(self._call_at, endpoint, operation, arguments))

    async def _run(self, work: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to load
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - slow to load

        try:
            async with self._threads:
                return await _run_in_thread(work)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "InvalidRange":
                raise _PastTheEnd from error
            raise StorageFailed(str(error)) from error
        except (BotoCoreError, HTTPError, OSError, ValueError) as error:
            raise StorageFailed(str(error)) from error
        except Exception as error:
            if type(error).__module__.startswith(("boto3.", "s3transfer.")):
                raise StorageFailed(str(error)) from error
            raise

    def _call_at(self, endpoint: str, operation: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any answer
        if endpoint not in self._clients:
            self._clients[endpoint] = _connect(endpoint, self._credentials, self._region)
        return getattr(self._clients[endpoint], operation)(**arguments)


async def _run_in_thread(work: Callable[[], T]) -> T:
    """Return the result of work that blocks. A daemon does it, so that the process can end meanwhile."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(cast("T", result))

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
            failed = error
        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(settle, result, failed)

    Thread(target=run, name="s3", daemon=True).start()
    return await done


class _PastTheEnd(Exception):
    """The object has no byte there."""


def _connect(endpoint: str, credentials: Credentials, region: str) -> Any:  # noqa: ANN401 - a client without stubs
    import boto3  # noqa: PLC0415 - slow to load
    from botocore.config import Config  # noqa: PLC0415 - slow to load

    client: Any = boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"total_max_attempts": 3},
        ),
    )
    host = urlsplit(endpoint).netloc
    client.meta.events.register("before-send.s3", partial(_require_host, host))
    return client


def _require_host(host: str, request: Any, **_: Any) -> None:  # noqa: ANN401 - of botocore
    if urlsplit(request.url).netloc != host:
        raise StorageFailed(f"A request for {request.url} was not sent: the endpoint is {host}.")


def _require_bucket(bucket: str) -> None:
    """Require a plain name: ARNs of access points name hosts of AWS."""
    if not _BUCKET.fullmatch(bucket):
        raise StorageFailed(f"'{bucket}' is not the name of a bucket.")
