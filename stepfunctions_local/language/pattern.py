"""The service integration patterns. Source: "Discover service integration patterns"."""

from enum import StrEnum


class Pattern(StrEnum):
    """A service integration pattern."""

    REQUEST_RESPONSE = ""
    """The Task ends when the service has responded."""
    RUN_A_JOB = ".sync"
    """The Task ends when the job started by the call has ended."""
    RUN_A_JOB_AND_READ = ".sync:2"
    """As RUN_A_JOB; the job's input and output are JSON, not text."""
    WAIT_FOR_TASK_TOKEN = ".waitForTaskToken"  # noqa: S105 - a name of AWS's, no secret
    """The Task ends when the token passed to the call is sent back."""
