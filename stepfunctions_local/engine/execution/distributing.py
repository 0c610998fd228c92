"""Distributing: a distributed Map state begins a Map Run, waits for it, and goes on with its result.

The order of the events is as recorded on AWS.
"""

from dataclasses import replace
from typing import Final, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.branch import branch_id_of
from stepfunctions_local.engine.execution.call import CallOutcome
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Phase
from stepfunctions_local.engine.execution.map_run import MapRun, MapRunStatus
from stepfunctions_local.engine.execution.unit_of_work import UnitOfWork
from stepfunctions_local.language import Decision, FailedEvaluation, Failure, Item, Json, Proceed, RetryAfter
from stepfunctions_local.language.decision import STATE_DATA
from stepfunctions_local.language.evaluation import build_data_limit_failure
from stepfunctions_local.language.map_run import MapRunPlan
from stepfunctions_local.language.states.map import DistributedMap

_SECOND_STATE: Final = 4
"""The number of the event with which the second state of an execution is entered."""


class Distributing:
    """Begins, redrives and ends Map Runs. An instance serves for one turn."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def begin(self, active: ActiveBranch, decision: language.Distribute) -> Decision | None:
        """Begin a run, and let the branch wait for it."""
        work, state, items = self._work, cast("DistributedMap", active.state), decision.items
        if items and Document.of([item.value for item in items]).is_too_large:
            return state.fail(work.visit(active), build_data_limit_failure(state.name))
        work.write(active, history.fork_started(state.type_name, len(items or ())))
        plan = state.plan(work.visit(active))
        if not isinstance(plan, MapRunPlan):
            return plan
        run = self._build_run(active, state, plan)
        if items is not None:
            run = replace(run, length=len(items), is_read=True)
            work.state.changes.items[run.id] = {index: dump_item(item) for index, item in enumerate(items)}
        work.write(active, history.map_run_started(work.context.map_run_arn(run)))
        self._wait_for(active, run)
        return None

    def redrive(self, active: ActiveBranch) -> bool:
        """Go on with the run that a halted branch waited for. Return whether there is one."""
        work, run = self._work, self._work.state.map_run(active.branch.id)
        if run is None or not run.can_be_redriven(active.entered_event_id):
            return False
        if not run.is_read:
            work.state.changes.emptied.add(run.id)
        again = run.redrive(work.event_time)
        arn = work.context.map_run_arn(run)
        work.write(active, history.map_run_redriven(arn, again.redrives), active.entered_event_id)
        self._wait_for(active, again)
        return True

    def end(self, active: ActiveBranch, run: MapRun, outcome: CallOutcome) -> Decision:
        """End a run, and let the state go on with its outcome."""
        if isinstance(outcome, Failure):
            return self._fail(active, run, outcome)
        work, started = self._work, active.previous_event_id
        work.state.changes.runs[run.id] = run.end(MapRunStatus.SUCCEEDED, work.event_time)
        ended = work.write(active, history.map_run_succeeded())
        active.result = Document(outcome.text)
        work.write(active, history.fork_succeeded(active.state.type_name))
        decision = active.state.succeed(work.visit(active), active.result.value)
        if isinstance(decision, Proceed):
            # As in every recording of AWS, which do not show why the second state differs.
            active.previous_event_id = started if active.entered_event_id == _SECOND_STATE else ended
        return decision

    def select(self, active: ActiveBranch, index: int, item: Item) -> "Json | Failure":
        """Return the part of a child's input that an item is, or the failure of the run."""
        visit = self._work.visit(active, (index, item))
        return cast("DistributedMap", active.state).select(visit, item)

    def _fail(self, active: ActiveBranch, run: MapRun, failure: Failure) -> Decision:
        work = self._work
        work.state.changes.runs[run.id] = run.end(MapRunStatus.FAILED, work.event_time, failure)
        work.write(active, history.map_run_failed(failure))
        decision = active.state.fail(work.visit(active), failure)
        final = decision.then if isinstance(decision, FailedEvaluation) else decision
        if not isinstance(final, Failure | RetryAfter):
            work.write(active, history.fork_failed(active.state.type_name))
        return decision

    def _wait_for(self, active: ActiveBranch, run: MapRun) -> None:
        self._work.state.changes.runs[run.id] = run
        self._work.rest(active, Phase.DISTRIBUTED, self._work.deadline)

    def _build_run(self, active: ActiveBranch, state: DistributedMap, plan: MapRunPlan) -> MapRun:
        work = self._work
        return MapRun(
            id=branch_id_of(work.execution.id, work.history.last_event_id + 1),
            branch_id=active.branch.id,
            state=state.name,
            # Without a label, a state has one that is the same in all of its runs.
            label=state.label or str(uuid5(NAMESPACE_URL, f"{work.context.state_machine_arn}/{state.name}")),
            name=str(UUID(int=work.context.random.getrandbits(128), version=4)),
            plan=plan,
            started=work.event_time,
        )


def dump_item(item: Item) -> str:
    """Return an item as JSON text, as it is kept until its child begins."""
    is_plain = item.key is None and item.source == STATE_DATA
    return language.dump_json([item.value] if is_plain else [item.value, item.key, item.source])


def load_item(text: str) -> Item:
    """Return the item that was dumped."""
    value, *rest = cast("list[Json]", language.parse_json(text))
    if not rest:
        return Item(value)
    key, source = rest
    return Item(value, None if key is None else str(key), str(source))
