"""The operations on Map Runs. Source: the API Reference."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.paging import Query, page_size
from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.records.listing import UNSUCCESSFUL, ChildCount
from stepfunctions_local.language.map_run import MapRunPlan

_NAMES: Final = {
    Status.RUNNING: "running",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.TIMED_OUT: "timedOut",
    Status.ABORTED: "aborted",
}
_SETTINGS: Final = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
_AFTER_ALL: Final = 2**63 - 1


class MapRunOperations(Operations):
    """Describes, lists and updates Map Runs."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "DescribeMapRun": self.describe,
            "ListMapRuns": self.list_all,
            "UpdateMapRun": self.update,
        }

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeMapRun."""
        run = self._engine.find_map_run(request["mapRunArn"])
        plan, parent = run.plan, self._engine.find_parent(run)
        described = {
            "mapRunArn": request["mapRunArn"],
            "executionArn": self._engine.arn(parent),
            "status": run.status,
            **_describe_dates(run),
            "maxConcurrency": plan.max_concurrency,
            "toleratedFailureCount": plan.tolerated_count or 0,
            "toleratedFailurePercentage": float(plan.tolerated_percentage or 0),
            **self._describe_counts(run),
            "redriveCount": run.redrives,
        }
        if run.redriven:
            described["redriveDate"] = run.redriven.timestamp()
        return described

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListMapRuns, latest first."""
        parent = self._engine.find(request["executionArn"])
        query: Query = ["ListMapRuns", parent.id]
        before = self._paging.read_token(query, request.get("nextToken")) or _AFTER_ALL
        found = self._engine.list_map_runs(parent, page_size(request) + 1, before)
        page = self._paging.cut_first_page(query, request, found, lambda run: run.id)
        return {
            "mapRuns": [self._summarize(run, parent) for run in page.items],
            "nextToken": page.next_token,
        }

    async def update(self, request: dict[str, Any]) -> Reply:
        """UpdateMapRun. Open children stay open, however many they are."""
        run = self._engine.find_map_run(request["mapRunArn"])
        if all(request.get(name) is None for name in _SETTINGS):
            raise ValidationException(
                f"One of these members is required: {', '.join(_SETTINGS)}", "MISSING_REQUIRED_PARAMETER"
            )
        if not run.is_running:
            raise ValidationException(f"Map Run is {run.status} and cannot be updated")
        await self._engine.map_runs.update(run.id, _update(run.plan, request))
        return {}

    def _summarize(self, run: MapRun, parent: Execution) -> dict[str, Any]:
        return {
            "executionArn": self._engine.arn(parent),
            "mapRunArn": self._engine.map_run_arn(run, parent),
            "stateMachineArn": self._engine.arns.state_machine(
                f"{self._catalog.get(parent.state_machine_id).name}/{run.label}"
            ),
            **_describe_dates(run),
        }

    def _describe_counts(self, run: MapRun) -> dict[str, Any]:
        counts = self._engine.count_children(run)
        executions, items = Counter[str](), Counter[str]()
        for count in counts:
            name = _name(run, count)
            executions[name] += count.executions
            items[name] += count.items
        items["pending"] = self._engine.count_pending_items(run)
        return {"itemCounts": _complete(items, run), "executionCounts": _complete(executions, run)}


def _name(run: MapRun, count: ChildCount) -> str:
    """Return the name under which children are counted."""
    waits = run.is_running and run.redrives > 0 and count.is_pending
    return "pendingRedrive" if waits else _NAMES[count.status]


def _complete(counted: Counter[str], run: MapRun) -> dict[str, int]:
    """Return counts with those that are 0, and with sums."""
    total = sum(counted.values())
    ended = sum(counted[_NAMES[status]] for status in (Status.SUCCEEDED, *UNSUCCESSFUL))
    shown = {name: counted[name] for name in ("pending", *_NAMES.values())}
    shown |= {"total": total, "resultsWritten": 0 if run.is_running else ended}
    return shown | ({"pendingRedrive": counted["pendingRedrive"]} if run.redrives else {})


def _describe_dates(run: MapRun) -> dict[str, Any]:
    stopped = {"stopDate": run.stopped.timestamp()} if run.stopped else {}
    return {"startDate": run.started.timestamp(), **stopped}


def _update(plan: MapRunPlan, request: dict[str, Any]) -> MapRunPlan:
    concurrency, count, percentage = (request.get(name) for name in _SETTINGS)
    return replace(
        plan,
        max_concurrency=plan.max_concurrency if concurrency is None else concurrency,
        tolerated_count=plan.tolerated_count if count is None else count,
        tolerated_percentage=plan.tolerated_percentage if percentage is None else percentage,
    )
