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
    """The state that a branch is in, with its input and variables.

    `previous_event_id`: the event that the branch's next event follows.
    `followed_event_id`: the event that this one followed, if it was written in this turn.
    `phase`: how the branch rested before this turn.
    `result`: the joined outputs of its own branches, if they were joined in this turn.
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
        """Enter a state."""
        self.state, self.document = state, document
        self.entered_event_id, self.entered = event_id, now
        self.retries, self.phase, self.awaited = (), Phase.READY, None
        self.result = self.context_object = None

    def resume(self, state: language.State, position: Position) -> None:
        """Go back to the position at which the branch rested."""
        self.state, self.document = state, Document(position.input)
        self.entered_event_id, self.entered = position.entered_event_id, position.entered
        self.retries, self.phase, self.awaited = position.retries, position.phase, position.awaited

    def to_document(self, value: Json) -> Document:
        """Return a value as a document. A value that came as JSON text keeps that very text."""
        for document in (self.document, self.result):
            if document and document.is_parsed and document.value is value:
                return document
        return Document.of(value)

    def to_position(self, phase: Phase, due: datetime, last_event_id: int) -> Position:
        """Return the position at which the branch rests now."""
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
