"""The error that asks Step Functions for another call."""


class TryAgain(Exception):
    """The work is not done now, and may be done by a later call.

    statemachine/delay.asl.json retries errors of this name, with growing delays, for half an hour or so. Any
    other error ends the execution.
    """
