"""The failures of executions and calls that the engine itself causes."""

from typing import Final

from stepfunctions_local.language import RUNTIME, Failure

DEFECT: Final = Failure(RUNTIME, "The local endpoint met a defect of its own: see its log.")
