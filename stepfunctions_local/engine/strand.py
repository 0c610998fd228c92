"""A branch of an execution while it moves."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from stepfunctions_local import language
from stepfunctions_local.engine.branch import Branch
from stepfunctions_local.engine.document import Document
from stepfunctions_local.engine.execution import Phase, Position
from stepfunctions_local.engine.variables import Variables
from stepfunctions_local.language import Json


@dataclass(slots=True)
class Strand:
    """Where a branch stands and what it carries.

    The next event follows `previous_event_id`; the one before it followed `followed_event_id`, if it was
    written in this burst. `result` is what the outputs of the state's branches have just been joined to.
    """

    branch: Branch
    previous_event_id: int
    variables: Variables
    position: Position = field(init=False)
    document: Document = field(init=False)
    state: language.State = field(init=False)
    followed_event_id: int | None = None
    result: Document | None = None
    context: dict[str, Json] | None = None

    def stand(self, position: Position, document: Document, state: language.State) -> None:
        """Be in a state."""
        self.position, self.document, self.state = position, document, state
        self.result = self.context = None

    def written(self, value: Json) -> Document:
        """Write a value down, in the very text that it came with where it came with one."""
        for document in (self.document, self.result):
            if document and document.is_read and document.value is value:
                return document
        return Document.of(value)

    def rested(self, phase: Phase, due: datetime, last_event_id: int) -> Position:
        """Return where the branch stands when it rests."""
        return replace(
            self.position,
            last_event_id=last_event_id,
            previous_event_id=self.previous_event_id,
            phase=phase,
            due=due,
        )
