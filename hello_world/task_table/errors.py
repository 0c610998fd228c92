"""The errors of this package.

TaskTableError
├── UnreadableRow      a row that this release cannot read
├── UnreadableMessage  a message that no participant has sent
├── NoCursor           the table has no cursor: the drain has never run
├── CursorMoved        a cursor moves that is to be set back
├── Refused            the condition of a write did not hold; `row` is the row as it is
├── StatementFailed    DynamoDB refused one statement of a batch
├── Throttled          a part of a batch was not processed, however often it was sent
├── NotAccepted        the queue did not accept messages, however often they were sent
└── MessageRefused     SQS will never accept a message
"""


class TaskTableError(Exception):
    """The base class of the errors of this package."""


class UnreadableRow(TaskTableError):
    """A row lacks an attribute, or has one of the wrong type."""


class UnreadableMessage(TaskTableError):
    """A message is not one of a task."""


class NoCursor(TaskTableError):
    """The table has no cursor, which the first tick of the drain makes."""


class CursorMoved(TaskTableError):
    """The drain or a sweep has moved a cursor during a rewind."""
