"""What can keep a measurement from being made."""


class BenchError(Exception):
    """Base of what the measurements raise."""


class ToolMissing(BenchError):
    """A program that is not Python's is not installed."""


class NoAnswer(BenchError):
    """An endpoint did not answer in time, or not as the Step Functions API does."""
