"""The operations on executions. Source: the API Reference."""

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any, Final

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.paging import Query, page_size
from stepfunctions_local.engine.errors import InvalidExecutionInput, ValidationException
from stepfunctions_local.engine.execution.document import MAX_BYTES
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.history import Event, without_data
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.listing import BEFORE_ALL, UNSUCCESSFUL, Wanted, place
from stepfunctions_local.engine.results import BY_MAP_RUN
from stepfunctions_local.language import InvalidJson, parse_json

_FILTERS = ("stateMachineArn", "statusFilter", "redriveFilter")
_PENDING_REDRIVE = "PENDING_REDRIVE"

_BILLED_MEMORY_MB: Final = 64
_BILLED_UNIT: Final = timedelta(milliseconds=100)
_MILLISECOND: Final = timedelta(milliseconds=1)
"""AWS bills Express executions by units of memory and of time. Memory is not measured here."""

_PAGE_CHARACTERS = 1_000_000
"""The length of history after which a page ends, however few its events."""


class ExecutionOperations(Operations):
    """Starts, describes, lists, stops and redrives executions."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "StartExecution": self.start,
            "StartSyncExecution": self.start_sync,
            "DescribeExecution": self.describe,
            "StopExecution": self.stop,
            "RedriveExecution": self.redrive,
            "ListExecutions": self.list_all,
            "GetExecutionHistory": self.list_events,
        }

    async def start(self, request: dict[str, Any]) -> Reply:
        """StartExecution."""
        target, name, text, mocks = self._parse_start(request)
        execution = await self._engine.start(target, name, text, request.get("traceHeader"), mocks)
        return {
            "executionArn": self._build_arn(target, execution),
            "startDate": execution.started.timestamp(),
        }

    async def start_sync(self, request: dict[str, Any]) -> Reply:
        """StartSyncExecution: answers once the execution has ended, whether it succeeded or not."""
        target, name, text, mocks = self._parse_start(request)
        execution = await self._engine.start_sync(target, name, text, request.get("traceHeader"), mocks)
        stopped = execution.stopped or execution.started
        answer = {
            "executionArn": self._build_arn(target, execution),
            "stateMachineArn": self._catalog.arn(target.machine),
            "name": execution.name,
            "startDate": execution.started.timestamp(),
            "stopDate": stopped.timestamp(),
            "status": execution.status,
            "error": execution.error,
            "cause": execution.cause,
            "traceHeader": execution.trace_header,
            "billingDetails": {
                "billedMemoryUsedInMB": _BILLED_MEMORY_MB,
                "billedDurationInMilliseconds": _bill_milliseconds(stopped - execution.started),
            },
        }
        if request.get("includedData") == "METADATA_ONLY":
            return answer
        # As recorded on AWS, an execution without an output has the details of one.
        return answer | {"outputDetails": {"included": True}} | _describe_data(execution)

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeExecution."""
        execution = self._engine.find(request["executionArn"])
        described = self._summarize(execution)
        described |= self._describe_redrive(execution) | {"error": execution.error, "cause": execution.cause}
        if execution.trace_header:
            described["traceHeader"] = execution.trace_header
        if request.get("includedData") != "METADATA_ONLY":
            described |= _describe_data(execution)
        return described

    async def stop(self, request: dict[str, Any]) -> Reply:
        """StopExecution."""
        stopped = await self._engine.stop(request["executionArn"], request.get("error"), request.get("cause"))
        return {"stopDate": stopped.timestamp()}

    async def redrive(self, request: dict[str, Any]) -> Reply:
        """RedriveExecution."""
        redriven = await self._engine.redrive(request["executionArn"], request.get("clientToken"))
        return {"redriveDate": redriven.timestamp()}

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListExecutions, latest first."""
        query = ["ListExecutions", *(request.get(name) for name in (*_FILTERS, "mapRunArn"))]
        wanted = self._parse_filters(request)
        after = self._paging.read_token(query, request.get("nextToken")) or BEFORE_ALL
        found = self._engine.executions(wanted, page_size(request) + 1, after)
        page = self._paging.cut_first_page(query, request, found, place)
        return {
            "executions": [
                self._summarize(execution) | _describe_items(execution) | _describe_redrives(execution)
                for execution in page.items
            ],
            "nextToken": page.next_token,
        }

    def list_events(self, request: dict[str, Any]) -> Reply:
        """GetExecutionHistory."""
        execution = self._engine.find(request["executionArn"])
        backwards = bool(request.get("reverseOrder"))
        query: Query = ["GetExecutionHistory", execution.id, backwards]
        start = self._paging.read_token(query, request.get("nextToken"))
        limit = page_size(request)
        events, following = self._read_page(execution, start, limit, backwards=backwards)
        if request.get("includeExecutionData") is False:
            events = [without_data(event) for event in events]
        return {
            "events": events,
            "nextToken": None if following is None else self._paging.create_token(query, following),
        }

    def _parse_start(self, request: dict[str, Any]) -> tuple[Target, str | None, str, str | None]:
        """Return the target of a start, and the name, input and mocks of its execution."""
        name = request.get("name")
        if name is not None:
            require_valid_name(name)
        text = _require_valid_input(request.get("input"))
        # After `#` stands a test case of the mock configuration, as for AWS's own local image.
        arn, _, test_case = request["stateMachineArn"].partition("#")
        target = self._catalog.target(arn)
        return target, name, text, self._engine.find_mocks(target, test_case) if test_case else None

    def _build_arn(self, target: Target, execution: Execution) -> str:
        # The ARN has the name found at the start, because the state machine may have been deleted since.
        return self._engine.arns.execution(target.machine.name, execution.name, execution.uuid)

    def _read_page(
        self, execution: Execution, start: int | None, limit: int, *, backwards: bool
    ) -> tuple[list[Event], int | None]:
        """Return a page of events, and the number of the next event, if any."""
        page: list[Event] = []
        size = 0
        for turn in self._engine.events(execution, start, backwards=backwards):
            for event in turn:
                if len(page) >= limit or size > _PAGE_CHARACTERS:
                    return page, event["id"]
                page.append(event)
                size += len(str(event))
        return page, None

    def _summarize(self, execution: Execution) -> dict[str, Any]:
        machine = self._catalog.get(execution.state_machine_id)
        summary = {
            "executionArn": self._engine.arn(execution),
            "stateMachineArn": self._engine.state_machine_arn(execution),
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.started.timestamp(),
        }
        if found := self._engine.find_map_run_of(execution):
            run, summary["mapRunArn"] = found
            if _waits_for_redrive(execution, run):
                summary["status"] = _PENDING_REDRIVE
        if execution.stopped:
            summary["stopDate"] = execution.stopped.timestamp()
        if execution.version:
            summary["stateMachineVersionArn"] = self._catalog.arn(machine, execution.version)
        if execution.alias:
            summary["stateMachineAliasArn"] = self._catalog.arn(machine, execution.alias)
        return summary

    def _parse_filters(self, request: dict[str, Any]) -> Wanted:
        arn, status, redrive_filter = (request.get(name) for name in _FILTERS)
        run_arn, redriven = request.get("mapRunArn"), redrive_filter and redrive_filter == "REDRIVEN"
        if run_arn and not arn:
            return _list_children(self._engine.find_map_run(run_arn), status, redriven)
        if not arn or run_arn:
            raise ValidationException("Exactly one of stateMachineArn and mapRunArn must be specified")
        if status == _PENDING_REDRIVE:
            raise ValidationException(f"A statusFilter of {_PENDING_REDRIVE} requires a mapRunArn.")
        return Wanted.of(self._catalog.target(arn), Status(status) if status else None, redriven)

    def _describe_redrive(self, execution: Execution) -> dict[str, Any]:
        redrives = _describe_redrives(execution)
        if reason := self._engine.find_redrive_obstacle(execution):
            if execution.map_run_id is not None and execution.status in UNSUCCESSFUL:
                return redrives | {"redriveStatus": BY_MAP_RUN}
            return redrives | {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
        return redrives | {"redriveStatus": "REDRIVABLE"}


def _bill_milliseconds(duration: timedelta) -> int:
    """Return a duration as AWS bills it: rounded up, and one unit at least."""
    return max(1, ceil(duration / _BILLED_UNIT)) * (_BILLED_UNIT // _MILLISECOND)


def _waits_for_redrive(execution: Execution, run: MapRun) -> bool:
    """Whether a redrive of a Map Run has yet to look at a child."""
    is_pending = run.is_running and run.redrives > 0 and execution.id > run.redriven_up_to
    return is_pending and execution.status in UNSUCCESSFUL


def _list_children(run: MapRun, status: str | None, redriven: bool | None) -> Wanted:  # noqa: FBT001 - a column
    """Return the filter for children of a Map Run."""
    is_redrive = run.is_running and run.redrives > 0
    wanted = Wanted(0, redriven=redriven, map_run_id=run.id)
    if status == _PENDING_REDRIVE:
        return replace(wanted, pending=True, redriven_up_to=run.redriven_up_to if is_redrive else 2**63 - 1)
    up_to = run.redriven_up_to if is_redrive else None
    return replace(wanted, status=Status(status) if status else None, redriven_up_to=up_to)


def _describe_items(execution: Execution) -> dict[str, Any]:
    return {} if execution.map_run_id is None else {"itemCount": execution.item_count}


def _require_valid_input(text: str | None) -> str:
    if text is None:
        return "{}"
    if not text.strip():
        raise InvalidExecutionInput("Invalid execution input.")
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise InvalidExecutionInput(f"The input may have at most {MAX_BYTES} bytes in UTF-8")
    try:
        parse_json(text)
    except InvalidJson as error:
        raise InvalidExecutionInput(str(error)) from error
    return text


def _describe_data(execution: Execution) -> dict[str, Any]:
    data: dict[str, Any] = {"input": execution.input, "inputDetails": {"included": True}}
    if execution.output is not None:
        data |= {"output": execution.output, "outputDetails": {"included": True}}
    return data


def _describe_redrives(execution: Execution) -> dict[str, Any]:
    redriven = {"redriveDate": execution.redriven.timestamp()} if execution.redriven else {}
    return {"redriveCount": execution.redrives, **redriven}
