"""A branch of an execution while it moves."""

from dataclasses import dataclass, field
from datetime import datetime

from stepfunctions_local import language
from stepfunctions_local.engine.execution.branch import Branch
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Awaited, Phase, Position
from stepfunctions_local.engine.execution.variables import Variables
from stepfunctions_local.language import Json


@dataclass(slots=True)
class ActiveBranch:
    """Where a branch is and what it carries.

    The next event follows `previous_event_id`; the one before it followed `followed_event_id`, if it was
    written in this burst. `phase` is how the branch has rested, `result` what the outputs of the branches
    that it began have just been joined to.
    """

    branch: Branch
    previous_event_id: int
    variables: Variables
    state: language.State = field(init=False)
    document: Document = field(init=False)
    entered_event_id: int = field(init=False)
    entered: datetime = field(init=False)
    retries: tuple[int, ...] = ()
    phase: Phase = Phase.READY
    awaited: Awaited | None = None
    followed_event_id: int | None = None
    result: Document | None = None
    context_object: dict[str, Json] | None = None

    def enter(self, state: language.State, document: Document, event_id: int, now: datetime) -> None:
        """Be in a state that was entered now."""
        self.state, self.document = state, document
        self.entered_event_id, self.entered = event_id, now
        self.retries, self.phase, self.awaited = (), Phase.READY, None
        self.result = self.context_object = None

    def resume(self, state: language.State, position: Position) -> None:
        """Be where the branch has rested."""
        self.state, self.document = state, Document(position.input)
        self.entered_event_id, self.entered = position.entered_event_id, position.entered
        self.retries, self.phase, self.awaited = position.retries, position.phase, position.awaited

    def written(self, value: Json) -> Document:
        """Write a value down, in the very text that it came with where it came with one."""
        for document in (self.document, self.result):
            if document and document.is_read and document.value is value:
                return document
        return Document.of(value)

    def rested(self, phase: Phase, due: datetime, last_event_id: int) -> Position:
        """Return where the branch stands when it rests."""
        return Position(
            self.branch,
            self.state.name,
            self.document.text,
            self.entered_event_id,
            self.entered,
            last_event_id,
            self.previous_event_id,
            phase,
            due,
            self.retries,
            self.variables.text,
            self.awaited,
        )
