"""The results of a Map Run: as the state's result, or as objects in S3.

Source: "ResultWriter (Map)" in the Developer Guide.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.execution.call import TaskRunner
from stepfunctions_local.engine.execution.distributing import load_item
from stepfunctions_local.engine.execution.document import MAX_BYTES, byte_length
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.interpreters import Interpreters
from stepfunctions_local.engine.records.listing import UNSUCCESSFUL
from stepfunctions_local.engine.records.store import Store
from stepfunctions_local.language import Json, dump_json, parse_json
from stepfunctions_local.language.map_run import Transformation

BY_MAP_RUN: Final = "REDRIVABLE_BY_MAP_RUN"

_PAGE: Final = 100
"""How many children are read at a time, before others go on."""

_MAX_FILE_BYTES: Final = 5_000_000_000
"""The largest result file. Source: "ResultWriter (Map)"."""


@dataclass(frozen=True, slots=True)
class Results:
    """Reads the results of a run from its children, page by page, and writes them."""

    store: Store
    interpreters: Interpreters
    tasks: TaskRunner

    async def collect(self, run: MapRun) -> str | None:
        """Return the state's result as JSON text; None if it is too large."""
        texts: list[str] = []
        size = 2
        async for text in self._transform(run, [*Status]):
            size += byte_length(text) + 1
            if size > MAX_BYTES + 1:
                return None
            texts.append(text)
        return f"[{','.join(texts)}]"

    async def export(self, run: MapRun) -> str:
        """Write the results to S3, and return the state's result. Raises StorageFailed."""
        files: dict[str, Json] = {
            "FAILED": [file async for file in self._export(run, "FAILED", UNSUCCESSFUL)],
            "PENDING": [file async for file in self._export(run, "PENDING", ())],
            "SUCCEEDED": [file async for file in self._export(run, "SUCCEEDED", (Status.SUCCEEDED,))],
        }
        return await self.write_manifest(run, files)

    async def write_manifest(self, run: MapRun, files: dict[str, Json]) -> str:
        """Write the object that names the others, and return the state's result. Raises StorageFailed."""
        bucket, key, arn = run.plan.writing.bucket, _key(run, "manifest.json"), self._arn(run)
        manifest: Json = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        await self.tasks.write_object(bucket, key, _yield_one(dump_json(manifest).encode()))
        return dump_json({"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}})

    def describe(self, child: Execution) -> dict[str, Json]:
        """Return a child in the form of DescribeExecution, as results show it."""
        succeeded = child.status is Status.SUCCEEDED
        reason = "Execution is SUCCEEDED and cannot be redriven"
        redrive: dict[str, Json] = {"RedriveStatus": BY_MAP_RUN}
        if succeeded:
            redrive = {"RedriveStatus": "NOT_REDRIVABLE", "RedriveStatusReason": reason}
        optional: dict[str, Json] = {
            "Cause": child.cause,
            "Error": child.error,
            "Output": child.output,
            "OutputDetails": {"Included": True} if child.output is not None else None,
            "StopDate": rfc3339(child.stopped) if child.stopped else None,
        }
        return {
            "ExecutionArn": self.interpreters.arn(child),
            "Input": child.input,
            "InputDetails": {"Included": True},
            "Name": child.name,
            "RedriveCount": child.redrives,
            **redrive,
            "StartDate": rfc3339(child.started),
            "StateMachineArn": self.interpreters.state_machine_arn(child),
            "Status": child.status,
            **{name: value for name, value in optional.items() if value is not None},
        }

    async def _export(self, run: MapRun, kind: str, statuses: tuple[Status, ...]) -> AsyncIterator[Json]:
        """Write the files of one kind, and yield how the manifest names them."""
        texts = self._transform(run, statuses) if statuses else self._list_pending(run)
        lines, suffix = run.plan.writing.is_lines, "jsonl" if run.plan.writing.is_lines else "json"
        following, index = await anext(texts, None), 0
        while following is not None:
            file = _File(following, texts, lines)
            key = _key(run, f"{kind}_{index}.{suffix}")
            size = await self.tasks.write_object(run.plan.writing.bucket, key, file.parts())
            yield {"Key": key, "Size": size}
            following, index = file.following, index + 1

    async def _transform(self, run: MapRun, statuses: Collection[Status]) -> AsyncIterator[str]:
        """Yield the results of the children with these statuses as JSON texts, in the order of the items."""
        after = 0
        while page := self.store.children(run.id, after, _PAGE):
            for child in page:
                if child.status in statuses:
                    for text in self._write(child, run.plan.writing.transformation):
                        yield text
            after = page[-1].id
            await asyncio.sleep(0)

    async def _list_pending(self, run: MapRun) -> AsyncIterator[str]:
        """Yield the items that no child has begun with."""
        first = self.store.first_item(run.id)
        for number in range(run.length if first is None else first, run.length):
            value = load_item(self.store.item(run.id, number)).value
            yield dump_json({"Input": dump_json(value), "Status": "PENDING"})
            if number % _PAGE == 0:
                await asyncio.sleep(0)

    def _write(self, child: Execution, transformation: Transformation) -> Iterator[str]:
        """Yield the result of a child: an unsuccessful one is always described."""
        if transformation is Transformation.NONE or child.output is None:
            yield dump_json(self.describe(child))
            return
        output = parse_json(child.output) if transformation is Transformation.FLATTEN else None
        if isinstance(output, list):
            yield from map(dump_json, output)
        else:
            yield child.output

    def _arn(self, run: MapRun) -> str:
        parent = self.store.execution(run.execution_id)
        if parent is None:
            raise LookupError(f"The parent of Map Run {run.id} is no longer kept.")
        machine = self.interpreters.catalog.get(parent.state_machine_id)
        return self.interpreters.arns.map_run(machine.name, run.label, run.name)


class _File:
    """The parts of one result file. `following` is the text that begins the next one, if there is one."""

    def __init__(self, first: str, texts: AsyncIterator[str], is_lines: bool) -> None:  # noqa: FBT001 - of the plan
        self._texts = texts
        self._begin, self._between, self._end = ("", "\n", "\n") if is_lines else ("[", ",", "]")
        self.following: str | None = first

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the file's content."""
        size, separator = 0, self._begin
        while self.following is not None and size < _MAX_FILE_BYTES:
            part = f"{separator}{self.following}".encode()
            size, separator = size + len(part), self._between
            yield part
            self.following = await anext(self._texts, None)
        yield self._end.encode()


def _key(run: MapRun, name: str) -> str:
    return "/".join(filter(None, (run.plan.writing.prefix, run.name, name)))


async def _yield_one(part: bytes) -> AsyncIterator[bytes]:
    yield part
