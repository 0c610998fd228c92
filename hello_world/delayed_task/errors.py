"""Errors of a due task: one is for `handle` to raise, the other stays inside this package."""


class TryAgain(Exception):
    """The work cannot be done now; a later call may succeed.

    statemachine/delay.asl.json retries errors of this name for about half an hour, with growing delays. Any
    other error ends the execution.
    """


class UnreadableTaskError(ValueError):
    """The event and the client context do not give the execution and its due time."""
