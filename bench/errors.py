"""Errors of the measurements."""


class BenchError(Exception):
    """Base class of the errors raised by measurements."""


class ToolMissing(BenchError):
    """A program from outside Python is not installed."""


class NoAnswer(BenchError):
    """An endpoint did not answer in time, or did not answer as the Step Functions API does."""
