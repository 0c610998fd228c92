"""The protocol with one rule taken out: the model must find a violation of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.conditions import And, Attr, ConditionBase, Or

from task_table.call import Worker
from task_table.cursor import Cursor, SweepCursor
from task_table.key_row import KeyRow, RowStatus
from task_table.slot import SECONDS
from task_table.write import Change, Creation, Refused, Written
from tests.unit.task_table.clients import Rules
from tests.unit.task_table.scenarios import (
    Build,
    Model,
    be_punctual,
    cancel_and_work,
    come_early,
    crash_before_letter,
    crash_in_each_call,
    lose_the_table,
    move_and_die,
    move_and_work,
    redrive_and_expire,
    schedule_after_cancel,
    stall_and_die,
    stall_and_lose_the_table,
    work_twice,
)

if TYPE_CHECKING:
    from task_table.memory import MemoryTable

Alter = Callable[[Change], Change]
"""Changes a change."""


@dataclass
class AlteredTable:
    """A table that alters the changes that it is asked for, or their refusals."""

    table: MemoryTable
    alter: Alter = lambda change: change
    alter_refused: Callable[[KeyRow, Creation | Change], KeyRow] = lambda row, _: row

    def __getattr__(self, name: str) -> Any:
        """Return another method of the table."""
        return getattr(self.table, name)

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write, altered."""
        try:
            return self.table.write(self.alter(write) if isinstance(write, Change) else write)
        except Refused as refused:
            row = refused.row
            raise Refused(self.alter_refused(row, write) if row else None) from refused


def drop(condition: ConditionBase, name: str) -> ConditionBase | None:
    """Return a condition without its comparisons of an attribute; None if nothing is left."""
    operands = condition.get_expression()["values"]
    if isinstance(condition, And | Or):
        kept = [each for each in (drop(operand, name) for operand in operands) if each is not None]
        return type(condition)(*kept) if len(kept) == len(operands) else next(iter(kept), None)
    return None if isinstance(operands[0], Attr) and operands[0].name == name else condition


def _drop(name: str, kind: Callable[[Change], bool] = lambda _: True) -> Alter:
    def alter(change: Change) -> Change:
        condition = drop(change.condition, name) if kind(change) else change.condition
        return replace(change, condition=condition or Attr("sk").exists())

    return alter


def _is_claim(change: Change) -> bool:
    return "claim" in change.values


def _share_claim(row: KeyRow, write: Creation | Change) -> KeyRow:
    if isinstance(write, Change) and _is_claim(write) and row.claim:
        return replace(row, claim=str(write.values["claim"]))
    return row


def _keep_expires(change: Change) -> Change:
    return replace(change, removed=change.removed - {"expires"})


def _hide_claim(row: KeyRow, write: Creation | Change) -> KeyRow:  # noqa: ARG001 - one signature for all
    return replace(row, claim=None)


def _hide_failure(row: KeyRow, write: Creation | Change) -> KeyRow:  # noqa: ARG001 - likewise
    return replace(row, status=RowStatus.SUCCEEDED) if row.status is RowStatus.FAILED else row


def _alter(alter: Alter) -> Model:
    return Model(world={"wrap": lambda table: AlteredTable(table, alter)})


def _alter_refused(alter: Callable[[KeyRow, Creation | Change], KeyRow]) -> Model:
    return Model(world={"wrap": lambda table: AlteredTable(table, alter_refused=alter)})


class EagerWorker(Worker):
    """A worker that calls early messages."""

    def process(self, body: str) -> Any:
        """Process a message as if it had come late."""
        try:
            members = json.loads(body)
        except ValueError:
            return super().process(body)
        return super().process(json.dumps({**members, "due": 0}))


class ForgetfulTable(AlteredTable):
    """A table whose sweeps have no cursor: each begins at its age."""

    def get_sweep_cursor(self, age_seconds: int) -> SweepCursor | None:
        """Return a cursor at the age."""
        swept = (self.table.read_clock() - age_seconds) // SECONDS - 1
        return SweepCursor(age_seconds=age_seconds, swept=swept)

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Move the drain's cursor."""
        return isinstance(old, SweepCursor) or self.table.advance_cursor(old, new)


class AheadTable(AlteredTable):
    """A table whose rows look to the sweeps as if their slots were all ahead."""

    def get_many(self, keys: Sequence[str], *, is_strong: bool = True) -> Mapping[str, KeyRow]:
        """Return key rows."""
        found = self.table.get_many(keys, is_strong=is_strong)
        return {key: replace(row, slot="slot#99999999#0") for key, row in found.items()}


@dataclass(frozen=True)
class Mutation:
    """A model without a rule, and the scenario that needs the rule."""

    model: Model
    scenario: Build
    faults: int = 0


MUTATIONS: Final = {
    "token": Mutation(_alter(_drop("token")), move_and_work),
    "status": Mutation(_alter(_drop("status", lambda change: not _is_claim(change))), cancel_and_work, 1),
    "claim of one's own": Mutation(_alter_refused(_share_claim), work_twice),
    "lease": Mutation(_alter(_drop("lease", _is_claim)), work_twice),
    "attempts limit": Mutation(_alter(_drop("attempts", _is_claim)), crash_in_each_call),
    "REMOVE expires": Mutation(_alter(_keep_expires), redrive_and_expire),
    "letter again after a crash": Mutation(_alter_refused(_hide_failure), crash_before_letter, 1),
    "early messages given back": Mutation(Model(world={"worker": EagerWorker}), come_early),
    "sweep cursor": Mutation(Model(world={"wrap": ForgetfulTable}), lose_the_table),
    "sweeps that follow a moved task": Mutation(Model(world={"wrap": AheadTable}), move_and_die),
    "slot = max(due, now)": Mutation(Model(Rules(slot_is_ahead=False, relocates=False)), lose_the_table),
    "relocation after a stall": Mutation(Model(Rules(relocates=False)), stall_and_lose_the_table),
    "message before the horizon": Mutation(Model(Rules(sends_before_horizon=False)), be_punctual),
    "CANCELLED is not the same task": Mutation(Model(Rules(asks_status=False)), schedule_after_cancel),
    "message for a duplicate": Mutation(
        # The sweeps would come by the slot row of the duplicate, and follow the task.
        Model(Rules(finishes_duplicates=False), {"wrap": AheadTable}),
        stall_and_die,
    ),
}

NO_OWN_CLAIM: Final = _alter_refused(_hide_claim)
"""A worker does not find out that a refused claim is its own."""

NO_OWN_CREATION: Final = Model(Rules(tells_own=False))
"""A client does not find out that a refused write is its own."""
